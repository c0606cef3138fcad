using Google.Protobuf;
using Netflux.Host.Tracking.Stored;
using Netflux.Identity;
using Room = Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>What happens in rooms, as it is written down (stored.proto).</summary>
internal static class StoredEvents
{
    public static StoredEvent Write(Room.RoomEvent happened) => happened switch
    {
        Room.NameTaken e => new() { NameTaken = new() { Genesis = Bytes(e.Genesis) } },
        Room.NameReleased => new() { NameReleased = new() },
        Room.NetworkTracked e => new() { NetworkTracked = new() { Genesis = Bytes(e.Genesis), AtMs = Ms(e.At) } },
        Room.NetworkNamed e => new() { NetworkNamed = new() { Name = e.Name } },
        Room.MemberPut e => new() { MemberPut = new() { Member = Bytes(e.Member), Record = Bytes(e.Record), SinceMs = Ms(e.Since), SeenMs = Ms(e.Seen) } },
        Room.MemberSeen e => new() { MemberSeen = new() { Member = Bytes(e.Member), AtMs = Ms(e.At) } },
        Room.MemberRemoved e => new() { MemberRemoved = new() { Member = Bytes(e.Member), By = Bytes(e.By), AtMs = Ms(e.At), Record = Bytes(e.Record) } },
        Room.NetworkForgotten => new() { NetworkForgotten = new() },
        Room.InvitationKept e => new() { InvitationKept = new() { Id = Bytes(e.Id), From = Bytes(e.From), To = Bytes(e.To), Sealed = Bytes(e.Sealed), UntilMs = Ms(e.Until) } },
        Room.MapCounted e => new() { MapCounted = new() { Epoch = e.Epoch, PreviousRoot = Bytes(e.PreviousRoot) } },
        Room.InvitationEnded e => new() { InvitationEnded = new() { Id = Bytes(e.Id) } },
        Room.TicketRedeemed e => new() { TicketRedeemed = new() { Issuer = Bytes(e.Issuer), Serial = Bytes(e.Serial), Member = Bytes(e.Member), Admission = Bytes(e.Admission), UntilMs = Ms(e.Until) } },
        Room.ApprovalKept e => new() { ApprovalKept = new() { Peer = Bytes(e.Peer), Record = Bytes(e.Record), AtMs = Ms(e.At) } },
        Room.ApprovalSettled e => new() { ApprovalSettled = new() { Peer = Bytes(e.Peer), By = Bytes(e.By), Admission = Bytes(e.Admission), Why = e.Why, AtMs = Ms(e.At) } },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, null),
    };

    /// <summary>What is not understood was written by a newer version, and to go on without it would be to forget it.</summary>
    public static Room.RoomEvent Read(StoredEvent stored) => stored.WhatCase switch
    {
        StoredEvent.WhatOneofCase.NameTaken => new Room.NameTaken(stored.NameTaken.Genesis.Memory),
        StoredEvent.WhatOneofCase.NameReleased => new Room.NameReleased(),
        StoredEvent.WhatOneofCase.NetworkTracked => new Room.NetworkTracked(stored.NetworkTracked.Genesis.Memory, Time(stored.NetworkTracked.AtMs)),
        StoredEvent.WhatOneofCase.NetworkNamed => new Room.NetworkNamed(stored.NetworkNamed.Name),
        StoredEvent.WhatOneofCase.MemberPut => new Room.MemberPut(Peer(stored.MemberPut.Member), stored.MemberPut.Record.Memory, Time(stored.MemberPut.SinceMs), Time(stored.MemberPut.SeenMs)),
        StoredEvent.WhatOneofCase.MemberSeen => new Room.MemberSeen(Peer(stored.MemberSeen.Member), Time(stored.MemberSeen.AtMs)),
        StoredEvent.WhatOneofCase.MemberRemoved => new Room.MemberRemoved(Peer(stored.MemberRemoved.Member), Peer(stored.MemberRemoved.By), Time(stored.MemberRemoved.AtMs), stored.MemberRemoved.Record.Memory),
        StoredEvent.WhatOneofCase.NetworkForgotten => new Room.NetworkForgotten(),
        StoredEvent.WhatOneofCase.InvitationKept => new Room.InvitationKept(Invitation(stored.InvitationKept.Id), Peer(stored.InvitationKept.From), Peer(stored.InvitationKept.To), stored.InvitationKept.Sealed.Memory, Time(stored.InvitationKept.UntilMs)),
        StoredEvent.WhatOneofCase.InvitationEnded => new Room.InvitationEnded(Invitation(stored.InvitationEnded.Id)),
        StoredEvent.WhatOneofCase.TicketRedeemed => new Room.TicketRedeemed(Peer(stored.TicketRedeemed.Issuer), stored.TicketRedeemed.Serial.Memory, Peer(stored.TicketRedeemed.Member), stored.TicketRedeemed.Admission.Memory, Time(stored.TicketRedeemed.UntilMs)),
        StoredEvent.WhatOneofCase.ApprovalKept => new Room.ApprovalKept(Peer(stored.ApprovalKept.Peer), stored.ApprovalKept.Record.Memory, Time(stored.ApprovalKept.AtMs)),
        StoredEvent.WhatOneofCase.ApprovalSettled => new Room.ApprovalSettled(Peer(stored.ApprovalSettled.Peer), Peer(stored.ApprovalSettled.By), stored.ApprovalSettled.Admission.Memory, stored.ApprovalSettled.Why, Time(stored.ApprovalSettled.AtMs)),
        StoredEvent.WhatOneofCase.MapCounted => new Room.MapCounted(stored.MapCounted.Epoch, stored.MapCounted.PreviousRoot.Memory),
        _ => throw new InvalidDataException("The store holds an event that this version does not know; a newer version wrote it."),
    };

    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => ByteString.CopyFrom(bytes.Span);

    private static ByteString Bytes(PeerId peer) => ByteString.CopyFrom(peer.ToArray());

    private static ByteString Bytes(InvitationId id) => ByteString.CopyFrom(id.ToArray());

    private static InvitationId Invitation(ByteString bytes) => InvitationId.TryRead(bytes.Span, out var id) ? id : throw new InvalidDataException("The store holds an invitation without an id.");

    private static PeerId Peer(ByteString bytes) => PeerId.FromBytes(bytes.Span);

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
