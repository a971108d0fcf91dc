namespace Atelier.Artifacts.Pickles;

/// <summary>What a zip file's directory says of one entry; nothing of it has been compared with the file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Flags">The general purpose flags.</param>
/// <param name="Method">How it is compressed; 0 is not at all.</param>
/// <param name="ByteCount">How many bytes it has.</param>
/// <param name="StoredByteCount">How many of them are in the file.</param>
/// <param name="HeaderOffset">Where its header begins in the file.</param>
internal sealed record ZipEntry(string Name, ushort Flags, ushort Method, ulong ByteCount, ulong StoredByteCount, ulong HeaderOffset);
