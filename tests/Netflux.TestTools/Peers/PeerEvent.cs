using System.Text.Json;

namespace Netflux.TestTools.Peers;

/// <summary>One event of a peer program: a JSON line of its standard output. <c>tests/Netflux.Benchmarks/peers/README.md</c> has their list.</summary>
public sealed record PeerEvent(JsonElement Json)
{
    /// <summary>What happened: ready, desc, cand, open…</summary>
    public string Kind => Text("ev") ?? "";

    /// <summary>The connection that it is about.</summary>
    public string? Id => Text("id");

    public string? Text(string name) => Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public double Number(string name) => Json.GetProperty(name).GetDouble();

    /// <summary>A number that may be missing or null.</summary>
    public double? NumberOrNull(string name) => Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public bool? TruthOrNull(string name) => Json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    public override string ToString() => Json.GetRawText();
}
