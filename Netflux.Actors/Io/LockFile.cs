namespace Netflux.Io;

/// <summary>
/// A file that is held open for this process alone. The system lets go of it when the process ends, however it ends, so nothing is ever left locked; the file itself stays, since deleting it
/// would let two processes hold two files of one name.
/// </summary>
internal static class LockFile
{
    // EWOULDBLOCK of flock(2): 11 on Linux, 35 on macOS and BSD. ERROR_SHARING_VIOLATION on Windows.
    private const int WouldBlockOnLinux = 11, WouldBlockOnBsd = 35, SharingViolation = unchecked((int)0x80070020);

    /// <summary>Opens the file, and makes it where there is none. Null: another process holds it.</summary>
    /// <exception cref="IOException">The folder does not allow it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it.</exception>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return OwnerOnly.Open(path, FileMode.OpenOrCreate);
        }
        catch (IOException e) when (e.HResult is WouldBlockOnLinux or WouldBlockOnBsd or SharingViolation)
        {
            return null;
        }
    }
}
