using System.Buffers;
using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.Dcep;

internal sealed partial class DataChannels
{
    /// <summary>What the association tells. All of its events are to come here, in their order.</summary>
    public void Handle(SctpEvent happened, Instant now)
    {
        switch (happened)
        {
            case AssociationEstablished:
                _isEstablished = true;
                foreach (var channel in _table.All)
                    if (channel.State == DataChannelState.Connecting) SetOpen(channel);
                break;
            case BufferedAmountLow low when _table.Find(low.Stream) is { State: DataChannelState.Open, HasSent: true } channel:
                _events.Enqueue(channel.BufferLow);
                break;
            case StreamResetByPeer reset when _table.Find(reset.Stream) is { } channel:
                OnResetByPeer(channel, now);
                break;
            case StreamResetDone done when _table.Find(done.Stream) is { } channel:
                HandleResetDone(channel, done);
                break;
            case AssociationClosed closed:
                _isOver = true;
                _ended.Clear();
                foreach (var channel in (DataChannel[])[.. _table.All, .. _early])
                {
                    if (channel.State != DataChannelState.Closing) channel.Why = closed.Text;
                    channel.State = DataChannelState.Closing;
                    _ended.Add(channel);
                }
                _early.Clear();
                _owing.Clear();
                _starved.Clear();
                break;
        }
        Progress(now);
    }

    /// <summary>
    /// The next message of a channel. What belongs to DCEP is dealt with here, what breaks it closes the channel. False while events wait: take them first; false without any, there is
    /// nothing more for now.
    /// </summary>
    public bool TryReceive(out DataChannelMessage message, Instant now)
    {
        message = default;
        Progress(now);
        while (_events.Count == 0)
        {
            if (_association is null || !_association.TryReceive(out var received))
            {
                EndAll();
                return false;
            }
            if (OnMessage(received, now, out message)) return true;
        }
        return false;
    }

    /// <summary>Everything that came before a reset was taken.</summary>
    private void EndAll()
    {
        foreach (var channel in _ended) Finish(channel, channel.Why);
        _ended.Clear();
    }

    // ---- Messages ----

    private bool OnMessage(in SctpMessage received, Instant now, out DataChannelMessage message)
    {
        message = default;
        var channel = _table.Find(received.Stream);
        if (received.Ppid == PayloadProtocolId.Dcep)
        {
            OnDcep(channel, received, now);
            received.Release();
            return false;
        }
        if (channel is null)
        {
            // RFC 8831 §6.6 leaves it open. Nobody here knows the stream; its reset says so, and the other closes its channel.
            _association!.ResetStream(received.Stream, now);
            received.Release();
            return false;
        }
        // RFC 8832 §6: any message shows that the other has read our OPEN.
        channel.IsConfirmed = true;
        var (known, isText, isEmpty) = received.Ppid switch
        {
            PayloadProtocolId.Binary => (true, false, false),
            PayloadProtocolId.String => (true, true, false),
            PayloadProtocolId.BinaryEmpty => (true, false, true),
            PayloadProtocolId.StringEmpty => (true, true, true),
            // Not done: the partial ones, which RFC 8831 §6.6 deprecates and browsers stopped sending in 2016. Half a message is none, so the channel ends instead.
            _ => (false, false, false),
        };
        if (!known || channel.IsClosedHere || channel.State == DataChannelState.Connecting)
        {
            if (!known) Refuse(channel, $"The other side sent a message of the kind {(uint)received.Ppid}, which data channels do not have.", now);
            received.Release();
            return false;
        }
        message = new(channel, received.Pooled, isEmpty ? 0 : received.Length, isText);
        return true;
    }

    private void OnDcep(DataChannel? channel, in SctpMessage received, Instant now)
    {
        if (!DcepMessage.TryParse(received.Payload, out var parsed))
        {
            if (channel is null) _association!.ResetStream(received.Stream, now);
            else Refuse(channel, "The other side sent a message of DCEP that cannot be read.", now);
            return;
        }
        switch (parsed)
        {
            case DcepMessage.Ack when channel is not null: channel.IsConfirmed = true; break;
            case DcepMessage.Ack: _association!.ResetStream(received.Stream, now); break;
            case DcepMessage.Open open: OnOpen(channel, open, received.Stream, now); break;
        }
    }

    private void OnOpen(DataChannel? channel, DcepMessage.Open open, StreamId stream, Instant now)
    {
        // The other reuses a number when it has seen both resets; the answer to ours may still be on its way to us, and then it is this OPEN that tells.
        if (channel is { State: DataChannelState.Closing, IsResetByPeer: true })
        {
            _ended.Remove(channel);
            Finish(channel, channel.Why);
        }
        else if (channel is not null)
        {
            // RFC 8832 §6: a stream that is used cannot be opened.
            Refuse(channel, "The other side opened the channel's stream a second time.", now);
            return;
        }
        var nameBytes = NameBytes(open.Terms);
        var opened = new DataChannel(open.Terms, stream, isNegotiated: false, isOpenedByPeer: true) { IsConfirmed = true };
        // RFC 8832 §6: the other's numbers are odd where ours are even. One of ours would meet a channel that we open at the same time.
        var isTheirs = (stream.Value & 1) == (_isDtlsClient ? 1 : 0);
        if (!isTheirs || _isOver || Count >= options.ChannelsMax || nameBytes > options.PeerNameBytesMax - _peerNameBytes || !_table.TryAdd(stream, opened))
        {
            _association!.ResetStream(stream, now);
            return;
        }
        _peerNameBytes += nameBytes;
        _association!.SetBufferedAmountLowThreshold(stream, 0);
        SetOpen(opened);
        Owe(opened, DcepMessage.Ack.Instance, now);
    }

    private void Refuse(DataChannel channel, string why, Instant now)
    {
        channel.IsClosedHere = true;
        if (channel.State != DataChannelState.Closing) BeginClosing(channel, why, now);
    }

    // ---- Resets ----

    private void OnResetByPeer(DataChannel channel, Instant now)
    {
        channel.IsResetByPeer = true;
        // RFC 8831 §6.7: who sees the other's stream reset resets its own.
        if (channel.State != DataChannelState.Closing) BeginClosing(channel, "The other side closed it.", now);
        EndIfReset(channel);
    }

    private void HandleResetDone(DataChannel channel, StreamResetDone done)
    {
        // The settled reset may be that of the channel before this one: see OnOpen.
        if (channel.State != DataChannelState.Closing) return;
        channel.IsResetHere = true;
        // A side that does not reset will not reset its own either: nothing more is to be waited for.
        if (!done.Performed) channel.IsResetByPeer = true;
        EndIfReset(channel);
    }
}
