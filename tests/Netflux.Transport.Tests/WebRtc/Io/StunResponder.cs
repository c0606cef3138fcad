using System.Net;
using System.Net.Sockets;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>A STUN server on loopback, as behind a NAT: it tells everybody the same address; null: that from which was asked.</summary>
internal sealed class StunResponder : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));

    /// <param name="seen">What it tells.</param>
    /// <param name="lost">So many requests are lost first; each draws an answer to somebody else instead, and bytes that are no message.</param>
    public StunResponder(IPEndPoint? seen, int lost = 0) => _ = AnswerAsync(seen, lost);

    public string Url => $"stun:{_socket.Client.LocalEndPoint}";

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync(IPEndPoint? seen, int lost)
    {
        try
        {
            while (true)
            {
                var asked = await _socket.ReceiveAsync();
                if (lost-- > 0)
                {
                    asked.Buffer[StunMessage.HeaderLength - 1] ^= 1;     // of the transaction's id
                    if (Answer(asked.Buffer, new(IPAddress.Broadcast, 1)) is { } others) await _socket.SendAsync(others, asked.RemoteEndPoint);
                    await _socket.SendAsync(new byte[] { 1, 2, 3 }, asked.RemoteEndPoint);
                }
                else if (Answer(asked.Buffer, seen ?? asked.RemoteEndPoint) is { } answer) await _socket.SendAsync(answer, asked.RemoteEndPoint);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException) { }
    }

    private static byte[]? Answer(byte[] request, IPEndPoint seen)
    {
        if (!StunMessage.TryParse(request, out var message) || message.Method != StunMethod.Binding) return null;
        var writer = new StunWriter(new byte[128], StunClass.SuccessResponse, StunMethod.Binding, message.Id);
        writer.WriteXorAddress(StunAttributeType.XorMappedAddress, TransportAddress.From(seen.Address, (ushort)seen.Port));
        writer.WriteFingerprint();
        return writer.Written.ToArray();
    }
}
