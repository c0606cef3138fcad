using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>Wishes to be let in: this peer's own, and those of others on which it decides.</summary>
internal sealed partial class SignalingSession
{
    private bool TryHandleApproval(SessionFact fact, Instant now)
    {
        var until = now + options.RequestTimeout;
        Pending? pending = fact switch
        {
            ApprovalWanted f => new Pending.AskApproval(f, until),
            ApprovalUnwanted f => new Pending.WithdrawApproval(f, until),
            DecisionWanted f => new Pending.Decide(f, until),
            ApprovalsWanted f => new Pending.ListApprovals(f, [], null, until),
            _ => null,
        };
        if (pending is not null) Ask(pending, now);
        return pending is not null;
    }

    private void OnApprovalWaits(ulong request, Proto.ApprovalWaits waits)
    {
        var isReadable = SignalingWire.TryReadNetwork(waits.Network, out var network) & ApprovalRecord.TryParse(waits.Record.Memory, network, out var asked, out _);
        if (request == 0)
        {
            if (isReadable && _doors.ContainsKey(network)) Emit(new TellApprovalAsked(network, asked!.Record));
            return;
        }
        if (!_pending.TryGetValue(request, out var pending) || pending is not Pending.ListApprovals list) return;
        _pending.Remove(request);
        // A server that does not get on is asked no more.
        var isNext = isReadable && network == list.Wanted.Network && !(asked!.Peer <= list.After);
        if (isNext) list.Read.Add(asked!.Record);
        if (isNext && list.Read.Count < options.ApprovalsMax) AskOn(request, list with { After = asked!.Peer });
        else Emit(new TellApprovals(list.Wanted.Ask, list.Wanted.Network, list.Read));
    }

    private void OnApprovalDecided(ulong request, Proto.ApprovalDecided decided)
    {
        if (!SignalingWire.TryReadNetwork(decided.Network, out var network) || !_doors.ContainsKey(network)) return;
        var ask = _pending.GetValueOrDefault(request) as Pending.AskApproval;
        if (request != 0 && (ask is null || ask.Wanted.Network != network || !_pending.Remove(request))) return;
        Emit(new TellDecided(ask?.Wanted.Ask, network, decided.Admission.Memory, SignalingNames.Sentence(decided.Why)));
    }

    private void SayApproval(ulong request, Pending pending)
    {
        Say(pending switch
        {
            Pending.AskApproval { Wanted: var ask } => new() { AskApproval = new() { Network = Bytes(ask.Network), Record = ByteString.CopyFrom(ask.Record.Span) } },
            Pending.WithdrawApproval { Wanted: var withdraw } => new() { WithdrawApproval = new() { Network = Bytes(withdraw.Network) } },
            Pending.Decide { Wanted: var decide } => new()
            {
                DecideApproval = new() { Network = Bytes(decide.Network), Peer = ByteString.CopyFrom(decide.Peer.ToArray()), Admission = ByteString.CopyFrom(decide.Admission.Span), Why = decide.Why },
            },
            Pending.ListApprovals list => new Proto.ToServer { NextApproval = new() { Network = Bytes(list.Wanted.Network), After = list.After is { } after ? ByteString.CopyFrom(after.ToArray()) : ByteString.Empty } },
            _ => throw new ArgumentOutOfRangeException(nameof(pending), pending, null),
        }, request);

        static ByteString Bytes(NetworkId network) => ByteString.CopyFrom(network.ToArray());
    }
}
