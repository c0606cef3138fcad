using System.Diagnostics.CodeAnalysis;

namespace Netflux.TestTools;

/// <summary>What of the <see cref="Tool"/>s is on this machine, and where.</summary>
public static class Installed
{
    /// <summary>Installs all that is missing, on Debian.</summary>
    public const string Script = "tests/Netflux.Benchmarks/peers/install.sh";

    private static readonly Lazy<string> s_repository = new(FindRepository);

    /// <summary>The folder of the repository, which the tests run inside of.</summary>
    public static string Repository => s_repository.Value;

    /// <summary>The folder of the peer programs of other WebRTC stacks.</summary>
    public static string Peers => Path.Combine(Repository, "tests", "Netflux.Benchmarks", "peers");

    /// <summary>CI installs everything: there a test runs, and fails, where a person's machine would skip it.</summary>
    public static bool IsRequired => Environment.GetEnvironmentVariable("CI") is "true" or "1";

    /// <summary>The path of a tool's program.</summary>
    /// <exception cref="FileNotFoundException">It is not installed.</exception>
    public static string PathOf(Tool tool) =>
        TryFind(tool, out var path, out var missing) ? path : throw new FileNotFoundException(Sentence([missing]));

    /// <summary>A sentence about what is missing of these tools, or null if all are here.</summary>
    public static string? WhyMissing(params IReadOnlyCollection<Tool> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        var missing = tools.Select(tool => TryFind(tool, out _, out var what) ? null : what).OfType<string>().Distinct().ToList();
        return missing.Count == 0 ? null : Sentence(missing);
    }

    private static string Sentence(List<string> missing) => $"Not installed: {string.Join(", ", missing)}. {Script} installs it.";

    private static bool TryFind(Tool tool, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? missing)
    {
        (path, missing) = tool switch
        {
            Tool.Node => OnPath("node (Debian: nodejs)", "node"),
            Tool.OpenSsl => OnPath("openssl", "openssl"),
            Tool.Chromium => OnPath("chromium", "chromium"),
            Tool.ChromeDriver => OnPath("chromedriver (Debian: chromium-driver)", "chromedriver"),
            Tool.Firefox => OnPath("firefox-esr", "firefox-esr"),
            Tool.Faketime => OnPath("faketime", "faketime"),
            Tool.Turnserver => OnPath("turnserver (Debian: coturn)", "turnserver"),
            Tool.Postgres => OnPath("postgres (Debian: postgresql)", "postgres", [.. Postgres()]),
            Tool.LibDataChannel => Peer("libdatachannel.mjs", "node_modules/node-datachannel", Tool.Node),
            Tool.Werift => Peer("werift.mjs", "node_modules/werift", Tool.Node),
            Tool.LibWebRtc => Peer("wrtc.mjs", "node_modules/@roamhq/wrtc", Tool.Node),
            Tool.Pion => Peer("bin/pion", "bin/pion"),
            Tool.ChromiumPeer => Peer("chromium.mjs", "node_modules/ws", Tool.Node, Tool.Chromium),
            Tool.FirefoxPeer => Peer("firefox.mjs", "node_modules/ws", Tool.Node, Tool.Firefox),
            _ => throw new ArgumentOutOfRangeException(nameof(tool), tool, null),
        };
        return path is not null;
    }

    /// <summary>Debian has a folder for each version, off the path, with all that belongs to a server.</summary>
    private static IEnumerable<string> Postgres() =>
        Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")) : [];

    private static (string? Path, string? Missing) OnPath(string name, string program, params string[] before)
    {
        foreach (var folder in before.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)))
            if (Path.Combine(folder, program) is var path && File.Exists(path)) return (path, null);
        return (null, name);
    }

    /// <param name="program">The peer's program, in the folder of peers.</param>
    /// <param name="needed">A file or folder there that installing makes.</param>
    private static (string? Path, string? Missing) Peer(string program, string needed, params Tool[] tools)
    {
        foreach (var tool in tools)
            if (!TryFind(tool, out _, out var missing)) return (null, missing);
        return Path.Exists(Path.Combine(Peers, needed)) ? (Path.Combine(Peers, program), null) : (null, $"peers/{needed}");
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Netflux.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run inside the repository; Netflux.sln was not found above them.");
    }
}
