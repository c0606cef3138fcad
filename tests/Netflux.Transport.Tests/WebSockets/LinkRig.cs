using System.Buffers;
using System.Net;
using System.Threading.Channels;
using Akka.Actor;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>Real sockets on loopback: a listener, a dialer, and owners whose mailboxes are read as channels. Waits on messages, never on time.</summary>
public sealed class LinkRig : IAsyncDisposable
{
    /// <summary>Generous: it ends a test that hangs, it never decides one.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system;
    private readonly bool _ownsSystem;
    private readonly PeerLinkListener _listener;
    private readonly Inbox _facade;

    internal LinkRig(IPAddress? address = null, WebSocketLinkOptions? options = null, WebSocketLinkOptions? dialing = null)
    {
        _system = ActorSystem.Create("rig", "akka.loglevel = WARNING");
        _ownsSystem = true;
        var host = address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } ? $"[{address}]" : (address ?? IPAddress.Loopback).ToString();
        Options = (options ?? new()) with { ListenUrls = [new($"http://{host}:0")] };
        _listener = new(Options);
        Dialer = new((dialing ?? Options) with { DialLoopback = true });
        _facade = NewInbox();
        _listener.Start(_facade.Ref);
    }

    internal WebSocketLinkOptions Options { get; }

    internal WebSocketDialer Dialer { get; }

    internal PeerLinkListener Listener => _listener;

    internal ListeningOn? On { get; private set; }

    internal Inbox NewInbox() => new(_system);

    internal async Task<Uri> AddressAsync() => (On ??= await _facade.ExpectAsync<ListeningOn>()).Advertised[0];

    internal async Task<WebSocketRawLink> AcceptAsync() => (WebSocketRawLink)(await _facade.ExpectAsync<LinkAccepted>()).Link;

    internal async Task<(IRawLink Dialled, WebSocketRawLink Accepted)> PairAsync(Uri? through = null)
    {
        var address = through ?? await AddressAsync();
        var asker = NewInbox();
        Dialer.Dial(address, this, asker.Ref);
        var dialled = await asker.ExpectAsync<LinkDialled>();
        Assert.Same(this, dialled.Token);
        Assert.Equal(address, dialled.Address);
        Forget(asker);
        return (dialled.Link, await AcceptAsync());
    }

    /// <summary>A pair with an owner at each end.</summary>
    internal async Task<(IRawLink Dialled, Inbox DialledInbox, WebSocketRawLink Accepted, Inbox AcceptedInbox)> OwnedPairAsync(int readAhead = 16, Uri? through = null)
    {
        var (dialled, accepted) = await PairAsync(through);
        var (left, right) = (NewInbox(), NewInbox());
        dialled.Start(left.Ref, readAhead);
        accepted.Start(right.Ref, readAhead);
        return (dialled, left, accepted, right);
    }

    internal void Forget(params ReadOnlySpan<Inbox> inboxes)
    {
        foreach (var inbox in inboxes) _system.Stop(inbox.Ref);
    }

    internal async Task<LinkDialFailed> FailToDialAsync(Uri address, bool asServer = false)
    {
        var asker = NewInbox();
        (asServer ? Dialer.Servers : Dialer).Dial(address, this, asker.Ref);
        return await asker.ExpectAsync<LinkDialFailed>();
    }

    internal static void Send(IRawLink link, ReadOnlySpan<byte> bytes)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(pooled);
        link.Send(pooled, bytes.Length);
    }

    public async ValueTask DisposeAsync()
    {
        Dialer.Dispose();
        _listener.Stop();
        await _listener.Stopped.WaitAsync(Patience);
        if (_ownsSystem) await _system.Terminate().WaitAsync(Patience);
    }
}

/// <summary>An actor whose messages a test awaits.</summary>
internal sealed class Inbox
{
    private readonly Channel<object> _messages = Channel.CreateUnbounded<object>();

    public Inbox(ActorSystem system) => Ref = system.ActorOf(Props.Create(() => new Mailbox(_messages.Writer)));

    public IActorRef Ref { get; }

    public bool IsEmpty => !_messages.Reader.TryPeek(out _);

    public async Task<T> ExpectAsync<T>()
    {
        var message = await NextAsync();
        return Assert.IsType<T>(message);
    }

    public async Task<object> NextAsync()
    {
        using var patience = new CancellationTokenSource(LinkRig.Patience);
        return await _messages.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next message, or null when none has come for so long.</summary>
    public async Task<object?> NextOrQuietAsync(TimeSpan quiet)
    {
        using var patience = new CancellationTokenSource(quiet);
        try { return await _messages.Reader.ReadAsync(patience.Token); }
        catch (OperationCanceledException) { return null; }
    }

    /// <summary>The next message that came over the link, given back to the pool as a copy; what was reported as written meanwhile is skipped.</summary>
    public async Task<byte[]> ReceiveAsync(IRawLink? andReadMore = null)
    {
        while (true)
        {
            var message = await NextAsync();
            if (message is RawLinkWritten) continue;
            var received = Assert.IsType<RawLinkReceived>(message);
            var bytes = received.Pooled.AsSpan(0, received.Length).ToArray();
            ArrayPool<byte>.Shared.Return(received.Pooled);
            andReadMore?.ReadMore(1);
            return bytes;
        }
    }

    public async Task<RawLinkClosed> ClosedAsync()
    {
        while (true)
        {
            switch (await NextAsync())
            {
                case RawLinkClosed closed: return closed;
                case RawLinkReceived received: ArrayPool<byte>.Shared.Return(received.Pooled); break;
            }
        }
    }

    private sealed class Mailbox(ChannelWriter<object> writer) : UntypedActor
    {
        protected override void OnReceive(object message) => writer.TryWrite(message);
    }
}
