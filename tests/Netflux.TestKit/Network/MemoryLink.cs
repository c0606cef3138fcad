using Akka.Actor;
using Netflux.Links;

namespace Netflux.TestKit;

/// <summary>What is carried by a raw link of a world, and what its ends know of it.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Authority">What was dialled, where it was.</param>
/// <param name="DiallerBinding">What the dialler knows of both ends' certificates; null where there are none.</param>
/// <param name="ListenerBinding">The same of the listener.</param>
/// <param name="MessageBytesMax">The largest message.</param>
internal sealed record MemoryLinkForm(LinkKind Kind, string? Authority, ReadOnlyMemory<byte>? DiallerBinding, ReadOnlyMemory<byte>? ListenerBinding, int MessageBytesMax)
{
    /// <summary>DESIGN §8: 16 KiB with all headers.</summary>
    public const int DataChannelBytesMax = 16 << 10;

    /// <summary>Guess: a WebSocket message as large as any that the real links take.</summary>
    private const int SocketBytesMax = 256 << 10;

    public static MemoryLinkForm Socket(string authority) => new(LinkKind.Memory, authority, null, null, SocketBytesMax);
}

/// <summary>One raw link of a world: two ends and a pipe in each direction.</summary>
internal sealed class MemoryLink
{
    private readonly MemoryNetwork _network;

    public MemoryLink(MemoryNetwork network, LinkFaults faults, MemoryHost from, MemoryHost to, MemoryLinkForm form)
    {
        (_network, Faults, From, To) = (network, faults, from, to);
        Dialler = new MemoryLinkEnd(this, from, to, form, form.DiallerBinding);
        Listener = new MemoryLinkEnd(this, to, from, form, form.ListenerBinding);
        Dialler.Out = new MemoryPipe(network, faults, Dialler, Listener);
        Listener.Out = new MemoryPipe(network, faults, Listener, Dialler);
    }

    public LinkFaults Faults { get; }
    public MemoryHost From { get; }
    public MemoryHost To { get; }
    public MemoryLinkEnd Dialler { get; }
    public MemoryLinkEnd Listener { get; }

    public MemoryLinkEnd Other(MemoryLinkEnd end) => end == Dialler ? Listener : Dialler;

    /// <summary>Breaks: both ends hear it. What is under way arrives first, or never where the cut is in the middle of a frame.</summary>
    public void Cut(bool midFrame)
    {
        if (!midFrame)
        {
            Dialler.Out.DeliverAll();
            Listener.Out.DeliverAll();
        }
        Dialler.Out.Drop();
        Listener.Out.Drop();
        Dialler.Closed(CloseCode.Lost, "The link was cut.");
        Listener.Closed(CloseCode.Lost, "The link was cut.");
    }

    /// <summary>One of the machines is gone.</summary>
    public void Kill(string name, bool reset)
    {
        var survivor = Dialler.Host.Name == name ? Listener : Dialler;
        var gone = Other(survivor);
        gone.Mute();
        gone.Out.Drop();
        survivor.Out.Drop();
        if (reset)
        {
            // A machine whose process was killed resets what its process had open.
            _network.After(Faults.OneWay(), () => survivor.Closed(CloseCode.Lost, "Connection reset by peer."));
        }
        else
        {
            gone.Out.IsDead = survivor.Out.IsDead = true;
        }
    }

    /// <summary>One end is through; the link is gone once both are.</summary>
    public void EndClosed(CloseCode code)
    {
        if (Dialler.IsThrough && Listener.IsThrough) _network.Ended(this, code);
    }
}

/// <summary>One end of a raw link, held by a LinkActor.</summary>
internal sealed class MemoryLinkEnd(MemoryLink link, MemoryHost host, MemoryHost remote, MemoryLinkForm form, ReadOnlyMemory<byte>? binding) : IRawLink
{
    /// <summary>LinkPort: a polite close takes at most a second.</summary>
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(1);

    private readonly Queue<(byte[] Pooled, int Length)> _unread = new();
    private IActorRef? _owner;
    private (CloseCode Code, string Text)? _closed;
    private (CloseCode Code, string Text)? _closedAfterUnread;
    private long _wanted;
    private bool _told;
    private bool _closing;
    private bool _muted;

    public MemoryPipe Out { get; set; } = null!;
    public MemoryHost Host => host;
    public LinkKind Kind => form.Kind;
    public string? Authority => form.Authority;
    public ReadOnlyMemory<byte>? Binding => binding;
    public string RemoteAddress => remote.Ip;
    public int MessageBytesMax => form.MessageBytesMax;
    public bool IsThrough => _closed is not null || _muted;
    public bool IsOpen => _closed is null && _closedAfterUnread is null && !_closing && !_muted;

    public void Start(IActorRef owner, int readAhead)
    {
        _owner = owner;
        _wanted = readAhead;
        Read();
    }

    public void ReadMore(int messages)
    {
        _wanted += messages;
        Read();
    }

    public void Send(byte[] pooled, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MessageBytesMax);
        if (IsOpen) Out.Send(pooled, length);
        else MemoryNetwork.Return(pooled);
    }

    public void Close(CloseCode code, string text, bool abrupt = false)
    {
        if (!IsOpen)
        {
            // The other side closed first, or this is the second call: whoever closes wants no more messages.
            if (_closedAfterUnread is { } after) Closed(after.Code, after.Text);
            return;
        }
        _closing = true;
        var other = link.Other(this);
        if (abrupt)
        {
            Out.Drop();
            Out.SendClose(() => other.Closed(CloseCode.Lost, "Connection reset by peer."));
            Closed(code, text);
            return;
        }
        Out.SendClose(() =>
        {
            other.CloseArrived(code, text);
            Closed(code, text);
        });
        link.Faults.Network.After(s_closeLimit, () =>
        {
            Out.Drop();
            Closed(code, text);
        });
    }

    /// <summary>A message came through the pipe. It waits there until the owner wants it.</summary>
    public void Arrived(byte[] pooled, int length)
    {
        if (_closed is not null || _closing || _muted)
        {
            MemoryNetwork.Return(pooled);
            link.Other(this).Out.Read(length);
            return;
        }
        _unread.Enqueue((pooled, length));
        Read();
    }

    public void CloseArrived(CloseCode code, string text)
    {
        if (_unread.Count == 0) Closed(code, text);
        else _closedAfterUnread = (code, text);
    }

    /// <summary>The end of this side; what was not read is lost.</summary>
    public void Closed(CloseCode code, string text)
    {
        if (_closed is not null || _muted) return;
        _closed = (code, text);
        while (_unread.TryDequeue(out var message)) MemoryNetwork.Return(message.Pooled);
        Read();
        link.EndClosed(code);
    }

    /// <summary>The machine of this end is gone: its owner, if it still runs for a moment, neither hears nor is heard.</summary>
    public void Mute()
    {
        _muted = true;
        while (_unread.TryDequeue(out var message)) MemoryNetwork.Return(message.Pooled);
    }

    private void Read()
    {
        if (_owner is null || _told || _muted) return;
        while (_wanted > 0 && _unread.TryDequeue(out var message))
        {
            _wanted--;
            _owner.Tell(new RawLinkReceived(message.Pooled, message.Length));
            link.Other(this).Out.Read(message.Length);
        }
        if (_unread.Count == 0 && _closedAfterUnread is { } after && _closed is null)
        {
            _closed = after;
            link.EndClosed(after.Code);
        }
        if (_closed is not { } closed) return;
        _told = true;
        _owner.Tell(new RawLinkClosed(closed.Code, closed.Text));
    }

    /// <summary>The owner has room for what the pipe took.</summary>
    public void Written(int bytes)
    {
        if (_owner is not null && !_told && !_muted) _owner.Tell(new RawLinkWritten(bytes));
    }
}
