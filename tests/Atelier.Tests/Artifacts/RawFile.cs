using System.Buffers.Binary;
using System.Text;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Xunit;

namespace Atelier.Tests.Artifacts;

/// <summary>Puts safetensors files together from their parts, sound or not.</summary>
internal static class RawFile
{
    /// <summary>A file of a header as given, with its true length, and a number of data bytes.</summary>
    public static byte[] Make(string header, int dataByteCount = 0) => Make(Encoding.UTF8.GetBytes(header), dataByteCount);

    public static byte[] Make(byte[] header, int dataByteCount = 0)
    {
        var file = new byte[8 + header.Length + dataByteCount];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        for (var index = 8 + header.Length; index < file.Length; index++)
        {
            file[index] = (byte)(index * 7);
        }

        return file;
    }

    /// <summary>A sound file of one tensor <c>x</c>, with another claim of the header's length.</summary>
    public static byte[] WithClaimedLength(ulong claim)
    {
        var file = Make("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4);
        BinaryPrimitives.WriteUInt64LittleEndian(file, claim);
        return file;
    }

    /// <summary>Parses a file that must be refused, and checks that the message names the file, and the tensor if one is at fault.</summary>
    public static TensorFileException Refused(byte[] file, string? tensorName)
    {
        var exception = Assert.Throws<TensorFileException>(() => SafetensorsHeader.Parse(file, "folder/weights.safetensors"));
        Check(exception, "folder/weights.safetensors", tensorName);
        return exception;
    }

    public static void Check(TensorFileException exception, string fileName, string? tensorName)
    {
        Assert.Equal(fileName, exception.FileName);
        Assert.Equal(tensorName, exception.TensorName);
        Assert.StartsWith(tensorName is null ? $"{fileName}: " : $"{fileName}: tensor '{tensorName}': ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(exception.Problem, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.True(exception.Message.Length < 1000, exception.Message);
    }
}
