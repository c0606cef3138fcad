using System.Reflection;
using Netflux.Client;

namespace Netflux.Tests.Architecture;

/// <summary>The arrows of docs/ARCHITECTURE.md: what may know what.</summary>
public class ArrowTests
{
    private static readonly Assembly s_actors = typeof(NetfluxClient).Assembly;
    private static readonly Assembly s_transport = Assembly.Load("Netflux.Transport");

    private static readonly string[] s_allButCore = ["Netflux.Actors", "Netflux.Client", "Netflux.Hosting", "Netflux.Identity", "Netflux.Io", "Netflux.Links", "Netflux.Messages", "Netflux.Networks", "Netflux.Overlays", "Netflux.Sessions", "Netflux.Signaling", "Netflux.Wire"];

    private static readonly string[] s_webRtcLayers = ["Sdp", "Stun", "Turn", "Ice", "Dtls", "Sctp", "Dcep", "PeerConnections", "Io"];

    private static readonly string[] s_impure = ["Netflux.Actors", "Netflux.Client", "Netflux.Hosting", "Netflux.Io"];

    [Fact]
    public void Actors_knows_neither_Transport_nor_Host_and_no_sockets() =>
        Assert.DoesNotContain(s_actors.GetReferencedAssemblies(), name => name.Name is { } n
            && (n == "Netflux.Transport" || n == "netflux" || n.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || n is "System.Net.Sockets" or "System.Net.WebSockets" or "System.Net.WebSockets.Client" or "System.Net.Http" or "Websocket.Client"));

    [Fact]
    public void Transport_does_not_know_Host() => Assert.DoesNotContain(s_transport.GetReferencedAssemblies(), name => name.Name == "netflux");

    public static TheoryData<string, string[]> Arrows => new()
    {
        { "Netflux.Core", ["Netflux"] },
        { "Netflux.Identity", s_impure },
        { "Netflux.Messages", s_impure },
        { "Netflux.Wire", s_impure },
        { "Netflux.Sessions", s_impure },
        { "Netflux.Networks", s_impure },
        { "Netflux.Overlays", s_impure },
        { "Netflux.Links", s_impure },
        { "Netflux.Signaling", s_impure },
        { "Netflux.Client", ["Netflux.Actors", "Netflux.Hosting", "Netflux.Io", "Netflux.Sessions", "Netflux.Networks", "Netflux.Overlays", "Netflux.Links", "Netflux.Signaling", "Netflux.Wire"] },
        { "Netflux.Transport.Signaling.Client", ["Netflux.Transport.Signaling.Actors", "Netflux.Transport.Signaling.Hosting", "Netflux.Transport.Signaling.Server", "Netflux.Transport.WebSockets", .. s_impure] },
        { "Netflux.Transport.Signaling.Server", ["Netflux.Transport.Signaling.Actors", "Netflux.Transport.Signaling.Hosting", "Netflux.Transport.Signaling.Client", "Netflux.Transport.WebSockets", .. s_impure] },
        { "Netflux.Transport.WebSockets", ["Netflux.Transport.Signaling", "Netflux.Transport.WebRtc", "Netflux.Hosting", "Netflux.Client", "Netflux.Actors"] },
        // The WebRTC stack knows nothing of networks, and its protocols do not know each other; PeerConnections composes them, Io drives them.
        { "Netflux.Transport.WebRtc", [.. s_allButCore.Except(["Netflux.Io"]), "Netflux.Transport.DataChannels", "Netflux.Transport.Signaling", "Netflux.Transport.WebSockets"] },
        { "Netflux.Transport.WebRtc.Sdp", WebRtcBut("Sdp") },
        { "Netflux.Transport.WebRtc.Stun", WebRtcBut("Stun") },
        { "Netflux.Transport.WebRtc.Turn", WebRtcBut("Turn", "Stun") },
        { "Netflux.Transport.WebRtc.Ice", WebRtcBut("Ice", "Stun") },
        { "Netflux.Transport.WebRtc.Dtls", WebRtcBut("Dtls") },
        { "Netflux.Transport.WebRtc.Sctp", WebRtcBut("Sctp") },
        { "Netflux.Transport.WebRtc.Dcep", WebRtcBut("Dcep", "Sctp") },
        { "Netflux.Transport.WebRtc.PeerConnections", ["Netflux.Transport.WebRtc.Io"] },
        { "Netflux.Transport.DataChannels", ["Netflux.Transport.Signaling", "Netflux.Transport.WebSockets", "Netflux.Transport.WebRtc.Sctp", "Netflux.Transport.WebRtc.Ice", "Netflux.Transport.WebRtc.Dtls"] },
    };

    private static string[] WebRtcBut(params string[] known) =>
        [.. s_webRtcLayers.Except(known).Select(layer => $"Netflux.Transport.WebRtc.{layer}")];

    [Theory, MemberData(nameof(Arrows))]
    public void An_arrow_is_never_turned_round(string from, string[] forbidden) =>
        Assert.Empty(Violations(s_actors.GetTypes().Concat(s_transport.GetTypes()), from, forbidden));

    [Fact]
    public void A_planted_reference_is_seen() => Assert.Equal(
        ["Planted.Core.InItsBody -> Planted.Actors.Actor", "Planted.Core.InItsLambda+<>c -> Planted.Actors.Actor", "Planted.Core.InItsSignature -> Planted.Actors.Actor"],
        Violations(typeof(ArrowTests).Assembly.GetTypes(), "Planted.Core", ["Planted.Actors"]).Order(StringComparer.Ordinal));

    private static List<string> Violations(IEnumerable<Type> types, string from, string[] forbidden) =>
        [.. TypeReferences.Of(types.Where(type => IsIn(type, from))).Where(pair => !IsIn(pair.To, from) && forbidden.Any(space => IsIn(pair.To, space))).Select(pair => $"{pair.From} -> {pair.To}").Distinct()];

    private static bool IsIn(Type type, string space) => type.Namespace is { } own && (own == space || own.StartsWith(space + ".", StringComparison.Ordinal));
}
