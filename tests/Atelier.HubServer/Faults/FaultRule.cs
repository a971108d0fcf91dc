using System.Text.RegularExpressions;

namespace Atelier.Testing;

/// <summary>
/// A fault and the requests it strikes: first a match (<see cref="OnGet"/>, …), narrowed by <see cref="At"/>, <see cref="When"/>, <see cref="Skip"/> and <see cref="Times"/>,
/// then what happens. Several changes of one answer may be chained, and at most one end of the connection.
/// </summary>
public sealed partial class FaultRule
{
    private readonly string _method;
    private readonly Func<ReceivedRequest, bool> _matches;
    private readonly string _description;
    private HubOrigin? _origin;
    private Func<ReceivedRequest, bool> _condition = static _ => true;
    private int _skip;
    private int _times = int.MaxValue;
    private int _applied;

    private FaultRule(string method, string description, Func<ReceivedRequest, bool> matches)
    {
        _method = method;
        _description = description;
        _matches = matches;
    }

    /// <summary>How many requests it struck.</summary>
    public int Applied => Volatile.Read(ref _applied);

    /// <summary>Strikes <c>GET</c> requests.</summary>
    /// <param name="path">The raw path without query; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnGet(string path = "*") => On("GET", path);

    /// <summary>Strikes <c>HEAD</c> requests.</summary>
    /// <param name="path">The raw path without query; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnHead(string path = "*") => On("HEAD", path);

    /// <summary>Strikes <c>POST</c> requests.</summary>
    /// <param name="path">The raw path without query; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnPost(string path = "*") => On("POST", path);

    /// <summary>Strikes <c>PUT</c> requests.</summary>
    /// <param name="path">The raw path without query; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnPut(string path = "*") => On("PUT", path);

    /// <summary>Strikes requests of any method.</summary>
    /// <param name="path">The raw path without query; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnAny(string path = "*") => On("*", path);

    /// <summary>Strikes requests of a method.</summary>
    /// <param name="method">The method, or <c>*</c>.</param>
    /// <param name="path">The raw path without query; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule On(string method, string path) => new(method, path, request => RequestLog.IsMatch(request, "*", path));

    /// <summary>Strikes requests whose raw target, query included, matches an expression.</summary>
    /// <param name="method">The method, or <c>*</c>.</param>
    /// <param name="target">The expression.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnMatch(string method, Regex target) => new(method, target.ToString(), request => target.IsMatch(request.RawTarget));

    /// <summary>Strikes the <c>GET</c> requests that deliver a file's bytes: those at the end of the redirects, on the hub itself or on the delivery network.</summary>
    /// <param name="file">The file's path in its repository; <c>*</c> stands for anything.</param>
    /// <returns>The rule.</returns>
    public static FaultRule OnContent(string file = "*") => new("GET", "the content of " + file, request =>
        ResolveCalls.DeliveredFile(request) is { } delivered && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(file, delivered, ignoreCase: false));

    /// <summary>Only requests to an origin.</summary>
    /// <param name="origin">The origin.</param>
    /// <returns>This rule.</returns>
    public FaultRule At(HubOrigin origin)
    {
        _origin = origin;
        return this;
    }

    /// <summary>Only requests that fulfil a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <returns>This rule.</returns>
    public FaultRule When(Func<ReceivedRequest, bool> condition)
    {
        _condition = condition;
        return this;
    }

    /// <summary>Lets the first matching requests pass.</summary>
    /// <param name="count">How many.</param>
    /// <returns>This rule.</returns>
    public FaultRule Skip(int count)
    {
        _skip = count;
        return this;
    }

    /// <summary>Strikes only so often; without it, always.</summary>
    /// <param name="count">How often.</param>
    /// <returns>This rule.</returns>
    public FaultRule Times(int count)
    {
        _times = count;
        return this;
    }

    /// <summary>Strikes once.</summary>
    /// <returns>This rule.</returns>
    public FaultRule Once() => Times(1);

    /// <summary>Which requests it strikes.</summary>
    /// <returns>Method and path.</returns>
    public override string ToString() => $"fault on {_method} {_description}";

    // Called under the list's lock.
    internal bool TryTake(ReceivedRequest request)
    {
        var isMatch = (_method == "*" || _method == request.Method) && (_origin is null || _origin == request.Origin) && _matches(request) && _condition(request);
        if (!isMatch || _applied >= _times)
        {
            return false;
        }

        if (_skip > 0)
        {
            _skip--;
            return false;
        }

        _applied++;
        return true;
    }
}
