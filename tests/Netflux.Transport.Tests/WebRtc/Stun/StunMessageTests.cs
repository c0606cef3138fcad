using System.Security.Cryptography;
using CsCheck;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Stun;

public sealed class StunMessageTests
{
    private static readonly byte[] s_key = StunIntegrity.ShortTermKey("a password of one session");

    [Theory]
    [InlineData(StunClass.Request, StunMethod.Binding, 0x0001)]
    [InlineData(StunClass.Indication, StunMethod.Binding, 0x0011)]
    [InlineData(StunClass.SuccessResponse, StunMethod.Binding, 0x0101)]
    [InlineData(StunClass.ErrorResponse, StunMethod.Binding, 0x0111)]
    [InlineData(StunClass.Request, StunMethod.Allocate, 0x0003)]
    [InlineData(StunClass.ErrorResponse, StunMethod.Allocate, 0x0113)]
    [InlineData(StunClass.Indication, StunMethod.Send, 0x0016)]
    [InlineData(StunClass.Indication, StunMethod.Data, 0x0017)]
    [InlineData(StunClass.SuccessResponse, StunMethod.ChannelBind, 0x0109)]
    internal void Class_and_method_are_woven_as_the_rfc_says(StunClass messageClass, StunMethod method, int wire)
    {
        Assert.Equal(wire, StunMessageType.Encode(messageClass, method));
        Assert.Equal((messageClass, method), StunMessageType.Decode((ushort)wire));
    }

    [Fact]
    public void Every_type_is_read_and_written_alike()
    {
        for (var type = 0; type < 0x4000; type++)
        {
            var (messageClass, method) = StunMessageType.Decode((ushort)type);
            Assert.Equal(type, StunMessageType.Encode(messageClass, method));
        }
    }

    [Fact]
    public void What_is_written_is_read() => Gen.ULong.Sample(seed =>
    {
        var random = new SeededRandom(seed);
        var id = StunTransactionId.Draw(random);
        var four = TransportAddress.FromIPv4((uint)random.Next(), (ushort)random.Next());
        var six = new TransportAddress((UInt128)random.Next() << 64 | random.Next(), (ushort)random.Next());
        var number = random.Next();
        var text = new byte[random.Next(40)];
        random.Fill(text);
        var buffer = new byte[600];
        random.Fill(buffer); // what was in the memory before must not show

        var writer = new StunWriter(buffer, StunClass.ErrorResponse, StunMethod.Allocate, id);
        writer.WriteError(StunErrorCode.RoleConflict, "Role Conflict");
        writer.WriteUnknown([(StunAttributeType)0x7001, (StunAttributeType)0x7002, (StunAttributeType)0x7003]);
        writer.Write(StunAttributeType.Data, text);
        writer.Write(StunAttributeType.Lifetime, (uint)number);
        writer.Write(StunAttributeType.IceControlling, number);
        writer.WriteFlag(StunAttributeType.UseCandidate);
        writer.WriteXorAddress(StunAttributeType.XorPeerAddress, four);
        writer.WriteXorAddress(StunAttributeType.XorRelayedAddress, six);
        writer.WriteAddress(StunAttributeType.MappedAddress, six);
        writer.WriteIntegrity(s_key);
        writer.WriteIntegritySha256(s_key);
        writer.WriteFingerprint();

        Assert.True(StunMessage.TryParse(writer.Written, out var message));
        Assert.Equal((StunClass.ErrorResponse, StunMethod.Allocate, id), (message.Class, message.Method, message.Id));
        Assert.True(message.TryGetError(out var code, out var reason));
        Assert.Equal(StunErrorCode.RoleConflict, code);
        Assert.Equal("Role Conflict"u8, reason);
        Assert.True(message.TryGet(StunAttributeType.UnknownAttributes, out var unknown));
        Assert.Equal("700170027003", Convert.ToHexString(unknown));
        Assert.True(message.TryGet(StunAttributeType.Data, out var data));
        Assert.Equal(text, data.ToArray());
        Assert.True(message.TryGetUInt32(StunAttributeType.Lifetime, out var lifetime));
        Assert.Equal((uint)number, lifetime);
        Assert.True(message.TryGetUInt64(StunAttributeType.IceControlling, out var controlling));
        Assert.Equal(number, controlling);
        Assert.True(message.Has(StunAttributeType.UseCandidate));
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorPeerAddress, out var address));
        Assert.Equal(four, address);
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out address));
        Assert.Equal(six, address);
        Assert.True(message.TryGetAddress(StunAttributeType.MappedAddress, out address));
        Assert.Equal(six, address);
        Assert.True(message.VerifyIntegrity(s_key));
        Assert.True(message.HasFingerprint());
    }, iter: 500, seed: Environment.GetEnvironmentVariable("SEED"));

    private static readonly byte[][] s_vectors = [StunVectorTests.Request, StunVectorTests.ResponseIPv4, StunVectorTests.ResponseIPv6, StunVectorTests.LongTermRequest, StunVectorTests.Sha256Request];

    public static TheoryData<byte[]> Vectors => new(s_vectors);

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Every_truncation_is_no_message(byte[] vector)
    {
        for (var length = 0; length < vector.Length; length++)
        {
            Assert.False(StunMessage.TryParse(vector.AsSpan(0, length), out _));
            // Nor where the header agrees with the cut, unless the cut is between two attributes.
            var cut = vector.AsSpan(0, length).ToArray();
            if (length < StunMessage.HeaderLength) continue;
            cut[3] = (byte)(length - StunMessage.HeaderLength);
            Assert.Equal(EndsOf(vector).Contains(length), StunMessage.TryParse(cut, out _));
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Every_changed_byte_breaks_the_integrity_or_the_fingerprint_or_follows_them(byte[] vector)
    {
        var key = Array.FindIndex(s_vectors, known => known.AsSpan().SequenceEqual(vector)) switch
        {
            3 => StunIntegrity.LongTermKey("マトリックス", "example.org", "TheMatrIX"),
            4 => SHA256.HashData("マトリックス:example.org:TheMatrIX"u8),
            _ => StunIntegrity.ShortTermKey("VOkJxbRl1RmTxUk/WvJxBt"),
        };
        Assert.True(StunMessage.TryParse(vector, out var whole) && whole.VerifyIntegrity(key));
        for (var i = 0; i < vector.Length; i++)
        {
            var changed = vector.ToArray();
            changed[i] ^= 1;
            var read = StunMessage.TryParse(changed, out var message);
            var inFingerprint = vector[^8] == 0x80 && i >= vector.Length - 8;
            Assert.True(!read || !message.VerifyIntegrity(key) || inFingerprint && !message.HasFingerprint(), $"byte {i}");
        }
    }

    [Fact]
    public void What_follows_the_integrity_does_not_count()
    {
        var buffer = new byte[200];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, default);
        writer.Write(StunAttributeType.Username, "a:b");
        writer.WriteIntegrity(s_key);
        writer.Write(StunAttributeType.Username, "c:d");
        writer.WriteFlag(StunAttributeType.UseCandidate);
        writer.WriteFlag((StunAttributeType)0x7001);
        writer.WriteFingerprint();

        Assert.True(StunMessage.TryParse(writer.Written, out var message));
        Assert.True(message.VerifyIntegrity(s_key));
        Assert.True(message.TryGet(StunAttributeType.Username, out var username));
        Assert.Equal("a:b"u8, username);
        Assert.False(message.Has(StunAttributeType.UseCandidate));
        Assert.Equal(0, message.GetUnknown(new StunAttributeType[1]));
        Assert.True(message.HasFingerprint());
    }

    [Fact]
    public void The_first_of_two_attributes_counts()
    {
        var buffer = new byte[100];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, default);
        writer.Write(StunAttributeType.Priority, 1u);
        writer.Write(StunAttributeType.Priority, 2u);

        Assert.True(StunMessage.TryParse(writer.Written, out var message));
        Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out var priority));
        Assert.Equal(1u, priority);
    }

    [Theory]
    [InlineData(12, false)]
    [InlineData(16, true)]
    [InlineData(20, true)]
    [InlineData(32, true)]
    public void A_stronger_integrity_may_be_cut_to_sixteen_bytes(int length, bool holds)
    {
        var buffer = new byte[200];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, default);
        writer.Write(StunAttributeType.Username, "a:b");
        var value = new byte[32];
        StunIntegrity.ComputeSha256(writer.Written, s_key, length, value);
        writer.Write(StunAttributeType.MessageIntegritySha256, value.AsSpan(0, length));

        Assert.True(StunMessage.TryParse(writer.Written, out var message));
        Assert.Equal(holds, message.VerifyIntegrity(s_key));
    }

    [Fact]
    public void Unknown_attributes_are_told_as_far_as_there_is_room()
    {
        var buffer = new byte[100];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, default);
        writer.WriteFlag((StunAttributeType)0x7001);
        writer.WriteFlag((StunAttributeType)0xC057); // may be skipped
        writer.WriteFlag((StunAttributeType)0x7002);
        writer.WriteFlag((StunAttributeType)0x7003);
        Assert.True(StunMessage.TryParse(writer.Written, out var message));

        var unknown = new StunAttributeType[2];
        Assert.Equal(2, message.GetUnknown(unknown));
        Assert.Equal([(StunAttributeType)0x7001, (StunAttributeType)0x7002], unknown);
    }

    [Theory]
    [InlineData("0000045758", true)] // with a reason
    [InlineData("00000257", false)]
    [InlineData("00000757", false)]
    [InlineData("00000464", false)]
    [InlineData("000004", false)]
    [InlineData("ffffff57", false)]
    [InlineData("fffffc57", true)]
    [InlineData("00000457", true)]
    public void Error_codes_are_from_300_to_699(string value, bool valid)
    {
        var buffer = new byte[100];
        var writer = new StunWriter(buffer, StunClass.ErrorResponse, StunMethod.Binding, default);
        writer.Write(StunAttributeType.ErrorCode, Convert.FromHexString(value));
        Assert.True(StunMessage.TryParse(writer.Written, out var message));
        var read = message.TryGetError(out var code, out _);
        Assert.Equal((valid, valid ? StunErrorCode.RoleConflict : 0), (read, code));
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            ReadAll(bytes);
            if (bytes.Length < StunMessage.HeaderLength) return;
            var like = bytes.AsSpan(0, bytes.Length & ~3).ToArray(); // a header that agrees, so that the attributes are reached
            var writer = new StunWriter(like, StunClass.Request, StunMethod.Binding, default);
            like[2] = (byte)(like.Length - StunMessage.HeaderLength >> 8);
            like[3] = (byte)(like.Length - StunMessage.HeaderLength);
            ReadAll(like);
        }, iter: 5_000, seed: Environment.GetEnvironmentVariable("SEED"));

        foreach (var bytes in s_vectors)
        {
            Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length - 1], Gen.Byte).Sample((at, value, other, otherValue) =>
            {
                var changed = bytes.ToArray();
                (changed[at], changed[other]) = (value, otherValue);
                ReadAll(changed);
            }, iter: 2_000, seed: Environment.GetEnvironmentVariable("SEED"));
        }
    }

    private static void ReadAll(byte[] bytes)
    {
        if (!StunMessage.TryParse(bytes, out var message)) return;
        foreach (var type in Enum.GetValues<StunAttributeType>())
        {
            message.TryGet(type, out _);
            message.TryGetUInt32(type, out _);
            message.TryGetUInt64(type, out _);
            message.TryGetAddress(type, out _);
            message.TryGetXorAddress(type, out _);
        }
        message.TryGetError(out _, out _);
        message.GetUnknown(stackalloc StunAttributeType[4]);
        message.VerifyIntegrity(s_key);
        message.HasFingerprint();
    }

    private static List<int> EndsOf(byte[] vector)
    {
        var ends = new List<int> { StunMessage.HeaderLength };
        Assert.True(StunMessage.TryParse(vector, out var message));
        foreach (var attribute in message.Attributes) ends.Add(attribute.Offset + 4 + (attribute.Value.Length + 3 & ~3));
        return ends;
    }
}
