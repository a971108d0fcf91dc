namespace Atelier.Tests.Artifacts;

/// <summary>Damages sound files for the fuzz tests.</summary>
internal static class Mutants
{
    /// <summary>Takes one of the files and damages it in one to three places.</summary>
    /// <param name="seeds">The sound files; left as they are.</param>
    /// <param name="random">Decides.</param>
    /// <param name="mutateOnce">Damages one place of a file, in it or in a new one.</param>
    /// <returns>The damaged file.</returns>
    public static byte[] Make(byte[][] seeds, Random random, Func<Random, byte[], byte[]> mutateOnce)
    {
        var file = (byte[])seeds[random.Next(seeds.Length)].Clone();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            file = mutateOnce(random, file);
        }

        return file;
    }
}
