using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Links;
using Websocket.Client;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// Dials WebSockets through Websocket.Client, whose own reconnection and send queue stay unused: reconnection belongs to the session, the bound to the link
/// (docs/decisions/0005-websockets.md).
/// </summary>
internal sealed class WebSocketDialer : ILinkDialer, IDisposable
{
    private readonly WebSocketLinkOptions _options;
    private readonly ILogger _logger;
    private readonly DialRule _rule;
    private readonly SemaphoreSlim _turns;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly Func<Uri, CancellationToken, Task<string?>>? _tokenFor;
    private int _waiting;

    /// <param name="resolve">Names to addresses; null asks the system.</param>
    /// <param name="tokenFor">The access token of a server that <see cref="Servers"/> dials; null where it has none.</param>
    public WebSocketDialer(WebSocketLinkOptions options, ILoggerFactory? loggers = null, DialRule? rule = null, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, Func<Uri, CancellationToken, Task<string?>>? tokenFor = null)
    {
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        _tokenFor = tokenFor;
        _options = options;
        _logger = (ILogger?)loggers?.CreateLogger<WebSocketDialer>() ?? NullLogger.Instance;
        _rule = rule ?? new(options);
        _turns = new(options.DialsMax);
        Servers = new ServerDialer(this, namedBy: null);
    }

    /// <summary>Dials addresses that the user gave, not another peer: any host and any path may be dialled.</summary>
    public ILinkDialer Servers { get; }

    /// <summary>
    /// Dials servers that this one named as those of its cluster: any path, and those hosts to which a peer may send us. They are shown what this one is shown, which has it and could pass it on.
    /// </summary>
    public ILinkDialer ServersNamedBy(Uri server) => new ServerDialer(this, server);

    public bool MayDial(Uri address) => _rule.MayDial(address);

    public void Dial(Uri address, object token, IActorRef asker)
    {
        if (MayDial(address)) Begin(address, token, asker, advertised: true, accessOf: null);
        else Answer(new(token, address, DialFailure.Refused, $"{address} is not dialled: an advertised address must be ws or wss on {WebSocketLinkOptions.LinkPath}, and private only where this machine has an address of the kind."), asker);
    }

    public void Dispose() => _stopping.Cancel();

    /// <param name="accessOf">The server whose access token is shown; null shows none.</param>
    private void Begin(Uri address, object token, IActorRef asker, bool advertised, Uri? accessOf)
    {
        if (Interlocked.Increment(ref _waiting) > _options.DialsWaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            Answer(new(token, address, DialFailure.Refused, $"{address} was not dialled: {_options.DialsWaitingMax} dials wait already."), asker);
            return;
        }
        _ = DialAsync(address, token, asker, advertised, accessOf);
    }

    private async Task DialAsync(Uri address, object token, IActorRef asker, bool advertised, Uri? accessOf)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var turn = false;
        try
        {
            try { await _turns.WaitAsync(_stopping.Token).ConfigureAwait(false); turn = true; }
            finally { Interlocked.Decrement(ref _waiting); }
            var link = await ConnectAsync(address, advertised, accessOf).ConfigureAwait(false);
            WebSocketLog.Dialled(_logger, address);
            asker.Tell(new LinkDialled(token, address, link), ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            // Whatever a connection attempt throws is the attempt's failure; the sentence says which, and an unknown one is logged with its trace.
            var (failure, why, retryAfter, known) = DialFailures.Explain(address, e, _options.DialTimeout, _stopping.IsCancellationRequested);
            if (!known) WebSocketLog.DialFaulted(_logger, e, address);
            Answer(new(token, address, failure, why, retryAfter), asker);
        }
        finally
        {
            if (turn) _turns.Release();
        }
    }

    private void Answer(LinkDialFailed failed, IActorRef asker)
    {
        WebSocketMetrics.DialFailed(failed.Failure);
        WebSocketLog.DialFailed(_logger, failed.Address, failed.Failure, failed.Why);
        asker.Tell(failed, ActorRefs.NoSender);
    }

    private async Task<IRawLink> ConnectAsync(Uri address, bool advertised, Uri? accessOf)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(_options.DialTimeout);
        DialledSocket? socket = null;
        IPAddress? remote = null;
        var client = new WebsocketClient(address, logger: null, async (uri, libraryToken) =>
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, libraryToken);
            (var inner, remote) = await OpenAsync(uri, advertised, accessOf, both.Token).ConfigureAwait(false);
            return socket = new(inner);
        })
        {
            IsReconnectionEnabled = false,
            ReconnectTimeout = null,
            ErrorReconnectTimeout = null,
            LostReconnectTimeout = null,
            IsTextMessageConversionEnabled = false,
            ConnectTimeout = _options.DialTimeout * 2, // Ours comes first, so that there is one limit and one answer.
        };
        try
        {
            await client.StartOrFail().ConfigureAwait(false);
        }
        catch
        {
            client.Dispose();
            throw;
        }
        return WebSocketRawLink.Dialled(socket!.Inner, Authorities.Of(address), remote!.ToString(), _options, _logger, client.Dispose);
    }

    private async Task<(WebSocket, IPAddress)> OpenAsync(Uri address, bool advertised, Uri? accessOf, CancellationToken token)
    {
        IPAddress? remote = null;
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            MaxResponseHeadersLength = _options.RequestHeadBytesMax / 1024,
            ConnectCallback = async (context, connectToken) =>
            {
                (var stream, remote) = await ConnectTcpAsync(context.DnsEndPoint, advertised, connectToken).ConfigureAwait(false);
                return stream;
            },
        };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var access = accessOf is null || _tokenFor is null ? null : await _tokenFor(accessOf, token).ConfigureAwait(false); // never for a peer, whatever its address
        var client = new ClientWebSocket();
        try
        {
            if (access is not null) client.Options.SetRequestHeader("Authorization", $"Bearer {access}");
            client.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan; // The session pings, and it knows what silence means.
            client.Options.CollectHttpResponseDetails = true;
            await client.ConnectAsync(address, invoker, token).ConfigureAwait(false);
            client.HttpResponseHeaders = null;
            return (client, remote!);
        }
        catch (WebSocketException e) when (client.HttpStatusCode is not 0 and not HttpStatusCode.SwitchingProtocols)
        {
            var (status, retryAfter) = (client.HttpStatusCode, RetryAfter(client.HttpResponseHeaders));
            client.Dispose();
            throw new DialRejectedException(status, access is not null, retryAfter, e);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    // RFC 9110 §10.2.3. A date would have to be held against a clock that is not ours.
    private static TimeSpan? RetryAfter(IReadOnlyDictionary<string, IEnumerable<string>>? headers) =>
        headers?.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault() is { } text
            && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Resolves and connects. For an advertised address, what is checked is what is connected to.</summary>
    private async Task<(Stream, IPAddress)> ConnectTcpAsync(DnsEndPoint target, bool advertised, CancellationToken token)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await _resolve(target.Host, token).ConfigureAwait(false);
        if (advertised)
        {
            addresses = Array.FindAll(addresses, _rule.MayConnect);
            if (addresses.Length == 0) throw new DialForbiddenException();
        }
        else if (Array.Exists(addresses, address => DialRule.KindOf(address) == AddressKind.Loopback))
        {
            _rule.AllowLoopback();
        }
        for (var i = 0; ; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // Each address gets its share, so that a black hole leaves time for the next.
                using var share = CancellationTokenSource.CreateLinkedTokenSource(token);
                share.CancelAfter(_options.DialTimeout / addresses.Length);
                await socket.ConnectAsync(addresses[i], target.Port, share.Token).ConfigureAwait(false);
                return (new NetworkStream(socket, ownsSocket: true), addresses[i]);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException && i < addresses.Length - 1 && !token.IsCancellationRequested)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private sealed class ServerDialer(WebSocketDialer dialer, Uri? namedBy) : ILinkDialer
    {
        public bool MayDial(Uri address) => address.IsAbsoluteUri && address.Scheme is "ws" or "wss";

        public void Dial(Uri address, object token, IActorRef asker)
        {
            if (MayDial(address)) dialer.Begin(address, token, asker, advertised: namedBy is not null, accessOf: namedBy ?? address);
            else dialer.Answer(new(token, address, DialFailure.Refused, $"{address} is not dialled: the address must begin with ws:// or wss://."), asker);
        }
    }
}
