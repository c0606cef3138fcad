using System.Buffers.Text;
using System.Text;

namespace Netflux.Benchmarks.Signaling;

/// <summary>Of the relay that is nothing but Kestrel: each message goes to the other one of the room, as it is.</summary>
internal sealed class BarePeer : RelayPeer
{
    protected override string Path => $"/relay/{Place.Group}";

    public override void Send(ReadOnlySpan<byte> payload) => Socket.Send(payload);

    protected override void HandleMessage(ReadOnlySpan<byte> message) => Deliver(message);
}

/// <summary>Of a SignalR hub with its MessagePack protocol: <c>Send(byte[])</c>, which the hub passes on to the others of the group as <c>m(byte[])</c>.</summary>
internal sealed class SignalRPeer : RelayPeer
{
    // An invocation without an id, [1, {}, nil, "Send", [payload], []], behind its length.
    private static ReadOnlySpan<byte> Head => [0x96, 0x01, 0x80, 0xC0, 0xA4, (byte)'S', (byte)'e', (byte)'n', (byte)'d', 0x91, 0xC4, PayloadLength];

    protected override string Path => $"/hub?group={Place.Group}";

    public override void Send(ReadOnlySpan<byte> payload)
    {
        Span<byte> message = stackalloc byte[1 + Head.Length + PayloadLength + 1];
        message[0] = (byte)(message.Length - 1);
        Head.CopyTo(message[1..]);
        payload.CopyTo(message[(1 + Head.Length)..]);
        message[^1] = 0x90;
        Socket.Send(message);
    }

    protected override void Register() => Socket.Send([.. """{"protocol":"messagepack","version":1}"""u8, 0x1E]);

    // The hub puts a connection into its group after the handshake, and before the first invocation: [1, {}, "1", "Here", [], []].
    protected override void Join() => Socket.Send([12, 0x96, 0x01, 0x80, 0xA1, (byte)'1', 0xA4, (byte)'H', (byte)'e', (byte)'r', (byte)'e', 0x90, 0x90]);

    protected override void HandleMessage(ReadOnlySpan<byte> message)
    {
        if (message.Length > 2 && message[0] == '{' && message[^1] == 0x1E)
        {
            Registered();
            return;
        }
        // Several may share a frame; each has its length in front, here always of one byte: pings have two bytes, and invocations below 128.
        while (message.Length > 0)
        {
            var one = message.Slice(1, message[0]);
            message = message[(1 + message[0])..];
            if (one[1] == 3) Joined();
            else if (one.Length > PayloadLength && one[1] == 1 && one.IndexOf([(byte)0xC4, (byte)PayloadLength]) is var at and > 0) Deliver(one.Slice(at + 2, PayloadLength));
        }
    }
}

/// <summary>Of sigver 20.1.0: the first of a key becomes its member; whoever comes then is bound to it, and what either says goes to the other (protobuf: content = 2 with senderId 1, recipientId 2, data 4).</summary>
internal sealed class SigverPeer : RelayPeer
{
    private static readonly byte[] s_heartbeat = [0x08, 0x01];
    private uint _partner;   // the id by which the member answers

    protected override string Path => $"/{Place.Group}";

    public override void Send(ReadOnlySpan<byte> payload)
    {
        Span<byte> message = stackalloc byte[2 + 6 + 2 + PayloadLength];
        var length = 2;
        if (Place.First)
        {
            message[length++] = 0x10;
            for (var id = Volatile.Read(ref _partner); ; id >>= 7)
            {
                message[length++] = (byte)(id < 0x80 ? id : id | 0x80);
                if (id < 0x80) break;
            }
        }
        message[length++] = 0x22;
        message[length++] = PayloadLength;
        payload.CopyTo(message[length..]);
        length += PayloadLength;
        message[0] = 0x12;
        message[1] = (byte)(length - 2);
        Socket.Send(message[..length]);
    }

    // connect = 3 with id 1: the member's is known to nobody and only has to differ.
    protected override void Join() => Socket.Send([0x1A, 0x02, 0x08, (byte)(Place.First ? 1 : 2)]);

    protected override void HandleMessage(ReadOnlySpan<byte> message)
    {
        switch (message[0])
        {
            case 0x08: Socket.Send(s_heartbeat); break;
            case 0x20 when Place.First: Joined(); break;
            case 0x20: Send(new byte[PayloadLength]); Joined(); break;   // tells the member by which id it is reached
            case 0x12: HandleContent(message[2..]); break;
        }
    }

    private void HandleContent(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var field = content[0];
            content = content[1..];
            if (field == 0x22)
            {
                var payload = content.Slice(1, content[0]);
                if (payload.IndexOfAnyExcept((byte)0) >= 0) Deliver(payload);
                return;
            }
            var (value, shift) = (0u, 0);
            while (content[0] >= 0x80)
            {
                value |= (uint)(content[0] & 0x7F) << shift;
                shift += 7;
                content = content[1..];
            }
            value |= (uint)content[0] << shift;
            content = content[1..];
            if (field == 0x08 && Place.First) Volatile.Write(ref _partner, value);
        }
    }
}

/// <summary>Of PeerServer 1.0.2: JSON with the receiver's id.</summary>
internal sealed class PeerServerPeer() : RelayPeer(isText: true)
{
    private byte[]? _head;

    protected override string Path => $"/peerjs?key=peerjs&id={Name(Place.First)}&token=t";

    protected override bool GreetsFirst => true;

    public override void Send(ReadOnlySpan<byte> payload)
    {
        _head ??= Encoding.ASCII.GetBytes($$"""{"type":"CANDIDATE","dst":"{{Name(!Place.First)}}","payload":" """.TrimEnd());
        Span<byte> message = stackalloc byte[_head.Length + Base64.GetMaxEncodedToUtf8Length(PayloadLength) + 2];
        _head.CopyTo(message);
        Base64.EncodeToUtf8(payload, message[_head.Length..], out _, out var written);
        "\"}"u8.CopyTo(message[(_head.Length + written)..]);
        Socket.Send(message[..(_head.Length + written + 2)]);
    }

    protected override void HandleMessage(ReadOnlySpan<byte> message)
    {
        if (message.IndexOf("\"OPEN\""u8) >= 0)
        {
            Connected();
            return;
        }
        var at = message.IndexOf("\"payload\":\""u8);
        if (at < 0) return;
        var text = message[(at + 11)..];
        Span<byte> payload = stackalloc byte[PayloadLength + 2];
        Base64.DecodeFromUtf8(text[..text.IndexOf((byte)'"')], payload, out _, out var length);
        Deliver(payload[..length]);
    }

    private string Name(bool first) => $"{Place.Group}{(first ? 'a' : 'b')}";
}
