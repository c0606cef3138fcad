using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>The endpoint on which peers take links: it upgrades, hands the link on, and keeps the request open until the link is over.</summary>
internal sealed class LinkEndpoint(WebSocketLinkOptions options, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _links;
    private volatile Action<IRawLink>? _accept;

    /// <summary>Who gets the links; null takes none.</summary>
    public void HandLinksTo(Action<IRawLink>? accept) => _accept = accept;

    public async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, "This is where Netflux peers connect to one another: it speaks WebSocket only.").ConfigureAwait(false);
            return;
        }
        if (_accept is not { } accept)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "This peer takes no links now.").ConfigureAwait(false);
            return;
        }
        var remote = context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) : IPAddress.None;
        if (Enter(remote) is { } refusal)
        {
            WebSocketLog.LinkRefused(logger, remote.ToString(), refusal.Why);
            await RefuseAsync(context, refusal.Status, refusal.Why).ConfigureAwait(false);
            return;
        }
        try
        {
            // A peer that reads slowly is held back by the session's windows and judged by its liveness, not by a byte rate.
            if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response) response.MinDataRate = null;
            if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request) request.MinDataRate = null;
            // The session pings, and it knows what silence means.
            var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan }).ConfigureAwait(false);
            var link = WebSocketRawLink.Accepted(socket, context.Request.Host.Value ?? "", remote.ToString(), options, logger);
            accept(link);
            await link.Completion.ConfigureAwait(false);
        }
        finally
        {
            Leave(remote);
        }
    }

    public static async Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(sentence + "\n", context.RequestAborted).ConfigureAwait(false);
    }

    private (int Status, string Why)? Enter(IPAddress remote)
    {
        var group = AddressGroup.Of(remote);
        lock (_gate)
        {
            if (_links >= options.LinksMax) return (StatusCodes.Status503ServiceUnavailable, $"This peer has {_links} links and takes no more now.");
            _perAddress.TryGetValue(group, out var sameAddress);
            if (sameAddress >= options.LinksPerAddressMax) return (StatusCodes.Status429TooManyRequests, $"This peer has {sameAddress} links from your address and takes no more now.");
            _perAddress[group] = sameAddress + 1;
            _links++;
            return null;
        }
    }

    private void Leave(IPAddress remote)
    {
        var group = AddressGroup.Of(remote);
        lock (_gate)
        {
            _links--;
            if (--_perAddress[group] == 0) _perAddress.Remove(group);
        }
    }
}
