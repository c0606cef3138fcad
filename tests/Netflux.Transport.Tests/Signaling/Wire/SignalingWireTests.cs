using CsCheck;
using Google.Protobuf;
using Proto = Netflux.Wire.Signaling;

namespace Netflux.Transport.Signaling.Wire;

public sealed class SignalingWireTests
{
    private static readonly ByteString s_card = ByteString.CopyFrom(Samples.Alice.Card.Bytes.Span);

    private static readonly Proto.ToServer s_toServer = new() { Request = 7, Introduce = new() { To = ByteString.CopyFrom(new byte[20]), Room = "meet/key", Sealed = ByteString.CopyFrom(new byte[60]) } };

    private static readonly Proto.ToClient s_toClient = new() { Request = 7, Met = new() { Key = "key", Other = new() { Card = s_card, Incarnation = 3, DisplayName = "alice" }, First = true } };

    [Fact]
    public void Messages_come_back()
    {
        Assert.True(SignalingWire.TryParse(s_toServer.ToByteArray(), out Proto.ToServer? server));
        Assert.Equal(s_toServer, server);
        Assert.True(SignalingWire.TryParse(s_toClient.ToByteArray(), out Proto.ToClient? client));
        Assert.Equal(s_toClient, client);
        Assert.True(SignalingWire.TryReadMember(client.Met.Other, out var member));
        Assert.Equal((Samples.Alice.Id, 3UL, "alice"), (member.Card.Id, member.Incarnation.Value, member.DisplayName));
    }

    private const string Network = "1111111111111111111111111111111111111111", Peer = "2222222222222222222222222222222222222222", Id = "4142434445464748494A4B4C4D4E4F50";

    private static ByteString Of(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));

    /// <summary>As signaling.proto numbers them: request 7, then the field of the message, its length, and its fields.</summary>
    [Fact]
    public void Invitations_are_these_bytes()
    {
        (IMessage Message, string Hex)[] golden =
        [
            (new Proto.ToServer { Request = 7, KeepInvitation = new() { Network = Of(Network), Id = Of(Id), To = Of(Peer), UntilMs = 1_767_225_600_123, Sealed = Of("AABBCC") } },
                "0807" + "724A" + "0A14" + Network + "1210" + Id + "1A14" + Peer + "20FBD0EAB6B733" + "2A03AABBCC"),
            (new Proto.ToServer { Request = 7, EndInvitation = new() { Network = Of(Network), Id = Of(Id) } }, "0807" + "7A28" + "0A14" + Network + "1210" + Id),
            (new Proto.ToServer { Request = 7, NextInvitation = new() { Network = Of(Network), After = Of(Id) } }, "0807" + "820128" + "0A14" + Network + "1210" + Id),
            (new Proto.ToServer { Request = 7, ListTracked = new() { Network = Of(Network), Only = Of(Peer) } }, "0807" + "5A2C" + "0A14" + Network + "1A14" + Peer),
            (new Proto.ToClient { Request = 7, Invited = new() { Network = Of(Network), Id = Of(Id), From = Of(Peer), Sealed = Of("AABBCC") } },
                "0807" + "7243" + "0A14" + Network + "1210" + Id + "1A14" + Peer + "2203AABBCC"),
        ];
        foreach (var (message, hex) in golden)
        {
            Assert.Equal(hex, Convert.ToHexString(message.ToByteArray()));
            if (message is Proto.ToServer) Assert.Equal(message, SignalingWire.TryParse(Convert.FromHexString(hex), out Proto.ToServer? said) ? said : null);
            else Assert.Equal(message, SignalingWire.TryParse(Convert.FromHexString(hex), out Proto.ToClient? heard) ? heard : null);
        }
    }

    [Fact]
    public void What_says_nothing_is_no_message()
    {
        Assert.False(SignalingWire.TryParse([], out Proto.ToServer? _));
        Assert.False(SignalingWire.TryParse(new Proto.ToServer { Request = 1 }.ToByteArray(), out Proto.ToServer? _));
        Assert.False(SignalingWire.TryParse([], out Proto.ToClient? _));
        Assert.False(SignalingWire.TryParse(new Proto.ToClient { Request = 1 }.ToByteArray(), out Proto.ToClient? _));
    }

    [Fact]
    public void Cards_ids_and_names_of_another_form_are_refused()
    {
        Assert.False(SignalingWire.TryReadMember(null, out _));
        Assert.False(SignalingWire.TryReadMember(new() { Card = s_card, DisplayName = "a\nb" }, out _));
        for (var length = 0; length < s_card.Length; length++) Assert.False(SignalingWire.TryReadMember(new() { Card = ByteString.CopyFrom(s_card.Span[..length]) }, out _));
        foreach (var length in new[] { 0, 19, 21 })
        {
            Assert.False(SignalingWire.TryReadPeer(ByteString.CopyFrom(new byte[length]), out _));
            Assert.False(SignalingWire.TryReadNetwork(ByteString.CopyFrom(new byte[length]), out _));
        }
    }

    [Fact]
    public void No_bytes_throw()
    {
        foreach (var good in new[] { s_toServer.ToByteArray(), s_toClient.ToByteArray() })
        {
            for (var length = 0; length < good.Length; length++) Read(good[..length]);
            for (var at = 0; at < good.Length; at++)
            {
                var bad = (byte[])good.Clone();
                bad[at] ^= (byte)(1 << at % 8);
                Read(bad);
            }
        }
        Gen.Byte.Array[0, 300].Sample(Read, iter: 2_000, seed: Environment.GetEnvironmentVariable("SEED"));
    }

    private static void Read(byte[] bytes)
    {
        Assert.Equal(SignalingWire.TryParse(bytes, out Proto.ToServer? server), server is { SayCase: not Proto.ToServer.SayOneofCase.None });
        Assert.Equal(SignalingWire.TryParse(bytes, out Proto.ToClient? client), client is { SayCase: not Proto.ToClient.SayOneofCase.None });
        if (client?.Met is { } met) SignalingWire.TryReadMember(met.Other, out _);
    }
}
