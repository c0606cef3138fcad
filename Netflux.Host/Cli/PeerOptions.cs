using System.CommandLine;
using System.Net;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>The options that every command has which is a peer.</summary>
internal static class PeerOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8400";

    public static readonly Option<string?> Server = new("--server", "-s") { Description = "The signaling server, such as ws://127.0.0.1:8400 (which is the default).", HelpName = "URL" };
    public static readonly Option<string> Name = new("--name", "-n") { Description = "The name that others see.", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
    public static readonly Option<string?> Identity = new("--identity", "-i") { Description = "The file of your identity, made where there is none. Without it you are somebody new each time.", HelpName = "FILE" };
    public static readonly Option<string[]> Listen = new("--listen") { Description = "Where other peers may dial this one, such as ws://0.0.0.0:9000. On loopback by itself when the server is.", HelpName = "URL" };
    public static readonly Option<string[]> Advertise = new("--advertise") { Description = "What other members are told to dial, where that is not what you listen on.", HelpName = "URL" };
    public static readonly Option<bool> Json = new("--json") { Description = "Write one JSON object per event and line, and nothing else." };
    public static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "Log to standard error what happens inside." };

    public static Command WithPeerOptions(this Command command)
    {
        foreach (var option in (Option[])[Server, Name, Identity, Listen, Advertise, Json, Verbose]) command.Add(option);
        return command;
    }

    /// <summary>The options of the peer that the command line asks for.</summary>
    /// <param name="server">The server that the command's address names, which needs no <c>--server</c> then.</param>
    public static NetfluxOptions Read(ParseResult parsed, Uri? server = null)
    {
        server ??= ServerOf(parsed);
        var options = new NetfluxOptions { Server = server, DisplayName = parsed.GetValue(Name) ?? "", IdentityFile = parsed.GetValue(Identity) };
        foreach (var url in parsed.GetValue(Listen) ?? []) options.Listen.Add(UrlOf("--listen", url));
        foreach (var url in parsed.GetValue(Advertise) ?? []) options.AdvertiseUrls.Add(UrlOf("--advertise", url));
        if (options.Listen.Count == 0 && LoopbackOf(server) is { } loopback) options.Listen.Add(new($"ws://{loopback}:0"));
        try { options.Validate(); }
        catch (NetfluxException invalid) { throw new WrongUseException(invalid.Message); }
        return options;
    }

    /// <summary>The address that a name, an id or a whole address means.</summary>
    public static NetworkAddress AddressOf(ParseResult parsed, string network)
    {
        var text = network.Contains("://", StringComparison.Ordinal) ? network : $"{ServerOf(parsed).GetLeftPart(UriPartial.Authority)}/net/{network}";
        return NetworkAddress.TryParse(text, out var address, out var why) ? address : throw new WrongUseException(why);
    }

    public static Uri ServerOf(ParseResult parsed) => UrlOf("--server", parsed.GetValue(Server) ?? DefaultUrl);

    public static Uri UrlOf(string option, string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) text = "ws://" + text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("ws" or "wss" or "http" or "https") || url.Host.Length == 0)
            throw new WrongUseException($"{option} is '{text}'; expected is a URL such as ws://127.0.0.1:8400.");
        return new UriBuilder(url) { Scheme = url.Scheme switch { "http" => "ws", "https" => "wss", var scheme => scheme } }.Uri;
    }

    private static string? LoopbackOf(Uri server) =>
        server.Host == "localhost" ? "127.0.0.1" : IPAddress.TryParse(server.Host, out var address) && IPAddress.IsLoopback(address) ? server.Host : null;
}
