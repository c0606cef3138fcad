using System.Diagnostics.CodeAnalysis;
using System.Text;
using Netflux.Core;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>User fragment and password of one side for one session between restarts (RFC 8445 §5.3).</summary>
internal sealed class IceCredentials
{
    private const int UfragLength = 8; // 48 random bits where RFC 8839 §5.4 asks for 24: the connections of one port are routed by it
    private const int PasswordLength = 24; // 144 random bits where it asks for 128

    private IceCredentials(string ufrag, string password)
    {
        (Ufrag, Password) = (ufrag, password);
        Key = Encoding.ASCII.GetBytes(password);
    }

    public string Ufrag { get; }

    public string Password { get; }

    /// <summary>The key of integrities (RFC 8489 §9.1.1).</summary>
    public ReadOnlyMemory<byte> Key { get; }

    public static IceCredentials Draw(IRandomSource random)
    {
        Span<byte> characters = stackalloc byte[UfragLength + PasswordLength];
        IceCharacters.Draw(random, characters);
        return new(Encoding.ASCII.GetString(characters[..UfragLength]), Encoding.ASCII.GetString(characters[UfragLength..]));
    }

    /// <summary>RFC 8839 §5.4: a fragment of 4 to 256 ice-chars, a password of 22 to 256.</summary>
    public static bool TryCreate(string? ufrag, string? password, [NotNullWhen(true)] out IceCredentials? credentials)
    {
        credentials = ufrag is { Length: >= 4 and <= 256 } && password is { Length: >= 22 and <= 256 } && IceCharacters.Are(ufrag) && IceCharacters.Are(password)
            ? new(ufrag, password)
            : null;
        return credentials is not null;
    }

    public bool AreSame(IceCredentials other) => Ufrag == other.Ufrag && Password == other.Password;

    /// <summary>Without the password, which is not for logs.</summary>
    public override string ToString() => Ufrag;
}

/// <summary>The alphabet of fragments and passwords (RFC 8839 §5.4): ice-char = ALPHA / DIGIT / "+" / "/".</summary>
internal static class IceCharacters
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    public static void Draw(IRandomSource random, Span<byte> destination)
    {
        random.Fill(destination);
        foreach (ref var c in destination) c = (byte)Alphabet[c & 63];
    }

    public static bool Are(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/');
}
