using System.Security.Cryptography;
using System.Text;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Io;

/// <summary>An identity that a file keeps: its keys, and the incarnation of this run. The file belongs to this process until it is disposed of.</summary>
internal sealed class IdentityFile : IDisposable
{
    private const int BytesMax = 16 << 10; // Two keys and a signature are about 1 KiB with their comments; the rest is for comments of people.

    private readonly IdentityLock _lock;

    private IdentityFile(string path, PlatformPeerKeys keys, Incarnation incarnation, IdentityLock @lock) => (Path, Keys, Incarnation, _lock) = (path, keys, incarnation, @lock);

    /// <summary>The full path.</summary>
    public string Path { get; }

    public PlatformPeerKeys Keys { get; }

    /// <summary>Above that of every earlier run with this file.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Opens an identity file; where there is none, makes new keys and writes one, mode 600, in a folder that is made if it is missing.</summary>
    /// <exception cref="NetfluxException">
    /// <see cref="NetfluxError.IdentityInUse"/>: another process, or this one, holds it. <see cref="NetfluxError.IdentityInvalid"/>: it is damaged, others may read
    /// it, or it cannot be kept where the path says; the text says what to do. An existing file is never changed.
    /// </exception>
    public static IdentityFile OpenOrCreate(string path, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal)) throw Invalid("The path of the identity file is empty, or not a path.");
        path = System.IO.Path.GetFullPath(path);
        IdentityLock? held = null;
        PlatformPeerKeys? keys = null;
        try
        {
            RefuseWhatIsNoFile(path);
            if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)) OwnerOnly.CreateDirectory(folder);
            RefuseWhatIsNoFile(path + ".lock");
            held = IdentityLock.Take(path);
            keys = File.Exists(path) ? Read(path) : Create(path);
            var file = new IdentityFile(path, keys, held.Next(now), held);
            (held, keys) = (null, null);
            return file;
        }
        catch (UnauthorizedAccessException e)
        {
            throw Invalid($"The identity {path} cannot be read or written there: this user lacks the right to. Give another path, or the right to the folder.", e);
        }
        catch (IOException e)
        {
            throw Invalid($"The identity {path} cannot be kept there: {e.Message}", e);
        }
        finally
        {
            keys?.Dispose();
            held?.Dispose();
        }
    }

    public void Dispose()
    {
        Keys.Dispose();
        _lock.Dispose();
    }

    private static PlatformPeerKeys Read(string path)
    {
        // Nothing is opened that is empty: a pipe is, and would never answer.
        var length = new FileInfo(path).Length;
        if (length is 0 or > BytesMax) throw Damaged(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (OwnerOnly.IsOpenToOthers(file, out var cure)) throw Invalid($"Others than its owner may read or change the identity {path}. If nobody has, run: {cure}");
        var bytes = new byte[BytesMax + 1];
        try
        {
            var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read <= BytesMax && IdentityPem.TryRead(bytes.AsSpan(0, read), out var keys) ? keys : throw Damaged(path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static PlatformPeerKeys Create(string path)
    {
        // Written beside and moved, so that the file is there whole or not at all. Who comes here holds the lock: a file of this name is what a killed process left.
        var temporary = path + ".new";
        File.Delete(temporary);
        var signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var sealing = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var keys = new PlatformPeerKeys(signing, sealing, PeerCard.Create(CurvePoint.Export(signing), CurvePoint.Export(sealing), bytes => signing.SignData(bytes, HashAlgorithmName.SHA256)));
        var text = Encoding.UTF8.GetBytes(IdentityPem.Write(signing, sealing, keys.Card));
        try
        {
            using (var file = OwnerOnly.Open(temporary, FileMode.CreateNew))
            {
                file.Write(text);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: false);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static void RefuseWhatIsNoFile(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null) throw Invalid($"{path} is a symbolic link: give the path of the identity file itself, since a link can be turned elsewhere by others.");
        if (Directory.Exists(path)) throw Invalid($"{path} is a folder: give the path of a file inside it, such as {System.IO.Path.Combine(path, "identity.pem")}.");
    }

    private static NetfluxException Damaged(string path) =>
        Invalid($"{path} is not a Netflux identity, or is damaged. It was left as it is: put a copy back, or move it away to be given a new identity.");

    private static NetfluxException Invalid(string message, Exception? inner = null) => new(NetfluxError.IdentityInvalid, message, inner);
}
