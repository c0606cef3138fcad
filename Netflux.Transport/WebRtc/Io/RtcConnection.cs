using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// A connection to one peer. One side calls <see cref="Offer"/>; the other is given that offer by <see cref="TrySetRemoteDescription"/> and answers by itself.
/// Every method may be called from any thread; what comes of it is told to the listener.
/// </summary>
/// <remarks>
/// One lock guards the core: who receives, sends, or has waited for a deadline, does what follows on its own thread, up to the system call that sends.
/// The loop half is in the other part of this class.
/// </remarks>
internal sealed partial class RtcConnection
{
    private readonly Lock _gate = new();
    private readonly RtcPort _port;
    private readonly IRtcListener _listener;
    private readonly PeerConnection _core;

    /// <summary>The owner's, for whatever it wants to find again in its listener.</summary>
    public object? Tag { get; set; }

    public PeerConnectionState State
    {
        get { lock (_gate) return _core.State; }
    }

    /// <summary>
    /// Both certificates' SHA-256 fingerprints, the offerer's and then the answerer's, 64 bytes: what names this connection and no other. Empty before both
    /// descriptions are known; the DTLS handshake holds the other side to its own.
    /// </summary>
    public ReadOnlyMemory<byte> Binding
    {
        get { lock (_gate) return _core.Binding; }
    }

    /// <summary>The largest message that the other side takes (RFC 8841 §6), and this side sends.</summary>
    public int MessageBytesMax
    {
        get { lock (_gate) return _core.SentMessageBytesMax; }
    }

    /// <summary>Opens a channel: at once where it is negotiated and the association is up, else when it is. Null where no further number is free or the connection is closed.</summary>
    public RtcChannel? OpenChannel(ChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        lock (_gate)
        {
            var channel = _core.OpenChannel(options, RtcClock.Now);
            var handle = channel is null ? null : HandleOf(channel);
            Settle();
            return handle;
        }
    }

    /// <summary>Makes an offer, told by <see cref="IRtcListener.OnDescription"/>, and begins to gather candidates.</summary>
    public void Offer()
    {
        lock (_gate)
        {
            _core.Offer(RtcClock.Now);
            Settle();
        }
    }

    /// <summary>
    /// What the other side described. An offer is answered by itself, told by <see cref="IRtcListener.OnDescription"/>; so is one that restarts ICE.
    /// False, with a sentence that says why, where it cannot be read or does not fit; the connection stays as it was.
    /// </summary>
    public bool TrySetRemoteDescription(bool isOffer, string sdp, [NotNullWhen(false)] out string? why)
    {
        lock (_gate)
        {
            var taken = _core.TrySetRemoteDescription(isOffer, sdp, RtcClock.Now, out why);
            Settle();
            return taken;
        }
    }

    /// <summary>A candidate of the other side as it was told, with or without <c>a=</c>; the empty string ends them. False where it cannot be read, which does no harm.</summary>
    public bool TryAddRemoteCandidate(string candidate)
    {
        lock (_gate)
        {
            var taken = _core.TryAddRemoteCandidate(candidate, RtcClock.Now);
            Settle();
            return taken;
        }
    }

    /// <summary>A new offer with new credentials (RFC 8445 §9): the way is searched for again while the channels stay.</summary>
    public void RestartIce()
    {
        lock (_gate)
        {
            _core.RestartIce(RtcClock.Now);
            Settle();
        }
    }

    /// <summary>
    /// No message is told until <see cref="ResumeReceiving"/>, apart from those already on the way to the listener in this batch. What is not taken closes the
    /// receive window, and so stops the sender.
    /// </summary>
    public void PauseReceiving() => _isPaused = true;

    public void ResumeReceiving()
    {
        _isPaused = false;
        Wake();
    }

    public ConnectionReport Report()
    {
        lock (_gate) return _core.Report();
    }

    /// <summary>Closes at once: channels, association, DTLS. What was not sent is lost. Also what is broken closes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            try
            {
                _core.Close(RtcClock.Now);
            }
            catch (Exception e)
            {
                Fault(e);
            }
            Settle();
        }
    }

    internal ushort? IdOf(DataChannel channel)
    {
        lock (_gate) return channel.Id?.Value;
    }

    internal ChannelState StateOf(DataChannel channel)
    {
        lock (_gate)
        {
            return channel.State switch
            {
                DataChannelState.Connecting => ChannelState.Connecting,
                DataChannelState.Open => ChannelState.Open,
                DataChannelState.Closing => ChannelState.Closing,
                _ => ChannelState.Closed,
            };
        }
    }

    internal long BufferedAmountOf(DataChannel channel)
    {
        lock (_gate) return _core.BufferedAmount(channel);
    }

    internal long LowThresholdOf(DataChannel channel)
    {
        lock (_gate) return channel.LowThreshold;
    }

    internal void SetLowThreshold(DataChannel channel, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate) _core.SetBufferedAmountLowThreshold(channel, bytes);
    }

    internal SendOutcome Send(DataChannel channel, ReadOnlySpan<byte> message, bool isText)
    {
        lock (_gate)
        {
            var now = RtcClock.Now;
            var outcome = _core.Send(channel, message, isText, now);
            SettleMessage(message.Length, now);
            return outcome;
        }
    }

    internal void CloseChannel(DataChannel channel)
    {
        lock (_gate)
        {
            _core.CloseChannel(channel, RtcClock.Now);
            Settle();
        }
    }

    private RtcChannel HandleOf(DataChannel channel) => (RtcChannel)(channel.Handle ??= new RtcChannel(this, channel));
}
