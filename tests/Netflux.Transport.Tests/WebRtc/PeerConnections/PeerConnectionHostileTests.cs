using Netflux.TestKit;
using Netflux.Transport.WebRtc.Dcep;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Bytes that no sound peer sends, through all layers at once: nothing throws, whatever becomes of the connection.</summary>
public sealed class PeerConnectionHostileTests
{
    private const int Seeds = 40;

    [Fact]
    public void Damaged_datagrams_are_lost_datagrams()
    {
        // From the first check on: STUN, the handshake's flights, records.
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.For((ulong)seed, "damage");
            var path = new PacketPath();
            path.Tamper = (_, room, length) => random.Chance(0.1) ? Damage(random, room, length) : length;
            path.Connect();
            for (var i = 0; i < 100; i++) Converse(random, path);
            Assert.Equal(PeerConnectionState.Connected, path.Left.Connection.State);
            Assert.Equal(PeerConnectionState.Connected, path.Right.Connection.State);
        }
    }

    [Fact]
    public void A_peer_that_says_anything_under_the_right_keys_harms_its_own_connection_only()
    {
        // Records are opened on the way, changed, and sealed again under their number: SCTP, DCEP, alerts and repeated handshakes, all of them authentic.
        var ended = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.For((ulong)seed, "malice");
            var path = new PacketPath().Connect();
            path.Tamper = (from, room, length) => random.Chance(0.05) ? Rewrite(random, from == path.Right ? DtlsRole.Client : DtlsRole.Server, room, length) : length;
            for (var i = 0; i < 200; i++) Converse(random, path);
            if (path.Left.Connection.State != PeerConnectionState.Connected || path.Right.Connection.State != PeerConnectionState.Connected) ended++;
            path.Left.Connection.Close(path.Now);
            path.Right.Connection.Close(path.Now);
            path.Settle();
        }
        Assert.InRange(ended, 1, Seeds); // or nothing of it was heard
    }

    private static void Converse(SeededRandom random, PacketPath path)
    {
        foreach (var end in new[] { path.Left, path.Right })
        {
            switch (random.Next(12))
            {
                case 0: end.Connection.OpenChannel(new() { Label = "more", Ordered = random.Chance(0.5), MaxRetransmits = (ushort)random.Next(3) }, path.Now); break;
                case 1 when end.Channel is { } closing && random.Chance(0.1): end.Connection.CloseChannel(closing, path.Now); break;
                case < 8 when end.Channel is { State: DataChannelState.Open } channel: end.Connection.Send(channel, new byte[random.Next(5_000)], random.Chance(0.5), path.Now); break;
            }
        }
        path.Step(TimeSpan.FromMilliseconds(random.Next(300)));
    }

    private static int Damage(SeededRandom random, byte[] room, int length)
    {
        switch (random.Next(4))
        {
            case 0:
                room[random.Next(length)] ^= (byte)(1 << random.Next(8));
                return length;
            case 1: return random.Next(length);
            case 2:
                random.Fill(room.AsSpan(random.Next(Math.Min(length, 20)), length / 2));
                return length;
            default:
                random.Fill(room.AsSpan(0, length));
                return length;
        }
    }

    private static int Rewrite(SeededRandom random, DtlsRole sender, byte[] room, int length)
    {
        var rest = room.AsSpan(0, length);
        using var opening = SimulatedHandshakes.MakeRecords(sender == DtlsRole.Client ? DtlsRole.Server : DtlsRole.Client);
        if (!DtlsRecordHeader.TryTake(ref rest, out var header, out var record) || !opening.TryOpen(header, record[DtlsRecordHeader.Bytes..], out var text) || text.IsEmpty) return length;
        for (var changes = 1 + random.Next(4); changes > 0; changes--) text[random.Next(text.Length)] = (byte)random.Next(256);
        var type = random.Chance(0.02) ? (DtlsContentType)(20 + random.Next(4)) : header.Type;
        var textLength = random.Chance(0.1) ? random.Next(text.Length) : text.Length;
        using var sealing = SimulatedHandshakes.MakeRecords(sender);
        return sealing.Seal(type, header.Number.Sequence, room, textLength);
    }
}
