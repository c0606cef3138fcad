using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Netflux.Actors;
using Netflux.Client;
using Netflux.Host.Server;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Sockets;

/// <summary>A real signaling server and peers on real sockets of the loopback, in this process. Waits are for what happens; the patience only ends a test that hangs.</summary>
internal sealed class SocketWorld : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _server;
    private readonly List<SocketPeer> _peers = [];

    private SocketWorld(WebApplication server) => (_server, Url) = (server, new UriBuilder(server.Urls.Single()) { Scheme = "ws" }.Uri);

    public Uri Url { get; }

    public static async Task<SocketWorld> StartAsync() => new(await SignalingHost.StartAsync(["http://127.0.0.1:0"], new(), verbose: false, default));

    public NetworkAddress Net(string door) => NetworkAddress.At(Url, door);

    public Uri Meeting(string key) => new(Url, $"/meet/{key}");

    public async Task<SocketPeer> PeerAsync(string name, bool listens = true)
    {
        var peer = await SocketPeer.StartAsync(name, Url, listens);
        _peers.Add(peer);
        return peer;
    }

    public async Task<(SocketPeer Ann, SocketPeer Bob, SocketPeer Cy)> ThreeAsync() => (await PeerAsync("ann"), await PeerAsync("bob"), await PeerAsync("cy"));

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers) await peer.DisposeAsync();
        await _server.StopAsync().WaitAsync(Patience);
        await _server.DisposeAsync();
    }
}

/// <summary>One facade with an actor system of its own, as an application would have it.</summary>
internal sealed class SocketPeer : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _stopped;

    private SocketPeer(IHost host) => _host = host;

    public NetfluxClient Client => _host.Services.GetRequiredService<NetfluxClient>();

    public IActorRef Facade => _host.Services.GetRequiredService<IRequiredActor<NetfluxFacade>>().ActorRef;

    public PeerId Id { get; private init; }

    public static async Task<SocketPeer> StartAsync(string name, Uri server, bool listens)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddAkka(name, akka => akka.AddHocon("akka.loglevel = WARNING, akka.stdout-loglevel = WARNING", HoconAddMode.Prepend).WithNetflux(options =>
        {
            (options.DisplayName, options.Server) = (name, server);
            if (listens) options.Listen.Add(new("ws://127.0.0.1:0"));
        })).AddNetfluxClient();
        var host = builder.Build();
        await host.StartAsync();
        return new(host) { Id = await host.Services.GetRequiredService<NetfluxClient>().GetPeerIdAsync() };
    }

    /// <summary>Goes offline.</summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _host.StopAsync().WaitAsync(SocketWorld.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _host.Dispose();
    }
}

/// <summary>What a network says, waited for.</summary>
internal static class SocketWaits
{
    private static readonly ConditionalWeakTable<NetfluxNetwork, Channel<INetfluxMessage>> s_heard = [];

    /// <summary>Reads the events from now on, as a service does: a message that nobody reads is not confirmed.</summary>
    public static async Task<NetfluxNetwork> ListeningAsync(this Task<NetfluxNetwork> beginning)
    {
        var network = await beginning.WaitAsync(SocketWorld.Patience);
        var heard = Channel.CreateUnbounded<INetfluxMessage>();
        s_heard.Add(network, heard);
        _ = ReadAsync();
        return network;

        async Task ReadAsync()
        {
            await foreach (var happening in network.Events()) heard.Writer.TryWrite(happening);
            heard.Writer.TryComplete();
        }
    }

    /// <summary>The next event of this kind that satisfies the condition; others are passed over.</summary>
    public static async Task<T> NextAsync<T>(this NetfluxNetwork network, Func<T, bool>? where = null) where T : INetfluxMessage
    {
        using var patience = new CancellationTokenSource(SocketWorld.Patience);
        var seen = new List<string>();
        try
        {
            Assert.True(s_heard.TryGetValue(network, out var heard));
            await foreach (var happening in heard.Reader.ReadAllAsync(patience.Token))
            {
                if (happening is T wanted && (where is null || where(wanted))) return wanted;
                seen.Add(happening is MessageReceived message ? $"message of {message.Payload.Length} bytes" : happening.ToString()!);
            }
        }
        catch (OperationCanceledException) { }
        throw new Xunit.Sdk.XunitException($"No {typeof(T).Name} came, but: {string.Join("; ", seen)}");
    }

    /// <summary>The next message: from whom, how, and its text.</summary>
    public static async Task<(PeerId From, Delivery How, string Text)> HearAsync(this NetfluxNetwork network)
    {
        var message = await network.NextAsync<MessageReceived>();
        return (message.From.Id, message.Delivery, Encoding.UTF8.GetString(message.Payload.Span));
    }

    /// <summary>The next message, which is confirmed by that.</summary>
    public static async Task<string> HearAsync(this NetfluxPeer peer)
    {
        using var patience = new CancellationTokenSource(SocketWorld.Patience);
        await foreach (var message in peer.Messages(patience.Token)) return Encoding.UTF8.GetString(message.Payload.Span);
        throw new Xunit.Sdk.XunitException("The peer is not connected any more.");
    }

    /// <summary>Waits until so many others are members here.</summary>
    public static async Task MeetAsync(this NetfluxNetwork network, int others)
    {
        while (network.Members.Count < others) await network.NextAsync<PeerJoining>();
        Assert.Equal(others, network.Members.Count);
    }

    public static byte[] Bytes(this string text) => Encoding.UTF8.GetBytes(text);

    public static async Task<NetfluxException> FailsAsync(this Task task, NetfluxError error)
    {
        var failure = await Assert.ThrowsAsync<NetfluxException>(() => task.WaitAsync(SocketWorld.Patience));
        Assert.Equal(error, failure.Error);
        return failure;
    }
}
