using System.Net;

namespace Netflux.Benchmarks.Signaling;

/// <summary>
/// One client of a signaling server, in that server's own protocol, up to the point where it sends its partner a payload through the server. Two peers are partners: each group has two.
/// </summary>
internal abstract class RelayPeer : IDisposable
{
    /// <summary>What every message carries, as in the table of the field: about a candidate.</summary>
    public const int PayloadLength = 64;

    public delegate void PayloadHandler(RelayPeer receiver, ReadOnlySpan<byte> payload);

    private readonly TaskCompletionSource _connected = New(), _registered = New(), _joined = New();

    protected RelayPeer(bool isText = false) => Socket = new RawWebSocket(message => HandleMessage(message), isText);

    public RelayPeer Partner { get; private set; } = null!;

    public PayloadHandler? Received { get; set; }

    /// <summary>The group's number, and which of the two it is.</summary>
    public (int Group, bool First) Place { get; private set; }

    protected RawWebSocket Socket { get; }

    /// <summary>Of the endpoint, with its query.</summary>
    protected abstract string Path { get; }

    public static void Pair(RelayPeer one, RelayPeer other, int group)
    {
        (one.Partner, other.Partner) = (other, one);
        (one.Place, other.Place) = ((group, true), (group, false));
    }

    /// <summary>TCP, upgrade, and the server's first word where it has one: what the field calls an accept.</summary>
    public async Task ConnectAsync(IPAddress from, IPEndPoint server)
    {
        await Socket.ConnectAsync(from, server, Path).ConfigureAwait(false);
        if (!GreetsFirst) Connected();
        await _connected.Task.ConfigureAwait(false);
    }

    /// <summary>Says who it is, and proves it where the protocol wants that.</summary>
    public Task RegisterAsync()
    {
        Register();
        return _registered.Task;
    }

    /// <summary>Goes to where its partner is.</summary>
    public Task JoinAsync()
    {
        Join();
        return _joined.Task;
    }

    /// <summary>To the partner, by way of the server.</summary>
    public abstract void Send(ReadOnlySpan<byte> payload);

    public virtual void Dispose() => Socket.Dispose();

    /// <summary>Whether the server says the first word: then a connection is accepted once that has come.</summary>
    protected virtual bool GreetsFirst => false;

    protected virtual void Register() => Registered();

    protected virtual void Join() => Joined();

    protected abstract void HandleMessage(ReadOnlySpan<byte> message);

    protected void Connected() => _connected.TrySetResult();

    protected void Registered() => _registered.TrySetResult();

    protected void Joined() => _joined.TrySetResult();

    protected void Deliver(ReadOnlySpan<byte> payload) => Received?.Invoke(this, payload);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
