using System.Text;

namespace Atelier.Tests.Tracking;

/// <summary>A writer that behaves like a terminal of a width: it shows what a person would see and knows the escape sequences that bars need, no others.</summary>
internal sealed class TerminalScreen(int width, Encoding? encoding = null) : TextWriter
{
    private readonly List<StringBuilder> _lines = [new()];
    private readonly StringBuilder _raw = new();
    private int _row;
    private int _column;

    public override Encoding Encoding => encoding ?? Encoding.UTF8;

    public int WriteCount { get; private set; }

    public bool HasWrapped { get; private set; }

    public string Raw => _raw.ToString();

    public (int Row, int Column) Cursor => (_row, _column);

    public string[] Lines => [.. _lines.Select(line => line.ToString().TrimEnd())];

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        WriteCount++;
        _raw.Append(value);
        for (var index = 0; index < value!.Length; index++)
        {
            switch (value[index])
            {
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    (_row, _column) = (_row + 1, 0);
                    if (_row == _lines.Count)
                    {
                        _lines.Add(new());
                    }

                    break;
                case '\e':
                    var end = index + 2;
                    while (!char.IsLetter(value[end]))
                    {
                        end++;
                    }

                    Obey(value[(index + 2)..end], value[end]);
                    index = end;
                    break;
                default:
                    Put(value[index]);
                    break;
            }
        }
    }

    private void Put(char character)
    {
        var line = _lines[_row];
        line.Append(' ', Math.Max(0, _column + 1 - line.Length));
        line[_column++] = character;
        HasWrapped |= _column >= width;
    }

    private void Obey(string argument, char command)
    {
        var line = _lines[_row];
        switch (command)
        {
            case 'A':
                _row -= int.Parse(argument);
                break;
            case 'K':
                line.Length = Math.Min(line.Length, _column);
                break;
            case 'J':
                line.Length = Math.Min(line.Length, _column);
                _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                break;
            case 'm':
                break;
            default:
                throw new NotSupportedException($"\\e[{argument}{command}");
        }
    }
}
