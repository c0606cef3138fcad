namespace Netflux.Sessions;

/// <summary>
/// Memory for messages above 64 KiB: one budget for the process, shared by its sessions (which run on different threads), and one in each session.
/// A message reserves its whole size before its first chunk is granted, and holds it until it is consumed.
/// </summary>
internal sealed class ReassemblyBudget(long bytesMax)
{
    private long _reserved;

    /// <summary>False if there is no room now. One message alone always fits, so that a limit below a network's message size slows but never blocks.</summary>
    public bool TryReserve(long bytes)
    {
        while (true)
        {
            var reserved = Interlocked.Read(ref _reserved);
            if (reserved > 0 && reserved + bytes > bytesMax) return false;
            if (Interlocked.CompareExchange(ref _reserved, reserved + bytes, reserved) == reserved) return true;
        }
    }

    public void Release(long bytes) => Interlocked.Add(ref _reserved, -bytes);

    public long Reserved => Interlocked.Read(ref _reserved);
}
