using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Netflux.Messages;

/// <summary>Parser, schema and docs/TOPOLOGY.md say the same.</summary>
public class TopologyDocsTests
{
    private static readonly Dictionary<string, string> s_wordDefaults = new(StringComparer.Ordinal) { ["join"] = "open", ["slowMember"] = "drop" };

    private static readonly TopologyType[] s_types = Enum.GetValues<TopologyType>();

    private static string NameOf(TopologyType type) => TopologyFields.Types[(int)type];

    [Fact]
    public void TheDefaultsAreThoseOfTheRecord()
    {
        foreach (var type in s_types)
        {
            Assert.True(Topology.TryParse($$"""{"type":"{{NameOf(type)}}"}""", out var parsed, out _));
            Assert.Equal(new Topology { Json = parsed.Json, Type = type, MaxMembers = type == TopologyType.Gossip ? 1_000_000 : 50 }, parsed);
        }
    }

    [Fact]
    public void TheSchemaIsThatOfTheParser()
    {
        using var schema = ReadSchema();
        var properties = schema.RootElement.GetProperty("properties");
        Assert.Equal(TopologyFields.Names, properties.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["type"], schema.RootElement.GetProperty("required").EnumerateArray().Select(e => e.GetString()));
        Assert.False(schema.RootElement.GetProperty("additionalProperties").GetBoolean());
        foreach (var word in TopologyFields.Words)
        {
            Assert.Equal(word.Words, properties.GetProperty(word.Name).GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
            if (word.Name != TopologyFields.Type) Assert.Equal(s_wordDefaults[word.Name], properties.GetProperty(word.Name).GetProperty("default").GetString());
        }
        foreach (var number in TopologyFields.Numbers)
        {
            var ranges = s_types.Select(number.Of).OfType<TopologyRange>().ToList();
            var field = properties.GetProperty(number.Name);
            Assert.Equal((ranges.Min(r => r.Min), ranges.Max(r => r.Max)), (field.GetProperty("minimum").GetInt32(), field.GetProperty("maximum").GetInt32()));
            if (ranges.Distinct().Count() == 1) Assert.Equal(ranges[0].Default, field.GetProperty("default").GetInt32());
        }
        Assert.Equal(TopologyFields.CriticalMax, properties.GetProperty("critical").GetProperty("maxItems").GetInt32());
        Assert.Equal(TopologyFields.Names, properties.GetProperty("critical").GetProperty("items").GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public void TheSchemaHasEachTypesOwnBounds()
    {
        using var schema = ReadSchema();
        var cases = schema.RootElement.GetProperty("allOf").EnumerateArray().ToList();
        Assert.Equal(TopologyFields.Types, cases.Select(c => c.GetProperty("if").GetProperty("properties").GetProperty("type").GetProperty("const").GetString()));
        foreach (var type in s_types)
        {
            var then = cases[(int)type].GetProperty("then").GetProperty("properties");
            var refused = then.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.False).Select(p => p.Name);
            Assert.Equal(TopologyFields.Names.Where(name => !TopologyFields.TypesWith(name).Contains(type)), refused);
            var own = then.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object).Select(p =>
                (p.Name, new TopologyRange(p.Value.GetProperty("minimum").GetInt32(), p.Value.GetProperty("maximum").GetInt32(), p.Value.GetProperty("default").GetInt32())));
            var differing = TopologyFields.Numbers.Where(n => s_types.Select(n.Of).OfType<TopologyRange>().Distinct().Count() > 1);
            Assert.Equal(differing.Select(n => (n.Name, n.Of(type)!)), own);
        }
    }

    [Fact]
    public void TheBoundsHold()
    {
        foreach (var type in s_types)
            foreach (var number in TopologyFields.Numbers)
            {
                var range = number.Of(type);
                Assert.Equal(range is not null, Parses(type, number.Name, range?.Min ?? 2));
                if (range is null) continue;
                Assert.True(Parses(type, number.Name, range.Max));
                Assert.False(Parses(type, number.Name, range.Min - 1));
                Assert.False(Parses(type, number.Name, range.Max + 1));
            }

        static bool Parses(TopologyType type, string name, int value) => Topology.TryParse(name switch
        {
            "pingAfterMs" => $$"""{"type":"{{NameOf(type)}}","suspectAfterMs":300000,"pingAfterMs":{{value}}}""",
            "suspectAfterMs" => $$"""{"type":"{{NameOf(type)}}","pingAfterMs":100,"suspectAfterMs":{{value}}}""",
            TopologyFields.GrowAt => $$"""{"type":"{{NameOf(type)}}","grow":"gossip","growAt":{{value}}}""",
            _ => $$"""{"type":"{{NameOf(type)}}","{{name}}":{{value}}}""",
        }, out _, out _);
    }

    [Fact]
    public void TheDocumentIsThatOfTheParser()
    {
        var rows = File.ReadLines(Path.Combine(RepositoryRoot(), "docs", "TOPOLOGY.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|', StringSplitOptions.TrimEntries)).ToArray();
        Assert.Equal(TopologyFields.Names, rows.Select(r => r[1].Trim('`')));
        foreach (var word in TopologyFields.Words) Assert.Equal(string.Join(", ", word.Words.Select(w => $"`{w}`")), Row(word.Name)[2]);
        foreach (var word in TopologyFields.Words.Skip(1)) Assert.Equal($"`{s_wordDefaults[word.Name]}`", Row(word.Name)[3]);
        foreach (var number in TopologyFields.Numbers)
            Assert.Equal((Written(number, r => r.ToString()), Written(number, r => r.Default.ToString(CultureInfo.InvariantCulture))), (Row(number.Name)[2], Row(number.Name)[3]));

        string[] Row(string name) => rows.Single(r => r[1] == $"`{name}`");

        static string Written(TopologyNumber number, Func<TopologyRange, string> write)
        {
            var ranges = s_types.Where(type => number.Of(type) is not null).Select(type => (type, Range: number.Of(type)!)).ToList();
            return ranges.Count == s_types.Length && ranges.Select(r => r.Range).Distinct().Count() == 1
                ? write(ranges[0].Range)
                : string.Join("; ", ranges.Select(r => $"`{NameOf(r.type)}`: {write(r.Range)}"));
        }
    }

    [Fact]
    public void TheExamplesOfTheDocumentAreTopologies()
    {
        var examples = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "TOPOLOGY.md")).Split("```json\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.Equal(s_types.Append(TopologyType.FullMesh), examples.Select(example => Topology.TryParse(example, out var topology, out var why) ? topology.Type : throw new ArgumentException(why)));
    }

    private static JsonDocument ReadSchema()
    {
        using var stream = typeof(Topology).Assembly.GetManifestResourceStream("topology.schema.json")!;
        return JsonDocument.Parse(stream);
    }

    private static string RepositoryRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
