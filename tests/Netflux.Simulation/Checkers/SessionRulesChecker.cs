using PeerLeavingReason = Netflux.Messages.PeerLeavingReason;

namespace Netflux.Simulation.Checkers;

/// <summary>No session is cut off: nobody breaks its rules, and nobody is too slow for it.</summary>
internal sealed class SessionRulesChecker : Checker
{
    public override void HandleSessionEnded(int node, int peer, PeerLeavingReason why)
    {
        if (why is PeerLeavingReason.ProtocolViolated or PeerLeavingReason.TooSlow or PeerLeavingReason.Faulted) Violate($"{node} cuts the session with {peer} off: {why}");
    }
}
