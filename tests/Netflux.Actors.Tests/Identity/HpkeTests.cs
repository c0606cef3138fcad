using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Netflux.Io;
using Netflux.TestKit;

namespace Netflux.Identity;

/// <summary>RFC 9180 publishes no vector of our exact suite, so its parts are held to the vectors of the neighbours: A.3 and A.5 have our KEM and KDF, A.3 with AES-GCM, A.5 with keys of 32 bytes.</summary>
public class HpkeTests
{
    private static readonly byte[] s_info = Convert.FromHexString("4f6465206f6e2061204772656369616e2055726e");

    // RFC 9180 A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
    private const string A3EphemeralKey = "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb";
    private const string A3Encapsulated = "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4";
    private const string A3Receiver = "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
    private const string A3Secret = "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8";

    // RFC 9180 A.5.1: the same with ChaCha20Poly1305.
    private const string A5EphemeralKey = "7550253e1147aae48839c1f8af80d2770fb7a4c763afe7d0afa7e0f42a5b3689";
    private const string A5Encapsulated = "04c07836a0206e04e31d8ae99bfd549380b072a1b1b82e563c935c095827824fc1559eac6fb9e3c70cd3193968994e7fe9781aa103f5b50e934b5b2f387e381291";
    private const string A5Receiver = "04a697bffde9405c992883c5c439d6cc358170b51af72812333b015621dc0f40bad9bb726f68a5c013806a790ec716ab8669f84f6b694596c2987cf35baba2a006";
    private const string A5Secret = "806520f82ef0b03c823b7fc524b6b55a088f566b9751b89551c170f4113bd850";

    [Theory]
    [InlineData(A3EphemeralKey, A3Encapsulated, A3Receiver, A3Secret)]
    [InlineData(A5EphemeralKey, A5Encapsulated, A5Receiver, A5Secret)]
    public void TheKemGivesThePublishedSecret(string ephemeralKey, string encapsulated, string receiver, string expected)
    {
        using var ephemeral = Key(ephemeralKey);
        Assert.Equal(encapsulated, Hex(ephemeral.PublicPoint));
        var secret = new byte[32];
        Assert.True(Hpke.TryEncapsulate(ephemeral, Convert.FromHexString(receiver), secret));
        Assert.Equal(expected, Hex(secret));
    }

    [Theory]
    [InlineData(A3Secret, 1, "868c066ef58aae6dc589b6cfdd18f97e", "4e0bc5018beba4bf004cca59")]
    [InlineData(A5Secret, 3, "a8f45490a92a3b04d1dbf6cf2c3939ad8bfc9bfcb97c04bffe116730c9dfe3fc", "726b4390ed2209809f58c693")]
    public void TheScheduleGivesThePublishedKeyAndNonce(string secret, byte aeadId, string expectedKey, string expectedNonce)
    {
        byte[] suite = [.. "HPKE"u8, 0x00, 0x10, 0x00, 0x01, 0x00, aeadId];
        var key = new byte[expectedKey.Length / 2];
        var nonce = new byte[12];
        Hpke.KeySchedule(Convert.FromHexString(secret), s_info, suite, key, nonce);
        Assert.Equal((expectedKey, expectedNonce), (Hex(key), Hex(nonce)));
    }

    [Fact]
    public void TheFirstMessageOfThePublishedContextOpens()
    {
        using var aead = new AesGcm(Convert.FromHexString("868c066ef58aae6dc589b6cfdd18f97e"), 16);
        var sealedBytes = Convert.FromHexString("5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434");
        var opened = new byte[sealedBytes.Length - 16];
        aead.Decrypt(Convert.FromHexString("4e0bc5018beba4bf004cca59"), sealedBytes.AsSpan(0, opened.Length), sealedBytes.AsSpan(opened.Length), opened, "Count-0"u8);
        Assert.Equal("Beauty is truth, truth beauty"u8.ToArray(), opened);
    }

    [Fact]
    public void WhatIsSealedOpensForItsReceiverAlone()
    {
        using var bob = new SeededPeerKeys(2);
        using var carol = new SeededPeerKeys(3);
        foreach (var length in new[] { 0, 1, 15, 16, 17, 4_000 })
        {
            var text = new byte[length];
            new SeededRandom(9).Fill(text);
            var sealedBytes = Hpke.Seal(bob.Card.SealingPoint, "info"u8, "aad"u8, text, PlatformEphemeralKeys.Instance);
            Assert.Equal(length + Hpke.Overhead, sealedBytes.Length);
            Assert.True(Hpke.TryOpen(sealedBytes, bob, "info"u8, "aad"u8, out var opened));
            Assert.Equal(text, opened);
            Assert.False(Hpke.TryOpen(sealedBytes, carol, "info"u8, "aad"u8, out _));
            Assert.False(Hpke.TryOpen(sealedBytes, bob, "other"u8, "aad"u8, out _));
            Assert.False(Hpke.TryOpen(sealedBytes, bob, "info"u8, "other"u8, out _));
        }
    }

    [Fact]
    public void WhatIsTamperedWithDoesNotOpen()
    {
        using var bob = new SeededPeerKeys(2);
        var sealedBytes = Hpke.Seal(bob.Card.SealingPoint, "info"u8, [], "hello"u8, new SeededEphemeralKeys(1));
        Tampering.IsRefused(sealedBytes, bytes => Hpke.TryOpen(bytes, bob, "info"u8, [], out _));
    }

    private static PlatformEphemeralKey Key(string scalar) =>
        new(SeededScalars.Agreement(BigInteger.Parse("0" + scalar, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
