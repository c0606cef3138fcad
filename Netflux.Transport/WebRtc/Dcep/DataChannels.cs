using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>
/// The data channels of one association (RFC 8831, RFC 8832): which there are, how they open and close, and what a message of theirs is in SCTP. Channels may be opened before the
/// association is there; <see cref="Start"/> gives it.
/// </summary>
/// <remarks>
/// Who drives it hands on each event of the association by <see cref="Handle"/>, then takes events and messages in turn: <see cref="TryReceive"/> gives nothing while events wait, so
/// that a channel is told before its first message and its end after its last.
/// </remarks>
internal sealed partial class DataChannels(DataChannelOptions options)
{
    private readonly ChannelTable _table = new(options.HighestId);
    private readonly List<DataChannel> _early = [];       // without a number, as the DTLS role is not known
    private readonly List<DataChannel> _owing = [];       // DCEP messages that found no room in the association
    private readonly List<DataChannel> _starved = [];     // were told that the buffer is full, and wait for a notice that their own stream will not cause
    private readonly List<DataChannel> _ended = [];       // told as closed when the messages before it were taken
    private readonly Queue<DataChannelEvent> _events = new();
    private SctpAssociation? _association;
    private bool _isDtlsClient;
    private bool _isEstablished;
    private bool _isOver;
    private int _messageBytesMax;
    private int _peerNameBytes;

    /// <summary>Channels that are not closed.</summary>
    public int Count => _table.Count + _early.Count;

    public bool HasEvents => _events.Count > 0;

    public bool TryTake([NotNullWhen(true)] out DataChannelEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>The DTLS role is known and with it the association, which need not be established. Channels opened before are announced, in their order.</summary>
    /// <param name="messageBytesMax">What the other side takes in one message (RFC 8841 §6.1).</param>
    public void Start(SctpAssociation association, bool isDtlsClient, int messageBytesMax, Instant now)
    {
        if (_association is not null) throw new InvalidOperationException("The association is there already.");
        (_association, _isDtlsClient, _messageBytesMax) = (association, isDtlsClient, messageBytesMax);
        foreach (var negotiated in _table.All) association.SetBufferedAmountLowThreshold(negotiated.Id!.Value, negotiated.LowThreshold);
        foreach (var channel in _early)
        {
            if (_table.TryAddFree(isDtlsClient, channel)) Announce(channel, now);
            else Finish(channel, "There is no free number for the channel.");
        }
        _early.Clear();
    }

    /// <summary>
    /// Opens a channel: with this number where both sides know of it, else by DCEP with a free one. Null where the number is taken, none is free, there are as many channels as there
    /// may be, or the association is over. Terms that cannot be written are a bug and throw.
    /// </summary>
    public DataChannel? Open(ChannelTerms terms, StreamId? negotiated, Instant now)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (terms is { RetransmitsMax: not null, Lifetime: not null }) throw new ArgumentException("Retransmissions and lifetime exclude one another (RFC 8832 §5.1).", nameof(terms));
        if (Encoding.UTF8.GetByteCount(terms.Label) > ushort.MaxValue || Encoding.UTF8.GetByteCount(terms.Protocol) > ushort.MaxValue)
            throw new ArgumentException("Label and protocol have at most 65,535 bytes (RFC 8832 §5.1).", nameof(terms));
        if (_isOver || Count >= options.ChannelsMax) return null;

        var channel = new DataChannel(terms, negotiated, isNegotiated: negotiated is not null, isOpenedByPeer: false);
        if (negotiated is { } id)
        {
            if (!_table.TryAdd(id, channel)) return null;
            channel.IsConfirmed = true;
            _association?.SetBufferedAmountLowThreshold(id, 0);
            if (_isEstablished) SetOpen(channel);
        }
        else if (_association is null) _early.Add(channel);
        else if (_table.TryAddFree(_isDtlsClient, channel)) Announce(channel, now);
        else return null;
        return channel;
    }

    public DataChannelSend Send(DataChannel channel, ReadOnlySpan<byte> message, bool isText, Instant now)
    {
        if (channel.State != DataChannelState.Open) return DataChannelSend.NotOpen;
        if (message.Length > _messageBytesMax) return DataChannelSend.TooLarge;
        // Nothing overtakes the OPEN; of a stream that is still being reset for its former channel nothing goes at all.
        if (channel.Owed is not null) return Starve(channel);
        // RFC 8831 §6.6: SCTP has no empty messages, so they go as one zero byte under a number of their own.
        var ppid = (isText, message.IsEmpty) switch
        {
            (false, false) => PayloadProtocolId.Binary,
            (false, true) => PayloadProtocolId.BinaryEmpty,
            (true, false) => PayloadProtocolId.String,
            (true, true) => PayloadProtocolId.StringEmpty,
        };
        var how = new SendParameters(ppid, Unordered: !channel.Terms.Ordered && channel.IsConfirmed, channel.Terms.RetransmitsMax, channel.Terms.Lifetime);
        channel.HasSent = true;
        return _association!.TrySend(channel.Id!.Value, how, message.IsEmpty ? Zero : message, now) ? DataChannelSend.Accepted : Starve(channel);
    }

    private static ReadOnlySpan<byte> Zero => [0];

    private DataChannelSend Starve(DataChannel channel)
    {
        // Where enough of its own waits, the association tells when that falls; where other channels took the room, nothing of this one can fall.
        if (!channel.IsStarved && BufferedBytes(channel) <= channel.LowThreshold)
        {
            channel.IsStarved = true;
            _starved.Add(channel);
        }
        return DataChannelSend.BufferFull;
    }

    /// <summary>Delivers what was sent, then closes both directions (RFC 8831 §6.7). What arrives from now on is not told.</summary>
    public void Close(DataChannel channel, Instant now)
    {
        if (channel.State is DataChannelState.Closing or DataChannelState.Closed) return;
        channel.IsClosedHere = true;
        // Of a channel whose OPEN still waits for room the other knows nothing, and would not answer a reset.
        if (channel.Id is null || _association is null || channel.Owed is DcepMessage.Open)
        {
            _early.Remove(channel);
            Finish(channel, "It was closed here.");
            return;
        }
        BeginClosing(channel, "It was closed here.", now);
    }

    /// <summary>The connection ends: every channel is closed, at once.</summary>
    public void CloseAll(string why)
    {
        _isOver = true;
        foreach (var channel in (DataChannel[])[.. _table.All, .. _early]) Finish(channel, channel.Why.Length > 0 ? channel.Why : why);
        _early.Clear();
        _owing.Clear();
        _starved.Clear();
        _ended.Clear();
    }

    /// <summary>Bytes that were accepted and not yet sent for the first time.</summary>
    public long BufferedBytes(DataChannel channel) => channel is { State: not DataChannelState.Closed, Id: { } id } ? _association?.BufferedBytes(id) ?? 0 : 0;

    public void SetLowThreshold(DataChannel channel, long bytes)
    {
        channel.LowThreshold = bytes;
        if (channel is { State: not DataChannelState.Closed, Id: { } id }) _association?.SetBufferedAmountLowThreshold(id, bytes);
    }

    // ---- Opening ----

    private void Announce(DataChannel channel, Instant now)
    {
        _association!.SetBufferedAmountLowThreshold(channel.Id!.Value, channel.LowThreshold);
        var open = new DcepMessage.Open(channel.Terms);
        if (open.Length > _messageBytesMax)
        {
            Finish(channel, "Its label and protocol are longer than the other side takes in one message.");
            return;
        }
        Owe(channel, open, now);
        if (_isEstablished) SetOpen(channel);
    }

    /// <summary>RFC 8832 §6: data may follow the OPEN without waiting for the ACK, so a channel is open as soon as the association is.</summary>
    private void SetOpen(DataChannel channel)
    {
        channel.State = DataChannelState.Open;
        _events.Enqueue(new DataChannelOpened(channel));
    }

    private void Owe(DataChannel channel, DcepMessage message, Instant now)
    {
        if (TrySendControl(channel, message, now)) return;
        channel.Owed = message;
        _owing.Add(channel);
    }

    /// <summary>After the association has moved on: what of DCEP found no room is tried again, and who was told that there is none is told that there is.</summary>
    private void Progress(Instant now)
    {
        if (_owing.Count > 0) SendOwed(now);
        if (_starved.Count == 0 || !(_association?.HasRoom ?? false)) return;
        _starved.RemoveAll(channel =>
        {
            if (channel.Owed is not null) return false;
            if (channel.State == DataChannelState.Open) _events.Enqueue(channel.BufferLow);
            channel.IsStarved = false;
            return true;
        });
    }

    private void SendOwed(Instant now) => _owing.RemoveAll(channel => channel.Owed is not { } owed || TrySendControl(channel, owed, now));

    private bool TrySendControl(DataChannel channel, DcepMessage message, Instant now)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(message.Length);
        var sent = _association!.TrySend(channel.Id!.Value, new SendParameters(PayloadProtocolId.Dcep), buffer.AsSpan(0, message.Write(buffer)), now);
        ArrayPool<byte>.Shared.Return(buffer);
        if (sent) channel.Owed = null;
        return sent;
    }

    // ---- Closing ----

    private void BeginClosing(DataChannel channel, string why, Instant now)
    {
        channel.State = DataChannelState.Closing;
        channel.Why = why;
        channel.Owed = null;
        _owing.Remove(channel);
        _association!.ResetStream(channel.Id!.Value, now);
    }

    /// <summary>Both directions are reset: the end is told behind the messages that came before it.</summary>
    private void EndIfReset(DataChannel channel)
    {
        if (channel is { IsResetHere: true, IsResetByPeer: true } && !_ended.Contains(channel)) _ended.Add(channel);
    }

    private void Finish(DataChannel channel, string why)
    {
        if (channel.State == DataChannelState.Closed) return;
        channel.State = DataChannelState.Closed;
        channel.Owed = null;
        if (channel.Id is { } id) _table.Remove(id);
        if (channel.IsOpenedByPeer) _peerNameBytes -= NameBytes(channel.Terms);
        _events.Enqueue(new DataChannelClosed(channel, why));
    }

    private static int NameBytes(ChannelTerms terms) => Encoding.UTF8.GetByteCount(terms.Label) + Encoding.UTF8.GetByteCount(terms.Protocol);
}
