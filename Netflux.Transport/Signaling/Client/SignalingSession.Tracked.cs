using Google.Protobuf;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Wire;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Client;

/// <summary>What a server says of the members that it remembers, and the roots that it signs of them. Whether those hold together is judged by the network.</summary>
internal sealed partial class SignalingSession
{
    private Instant _renewedAt; // when the renewal was said that is not answered yet

    private void OnTrackedListed(ulong request, Proto.TrackedListed listed)
    {
        if (!_pending.TryGetValue(request, out var pending) || pending is not Pending.ListTracked list) return;
        _pending.Remove(request);
        list.Read.AddRange(listed.Members.Where(member => member.Record.Length <= IdentityOptions.MemberBytesMax).Select(ReadTracked)); // a longer one is none
        list.Removals.AddRange(listed.Removals.Take(IdentityOptions.RemovalsMax + 1 - list.Removals.Count).Select(removal => removal.Memory)); // one too many is a map that is not right
        var shown = ReadRoot(listed.Root, list.Wanted.Network, list);
        var root = list.After is null ? shown?.Root : shown is not null && list.Root?.Agrees(shown.Root) == true ? list.Root : null;
        var last = LastOf(listed);
        if (!listed.More || last is null || last <= list.After || list.Read.Count >= options.TrackedMembersMax)
            Emit(new TellTrackedListed(list.Wanted.Ask, list.Wanted.Network, list.Read) { Removals = list.Removals, Root = shown, IsWhole = root is not null && !listed.More && list.Wanted.Only is null });
        else
            AskOn(request, list with { After = last, Root = root });
    }

    /// <summary>Records are verified by whoever asked; here they only say where the next page begins.</summary>
    private static PeerId? LastOf(Proto.TrackedListed listed)
    {
        var member = listed.Members.Count > 0 && SignedRecords.TryVerify(listed.Members[^1].Record.Span, MemberRecord.Purpose, IdentityOptions.MemberBytesMax, out var verified, out _) ? verified.Signer : (PeerId?)null;
        var removed = listed.Removals.Count > 0 && Removal.TryReadMember(listed.Removals[^1].Span, out var of) ? of : (PeerId?)null;
        return member > removed || removed is null ? member : removed;
    }

    private static TrackedEntry ReadTracked(Proto.TrackedMember member) =>
        new(member.Record.Memory, SignalingWire.TimeOf(member.SinceMs), SignalingWire.TimeOf(member.SeenMs), member.OnlineSinceMs == 0 ? null : SignalingWire.TimeOf(member.OnlineSinceMs));

    private ShownRoot? ReadRoot(ByteString record, NetworkId network, Pending answered) =>
        !record.IsEmpty && TrackerRoot.TryParse(record.Memory, out var root) && root.Network == network ? new ShownRoot(root, answered.Until - options.RequestTimeout) : null;

    private void ReadRoots(IEnumerable<ByteString> records)
    {
        foreach (var record in records.Take(_doors.Count))
            if (TrackerRoot.TryParse(record.Memory, out var root) && _doors.ContainsKey(root.Network)) Emit(new TellRoot(root.Network, new ShownRoot(root, _renewedAt)));
    }
}
