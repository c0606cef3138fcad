using Netflux.Wire;

namespace Netflux.Networks;

/// <summary>The limits of what one network holds on its way out.</summary>
internal sealed record SendQueueOptions
{
    public static readonly SendQueueOptions Default = new();

    /// <summary>
    /// True bytes accepted and not yet consumed, in one network. Every open member has an equal share, so that a member that stands still never takes the
    /// room of the others. 32 MiB: with one other member 16 messages of 2 MiB, which is a session window of 1 MiB full of messages above 64 KiB; with 49
    /// others 668 KiB each, ten messages of 64 KiB. A message above the share may be on its way alone: 32 MiB plus one message bound the whole.
    /// </summary>
    public long SendBytesMax { get; init; } = 32L << 20;

    /// <summary>Messages of senders without a window that wait for acceptance, in all. A guess: a thousand requests at once from one process.</summary>
    public int PendingMessagesMax { get; init; } = 1024;

    /// <summary>Their payloads together; one message always fits. A guess: a quarter of what may be on its way.</summary>
    public long PendingBytesMax { get; init; } = 8L << 20;

    /// <summary>What one window sender may have waiting, in cost. 256 KiB: a quarter of it is a full message of 64 KiB, and at 1 GB/s it lasts for 250 µs, longer than a mailbox takes to come round.</summary>
    public long SendWindow { get; init; } = 256 << 10;

    /// <summary>Window senders in one network at once: 16 windows are 4 MiB. A guess.</summary>
    public int WindowSendersMax { get; init; } = 16;

    /// <summary>A member that takes a message above 64 KiB is given this much longer than the grace: its length at this rate, in bytes per second. 1 MiB/s, a guess: a slow home uplink.</summary>
    public long LargeMessageRate { get; init; } = 1 << 20;

    /// <summary>See <see cref="LargeMessageRate"/>; nothing for a message of 64 KiB or less.</summary>
    public TimeSpan LargeMessageTime(int length) => length > MessageCost.WholeBytesMax ? TimeSpan.FromSeconds((double)length / LargeMessageRate) : TimeSpan.Zero;

    /// <summary>A deadline handled later than this says that this process slept, so nobody is judged by it (DESIGN §5, liveness).</summary>
    public TimeSpan LateMax { get; init; } = TimeSpan.FromSeconds(2);
}
