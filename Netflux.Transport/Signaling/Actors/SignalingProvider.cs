using Akka.Actor;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Client;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>Signaling over raw links: WebSockets in production, in memory in the TestKit.</summary>
/// <param name="dialer">Dials servers, which the user named: for WebSockets that is <see cref="WebSockets.WebSocketDialer.Servers"/>.</param>
/// <param name="others">Dials those that this server named: <see cref="WebSockets.WebSocketDialer.ServersNamedBy"/>.</param>
internal sealed class SignalingProvider(ILinkDialer dialer, Func<Uri, ILinkDialer> others, IRandomSource random, ILoggerFactory? logging = null, SignalingClientOptions? options = null) : ISignalingProvider
{
    public Props SignalingProps(Uri server, IPeerKeys keys, Func<Incarnation> incarnation, string displayName)
    {
        var named = others(server);
        var (loggers, given) = (logging ?? NullLoggerFactory.Instance, options ?? new());
        return Props.Create(() => new SignalingActor(server, keys, incarnation, displayName, dialer, named, random, loggers, given));
    }
}

/// <summary>The fixed paths of a signaling server.</summary>
internal static class SignalingPath
{
    /// <summary>Where clients upgrade to a WebSocket.</summary>
    public const string Upgrade = "/netflux/signal";

    /// <summary>The counters, as JSON.</summary>
    public const string Stats = "/netflux/stats";
}
