namespace Atelier.Tokenization;

/// <summary>A token that is recognised in the raw text, before any cleaning.</summary>
/// <param name="Content">How it is written, not empty.</param>
/// <param name="Id">Its id, if the file says one; else its id in the vocabulary.</param>
/// <param name="StripsLeft">Whether white space before it goes with it.</param>
/// <param name="StripsRight">Whether white space after it goes with it.</param>
internal sealed record AddedToken(string Content, int? Id = null, bool StripsLeft = false, bool StripsRight = false);
