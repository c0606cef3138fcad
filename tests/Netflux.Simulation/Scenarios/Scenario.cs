using System.Text.Json;
using System.Text.Json.Serialization;
using Netflux.Simulation.Network;

namespace Netflux.Simulation.Scenarios;

/// <summary>What happens in a world, as a file says it. Members join one after the other, then come the steps, then quiet, then some broadcasts that nothing disturbs.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }
    public required int Nodes { get; init; }

    /// <summary>The pause between two that start; 0: all at once.</summary>
    public double JoinEveryMs { get; init; } = 200;

    /// <summary>From the last start to the first step.</summary>
    public double SettleSeconds { get; init; } = 15;

    /// <summary>From the last step to the last broadcasts: faults have ended, and what can be mended is mended after it.</summary>
    public double QuietSeconds { get; init; } = 40;

    /// <summary>Where there is one, whole peers are played in a network of it (<see cref="PeersRun"/>), with as much of <see cref="Network"/> as their world knows: latency, loss, doubling, silence, and how long links live. Else the cores of gossip are, of which there can be many.</summary>
    public JsonElement? Topology { get; init; }

    public NetworkConditions Network { get; init; } = new();
    public IReadOnlyList<ScenarioStep> Steps { get; init; } = [];

    /// <summary>Broadcasts may be missed, if that is told: a partition outlasts the caches.</summary>
    public bool MayMiss { get; init; }

    private const string Extension = ".json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip, WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The scenarios that come with the simulator.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(Scenario).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(Extension, StringComparison.Ordinal)).Select(name => name[..^Extension.Length]).Order(StringComparer.Ordinal)];

    /// <summary>One that comes with the simulator.</summary>
    public static Scenario Named(string name)
    {
        using var text = typeof(Scenario).Assembly.GetManifestResourceStream(name + Extension) ?? throw new InvalidDataException($"There is no scenario '{name}'; there are {string.Join(", ", Names)}.");
        return JsonSerializer.Deserialize<Scenario>(text, s_json)!;
    }

    /// <exception cref="InvalidDataException">The file says nothing that is a scenario.</exception>
    public static Scenario Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Scenario>(File.ReadAllText(file), s_json) ?? throw new InvalidDataException($"{file} is no scenario.");
        }
        catch (JsonException wrong)
        {
            throw new InvalidDataException($"{file} is no scenario: {wrong.Message}", wrong);
        }
    }

    /// <summary>As a file has it.</summary>
    public string Write() => JsonSerializer.Serialize(this, s_json);
}

internal enum ScenarioAction
{
    Broadcast,
    Crash,
    Leave,
    Partition,
    Churn,
}

internal enum Sender
{
    /// <summary>The same member each time.</summary>
    One,

    /// <summary>Another each time.</summary>
    Random,

    /// <summary>All at the same moment.</summary>
    All,
}

/// <summary>One thing that happens; others may go on meanwhile.</summary>
internal sealed record ScenarioStep
{
    public required ScenarioAction Do { get; init; }

    /// <summary>From the beginning of the step before.</summary>
    public double AfterSeconds { get; init; }

    /// <summary>How often; of broadcasts the rounds.</summary>
    public int Count { get; init; } = 1;

    public double EveryMs { get; init; } = 200;
    public Sender From { get; init; } = Sender.Random;

    /// <summary>The share of members that it happens to.</summary>
    public double Share { get; init; } = 0.5;

    /// <summary>A crashed member comes back after this; 0: never.</summary>
    public double RestartMs { get; init; }

    /// <summary>How long a partition lasts.</summary>
    public double Seconds { get; init; }

    /// <summary>Only what goes from the smaller part to the larger is cut.</summary>
    public bool OneWay { get; init; }

    [JsonIgnore]
    public TimeSpan Lasts => Do switch
    {
        ScenarioAction.Partition => TimeSpan.FromSeconds(Seconds),
        ScenarioAction.Crash => TimeSpan.FromMilliseconds(RestartMs),
        _ => TimeSpan.FromMilliseconds(Count * EveryMs + RestartMs),
    };
}
