using System.CommandLine;
using Atelier.Training.Ddpo;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Makes command-line options from a schema and reads them back as a layer.</summary>
/// <remarks>
/// Each setting is <c>--sample-batch-size</c>, with TRL's spellings <c>--sample_batch_size</c> and <c>--ddpo_config.sample_batch_size</c> beside it.
/// A switch needs no value and has a <c>--no-</c> form. Options take texts, so that a wrong one is reported with all the others.
/// </remarks>
internal sealed class SettingsOptions
{
    private const string TrlPrefix = "ddpo_config.";

    private readonly List<(Setting Setting, Option<string[]> Option, Option<bool>? Negation)> _options = [];
    private readonly List<Setting> _positionals;
    private readonly Argument<string[]> _words = new("words") { Arity = ArgumentArity.ZeroOrMore };

    public SettingsOptions(SettingsSchema schema)
    {
        Schema = schema;
        _positionals = [.. schema.Settings.Where(setting => setting.Placeholder is not null)];
        foreach (var setting in schema.Settings.Except(_positionals))
        {
            var (name, aliases) = Names(setting, "");
            Option<bool>? negation = null;
            if (setting.IsSwitch)
            {
                var (noName, noAliases) = Names(setting, "no_");
                negation = new Option<bool>(noName, noAliases) { Arity = ArgumentArity.Zero };
            }

            // No arguments at all is a complaint of our own, made with the others. A switch must leave alone what may be a word of its own.
            var arity = setting.IsSwitch && _positionals.Count > 0 ? ArgumentArity.Zero : ArgumentArity.ZeroOrMore;
            _options.Add((setting, new Option<string[]>(name, aliases) { Arity = arity }, negation));
        }
    }

    public SettingsSchema Schema { get; }

    public IReadOnlyList<Setting> Positionals => _positionals;

    public static string Spell(string name) => "--" + name.Replace('_', '-');

    public void AddTo(Command command)
    {
        if (_positionals.Count > 0)
        {
            command.Add(_words);
        }

        foreach (var (_, option, negation) in _options)
        {
            command.Add(option);
            if (negation is not null)
            {
                command.Add(negation);
            }
        }
    }

    public SettingsLayer Read(ParseResult result, ICollection<string> problems)
    {
        SettingsLayer layer = new("command line");
        foreach (var (setting, option, negation) in _options)
        {
            var given = result.GetResult(option);
            if (negation is not null && result.GetResult(negation) is { Implicit: false })
            {
                if (given is not null)
                {
                    problems.Add($"{option.Name} and {negation.Name} contradict each other");
                }

                layer.Type(setting, ["false"], negation.Name, problems);
            }
            else if (given is not null)
            {
                string[] texts = [.. given.Tokens.Select(token => token.Value)];
                layer.Type(setting, texts.Length == 0 && setting.IsSwitch ? ["true"] : texts, option.Name, problems);
            }
        }

        ReadPositionals(result, layer, problems);
        return layer;
    }

    /// <summary>Says what is wrong with the words that no option took. The word after an unknown option is taken for its value.</summary>
    public IEnumerable<string> ExplainUnmatched(IEnumerable<string> words)
    {
        var isAfterUnknown = false;
        foreach (var word in words)
        {
            var isOption = word.StartsWith('-') && word.Length > 1;
            if (isOption)
            {
                var name = word.TrimStart('-').Split('=')[0].Replace('-', '_');
                yield return Schema.ExplainUnknown(name.StartsWith(TrlPrefix, StringComparison.Ordinal) ? name[TrlPrefix.Length..] : name, Spell);
            }
            else if (!isAfterUnknown)
            {
                yield return $"unexpected argument \"{word}\"";
            }

            isAfterUnknown = isOption && !word.Contains('=', StringComparison.Ordinal);
        }
    }

    // What begins with a dash is an option that nobody knows.
    private void ReadPositionals(ParseResult result, SettingsLayer layer, ICollection<string> problems)
    {
        var words = _positionals.Count == 0 ? [] : result.GetValue(_words) ?? [];
        foreach (var word in ExplainUnmatched(words.Where(word => word.StartsWith('-'))))
        {
            problems.Add(word);
        }

        Queue<string> left = new(words.Where(word => !word.StartsWith('-')));
        foreach (var setting in _positionals.TakeWhile(_ => left.Count > 0))
        {
            string[] taken = setting.IsList ? [.. left] : [left.Peek()];
            layer.Type(setting, taken, setting.Placeholder!, problems);
            left = new(left.Skip(taken.Length));
        }

        foreach (var word in left)
        {
            problems.Add($"unexpected argument \"{word}\"");
        }
    }

    private static (string Name, string[] Aliases) Names(Setting setting, string prefix)
    {
        var flat = prefix + setting.Name;
        var name = Spell(flat);
        string[] all = setting.Path[0].PropertyType == typeof(DdpoConfig)
            ? ["--" + flat, "--" + TrlPrefix + flat, "--ddpo-config." + flat.Replace('_', '-')]
            : ["--" + flat];
        return (name, [.. all.Where(alias => !string.Equals(alias, name, StringComparison.Ordinal))]);
    }
}
