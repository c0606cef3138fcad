using System.CommandLine;
using System.Globalization;
using System.Net;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>The options that every command has which is a peer.</summary>
internal static class PeerOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8400";

    public static readonly Option<string?> Server = new("--server", "-s") { Description = "The signaling server, such as ws://127.0.0.1:8400 (which is the default).", HelpName = "URL" };
    public static readonly Option<string?> Tracker = new("--tracker") { Description = "The server, as --server, where it is to remember the network.", HelpName = "URL" };
    public static readonly Option<string> Name = new("--name", "-n") { Description = "The name that others see; by itself your user name.", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
    public static readonly Option<string?> Identity = new("--identity", "-i") { Description = "The file of your identity, made where there is none. Without it you are somebody new each time.", HelpName = "FILE" };
    public static readonly Option<string[]> Listen = new("--listen") { Description = "Where other peers may dial this one, such as ws://0.0.0.0:9000, or none. Without it, a free port on loopback where the server is on loopback, else nowhere. Peers that do not listen reach each other by data channels.", HelpName = "URL" };
    public static readonly Option<string[]> Advertise = new("--advertise") { Description = "What other members are told to dial, where that is not what you listen on, such as ws://192.0.2.7:9000.", HelpName = "URL" };
    public static readonly Option<string[]> IceServers = new("--ice-server") { Description = "A server that helps data channels through NATs: stun:host[:port], or turn:host[:port][?transport=tcp] with --ice-user. Can be given more than once.", HelpName = "URL" };
    public static readonly Option<string?> IceUser = new("--ice-user") { Description = $"The user at turn: servers. The password is taken from {IcePasswordVariable}, where --ice-password does not give it.", HelpName = "NAME" };
    public static readonly Option<string?> IcePassword = new("--ice-password") { Description = "The password at turn: servers; others on this machine may see it in the list of processes.", HelpName = "PASSWORD" };
    public static readonly Option<bool> RelayOnly = new("--relay-only") { Description = "Use data channels through a turn: server only, listen nowhere and dial no peer: other peers do not learn this machine's addresses." };
    public static readonly Option<string> Topology = new("--topology", "-t") { Description = "The topology of a network that is created, as JSON, such as {\"type\":\"gossip\"}; docs/TOPOLOGY.md has all fields.", HelpName = "JSON", DefaultValueFactory = _ => """{"type":"full-mesh"}""" };
    public static readonly Option<bool> Json = new("--json") { Description = "Write one JSON object per event and line, and nothing else." };
    public static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "Log to standard error what happens inside." };

    private const string IcePasswordVariable = "NETFLUX_ICE_PASSWORD";

    /// <summary>The folder of a tracking server's store.</summary>
    public static Option<string> Data(string description) => new("--data") { Description = description, HelpName = "FOLDER", DefaultValueFactory = _ => Tracking.SqliteStore.DefaultFolder };

    public static Command WithPeerOptions(this Command command)
    {
        foreach (var option in (Option[])[Server, AccessOptions.TokenFile, Name, Identity, Listen, Advertise, IceServers, IceUser, IcePassword, RelayOnly, Json, Verbose]) command.Add(option);
        return command;
    }

    /// <summary>The options of the peer that the command line asks for.</summary>
    /// <param name="server">The server that the command's address names, which needs no <c>--server</c> then.</param>
    public static NetfluxOptions Read(ParseResult parsed, Uri? server = null)
    {
        var named = ServerOf(parsed);
        server ??= named;
        if (string.IsNullOrWhiteSpace(parsed.GetValue(Name))) throw new WrongUseException("--name is empty; give the name that others are to see.");
        var options = new NetfluxOptions { Server = server, DisplayName = parsed.GetValue(Name) ?? "", IdentityFile = parsed.GetValue(Identity) };
        var listen = parsed.GetValue(Listen) ?? [];
        foreach (var url in listen.Where(url => url != "none")) options.Listen.Add(UrlOf("--listen", url));
        foreach (var url in parsed.GetValue(Advertise) ?? []) options.AdvertiseUrls.Add(UrlOf("--advertise", url));
        if (options.Listen.Count > 0 && parsed.GetValue(RelayOnly)) throw new WrongUseException("--listen and --relay-only do not go together; leave one of them out, or say --listen none.");
        ReadIceServers(parsed, options);
        options.RelayOnly = parsed.GetValue(RelayOnly);
        AccessOptions.ReadPeer(parsed, options, server, isNamed: Uri.Compare(server, named, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0);
        if (listen.Length == 0 && !options.RelayOnly && LoopbackOf(server) is { } loopback) options.Listen.Add(new($"ws://{loopback}:0"));
        try { options.Validate(); }
        catch (NetfluxException invalid) { throw new WrongUseException(InWordsOfTheCommand(invalid.Message)); }
        return options;
    }

    /// <summary>The topology of a network that the command may create.</summary>
    public static Topology TopologyOf(ParseResult parsed) =>
        Messages.Topology.TryParse(parsed.GetValue(Topology)!, out var topology, out var why) ? topology : throw new NetfluxException(NetfluxError.InvalidTopology, $"--topology: {why}");

    private static void ReadIceServers(ParseResult parsed, NetfluxOptions options)
    {
        var user = parsed.GetValue(IceUser);
        var password = parsed.GetValue(IcePassword) ?? Environment.GetEnvironmentVariable(IcePasswordVariable);
        foreach (var url in parsed.GetValue(IceServers) ?? [])
        {
            var server = new IceServer(url);
            options.IceServers.Add(server.IsRelay ? server with { UserName = user, Password = password } : server);
        }
    }

    /// <summary>The address that a name, an id or a whole address means.</summary>
    public static NetworkAddress AddressOf(ParseResult parsed, string network)
    {
        var text = network.Contains("://", StringComparison.Ordinal) ? network : $"{ServerOf(parsed).GetLeftPart(UriPartial.Authority)}/net/{network}";
        return NetworkAddress.TryParse(text, out var address, out var why) ? address
            : throw new WrongUseException(ReferenceEquals(text, network) ? why : $"'{network}' cannot name a network; expected are {DoorName.Rule}, or a whole address ws://host:port/net/NAME.");
    }

    /// <summary>Whether the command was given a server that remembers networks.</summary>
    public static bool IsTracked(ParseResult parsed) => parsed.GetResult(Tracker) is { Implicit: false };

    private static Uri TrackerOf(ParseResult parsed)
    {
        if (parsed.GetValue(Server) is not null) throw new WrongUseException("--tracker and --server say the same; leave one of them out.");
        var server = UrlOf("--tracker", parsed.GetValue(Tracker) ?? DefaultUrl);
        return server is { AbsolutePath: "/", Query: "" } ? server : throw new WrongUseException($"--tracker is '{parsed.GetValue(Tracker)}'; expected is the server alone, {server.GetLeftPart(UriPartial.Authority)}.");
    }

    public static Uri ServerOf(ParseResult parsed)
    {
        if (IsTracked(parsed)) return TrackerOf(parsed);
        var server = UrlOf("--server", parsed.GetValue(Server) ?? DefaultUrl);
        return server is { AbsolutePath: "/", Query: "" } ? server
            : throw new WrongUseException($"--server is '{parsed.GetValue(Server)}'; expected is the server alone, {server.GetLeftPart(UriPartial.Authority)}. A whole address goes in the place of the network.");
    }

    public static Uri UrlOf(string option, string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) text = "ws://" + text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("ws" or "wss" or "http" or "https") || url.Host.Length == 0)
            throw new WrongUseException($"{option} is '{text}'; expected is a URL such as ws://127.0.0.1:8400.");
        return new UriBuilder(url) { Scheme = url.Scheme switch { "http" => "ws", "https" => "wss", var scheme => scheme } }.Uri;
    }

    public static PeerId PeerOf(string option, string text) =>
        PeerId.TryParse(text, out var peer) ? peer : throw new WrongUseException($"{option} is '{text}'; expected is the id of a peer, 32 characters of a–z and 2–7.");

    /// <summary>A time in minutes, hours or days, such as <c>90m</c>, <c>12h</c>, <c>2d</c>.</summary>
    public static TimeSpan TimeOf(string option, string text)
    {
        TimeSpan? unit = text is [.., var last] ? last switch { 'm' => TimeSpan.FromMinutes(1), 'h' => TimeSpan.FromHours(1), 'd' => TimeSpan.FromDays(1), _ => null } : null;
        return unit is { } known && int.TryParse(text.AsSpan()[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and < 1_000_000 ? known * count
            : throw new WrongUseException($"{option} is '{text}'; expected is a time such as 30m, 12h or 2d.");
    }

    /// <summary>Settings are called by the options that set them.</summary>
    private static string InWordsOfTheCommand(string text)
    {
        foreach (var (setting, option) in ((string, Option)[])[(nameof(NetfluxOptions.DisplayName), Name), (nameof(NetfluxOptions.IdentityFile), Identity), (nameof(NetfluxOptions.Listen), Listen),
            (nameof(NetfluxOptions.AdvertiseUrls), Advertise), (nameof(NetfluxOptions.IceServers), IceServers), (nameof(NetfluxOptions.RelayOnly), RelayOnly), (nameof(NetfluxOptions.Server), Server)])
            text = text.Replace($"The setting {setting} ", $"{option.Name} ", StringComparison.Ordinal);
        return text;
    }

    private static string? LoopbackOf(Uri server) =>
        server.Host == "localhost" ? "127.0.0.1" : IPAddress.TryParse(server.Host, out var address) && IPAddress.IsLoopback(address) ? server.Host : null;
}
