using Akka.Actor;
using Netflux.Client;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Benchmarks.Throughput;

/// <summary>
/// The whole of Netflux: a full mesh of two, sends by <see cref="NetfluxNetwork"/> through network, session, sealed WebSocket link, session and network to a
/// subscriber. The session's own window is the 1 MiB in flight; in it a message costs 64 bytes more than it has.
/// </summary>
internal sealed class NetfluxThroughputPeer : IThroughputPeer
{
    private NetfluxProcess? _process;
    private BenchmarkServer? _server;
    private NetfluxNetwork? _network;
    private PeerId _receiver;

    public async Task<string> ListenAsync()
    {
        _server = await BenchmarkServer.StartAsync();
        _process = new NetfluxProcess("receiver", listens: true);
        var subscriber = _process.System.ActorOf(Props.Create(() => new Consumer()));
        var create = new CreateNetwork(Topology.FullMesh(2).Json) { Name = "throughput", Server = _server.Url, Subscriber = subscriber, Window = 1 << 16 };
        await _process.Facade.Ask<NetworkCreated>(create);
        return NetworkAddress.At(_server.Url, "throughput").ToString();
    }

    public async Task ConnectAsync(string address)
    {
        _process = new NetfluxProcess("sender", listens: false);
        _network = await _process.Client.JoinAsync(address);
        _receiver = _network.Members.Single().Id;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> payload) => _network!.SendAsync(_receiver, payload);

    public Task DrainAsync() => _network!.SendConfirmedAsync(_receiver, ReadOnlyMemory<byte>.Empty);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>Confirms as the bare receiver acknowledges: every 64 messages, or a quarter of the flight; and an empty message, with which the sender drains.</summary>
    private sealed class Consumer : UntypedActor
    {
        private long _confirmed;
        private int _bytes;

        protected override void OnReceive(object message)
        {
            if (message is not MessageReceived received) return;
            _bytes += received.Payload.Length;
            if (received.Payload.Length > 0 && received.Number - _confirmed < IThroughputPeer.AcknowledgeMessages && _bytes < IThroughputPeer.FlightBytesMax / 4) return;
            (_confirmed, _bytes) = (received.Number, 0);
            received.Network.Ref.Tell(new MessagesConsumed(Self, received.Number), Self);
        }
    }
}
