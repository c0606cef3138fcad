using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Netflux.Benchmarks.Signaling;

/// <summary>
/// A client's end of a WebSocket (RFC 6455), as little as a load needs: it costs less than any server that is measured, and the same for each. Frames are masked with zeros, which changes nothing;
/// no extension is asked for, and messages of several frames are not understood.
/// </summary>
internal sealed class RawWebSocket : IDisposable
{
    private const int Binary = 0x82, Text = 0x81, Masked = 0x80;

    public delegate void MessageHandler(ReadOnlySpan<byte> message);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly MessageHandler _handle;
    private readonly int _opcode;
    private byte[] _buffer = new byte[1024];
    private int _start, _end;

    public RawWebSocket(MessageHandler handle, bool isText = false) => (_handle, _opcode) = (handle, isText ? Text : Binary);

    public async Task ConnectAsync(IPAddress from, IPEndPoint server, string path)
    {
        if (!from.Equals(IPAddress.Any)) _socket.Bind(new IPEndPoint(from, 0));
        await _socket.ConnectAsync(server).ConfigureAwait(false);
        var request = $"GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request)).ConfigureAwait(false);
        while (_buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8) < 0)
        {
            if (!await FillAsync().ConfigureAwait(false)) throw new IOException("The server closed during the upgrade.");
        }
        if (!_buffer.AsSpan(0, _end).StartsWith("HTTP/1.1 101"u8)) throw new IOException($"The server refused the upgrade: {Encoding.ASCII.GetString(_buffer, 0, _end)}");
        _start = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8) + 4;
        _ = ReceiveAsync();
    }

    public void Send(ReadOnlySpan<byte> message)
    {
        Span<byte> frame = stackalloc byte[message.Length + 8];
        frame[0] = (byte)_opcode;
        var head = 2;
        if (message.Length < 126) frame[1] = (byte)(Masked | message.Length);
        else
        {
            frame[1] = Masked | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], checked((ushort)message.Length));
            head = 4;
        }
        frame[head..(head + 4)].Clear();
        message.CopyTo(frame[(head + 4)..]);
        _socket.Send(frame[..(head + 4 + message.Length)]);
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReceiveAsync()
    {
        try
        {
            do
            {
                while (TryReadFrame()) { }
            } while (await FillAsync().ConfigureAwait(false));
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException) { }
        catch (Exception bug) { Environment.FailFast("A client of the load does not understand its server.", bug); }
    }

    private bool TryReadFrame()
    {
        var rest = _buffer.AsSpan(_start.._end);
        if (rest.Length < 2) return false;
        var (length, head) = ((int)rest[1], 2);
        if (length == 126)
        {
            if (rest.Length < 4) return false;
            (length, head) = (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]), 4);
        }
        else if (length == 127) throw new NotSupportedException("A frame of more than 64 KiB came.");
        if (rest.Length < head + length) return false;
        _start += head + length;
        switch (rest[0] & 0x0F)
        {
            case 1 or 2: _handle(rest.Slice(head, length)); break;
            case 8: throw new IOException($"The server closes: {Encoding.UTF8.GetString(rest.Slice(head, length))}");
        }
        return true;
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }
}
