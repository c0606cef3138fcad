namespace Netflux.Wire;

/// <summary>
/// What a frame is. Bit 7 (<see cref="Ignorable"/>) marks kinds that a receiver which does not know them skips; any other unknown kind is refused to its sender.
/// Kinds below 0x20 are unnumbered; the others carry a sequence number, are acknowledged and are sent again on the next link.
/// </summary>
internal enum FrameKind : byte
{
    // Handshake, plain.
    Hello = 0x01,
    Proof = 0x02,
    Close = 0x03,

    // Session, unnumbered.
    Resume = 0x10,
    Ack = 0x11,      // body: u64 received up to
    Ping = 0x12,     // body: u64 id
    Pong = 0x13,     // body: u64 id
    Refused = 0x14,

    // Session, numbered control.
    Attach = 0x20,
    AttachRefused = 0x21,
    Detach = 0x22,
    Credit = 0x23,
    MessageGrant = 0x24,
    JoinRequest = 0x25,
    JoinAnswer = 0x26,
    End = 0x27,           // the session ends in order; body: SessionEnd

    // Channel, numbered. Channel 0 belongs to no network and is always open.
    Message = 0x40,
    MessageStart = 0x41,  // body: u64 size of a message above 64 KiB; its chunks follow once granted
    MessageChunk = 0x42,
    Control = 0x43,       // MemberControl, exempt from credit
    Relay = 0x44,         // a record of a relayed link, RelayHeader first

    Ignorable = 0x80,

    Graph = 0xC5,         // who has links with whom: GraphFrame; exempt from credit, and nobody has to know it
    TrackerRoot = 0xC6,   // the SignedRecord of a TrackerRootBody; the same
}

/// <summary>Flags of <see cref="FrameKind.Message"/>, <see cref="FrameKind.MessageStart"/> and <see cref="FrameKind.MessageChunk"/>.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    Broadcast = 1,     // otherwise sent to this peer alone
    ConfirmSoon = 2,   // the sender waits for this message to be consumed: send the credit at once
    Last = 4,          // the last chunk of its message
}
