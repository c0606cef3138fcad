using System.Text.Json;
using System.Text.Json.Serialization;

namespace Netflux.CutProxy;

/// <summary>How a connection ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CutKind>))]
public enum CutKind
{
    /// <summary>Both sockets are reset: each side hears of it at once.</summary>
    Reset,
    /// <summary>No byte passes any more in either direction and no FIN is sent: each side hears nothing.</summary>
    BlackHole,
}

/// <summary>Which bytes are counted towards the cut.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CutDirection>))]
public enum CutDirection
{
    /// <summary>From who connected to the proxy.</summary>
    Up,
    /// <summary>From the target.</summary>
    Down,
    Either,
}

/// <summary>
/// One line on standard input. <c>{"command":"plan","cuts":100,"from":0,"to":200000,"kinds":["Reset","BlackHole"],"directions":["Up","Down"]}</c> cuts that many of the
/// connections to come, each after a number of bytes drawn between <c>from</c> and <c>to</c>; to cut during a handshake, make <c>to</c> small. <c>{"command":"cut","kind":"Reset"}</c> cuts
/// all open connections now. <c>{"command":"heal"}</c> forgets the rest of the plan. <c>{"command":"release"}</c> resets what is black-holed. <c>{"command":"stats"}</c> reports.
/// </summary>
public sealed record ProxyCommand(string Command)
{
    public int Cuts { get; init; }
    public long From { get; init; }
    public long To { get; init; }
    public CutKind Kind { get; init; }
    public IReadOnlyList<CutKind> Kinds { get; init; } = [CutKind.Reset];
    public IReadOnlyList<CutDirection> Directions { get; init; } = [CutDirection.Either];
}

/// <summary>One line on standard output: <c>listening</c> first, then <c>opened</c>, <c>cut</c> and <c>closed</c> of each connection, <c>stats</c>, and <c>error</c>.</summary>
public sealed record ProxyEvent(string Event)
{
    public int? Port { get; init; }
    public long? Seed { get; init; }
    public int? Connection { get; init; }
    public CutKind? Kind { get; init; }
    /// <summary>The bytes that passed before the cut.</summary>
    public long? Up { get; init; }
    public long? Down { get; init; }
    public int? CutsDone { get; init; }
    public int? CutsLeft { get; init; }
    public int? Open { get; init; }
    public string? Text { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProxyCommand))]
[JsonSerializable(typeof(ProxyEvent))]
public sealed partial class ProxyJson : JsonSerializerContext;
