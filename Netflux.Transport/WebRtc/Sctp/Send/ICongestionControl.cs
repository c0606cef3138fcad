using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>What a congestion control is made for.</summary>
/// <param name="PacketBytes">What a full packet carries, without its header: "PMDCS" of RFC 9260 §7.2.</param>
internal readonly record struct CongestionParameters(int PacketBytes, int InitialWindow, int WindowMin);

/// <summary>What one SACK said.</summary>
/// <param name="AcknowledgedBytes">Newly acknowledged by it, in any way.</param>
/// <param name="FlightBefore">What was in flight before it.</param>
/// <param name="RoundTrip">A new measurement, or none.</param>
/// <param name="RoundTripMin">The least ever measured.</param>
/// <param name="RoundTripSmoothed">SRTT.</param>
/// <param name="LostBytes">Found lost by it.</param>
/// <param name="RoundEnded">Whether a round trip ended with it: all that was in flight when the last one ended is acknowledged or lost.</param>
/// <param name="InRecovery">Whether a loss episode is under way (RFC 9260 §7.2.4).</param>
/// <param name="WindowLimited">Whether the sender had more to send than the window allowed.</param>
internal readonly record struct AcknowledgedSample(
    Instant Now, long AcknowledgedBytes, long FlightBefore, TimeSpan? RoundTrip, TimeSpan RoundTripMin, TimeSpan RoundTripSmoothed, long LostBytes, bool RoundEnded, bool InRecovery, bool WindowLimited);

/// <summary>How much may be in flight. It hears what the network did and answers with a window; what is lost, and what is sent, others decide.</summary>
internal interface ICongestionControl
{
    /// <summary>How many bytes may be in flight.</summary>
    long Window { get; }

    void HandleAcknowledged(in AcknowledgedSample sample);

    /// <summary>A loss episode begins: the first loss among what was sent since the last one ended.</summary>
    void HandleLossEpisode(in AcknowledgedSample sample);

    /// <summary>T3-rtx ran out: nothing came back for long (RFC 9260 §7.2.3).</summary>
    void HandleTimeout(Instant now, long flight);

    /// <summary>Nothing was sent for at least this many RTOs (RFC 9260 §7.2.1).</summary>
    void HandleIdle(int timeouts);

    /// <summary>A loss episode proved false: everything that was sent again had arrived the first time.</summary>
    void HandleSpuriousLoss();
}
