using Google.Protobuf;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Sessions;

namespace Netflux.Wire;

/// <summary>
/// What version 1 put on the wire, kept as files so that every later version reads it. The files were written once; a change here that makes them fail is a change of the wire.
/// The bodies behind each are told in docs/WIRE.md.
/// </summary>
public sealed class GoldenFramesTests
{
    private static readonly NetworkId s_network = NetworkId.FromBytes(Enumerable.Range(1, 20).Select(i => (byte)i).ToArray());

    [Fact]
    public void Header()
    {
        Assert.True(FrameHeader.TryParse(Golden("header"), out var header));
        Assert.Equal(new FrameHeader(FrameKind.Message, FrameFlags.Broadcast | FrameFlags.ConfirmSoon, 7, 3, 0x0102030405060708), header);
        Assert.Equal(Golden("header")[..FrameHeader.Size], Write(header));
        Assert.Equal([0xAA, 0xBB, 0xCC], Golden("header")[FrameHeader.Size..]);
    }

    [Fact]
    public void Ack()
    {
        Assert.True(NumberBody.TryParse(Golden("ack"), out var number));
        Assert.Equal(0x1122334455667788UL, number);
        Holds(Golden("ack"), NumberBody.ToBytes(number), body => NumberBody.TryParse(body, out _));
    }

    [Fact]
    public void Resume()
    {
        Assert.True(ResumeFrame.TryParse(Golden("resume"), out var frame));
        Assert.Equal(new ResumeFrame(new SessionId(new UInt128(0x0102030405060708, 0x090A0B0C0D0E0F10)), 300, 5), frame);
        Holds(Golden("resume"), frame.ToBytes(), body => ResumeFrame.TryParse(body, out _));
    }

    [Fact]
    public void Attach()
    {
        Assert.True(AttachFrame.TryParse(Golden("attach"), out var frame));
        Assert.Equal(((ushort)3, s_network, 2u, 1L << 20), (frame!.Channel, frame.Network, frame.Epoch, frame.WindowCost));
        Assert.Equal([9, 8, 7], frame.Member.ToArray());
        Holds(Golden("attach"), frame.ToBytes(), body => AttachFrame.TryParse(body, out _));
    }

    [Fact]
    public void AttachRefused()
    {
        Assert.True(AttachRefusedFrame.TryParse(Golden("attach-refused"), out var frame));
        Assert.Equal(new AttachRefusedFrame(s_network, NetfluxError.NotAdmitted), frame);
        Holds(Golden("attach-refused"), frame.ToBytes(), body => AttachRefusedFrame.TryParse(body, out _));
    }

    [Fact]
    public void Detach()
    {
        Assert.True(DetachFrame.TryParse(Golden("detach"), out var frame));
        Assert.Equal(new DetachFrame(s_network, PeerLeavingReason.WentOffline), frame);
        Holds(Golden("detach"), frame.ToBytes(), body => DetachFrame.TryParse(body, out _));
    }

    [Fact]
    public void Credit()
    {
        Assert.True(CreditFrame.TryParse(Golden("credit"), out var frame));
        Assert.Equal(new CreditFrame(3, 64, 10_496), frame);
        Holds(Golden("credit"), frame.ToBytes(), body => CreditFrame.TryParse(body, out _));
    }

    [Fact]
    public void MessageGrant()
    {
        Assert.True(MessageGrantFrame.TryParse(Golden("message-grant"), out var frame));
        Assert.Equal(new MessageGrantFrame(3, 65), frame);
        Holds(Golden("message-grant"), frame.ToBytes(), body => MessageGrantFrame.TryParse(body, out _));
    }

    [Fact]
    public void JoinRequest()
    {
        Assert.True(JoinRequestBody.TryParse(Golden("join-request"), 100, out var frame));
        Assert.Equal(42UL, frame!.Id);
        Assert.Equal([1, 2, 3, 4], frame.Invitation.ToArray());
        Holds(Golden("join-request"), frame.ToBytes(), body => JoinRequestBody.TryParse(body, 100, out _));
        Assert.False(JoinRequestBody.TryParse(Golden("join-request"), 3, out _));
    }

    [Fact]
    public void JoinAnswer()
    {
        Assert.True(JoinAnswerBody.TryParse(Golden("join-answer"), out var frame));
        Assert.Equal(new JoinAnswerBody(42, JoinRequestDeclinedReason.Declined, "not today"), frame);
        Holds(Golden("join-answer"), frame!.ToBytes(), body => JoinAnswerBody.TryParse(body, out _));
    }

    [Fact]
    public void End()
    {
        Assert.True(SessionEndFrame.TryParse(Golden("end"), out var frame));
        Assert.Equal(PeerLeavingReason.WentOffline, frame.Reason);
        Holds(Golden("end"), frame.ToBytes(), body => SessionEndFrame.TryParse(body, out _));
        Assert.True(SessionEndFrame.TryParse(new Proto.SessionEnd { Reason = (uint)PeerLeavingReason.Restarted }.ToByteArray(), out frame));
        Assert.Equal(PeerLeavingReason.Left, frame.Reason); // not for the other side to say
    }

    [Fact]
    public void Refused()
    {
        Assert.True(RefusedFrame.TryParse(Golden("refused"), out var frame));
        Assert.Equal((FrameKind)0x70, frame.Kind);
        Holds(Golden("refused"), frame.ToBytes(), body => RefusedFrame.TryParse(body, out _));
    }

    [Fact]
    public void Close()
    {
        Assert.True(CloseMessage.TryParse(Golden("close"), out var close));
        Assert.Equal(new CloseMessage(CloseCode.Replaced, "newer", new Incarnation(1_700_000_000_000)), close);
        Assert.Equal(Golden("close"), close.ToBytes());
    }

    private delegate bool Parse(ReadOnlySpan<byte> body);

    /// <summary>Written as it was, and read without an exception however it is cut.</summary>
    private static void Holds(byte[] golden, byte[] written, Parse parse)
    {
        Assert.Equal(golden, written);
        for (var length = 0; length < golden.Length; length++) parse(golden.AsSpan(0, length));
        for (var at = 0; at < golden.Length; at++)
        {
            var changed = golden.ToArray();
            changed[at] ^= 0xFF;
            parse(changed);
        }
    }

    private static byte[] Write(FrameHeader header)
    {
        var bytes = new byte[FrameHeader.Size];
        header.Write(bytes);
        return bytes;
    }

    private static byte[] Golden(string name) => Convert.FromHexString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", "Golden", "v1", name + ".hex")).ReplaceLineEndings("").Trim());
}
