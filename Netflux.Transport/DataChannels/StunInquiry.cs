using System.Net;
using System.Net.Sockets;
using Netflux.Io;
using Netflux.Transport.WebRtc;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.DataChannels;

/// <summary>Asks a STUN server how it sees this machine. Candidates do not tell: without a NAT in between the server's answer is no new one (RFC 8445 §5.1.3).</summary>
internal static class StunInquiry
{
    /// <returns>What the server saw; null where none was found or it did not answer in time.</returns>
    public static async Task<IPEndPoint?> AskAsync(IceServerUrl server, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(server.Host, patience.Token).ConfigureAwait(false);
            if (addresses.Length == 0) return null;
            using var socket = new Socket(addresses[0].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            // Connected, it hears that server alone.
            await socket.ConnectAsync(new IPEndPoint(addresses[0], server.Port), patience.Token).ConfigureAwait(false);
            return await AskAsync(socket, patience.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<IPEndPoint?> AskAsync(Socket socket, CancellationToken patience)
    {
        var transaction = new StunTransaction(StunTransactionId.Draw(PlatformRandom.Instance), default, new(), RtcClock.Now);
        var request = Write(transaction.Id);
        var answer = new byte[1500];
        await socket.SendAsync(request, patience).ConfigureAwait(false);
        while (true)
        {
            using var step = CancellationTokenSource.CreateLinkedTokenSource(patience);
            step.CancelAfter(TimeSpan.FromTicks(Math.Max(0, (transaction.NextDeadline - RtcClock.Now).Ticks)));
            try
            {
                var length = await socket.ReceiveAsync(answer, step.Token).ConfigureAwait(false);
                if (TryRead(answer.AsSpan(0, length), transaction.Id, out var seen)) return seen;
            }
            catch (OperationCanceledException) when (!patience.IsCancellationRequested)
            {
                if (transaction.HandleDeadline(RtcClock.Now) == StunTransactionStep.SendAgain) await socket.SendAsync(request, patience).ConfigureAwait(false);
            }
        }
    }

    private static byte[] Write(StunTransactionId id)
    {
        var writer = new StunWriter(new byte[StunMessage.HeaderLength + 8], StunClass.Request, StunMethod.Binding, id);
        writer.WriteFingerprint();
        return writer.Written.ToArray();
    }

    private static bool TryRead(ReadOnlySpan<byte> answer, StunTransactionId id, out IPEndPoint? seen)
    {
        seen = null;
        if (!StunMessage.TryParse(answer, out var message) || message.Id != id || message.Class != StunClass.SuccessResponse || message.Method != StunMethod.Binding) return false;
        if (!message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped) && !message.TryGetAddress(StunAttributeType.MappedAddress, out mapped)) return false;
        seen = mapped.ToEndPoint();
        return true;
    }
}
