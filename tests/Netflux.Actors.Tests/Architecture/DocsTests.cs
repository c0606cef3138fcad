using System.Globalization;
using System.Text.RegularExpressions;
using Netflux.Links;
using Netflux.Wire;

namespace Netflux.Tests.Architecture;

/// <summary>The documents say what is so: their tables are those of the code, and their links lead somewhere.</summary>
public partial class DocsTests
{
    private static readonly string[] s_projects = ["Netflux.Actors", "Netflux.Transport", "Netflux.Host"];

    [Fact]
    public void The_close_codes_are_those_of_the_code() =>
        Assert.Equal(Enum.GetValues<CloseCode>().Select(code => (((int)code).ToString(CultureInfo.InvariantCulture), code.ToString())), Rows("docs/WIRE.md", "## Close codes").Select(row => (row[0], row[1])));

    [Fact]
    public void The_kinds_of_frames_are_those_of_the_code() =>
        Assert.Equal(Enum.GetValues<FrameKind>().Select(kind => ($"`{(byte)kind:x2}`", kind.ToString())), Rows("docs/WIRE.md", "### Kinds").Select(row => (row[0], row[1])));

    [Fact]
    public void The_test_vectors_are_the_golden_files() =>
        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(SourceTests.Root, "tests/Netflux.Actors.Tests/Wire/Golden/v1"), "*.hex").Select(file => ($"`{Path.GetFileName(file)}`", $"`{File.ReadAllText(file).Trim()}`")).Order(),
            Rows("docs/WIRE.md", "## Test vectors").Select(row => (row[0], row[1])).Order());

    [Fact]
    public void The_instruments_are_those_of_the_code() =>
        Assert.Equal(Sources().SelectMany(file => Instruments().Matches(File.ReadAllText(file))).Select(match => $"`{match.Groups[1].Value}`").Order(StringComparer.Ordinal),
            Rows("docs/TELEMETRY.md", "## Instruments").Select(row => row[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_event_id_is_told_once_and_with_its_range()
    {
        var ids = Sources().SelectMany(file => EventIds().Matches(File.ReadAllText(file))).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Count(), ids.Count);
        var ranges = Rows("docs/TELEMETRY.md", "## Event ids").Select(row => row[0].Split('–').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray()).ToList();
        Assert.DoesNotContain(ids, id => ranges.Count(range => id >= range[0] && id <= range[1]) != 1);
        Assert.DoesNotContain(ranges, range => !ids.Exists(id => id >= range[0] && id <= range[1]));
    }

    [Fact]
    public void Every_target_of_the_build_is_in_the_contributors_table()
    {
        var contributing = Read("CONTRIBUTING.md");
        foreach (var target in Targets().Matches(Read("build.cake")).Select(match => match.Groups[1].Value))
            Assert.Contains($"`dotnet cake --target={target}", contributing, StringComparison.Ordinal);
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps()
    {
        var files = Directory.EnumerateFiles(Path.Combine(SourceTests.Root, "docs/decisions")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Enumerable.Range(1, files.Count).Select(number => number.ToString("0000", CultureInfo.InvariantCulture)), files.Select(file => file[..4]));
        foreach (var file in files)
            Assert.StartsWith($"# {int.Parse(file[..4], CultureInfo.InvariantCulture)}. ", Read($"docs/decisions/{file}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_leads_to_a_file_and_its_heading()
    {
        var links = Documents().SelectMany(file => Links().Matches(WithoutCode(File.ReadAllText(file))).Select(match => (File: file, Link: match.Groups[1].Value))).Where(link => !link.Link.StartsWith("http", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        foreach (var (file, link) in links)
        {
            var parts = link.Split('#');
            var target = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]));
            Assert.True(Path.Exists(target), $"{file}: {link} does not exist.");
            if (parts.Length > 1) Assert.True(File.ReadLines(target).Any(line => line.StartsWith('#') && Anchor(line) == parts[1]), $"{file}: {link} has no such heading.");
        }
    }

    private static string Anchor(string heading) => string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ')).Replace(' ', '-');

    private static string WithoutCode(string text) => Fences().Replace(text, "");

    private static string Read(string path) => File.ReadAllText(Path.Combine(SourceTests.Root, path));

    /// <summary>The cells of the first table under a heading, without its head.</summary>
    private static List<string[]> Rows(string path, string heading) =>
        [.. Read(path).ReplaceLineEndings("\n").Split('\n').SkipWhile(line => line != heading).Skip(1).SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])];

    private static IEnumerable<string> Documents() => Ours("*.md");

    private static IEnumerable<string> Sources() => s_projects.SelectMany(project => Ours("*.cs", project));

    private static IEnumerable<string> Ours(string pattern, string folder = "") =>
        Directory.EnumerateFiles(Path.Combine(SourceTests.Root, folder), pattern, SearchOption.AllDirectories).Where(SourceTests.IsOurs);

    [GeneratedRegex("""\.Create(?:Observable)?(?:Counter|UpDownCounter|Histogram|Gauge)(?:<\w+>)?\("([^"]+)",""")]
    private static partial Regex Instruments();

    [GeneratedRegex("""\[LoggerMessage\((?:EventId = )?(\d+)""")]
    private static partial Regex EventIds();

    [GeneratedRegex("""^Task\("(\w+)"\)""", RegexOptions.Multiline)]
    private static partial Regex Targets();

    [GeneratedRegex("""\]\(([^)\s]+)\)""")]
    private static partial Regex Links();

    [GeneratedRegex("""^```.*?^```""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();
}
