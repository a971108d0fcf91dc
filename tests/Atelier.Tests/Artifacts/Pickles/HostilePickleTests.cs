using Atelier.Artifacts.Pickles;
using Atelier.Artifacts.Tensors;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts.Pickles;

/// <summary>What could run code, use up the machine or read beyond the file is refused, with one line.</summary>
public sealed class HostilePickleTests : IDisposable
{
    private const string FileName = "weights.bin";

    private static readonly Action<PickleWriter> FourFloats = static pickle => pickle.Storage("FloatStorage", "0", 4);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, Int128[], Int128[], Int128, string> BadTensors => new()
    {
        { "past the end", [4], [1], 1, "do not lie in its storage '0' of 4" },
        { "long before the start", [4], [1], -1, "do not lie in its storage" },
        { "an offset of 128 bits", [1], [1], Int128.MaxValue, "do not lie in its storage" },
        { "the least offset", [1], [1], Int128.MinValue, "do not lie in its storage" },
        { "an empty one past the end", [0], [1], 5, "do not lie in its storage" },
        { "one row too many", [3, 2], [2, 1], 0, "do not lie in its storage" },
        { "a stride too long", [2, 2], [3, 1], 0, "do not lie in its storage" },
        { "an enormous stride", [2, 2], [long.MaxValue, 1], 0, "do not lie in its storage" },
        { "enormous strides", [2, 2, 2, 2, 2], [long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue], 0, "do not lie in its storage" },
        { "a negative stride", [2, 2], [-1, 1], 3, "its strides are not integers from 0" },
        { "a negative extent", [-4], [1], 0, "its shape are not integers from 0" },
        { "an extent of 64 bits", [(Int128)1 << 63], [1], 0, "its shape are not integers from 0" },
        { "an overflowing shape", [1L << 32, 1L << 31], [0, 0], 0, "more bytes than 63 bits can count" },
        { "an overflowing shape with nothing in it", [0, 1L << 62, 4], [0, 0, 0], 0, "more bytes than 63 bits can count" },
        { "fewer strides than axes", [2, 2], [1], 0, "2 axes and 1 strides" },
        { "too many axes", [.. Enumerable.Repeat((Int128)1, 65)], [.. Enumerable.Repeat((Int128)1, 65)], 0, "65 axes" },
        { "one element again and again", [4, 1000], [1, 0], 0, "several of its elements are the same" },
        { "an overlap", [2, 2], [1, 1], 0, "several of its elements are the same" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("__builtin__", "exec")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch", "load")]
    [InlineData("torch", "FloatStorage.__init__")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch._utils", "_rebuild_sparse_tensor")]
    [InlineData("numpy.core.multiarray", "scalar")]
    [InlineData("collections", "OrderedDict ")]
    [InlineData("", "")]
    public void Names_beyond_the_few_of_tensors_are_refused(string module, string name)
    {
        byte[][] pickles =
        [
            new PickleWriter().Name(module, name).Do("(").Text("echo").Do("tR").End(),
            new PickleWriter(4).Text(module).Text(name).Raw(0x93).Do("(").Text("echo").Do("tR").End(),
            new PickleWriter().Do("}(").Text("a").Name(module, name).Do("u").End(), // named, not called
        ];
        foreach (var pickle in pickles)
        {
            Refused(TorchFile.Zip(pickle, []), null, $"names '{module}.{name}', which would run code in Python. Nothing was run.");
            Refused(TorchFile.Legacy(pickle, []), null, $"names '{module}.{name}'");
        }

        Refused(pickles[0], null, $"names '{module}.{name}'"); // a pickle alone
    }

    [Fact]
    public void Every_pickle_of_the_older_format_is_read_with_the_same_care()
    {
        var good = TorchFile.Legacy([]);
        var bad = new PickleWriter().Name("os", "system").Do("(").Text("echo").Do("tR").End();
        int[] starts = [0, .. Enumerable.Range(1, good.Length - 2).Where(index => good[index] == 0x80 && good[index - 1] == '.')];
        Assert.Equal(5, starts.Length);
        foreach (var start in starts)
        {
            Refused([.. good[..start], .. bad], null, "names 'os.system'");
        }
    }

    [Theory]
    [InlineData("i", "os\nsystem\n")] // INST
    [InlineData("o", "")] // OBJ
    [InlineData("\u0081", "")] // NEWOBJ
    [InlineData("\u0092", "")] // NEWOBJ_EX
    [InlineData("\u0082", "\u0001")] // EXT1
    [InlineData("P", "x\n")] // PERSID
    [InlineData("\u008b", "\u00ff\u00ff\u00ff\u007f")] // LONG4
    [InlineData("\u008d", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f")] // BINUNICODE8
    [InlineData("\u0096", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f")] // BYTEARRAY8
    [InlineData("I", "1\n")] // INT
    public void Instructions_that_tensors_do_not_need_are_refused(string instruction, string argument)
        => RefusedPickle(new PickleWriter().Do(")").Do("(").Do(instruction).Do(argument).End(), $"instruction 0x{(int)instruction[0]:x2} is none that tensors need");

    [Fact]
    public void Protocols_0_1_and_6_are_refused()
    {
        RefusedPickle("(dp0\n."u8.ToArray(), "no pickle of the protocols 2 to 5");
        RefusedPickle(new PickleWriter(1).Do("}").End(), "no pickle of the protocols 2 to 5");
        RefusedPickle(new PickleWriter(6).Do("}").End(), "no pickle of the protocols 2 to 5");
    }

    [Fact]
    public void Calls_are_those_that_make_tensors_and_no_others()
    {
        const string problem = "a call is none that PyTorch writes for a tensor";
        RefusedPickle(new PickleWriter().Text("x").Do(")R").End(), problem);
        RefusedPickle(new PickleWriter().Name("torch", "FloatStorage").Do(")R").End(), problem);
        RefusedPickle(new PickleWriter().Name("collections", "OrderedDict").Do("]R").End(), problem);
        RefusedPickle(new PickleWriter().Name("collections", "OrderedDict").Do("])\u0085R").End(), problem);
        RefusedPickle(new PickleWriter().Name("torch._utils", "_rebuild_tensor_v2").Do(")R").End(), problem);
        RefusedPickle(new PickleWriter().Name("torch._utils", "_rebuild_parameter").Do("N)}\u0087R").End(), problem);

        // a seventh argument could say that all elements are negated
        var negated = new PickleWriter().Name("torch._utils", "_rebuild_tensor_v2").Do("(").Storage("FloatStorage", "0", 4).Integer(0).Integers([4]).Integers([1]).Raw(0x89).Do("}}").Text("neg").Raw(0x88).Do("stR").End();
        RefusedPickle(negated, problem);
    }

    [Fact]
    public void References_are_to_storages_and_nothing_else()
    {
        const string problem = "a reference is none to a storage";
        RefusedPickle(new PickleWriter().Text("x").Do("Q").End(), problem);
        RefusedPickle(new PickleWriter().Do(")Q").End(), problem);
        RefusedPickle(new PickleWriter().Do("(").Text("module").Name("torch", "FloatStorage").Text("0").Text("cpu").Integer(1).Do("tQ").End(), problem);
        RefusedPickle(new PickleWriter().Do("(").Text("storage").Name("collections", "OrderedDict").Text("0").Text("cpu").Integer(1).Do("tQ").End(), problem);
        RefusedPickle(new PickleWriter().Do("(").Text("storage").Name("torch", "FloatStorage").Storage("FloatStorage", "0", 1).Text("cpu").Integer(1).Do("tQ").End(), problem);
        RefusedPickle(new PickleWriter().Do("(").Text("storage").Name("torch", "FloatStorage").Text("0").Text("cpu").Integer(1).Do("(").Text("0").Integer(0).Integer(1).Do("ttQ").End(), problem);
        RefusedPickle(new PickleWriter().Storage("FloatStorage", "0", -1).End(), "storage '0' claims -1 elements");
        RefusedPickle(new PickleWriter().Storage("FloatStorage", "0", 1L << 61).End(), "claims 2305843009213693952 elements");
        RefusedPickle(new PickleWriter().Storage("FloatStorage", "0", 1).Storage("LongStorage", "0", 1).End(), "storage '0' is said to be of two kinds");
    }

    [Fact]
    public void Values_that_are_not_there_are_not_taken()
    {
        const string problem = "an instruction takes more values than there are";
        foreach (var instructions in (string[])["s", "}s", "}Ns", "u", "(u", "e", "R", "b", "\u0085", "N(\u0085", "N(R", "Q", "q\u0001", "(q\u0001", "a", "]a", "t", "\u0093"])
        {
            var message = Refused(TorchFile.Zip(new PickleWriter().Do(instructions).End(), []), null, "its pickle, at byte").Problem;
            Assert.True(message.Contains(problem, StringComparison.Ordinal) || message.Contains("a mark is missing", StringComparison.Ordinal), $"{instructions}: {message}");
        }

        RefusedPickle(new PickleWriter().Do("h\u0007").End(), "it recalls value 7, which it has not stored");
        RefusedPickle(new PickleWriter().Do("").End(), "it ends with 0 values instead of one");
        RefusedPickle(new PickleWriter().Do("NN").End(), "it ends with 2 values instead of one");
        RefusedPickle(new PickleWriter().Do("N(").End(), "instead of one");
        RefusedPickle(new PickleWriter().Do("]NNs").End(), "are not those of a dictionary");
        RefusedPickle(new PickleWriter().Do("}(Nu").End(), "are not those of a dictionary");
        RefusedPickle(new PickleWriter().Do("}Na").End(), "what is no list");
        RefusedPickle(new PickleWriter().Do("]}b").End(), "is given attributes");
        RefusedPickle(new PickleWriter().Do("NN\u0093").End(), "a name is no text");
        RefusedPickle([0x80, 2, (byte)'X', 2, 0, 0, 0, 0xC3, 0x28, (byte)'.'], "not valid UTF-8");
        RefusedPickle(new PickleWriter().Raw(0x8A, 17).Raw(new byte[17]).End(), "an integer of 17 bytes");
    }

    [Fact]
    public void Claims_cost_nothing()
    {
        byte[][] pickles =
        [
            new PickleWriter().Do("X").UInt32(uint.MaxValue).End(),
            new PickleWriter().Do("X").UInt32(int.MaxValue).End(),
            new PickleWriter().Do("Nr").UInt32(uint.MaxValue).Do("j").UInt32(uint.MaxValue).End(),
            new PickleWriter().Raw(0x95).Raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).End(),
            new PickleWriter().Do("cno end of line").End(),
            new PickleWriter().Storage("FloatStorage", "0", 1L << 60).End(),
        ];
        foreach (var pickle in pickles)
        {
            var file = TorchFile.Zip(pickle, []);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Refused(file, null, "");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
    }

    // Lists in lists in lists: who follows them by calling itself runs out of stack.
    [Fact]
    public void Depth_is_no_danger()
    {
        const int depth = 400_000;
        RefusedPickle(new PickleWriter().Do(new string(']', depth)).Do(new string('a', depth - 1)).End(), "it holds no dictionary");
        RefusedPickle(new PickleWriter().Do(new string('(', depth)).Do(new string('t', depth)).End(), "it holds no dictionary");
        RefusedPickle(new PickleWriter().Do("}q\u0001(").Text("state_dict").Do("h\u0001u").End(), "is no tensor", "state_dict"); // a dictionary in itself
    }

    // Each level holds the one before it ten times: to follow them all would take 10^40 steps.
    [Fact]
    public void Repetition_is_no_danger()
    {
        var pickle = new PickleWriter().Do("]q\u0001");
        for (var level = 0; level < 40; level++)
        {
            pickle.Do("](" + string.Concat(Enumerable.Repeat("h\u0001", 10)) + "eq\u0001");
        }

        RefusedPickle(pickle.Do(string.Concat(Enumerable.Repeat("\u0086", 40))).End(), "it holds no dictionary");
    }

    [Fact]
    public void Instructions_are_counted()
    {
        var pickle = new PickleWriter().Do(new string('N', PickleMachine.MaximumInstructionCount)).End();

        RefusedPickle(pickle, "it has more than 2000000 instructions");
    }

    [Fact]
    public void Length_is_limited()
        => RefusedPickle(new PickleWriter().Text(new string('x', PickleMachine.MaximumByteCount)).End(), "it has more than 16000000 bytes");

    // A long shape that is stored once and used by every tensor costs the file nothing each time, and must not cost the reader more.
    [Fact]
    public void Long_shapes_that_many_tensors_share_cost_little()
    {
        const int count = 20_000;
        var pickle = new PickleWriter().Integers(Enumerable.Repeat((Int128)1, 200_000)).Do("q\u0001").Storage("FloatStorage", "0", 1).Do("q\u0002").Do("}(");
        for (var index = 0; index < count; index++)
        {
            pickle.Text($"{index}").Name("torch._utils", "_rebuild_tensor_v2").Do("(h\u0002").Integer(0).Do("h\u0001h\u0001NNtR");
        }

        var file = TorchFile.Zip(pickle.Do("u\u0087").End(), [("0", new byte[4])]);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Refused(file, null, "it holds no dictionary");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Theory]
    [MemberData(nameof(BadTensors))]
    public void Tensors_that_do_not_lie_in_their_storage_are_refused_by_name(string what, Int128[] shape, Int128[] strides, Int128 offset, string problem)
    {
        Assert.NotEmpty(what);
        var pickle = new PickleWriter().Do("}(").Text("good").Tensor(FourFloats, 0, [2, 2], [2, 1]).Text("bad").Tensor(FourFloats, offset, shape, strides).Do("u").End();

        Refused(TorchFile.Zip(pickle, [("0", new byte[16])]), "bad", problem);
    }

    [Fact]
    public void Dictionaries_hold_tensors_under_names_that_occur_once()
    {
        Refused(TorchFile.Zip(new PickleWriter().Do("}(").Text("a").Text("b").Do("u").End(), []), "a", "is no tensor");
        Refused(TorchFile.Zip(new PickleWriter().Do("}(").Text("state_dict").Do("}u").Text("x").Raw(0x86).End(), []), null, "no dictionary");
        RefusedPickle(new PickleWriter().Do("}(").Integer(1).Text("b").Do("u").End(), "a key of its dictionary is no text");
        RefusedPickle(new PickleWriter().Do("]").End(), "it holds no dictionary");
        var twice = new PickleWriter().Do("}(").Text("x").Tensor(FourFloats, 0, [4], [1]).Text("x").Tensor(FourFloats, 0, [4], [1]).Do("u").End();
        Refused(TorchFile.Zip(twice, [("0", new byte[16])]), "x", "holds this name twice");
    }

    [Fact]
    public void Sharing_is_limited()
    {
        var storage = new byte[100_000];
        List<SavedTensor> Views(int count) => [.. Enumerable.Range(0, count).Select(index => new SavedTensor($"t{index}", ElementType.U8, "0", storage, 0, [storage.Length], [1]))];
        PickleFile.Open(_folder.Write(FileName, TorchFile.Zip(Views(4)))).Dispose();

        Refused(TorchFile.Zip(Views(6)), "t4", "more than 4 times the bytes of the file");
    }

    private void RefusedPickle(byte[] pickle, string problem, string? tensorName = null) => Refused(TorchFile.Zip(pickle, []), tensorName, problem);

    private TensorFileException Refused(byte[] file, string? tensorName, string problem)
    {
        var path = _folder.Write(FileName, file);

        var exception = Assert.Throws<TensorFileException>(() => PickleFile.Open(path).Dispose());

        RawFile.Check(exception, path, tensorName);
        Assert.Contains(problem, exception.Problem, StringComparison.Ordinal);
        return exception;
    }
}
