using System.Diagnostics.CodeAnalysis;
using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Invitations that wait in a network that is remembered, each for one member, within limits. It keeps what was stored.</summary>
internal sealed class KeptInvitations
{
    private const int EntryBytes = 128; // ids, time, and their place: many that hold next to nothing are bounded, too

    private readonly SortedDictionary<InvitationId, InvitationKept> _entries = [];
    private long _bytes;

    public bool TryGet(InvitationId id, [NotNullWhen(true)] out InvitationKept? kept) => _entries.TryGetValue(id, out kept);

    /// <summary>False, and why, where one more would be above a limit.</summary>
    public bool HasRoomFor(InvitationKept invitation, SignalingServerOptions options, out string why)
    {
        var (ofSender, forRecipient, ofPair) = (0, 0, 0);
        foreach (var kept in _entries.Values)
        {
            if (kept.From == invitation.From) ofSender++;
            if (kept.To == invitation.To) forRecipient++;
            if (kept.From == invitation.From && kept.To == invitation.To) ofPair++;
        }
        why = ofPair >= options.InvitationsPerPairMax ? $"{ofPair} invitations of the same sender wait for that member."
            : forRecipient >= options.InvitationsPerRecipientMax ? $"{forRecipient} invitations wait for that member."
            : ofSender >= options.InvitationsPerSenderMax ? $"{ofSender} invitations of the same sender wait in this network."
            : _bytes + BytesOf(invitation) > options.InvitationBytesPerNetworkMax ? "As many invitations wait in this network as there is room for."
            : "";
        return why.Length == 0;
    }

    /// <summary>The first of a member's own after this one, in the order of ids.</summary>
    public InvitationKept? NextFor(PeerId member, InvitationId? after) => _entries.Values.FirstOrDefault(kept => kept.To == member && !(kept.Id <= after));

    public IReadOnlyList<InvitationId> ExpiredAt(DateTimeOffset now) => [.. _entries.Values.Where(kept => kept.Until <= now).Select(kept => kept.Id)];

    public void Apply(RoomEvent happened)
    {
        switch (happened)
        {
            case InvitationKept kept:
                Remove(kept.Id);
                _entries.Add(kept.Id, kept);
                _bytes += BytesOf(kept);
                break;
            case InvitationEnded ended: Remove(ended.Id); break;
            case MemberRemoved removed:
                foreach (var kept in _entries.Values.Where(kept => kept.From == removed.Member || kept.To == removed.Member).ToList()) Remove(kept.Id);
                break;
        }
    }

    public IEnumerable<RoomEvent> Compact() => _entries.Values;

    private void Remove(InvitationId id)
    {
        if (_entries.Remove(id, out var kept)) _bytes -= BytesOf(kept);
    }

    private static int BytesOf(InvitationKept kept) => kept.Sealed.Length + EntryBytes;
}
