using System.Collections.Concurrent;
using System.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Client;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.ChainPeer;

/// <summary>The peer of this process in its one network.</summary>
internal sealed class RunningPeer : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly ErrorCounter _errors;
    private readonly Action<PeerEvent> _say;
    private readonly NetfluxNetwork _network;
    private readonly ConcurrentDictionary<PeerId, MessageChain> _sending = new();
    private readonly ConcurrentDictionary<PeerId, MessageChain> _receiving = new();
    private readonly ConcurrentDictionary<PeerId, long> _expected = new();
    private readonly Task _reading;
    private volatile TaskCompletionSource? _paused;
    private long _receivedBytes;

    private RunningPeer(ServiceProvider services, ErrorCounter errors, NetfluxNetwork network, Action<PeerEvent> say)
    {
        (_services, _errors, _network, _say) = (services, errors, network, say);
        _reading = ReadAsync();
    }

    public static async Task<RunningPeer> JoinAsync(PeerCommand join, Action<PeerEvent> say)
    {
        var errors = new ErrorCounter();
        var server = new Uri(join.Server!);
        var services = new ServiceCollection()
            .AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(errors))
            .AddNetflux(options =>
            {
                (options.Server, options.DisplayName, options.RequestTimeout) = (server, join.Name, TimeSpan.FromSeconds(60));
                options.DataChannels = !join.WebSocketOnly;
                if (join.Listen is { } listen) options.Listen.Add(new(listen));
                if (join.Advertise is { } advertise) options.AdvertiseUrls.Add(new(advertise));
            }).BuildServiceProvider();
        foreach (var service in services.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
        var client = services.GetRequiredService<NetfluxClient>();
        var id = await client.GetPeerIdAsync();
        if (!Topology.TryParse(join.Topology ?? """{"type":"full-mesh"}""", out var topology, out var why)) throw new ArgumentException(why);
        var network = await client.JoinAsync(NetworkAddress.At(server, join.Network!), topology);
        say(new("joined") { Peer = id.ToString() });
        foreach (var member in network.Members) say(new("peerJoining") { Peer = member.Id.ToString() });
        return new(services, errors, network, say);
    }

    public async Task SendAsync(PeerId to, long count, int bytes)
    {
        var chain = _sending.GetOrAdd(to, _ => new());
        try
        {
            for (var i = 0L; i < count; i++) await _network.SendAsync(to, chain.Next(bytes));
            _say(new("sent") { Peer = to.ToString(), Sent = chain.Number });
        }
        catch (NetfluxException failure)
        {
            _say(new("broken") { Peer = to.ToString(), Text = $"at message {chain.Number}: {failure.Message}" });
        }
    }

    public void Expect(PeerId from, long count)
    {
        _expected[from] = count;
        ReportArrived(from, _receiving.GetOrAdd(from, _ => new()));
    }

    public void Pause() => _paused ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume()
    {
        var paused = _paused;
        _paused = null;
        paused?.SetResult();
    }

    public PeerEvent Stats()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        var (count, first) = _errors.Seen;
        return new("stats")
        {
            Sent = _sending.Values.Sum(chain => chain.Number),
            Received = _receiving.Values.Sum(chain => chain.Number),
            ReceivedBytes = Interlocked.Read(ref _receivedBytes),
            HeapBytes = GC.GetTotalMemory(forceFullCollection: false),
            WorkingSetBytes = Environment.WorkingSet,
            Handles = Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0,
            LogErrors = count,
            LogError = first,
        };
    }

    public Task LeaveAsync() => _network.LeaveAsync();

    public async ValueTask DisposeAsync()
    {
        Resume();
        foreach (var service in _services.GetServices<IHostedService>()) await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var happening in _network.Events())
        {
            if (_paused is { } paused) await paused.Task;
            switch (happening)
            {
                case MessageReceived received:
                    OnMessage(received);
                    break;
                case PeerJoining joining:
                    _say(new("peerJoining") { Peer = joining.Peer.Id.ToString() });
                    break;
                case PeerLeaving leaving:
                    _say(new("peerLeaving") { Peer = leaving.Peer.Id.ToString(), Reason = leaving.Reason.ToString() });
                    break;
                case PeerSuspected suspected:
                    _say(new("peerSuspected") { Peer = suspected.Peer.Id.ToString() });
                    break;
                case PeerRecovered recovered:
                    _say(new("peerRecovered") { Peer = recovered.Peer.Id.ToString() });
                    break;
                case MessagesUndelivered undelivered:
                    _say(new("undelivered") { Peer = undelivered.Peer.ToString(), Text = $"{undelivered.First} to {undelivered.Last}" });
                    break;
                case SubscriptionEnded ended:
                    _say(new("broken") { Text = $"The subscription ended: {ended.Reason}." });
                    break;
                case NetworkLeft:
                    _say(new("left"));
                    break;
            }
        }
    }

    private void OnMessage(MessageReceived received)
    {
        Interlocked.Add(ref _receivedBytes, received.Payload.Length);
        var from = received.From.Id;
        var chain = _receiving.GetOrAdd(from, _ => new());
        if (chain.Verify(received.Payload.Span) is { } wrong) _say(new("broken") { Peer = from.ToString(), Text = wrong });
        else ReportArrived(from, chain);
    }

    private void ReportArrived(PeerId from, MessageChain chain)
    {
        if (!_expected.TryGetValue(from, out var count) || chain.Number < count || !_expected.TryRemove(new(from, count))) return;
        _say(new("arrived") { Peer = from.ToString(), Received = chain.Number, ReceivedBytes = Interlocked.Read(ref _receivedBytes) });
    }
}
