using System.Buffers.Binary;
using Netflux.Identity;

namespace Netflux.Transport.Signaling.Server;

/// <summary>Who came by which ticket into a network that is remembered, for as long as the ticket can be shown: so each peer counts once, and gets its admission again. It keeps what was stored.</summary>
internal sealed class TicketRedemptions
{
    // Who may invite draws the serials of its own tickets only, so another's ticket is not used up by it.
    private readonly SortedDictionary<(PeerId Issuer, UInt128 Serial), SortedDictionary<PeerId, TicketRedeemed>> _byTicket = [];

    public int Count { get; private set; }

    /// <summary>How the member came by this ticket; null where it did not.</summary>
    public TicketRedeemed? Find(TicketRecord ticket, PeerId member) => _byTicket.GetValueOrDefault(KeyOf(ticket.Issuer, ticket.Serial))?.GetValueOrDefault(member);

    public int CountOf(TicketRecord ticket) => _byTicket.GetValueOrDefault(KeyOf(ticket.Issuer, ticket.Serial))?.Count ?? 0;

    public void Apply(RoomEvent happened)
    {
        if (happened is not TicketRedeemed redeemed) return;
        var key = KeyOf(redeemed.Issuer, redeemed.Serial);
        if (!_byTicket.TryGetValue(key, out var members)) _byTicket.Add(key, members = []);
        if (members.TryAdd(redeemed.Member, redeemed)) Count++;
    }

    /// <summary>Tickets that nobody can show any more need no counting.</summary>
    public void EndBefore(DateTimeOffset time)
    {
        foreach (var (key, members) in _byTicket.Where(ticket => ticket.Value.Values.First().Until < time).ToList())
        {
            _byTicket.Remove(key);
            Count -= members.Count;
        }
    }

    public IEnumerable<RoomEvent> Compact() => _byTicket.Values.SelectMany(members => members.Values);

    private static (PeerId, UInt128) KeyOf(PeerId issuer, ReadOnlyMemory<byte> serial) => (issuer, BinaryPrimitives.ReadUInt128BigEndian(serial.Span));
}
