using Netflux.Core;
using Netflux.Links;
using Netflux.Wire;

namespace Netflux.Sessions;

/// <summary>
/// The receiving half of a channel: how much came, how much was consumed, and how much of that the other side was told. It holds the sender to the window.
/// </summary>
internal sealed class ReceiveChannel(long windowCost, int messageBytesMax)
{
    private readonly Ring<Unconsumed> _unconsumed = new();
    private long _costReceived;
    private long _costConsumed;
    private long _costCredited;

    public ulong MessagesReceived { get; private set; }
    public ulong MessagesConsumed { get; private set; }
    public ulong MessagesCredited { get; private set; }

    /// <summary>The large message that comes in; one at a time, because a channel keeps its order.</summary>
    public Reassembly? Reassembly { get; private set; }

    /// <summary>Where the next credit stands; kept by <see cref="CreditReturn"/>.</summary>
    public CreditDue CreditDue { get; set; }

    public Violation? OnMessage(FrameFlags flags, int length) =>
        Reassembly is not null ? Violation.Of("A message in the midst of another of its channel.")
        : length > Math.Min(messageBytesMax, MessageCost.WholeBytesMax) ? TooLarge()
        : Count(flags, length, 0);

    public Violation? OnStart(FrameFlags flags, ulong size)
    {
        if (Reassembly is not null) return Violation.Of("A message in the midst of another of its channel.");
        if (size > (ulong)messageBytesMax) return TooLarge();
        if (size <= MessageCost.WholeBytesMax) return Violation.Of("A message of 64 KiB or less is one frame.");
        if (Count(flags, (int)size, (int)size) is { } violation) return violation;
        Reassembly = new((int)size, flags, MessagesReceived);
        return null;
    }

    public Violation? OnChunk(ReadOnlySpan<byte> chunk, bool last, Instant now, out byte[]? whole)
    {
        whole = null;
        if (Reassembly is null) return Violation.Of("A chunk of no message.");
        var violation = Reassembly.OnChunk(chunk, last, now, out whole);
        if (whole is not null) Reassembly = null;
        return violation;
    }

    /// <summary>Everything up to this message was consumed. Returns the reassembly budget that is free again, and whether the sender waits for the news.</summary>
    public (long Released, bool ConfirmSoon) Consume(ulong upTo)
    {
        var (released, confirmSoon) = (0L, false);
        // What is still coming in cannot have been consumed: such a number is from an earlier life of the channel.
        var complete = Reassembly is null ? MessagesReceived : MessagesReceived - 1;
        for (upTo = Math.Min(upTo, complete); MessagesConsumed < upTo; MessagesConsumed++)
        {
            var message = _unconsumed.Dequeue();
            _costConsumed += MessageCost.Of(message.Length);
            released += message.Reserved;
            confirmSoon |= message.ConfirmSoon;
        }
        return (released, confirmSoon);
    }

    public bool HasCreditToReturn => MessagesConsumed > MessagesCredited;

    /// <summary>A quarter of the window: often enough that a sender never stands, seldom enough that credit costs nothing.</summary>
    public bool CreditIsWorthwhile => _costConsumed - _costCredited >= windowCost / 4;

    public CreditFrame TakeCredit(ushort number)
    {
        (MessagesCredited, _costCredited) = (MessagesConsumed, _costConsumed);
        return new(number, MessagesConsumed, _costConsumed);
    }

    /// <summary>What the channel holds of the reassembly budget, when it ends.</summary>
    public long Reserved
    {
        get
        {
            long reserved = 0;
            for (var i = 0; i < _unconsumed.Count; i++) reserved += _unconsumed[i].Reserved;
            // The newest is the one that comes in; it has reserved nothing before its grant.
            return Reassembly is { Granted: false } waiting ? reserved - waiting.Size : reserved;
        }
    }

    private Violation? Count(FrameFlags flags, int length, int reserved)
    {
        var cost = MessageCost.Of(length);
        var outstanding = _costReceived - _costConsumed;
        if (outstanding > 0 && outstanding + cost > windowCost) return Violation.Flooding("A message beyond the credit of its channel.");
        MessagesReceived++;
        _costReceived += cost;
        _unconsumed.Enqueue(new(length, reserved, flags.HasFlag(FrameFlags.ConfirmSoon)));
        return null;
    }

    private static Violation TooLarge() => new(CloseCode.TooLarge, "A message above the limit of its network.");

    private readonly record struct Unconsumed(int Length, int Reserved, bool ConfirmSoon);
}

/// <summary>Where the credit of a channel stands.</summary>
internal enum CreditDue
{
    Nothing,
    Later,
    Now,
}
