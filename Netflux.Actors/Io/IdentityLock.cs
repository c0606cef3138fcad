using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Io;

/// <summary>
/// The file beside an identity file, held open for this process alone (<see cref="LockFile"/>), and with the last incarnation inside.
/// </summary>
internal sealed class IdentityLock : IDisposable
{
    // Milliseconds of the year 36812: what is above was not written by us, and must not use the numbers up.
    private const ulong IncarnationMax = 1UL << 50;

    private readonly FileStream _file;

    private IdentityLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.IdentityInUse"/>.</exception>
    /// <exception cref="IOException">The folder does not allow it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it.</exception>
    public static IdentityLock Take(string identityPath) => LockFile.TryTake(identityPath + ".lock") is { } file ? new IdentityLock(file)
        : throw new NetfluxException(NetfluxError.IdentityInUse, $"The identity {identityPath} is used by another running process: end that one, or use another identity file.");

    /// <summary>The next incarnation: the present in milliseconds, but above every one before, also where the clock went back.</summary>
    public Incarnation Next(DateTimeOffset now)
    {
        var next = new Incarnation(Math.Max((ulong)Math.Max(1, now.ToUnixTimeMilliseconds()), Last() + 1));
        // Always the same length, so that one write replaces the number before: a process killed in between leaves the old or the new one.
        var text = Encoding.ASCII.GetBytes(next.Value.ToString("D20", CultureInfo.InvariantCulture) + "\n");
        _file.Position = 0;
        _file.Write(text);
        _file.SetLength(text.Length);
        _file.Flush(flushToDisk: true);
        return next;
    }

    public void Dispose() => _file.Dispose();

    private ulong Last()
    {
        Span<byte> text = stackalloc byte[21];
        _file.Position = 0;
        var length = _file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        return length == text.Length && Utf8Parser.TryParse(text[..20], out ulong last, out var read) && read == 20 && last <= IncarnationMax ? last : 0;
    }
}
