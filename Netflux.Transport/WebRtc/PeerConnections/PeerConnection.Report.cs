using System.Globalization;
using Netflux.Transport.WebRtc.Ice;

namespace Netflux.Transport.WebRtc.PeerConnections;

internal sealed partial class PeerConnection
{
    private ConnectionReport? _lastReport;

    /// <summary>Also after the end: then as it was at the end.</summary>
    public ConnectionReport Report() => (_lastReport ?? MakeReport()) with { State = _state, Why = _why };

    private ConnectionReport MakeReport()
    {
        var ice = _agent?.Report();
        return new(
            _state, _why, _isOfferer,
            ice is null ? "new" : $"{ice.State}, {ice.Role}: {ice.Why}",
            _dtls switch { null => "waits for the description", { IsConnected: true } => $"connected, {_dtlsRole}", _ when _isDtlsFailed => "failed", _ => $"handshaking, {_dtlsRole}" },
            DescribeAssociation(),
            [.. _serverTroubles],
            ice?.Selected is { } selected ? ReportOf.Pair(selected, ice) : null,
            [.. (ice?.LocalCandidates ?? []).Select(ReportOf.Candidate)],
            [.. (ice?.RemoteCandidates ?? []).Select(ReportOf.Candidate), .. (ice?.UnresolvedNames ?? []).Select(ReportOf.Unresolved)],
            [.. (ice?.Pairs ?? []).Select(pair => ReportOf.Pair(pair, ice!))],
            _bytesSent, _bytesReceived, _packetsSent, _packetsReceived);
    }

    private string DescribeAssociation()
    {
        if (_association is not { } association) return "waits for the description";
        var numbers = association.Statistics;
        return string.Create(CultureInfo.InvariantCulture,
            $"{association.State.GetType().Name}, {numbers.MessagesSent} messages sent and {numbers.MessagesReceived} received, {numbers.ChunksRetransmitted} chunks sent again, round trip {numbers.RoundTrip.TotalMilliseconds:0.###} ms, window {numbers.CongestionWindow} bytes, {numbers.BytesInFlight} in flight");
    }
}
