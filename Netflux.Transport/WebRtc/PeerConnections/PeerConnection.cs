using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Sctp;
using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>
/// A connection to one peer: its descriptions (SDP) say what to expect, ICE finds a way, DTLS protects it, SCTP carries messages over it, and DCEP opens channels for them.
/// The layers do not know each other; here they meet. Driven by one thread at a time.
/// <code>
/// offerer                                   answerer
///   offer: fragment, password, fingerprint, setup:actpass, candidates  ──→
///   ←── answer: the same, setup:active
///   connectivity checks both ways; the first pair that works carries ClientHello, from the answerer
///   DTLS  ←──→                              INIT goes with, or behind, the last flight
///   DATA_CHANNEL_OPEN  ──→                  both: open
/// </code>
/// </summary>
internal sealed partial class PeerConnection
{
    private readonly PeerConnectionOptions _options;
    private readonly DtlsIdentity _identity;
    private readonly IDtlsHandshakes _handshakes;
    private readonly Action _handshakeProgressed;
    private readonly ISocketPort _sockets;
    private readonly IRandomSource _random;
    private readonly Queue<PeerConnectionInstruction> _instructions = new();
    private PeerConnectionState _state = PeerConnectionState.New;
    private string _why = "Nothing was described yet.";
    private DtlsConnection? _dtls;
    private SctpAssociation? _association;
    private bool _isDtlsFailed;
    private string? _ending; // why, once what has arrived was taken
    private TimeSpan? _roundTrip; // as ICE measured it last

    /// <param name="options">The numbers.</param>
    /// <param name="identity">Our certificate.</param>
    /// <param name="handshakes">Who makes the DTLS handshake.</param>
    /// <param name="handshakeProgressed">Called from the handshake's thread when <see cref="HandleHandshakeProgress"/> has something to do.</param>
    /// <param name="sockets">What this connection sends and receives on.</param>
    /// <param name="random">Randomness.</param>
    public PeerConnection(PeerConnectionOptions options, DtlsIdentity identity, IDtlsHandshakes handshakes, Action handshakeProgressed, ISocketPort sockets, IRandomSource random)
    {
        (_options, _identity, _handshakes, _handshakeProgressed, _sockets, _random) = (options, identity, handshakes, handshakeProgressed, sockets, random);
        _channels = new(options.Channels);
    }

    public PeerConnectionState State => _state;

    public Instant? NextDeadline => _state == PeerConnectionState.Closed
        ? null
        : Instant.Earlier(Instant.Earlier(_agent?.NextDeadline, _dtls?.NextDeadline), Instant.Earlier(Instant.Earlier(_association?.NextDeadline, _gathering?.NextDeadline), NextRelayDeadline));

    /// <summary>Whether <see cref="TryTake"/> has anything to give.</summary>
    public bool HasInstructions => _instructions.Count > 0;

    public bool TryTake([NotNullWhen(true)] out PeerConnectionInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void HandleDeadline(Instant now)
    {
        if (_state == PeerConnectionState.Closed) return;
        if (_agent is { } agent && agent.NextDeadline <= now)
        {
            agent.HandleDeadline(now);
            DrainAgent(now);
        }
        if (_gathering is { } gathering && gathering.NextDeadline <= now)
        {
            gathering.HandleDeadline(now);
            DrainGathering(now);
            DrainAgent(now);
        }
        HandleRelayDeadlines(now);
        if (_dtls is { } dtls && dtls.NextDeadline <= now)
        {
            dtls.HandleDeadline(now);
            DrainDtls(now);
        }
        if (_association is { } association && association.NextDeadline <= now)
        {
            association.HandleDeadline(now);
            DrainAssociation(now);
        }
    }

    public void HandleHandshakeProgress(Instant now)
    {
        if (_dtls is not { } dtls) return;
        dtls.HandleProgress(now);
        DrainDtls(now);
    }

    /// <summary>Ends the connection and tells the other side: the association is aborted (RFC 9260 §9.1), and DTLS says close_notify.</summary>
    public void Close(Instant now)
    {
        if (_state == PeerConnectionState.Closed) return;
        _association?.Abort("closed", now);
        End("This side closed the connection.", now);
    }

    /// <summary>A fault ended it. Whatever else is broken, it is closed afterwards.</summary>
    public void Fail(string why, Instant now)
    {
        if (_state == PeerConnectionState.Closed) return;
        _control.Clear();
        _route = null;
        try
        {
            _lastReport = MakeReport();
            CloseChannels(why);
            _dtls?.Close(now);
        }
        finally
        {
            ChangeState(PeerConnectionState.Closed, why);
        }
    }

    private void DrainDtls(Instant now)
    {
        while (_dtls is { } dtls && dtls.TryTake(out var happened))
        {
            switch (happened)
            {
                case DtlsConnected:
                    // Both sides send INIT (RFC 8261 §5 leaves open who; RFC 9260 §5.2.1 lets both): the one that arrives first counts.
                    _association?.Connect(now);
                    UpdateState("DTLS is connected.");
                    OpenRecords(dtls, default, now);
                    break;
                case DtlsClosed:
                    EndOnceRead("The other side closed the connection.", now);
                    break;
                case DtlsFailed e:
                    _isDtlsFailed = true;
                    UpdateState($"DTLS failed: {e.Failure}");
                    break;
                default:
                    throw new InvalidOperationException($"Not known here: {happened}");
            }
        }
    }

    private void StartDtls(Instant now)
    {
        if (_dtls is null) return;
        _dtls.Start(now, _roundTrip);
        DrainDtls(now);
    }

    /// <summary>The other side has ended it. What it said before is told first: it may have left with a last word, to somebody who reads slowly.</summary>
    private void EndOnceRead(string why, Instant now)
    {
        if (_association is { HasReady: true }) _ending ??= why;
        else End(why, now);
    }

    /// <summary>What is still to be said is written while there are keys and a way; then all is over.</summary>
    private void End(string why, Instant now)
    {
        if (_state == PeerConnectionState.Closed) return;
        _lastReport = MakeReport();
        WriteLast(now);
        // Also where there is no way any more: a handshake has a thread, which waits until it is told.
        _dtls?.Close(now);
        WriteLast(now);
        _route = null;
        _agent?.Handle(new AgentClosed(), now);
        ReleaseRelays(now);
        CloseChannels(why);
        ChangeState(PeerConnectionState.Closed, why);
    }

    /// <summary>Through a relay it is wrapped now, as its allocation is about to be released.</summary>
    private void WriteLast(Instant now)
    {
        if (_route is not { } route) return;
        var relay = route.From.Relay;
        var room = new byte[_options.Sctp.PacketBytesMax + DtlsConnection.Headroom + DtlsConnection.Tailroom];
        var wrapped = new byte[room.Length + TurnAllocation.Overhead];
        while (_control.Count < _options.ControlDatagramsMax && WriteData(room, now) is > 0 and var written)
        {
            if (Envelop(relay, route.To, room.AsSpan(0, written), wrapped, now) is > 0 and var length)
                SendControl(new ControlDatagram(route.From.Socket, null, relay?.Server ?? route.To, wrapped.AsSpan(0, length).ToArray()));
        }
    }

    private void UpdateState(string why)
    {
        if (_state == PeerConnectionState.Closed) return;
        var state = _iceState switch
        {
            _ when _isDtlsFailed => PeerConnectionState.Failed,
            IceState.Failed => PeerConnectionState.Failed,
            IceState.Disconnected => PeerConnectionState.Disconnected,
            IceState.Connected when _dtls is { IsConnected: true } => PeerConnectionState.Connected,
            _ when _remote is null => PeerConnectionState.New,
            _ => PeerConnectionState.Connecting,
        };
        ChangeState(state, why);
    }

    private void ChangeState(PeerConnectionState state, string why)
    {
        if (_state == state) return;
        (_state, _why) = (state, why);
        Emit(new TellState(state, why));
    }

    private void Emit(PeerConnectionInstruction instruction) => _instructions.Enqueue(instruction);
}
