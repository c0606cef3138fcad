using System.Security.Cryptography;
using System.Text;

namespace Netflux.Transport.WebRtc.Stun;

/// <summary>The messages of RFC 5769 §2, and that of RFC 8489 Appendix B.1 as its verified erratum 6268 has it.</summary>
public sealed class StunVectorTests
{
    private const string Password = "VOkJxbRl1RmTxUk/WvJxBt";
    private const string Matrix = "マトリックス";

    // RFC 5769 §2.1, a connectivity check: SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME padded with spaces, MESSAGE-INTEGRITY, FINGERPRINT.
    internal static readonly byte[] Request = Convert.FromHexString(
        "000100582112a442b7e7a701bc34d686fa87dfae" +
        "80220010" + "5354554e207465737420636c69656e74" +
        "00240004" + "6e0001ff" +
        "80290008" + "932ff9b151263b36" +
        "00060009" + "6576746a3a68367659" + "202020" +
        "00080014" + "9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" +
        "80280004" + "e57a3bcf");

    // RFC 5769 §2.2: SOFTWARE, XOR-MAPPED-ADDRESS (IPv4), MESSAGE-INTEGRITY, FINGERPRINT.
    internal static readonly byte[] ResponseIPv4 = Convert.FromHexString(
        "0101003c2112a442b7e7a701bc34d686fa87dfae" +
        "8022000b" + "7465737420766563746f72" + "20" +
        "00200008" + "0001a147e112a643" +
        "00080014" + "2b91f599fd9e90c38c7489f92af9ba53f06be7d7" +
        "80280004" + "c07d4c96");

    // RFC 5769 §2.3: the same with IPv6.
    internal static readonly byte[] ResponseIPv6 = Convert.FromHexString(
        "010100482112a442b7e7a701bc34d686fa87dfae" +
        "8022000b" + "7465737420766563746f72" + "20" +
        "00200014" + "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9" +
        "00080014" + "a382954e4be67bf11784c97c8292c275bfe3ed41" +
        "80280004" + "c8fb0b4c");

    // RFC 5769 §2.4: USERNAME, NONCE, REALM, MESSAGE-INTEGRITY of a long-term credential.
    internal static readonly byte[] LongTermRequest = Convert.FromHexString(
        "000100602112a44278ad3433c6ad72c029da412e" +
        "00060012" + "e3839ee38388e383aae38383e382afe382b9" + "0000" +
        "0015001c" + "662f2f3439396b39353464364f4c33346f4c39465354767936347341" +
        "0014000b" + "6578616d706c652e6f7267" + "00" +
        "00080014" + "f67024656dd64a3e02b8e0712e85c9a28ca89666");

    // RFC 8489 B.1, erratum 6268: USERHASH, NONCE, REALM, PASSWORD-ALGORITHM (SHA-256), MESSAGE-INTEGRITY-SHA256.
    internal static readonly byte[] Sha256Request = Convert.FromHexString(
        "000100902112a44278ad3433c6ad72c029da412e" +
        "001e0020" + "4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704" +
        "00150029" + "6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341" + "000000" +
        "0014000b" + "6578616d706c652e6f7267" + "00" +
        "001d0004" + "00020000" +
        "001c0020" + "b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65");

    [Fact]
    public void A_connectivity_check_is_read_and_its_integrity_holds()
    {
        Assert.True(StunMessage.TryParse(Request, out var message));

        Assert.Equal(StunClass.Request, message.Class);
        Assert.Equal(StunMethod.Binding, message.Method);
        Assert.Equal("b7e7a701bc34d686fa87dfae", message.Id.ToString());
        Assert.True(message.TryGet(StunAttributeType.Software, out var software));
        Assert.Equal("STUN test client", Encoding.UTF8.GetString(software));
        Assert.True(message.TryGet(StunAttributeType.Username, out var username));
        Assert.Equal("evtj:h6vY", Encoding.UTF8.GetString(username));
        Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out var priority));
        Assert.Equal(0x6e0001ffu, priority);
        Assert.True(message.TryGetUInt64(StunAttributeType.IceControlled, out var tieBreaker));
        Assert.Equal(0x932ff9b151263b36ul, tieBreaker);
        Assert.True(message.VerifyIntegrity(StunIntegrity.ShortTermKey(Password)));
        Assert.False(message.VerifyIntegrity(StunIntegrity.ShortTermKey(Password + "x")));
        Assert.True(message.HasFingerprint());
        Assert.Equal(0, message.GetUnknown(new StunAttributeType[4]));
    }

    [Fact]
    public void Mapped_addresses_of_both_families_are_read()
    {
        Assert.True(StunMessage.TryParse(ResponseIPv4, out var four));
        Assert.Equal(StunClass.SuccessResponse, four.Class);
        Assert.True(four.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var address));
        Assert.Equal("192.0.2.1:32853", address.ToString());
        Assert.True(four.VerifyIntegrity(StunIntegrity.ShortTermKey(Password)));
        Assert.True(four.HasFingerprint());

        Assert.True(StunMessage.TryParse(ResponseIPv6, out var six));
        Assert.True(six.TryGetXorAddress(StunAttributeType.XorMappedAddress, out address));
        Assert.Equal("[2001:db8:1234:5678:11:2233:4455:6677]:32853", address.ToString());
        Assert.True(six.VerifyIntegrity(StunIntegrity.ShortTermKey(Password)));
        Assert.True(six.HasFingerprint());
    }

    [Fact]
    public void The_integrity_of_a_long_term_credential_holds()
    {
        Assert.True(StunMessage.TryParse(LongTermRequest, out var message));

        Assert.True(message.TryGet(StunAttributeType.Username, out var username));
        Assert.Equal(Matrix, Encoding.UTF8.GetString(username));
        Assert.True(message.VerifyIntegrity(StunIntegrity.LongTermKey(Matrix, "example.org", "TheMatrIX")));
        Assert.False(message.HasFingerprint());
    }

    [Fact]
    public void The_stronger_integrity_holds()
    {
        Assert.True(StunMessage.TryParse(Sha256Request, out var message));

        Assert.True(message.VerifyIntegrity(SHA256.HashData(Encoding.UTF8.GetBytes($"{Matrix}:example.org:TheMatrIX"))));
        Assert.False(message.VerifyIntegrity(StunIntegrity.LongTermKey(Matrix, "example.org", "TheMatrIX")));
    }

    [Fact]
    public void The_writer_writes_the_vectors()
    {
        var buffer = new byte[200];
        Assert.True(StunMessage.TryParse(ResponseIPv6, out var vector));
        vector.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var address);
        var writer = new StunWriter(buffer, StunClass.SuccessResponse, StunMethod.Binding, vector.Id);
        writer.Write(StunAttributeType.Software, "test vector");
        buffer[writer.Length - 1] = (byte)' '; // the RFC pads with spaces, we with zeroes; the integrity covers it
        writer.WriteXorAddress(StunAttributeType.XorMappedAddress, address);
        writer.WriteIntegrity(StunIntegrity.ShortTermKey(Password));
        writer.WriteFingerprint();
        Assert.Equal(ResponseIPv6, writer.Written.ToArray());

        Assert.True(StunMessage.TryParse(Sha256Request, out vector));
        vector.TryGet(StunAttributeType.Userhash, out var userhash);
        vector.TryGet(StunAttributeType.Nonce, out var nonce);
        writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, vector.Id);
        writer.Write(StunAttributeType.Userhash, userhash);
        writer.Write(StunAttributeType.Nonce, nonce);
        writer.Write(StunAttributeType.Realm, "example.org");
        writer.Write(StunAttributeType.PasswordAlgorithm, 0x00020000u);
        writer.WriteIntegritySha256(SHA256.HashData(Encoding.UTF8.GetBytes($"{Matrix}:example.org:TheMatrIX")));
        Assert.Equal(Sha256Request, writer.Written.ToArray());
    }
}
