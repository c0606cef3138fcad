using System.Net;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc;
using Netflux.Transport.WebRtc.Stun;
using Netflux.Transport.WebRtc.Turn;

namespace Netflux.Tests.WebRtc.Turn;

/// <summary>An allocation and the server that answers it, in virtual time; what the server says is written in the test.</summary>
internal sealed class ScriptedTurnServer
{
    public const string Realm = "example.org";
    public static readonly TransportAddress Relayed = TransportAddress.From(IPAddress.Parse("198.51.100.7"), 50_000);
    public static readonly TransportAddress Mapped = TransportAddress.From(IPAddress.Parse("203.0.113.5"), 40_000);
    public static readonly TransportAddress Peer = TransportAddress.From(IPAddress.Parse("192.0.2.9"), 6_000);
    private static readonly byte[] s_key = StunIntegrity.LongTermKey("ann", Realm, "secret");

    private readonly byte[] _room = new byte[2048];

    public ScriptedTurnServer(bool isStream = false, TurnOptions? options = null) =>
        Allocation = new(new("ann", "secret"), isStream, options ?? TurnOptions.Default, new(), new SeededRandom(1));

    public TurnAllocation Allocation { get; }

    public Instant Now { get; private set; }

    public string Nonce { get; set; } = "n1";

    public void Advance(TimeSpan span) => Now += span;

    public void AdvanceToDeadline()
    {
        Now = Allocation.NextDeadline!.Value;
        Allocation.HandleDeadline(Now);
    }

    /// <summary>Everything that the allocation says now, requests as bytes.</summary>
    public List<TurnInstruction> TakeAll()
    {
        var all = new List<TurnInstruction>();
        while (Allocation.TryTake(out var instruction)) all.Add(instruction);
        return all;
    }

    public byte[] TakeRequest() => Assert.IsType<SendToServer>(Assert.Single(TakeAll())).Message.ToArray();

    public static StunMethod MethodOf(byte[] request) => StunMessage.TryParse(request, out var message) ? message.Method : throw new InvalidOperationException("not STUN");

    public static bool IsSigned(byte[] request) => StunMessage.TryParse(request, out var message) && message.VerifyIntegrity(s_key);

    public void Say(byte[] message) => Assert.False(Allocation.TryUnwrap(message, Now, out _, out _));

    public byte[] Refuse(byte[] request, StunErrorCode code, bool challenges = false, TransportAddress? alternate = null) => Respond(request, StunClass.ErrorResponse, (ref StunWriter writer) =>
    {
        writer.WriteError(code, "because");
        if (challenges) writer.Write(StunAttributeType.Realm, Realm);
        if (challenges) writer.Write(StunAttributeType.Nonce, Nonce);
        if (alternate is { } other) writer.WriteAddress(StunAttributeType.AlternateServer, other);
    }, key: null);

    public static byte[] Allow(byte[] request, uint lifetime = 600, byte[]? key = null) => Respond(request, StunClass.SuccessResponse, (ref StunWriter writer) =>
    {
        if (MethodOf(request) == StunMethod.Allocate) writer.WriteXorAddress(StunAttributeType.XorRelayedAddress, Relayed);
        if (MethodOf(request) == StunMethod.Allocate) writer.WriteXorAddress(StunAttributeType.XorMappedAddress, Mapped);
        if (MethodOf(request) != StunMethod.ChannelBind) writer.Write(StunAttributeType.Lifetime, lifetime);
    }, key ?? s_key);

    /// <summary>An allocation that stands: asked, challenged, allowed.</summary>
    public void Allocate(uint lifetime = 600)
    {
        Allocation.Handle(new AllocationWanted(), Now);
        Say(Refuse(TakeRequest(), StunErrorCode.Unauthenticated, challenges: true));
        Say(Allow(TakeRequest(), lifetime));
        Assert.Equal([new AllocationMade(Relayed, Mapped)], TakeAll());
    }

    public int Wrap(byte[] datagram, out byte[] wrapped)
    {
        var length = Allocation.Wrap(Peer, datagram, _room, Now);
        wrapped = _room[..length];
        return length;
    }

    private delegate void Filling(ref StunWriter writer);

    private static byte[] Respond(byte[] request, StunClass how, Filling fill, byte[]? key)
    {
        Assert.True(StunMessage.TryParse(request, out var message));
        var room = new byte[2048];
        var writer = new StunWriter(room, how, message.Method, message.Id);
        fill(ref writer);
        if (key is not null) writer.WriteIntegrity(key);
        return writer.Written.ToArray();
    }
}
