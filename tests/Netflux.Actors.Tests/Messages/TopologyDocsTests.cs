using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Netflux.Messages;

/// <summary>Parser, schema and docs/TOPOLOGY.md say the same.</summary>
public class TopologyDocsTests
{
    private static readonly Topology s_defaults = new() { Json = "" };

    private static readonly Dictionary<string, object> s_defaultsByName = new(StringComparer.Ordinal)
    {
        ["join"] = "open", ["slowMember"] = "drop", ["maxMembers"] = s_defaults.MaxMembers, ["messageBytesMax"] = s_defaults.MessageBytesMax,
        ["slowMemberGraceMs"] = (int)s_defaults.SlowMemberGrace.TotalMilliseconds, ["pingAfterMs"] = (int)s_defaults.PingAfter.TotalMilliseconds,
        ["suspectAfterMs"] = (int)s_defaults.SuspectAfter.TotalMilliseconds, ["resumeWindowMs"] = (int)s_defaults.ResumeWindow.TotalMilliseconds,
    };

    [Fact]
    public void TheSchemaIsThatOfTheParser()
    {
        using var stream = typeof(Topology).Assembly.GetManifestResourceStream("topology.schema.json")!;
        using var schema = JsonDocument.Parse(stream);
        var properties = schema.RootElement.GetProperty("properties");
        Assert.Equal(TopologyFields.Names, properties.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["type"], schema.RootElement.GetProperty("required").EnumerateArray().Select(e => e.GetString()));
        Assert.False(schema.RootElement.GetProperty("additionalProperties").GetBoolean());
        foreach (var word in TopologyFields.Words)
        {
            Assert.Equal(word.Words, properties.GetProperty(word.Name).GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
            if (word.Name != TopologyFields.Type) Assert.Equal(s_defaultsByName[word.Name], properties.GetProperty(word.Name).GetProperty("default").GetString());
        }
        foreach (var number in TopologyFields.Numbers)
        {
            var field = properties.GetProperty(number.Name);
            Assert.Equal((number.Min, number.Max, (int)s_defaultsByName[number.Name]), (field.GetProperty("minimum").GetInt32(), field.GetProperty("maximum").GetInt32(), field.GetProperty("default").GetInt32()));
        }
        Assert.Equal(TopologyFields.CriticalMax, properties.GetProperty("critical").GetProperty("maxItems").GetInt32());
        Assert.Equal(TopologyFields.Names, properties.GetProperty("critical").GetProperty("items").GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public void TheBoundsHold()
    {
        foreach (var number in TopologyFields.Numbers)
        {
            Assert.True(Parses(number.Name, number.Min));
            Assert.True(Parses(number.Name, number.Max));
            Assert.False(Parses(number.Name, number.Min - 1));
            Assert.False(Parses(number.Name, number.Max + 1));
        }

        static bool Parses(string name, int value) => Topology.TryParse(name switch
        {
            "pingAfterMs" => $$"""{"type":"full-mesh","suspectAfterMs":300000,"pingAfterMs":{{value}}}""",
            "suspectAfterMs" => $$"""{"type":"full-mesh","pingAfterMs":100,"suspectAfterMs":{{value}}}""",
            _ => $$"""{"type":"full-mesh","{{name}}":{{value}}}""",
        }, out _, out _);
    }

    [Fact]
    public void TheDocumentIsThatOfTheParser()
    {
        var rows = File.ReadLines(Path.Combine(RepositoryRoot(), "docs", "TOPOLOGY.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|', StringSplitOptions.TrimEntries)).ToArray();
        Assert.Equal(TopologyFields.Names, rows.Select(r => r[1].Trim('`')));
        foreach (var word in TopologyFields.Words) Assert.Equal(string.Join(", ", word.Words.Select(w => $"`{w}`")), Row(word.Name)[2]);
        foreach (var word in TopologyFields.Words.Skip(1)) Assert.Equal($"`{s_defaultsByName[word.Name]}`", Row(word.Name)[3]);
        foreach (var number in TopologyFields.Numbers)
            Assert.Equal((string.Create(CultureInfo.InvariantCulture, $"{number.Min} to {number.Max}"), ((int)s_defaultsByName[number.Name]).ToString(CultureInfo.InvariantCulture)), (Row(number.Name)[2], Row(number.Name)[3]));

        string[] Row(string name) => rows.Single(r => r[1] == $"`{name}`");
    }

    [Fact]
    public void TheExampleOfTheDocumentIsOne()
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "TOPOLOGY.md"));
        var start = text.IndexOf("```json\n", StringComparison.Ordinal) + 8;
        Assert.True(Topology.TryParse(text[start..text.IndexOf("```", start, StringComparison.Ordinal)], out var topology, out var why), why);
        Assert.Equal(20, topology.MaxMembers);
    }

    private static string RepositoryRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
