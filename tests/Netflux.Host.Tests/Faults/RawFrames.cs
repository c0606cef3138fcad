using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Netflux.Links;

namespace Netflux.Host.Faults;

/// <summary>RFC 6455 by hand on a bare TCP connection: frames that no client library writes.</summary>
internal sealed class RawFrames : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly CancellationToken _patience;

    private RawFrames(CancellationToken patience) => _patience = patience;

    public static async Task<RawFrames> ConnectAsync(string authority, CancellationToken patience)
    {
        var raw = new RawFrames(patience);
        await raw._client.ConnectAsync(IPEndPoint.Parse(authority), patience);
        await raw.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /netflux/link HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await raw._client.GetStream().ReadExactlyAsync(one, patience);
            head.Add(one[0]);
        }
        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString([.. head]), StringComparison.Ordinal);
        return raw;
    }

    /// <summary>Whether the other side still takes bytes.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _client.GetStream().WriteAsync(bytes, _patience);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The head of a frame, masked with zeros as a client's has to be (RFC 6455 §5.2).</summary>
    public static byte[] Head(byte opcode, ulong length)
    {
        var head = new byte[14];
        (head[0], head[1]) = ((byte)(0x80 | opcode), 0x80 | 127);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(2), length);
        return head;
    }

    /// <summary>The code of the Close frame; 0 where the connection ends without.</summary>
    public async Task<CloseCode> ClosedAsync()
    {
        var stream = _client.GetStream();
        var head = new byte[2];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head, _patience);
                long length = head[1];
                if (length == 126)
                {
                    var extended = new byte[2];
                    await stream.ReadExactlyAsync(extended, _patience);
                    length = BinaryPrimitives.ReadUInt16BigEndian(extended);
                }
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, _patience);
                if ((head[0] & 0x0F) == 8) return (CloseCode)BinaryPrimitives.ReadUInt16BigEndian(body);
            }
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public void Dispose() => _client.Dispose();
}
