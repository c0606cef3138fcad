namespace Netflux.Wire;

/// <summary>
/// What a message takes of its channel's window: min(length, 64 KiB) + 64. The 64 stand for what a message costs beside its bytes, so that empty ones are not free;
/// what is above 64 KiB is counted by the receiver's reassembly budget instead, before it is sent.
/// </summary>
internal static class MessageCost
{
    /// <summary>The longest message that is one frame and needs no grant.</summary>
    public const int WholeBytesMax = 64 << 10;

    public const int PerMessage = 64;

    public static int Of(long length) => (int)Math.Min(length, WholeBytesMax) + PerMessage;
}
