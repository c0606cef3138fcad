using Netflux.Transport.WebRtc.Sctp.Packets;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>Puts fragments together to messages. There are two: of DATA, whose fragments have TSNs in a row, and of I-DATA, whose fragments are numbered.</summary>
internal interface IReassembly
{
    /// <summary>The chunk's TSN is the next one.</summary>
    Taken AddInOrder(in DataHeader header, ReadOnlySpan<byte> payload);

    /// <summary>The chunk's TSN is new, and something before it is missing.</summary>
    Taken AddAhead(in DataHeader header, ReadOnlySpan<byte> payload);

    /// <summary>The cumulative TSN has moved: what waited for that may be there.</summary>
    Taken Advance(Tsn before, Tsn cumulative);

    /// <summary>The sender gave up what it had not delivered up to this TSN, and named the last messages of the streams concerned.</summary>
    void Forward(Tsn before, Tsn cumulative, in ForwardTsnChunk forward);

    void Drop();
}

/// <summary>Whether a fragment could be taken.</summary>
internal enum Taken
{
    Yes,

    /// <summary>The message is longer than we said we take.</summary>
    TooLong,

    /// <summary>More messages are open than the limits allow.</summary>
    TooMany,
}
