using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Links;
using Netflux.Sessions.Handshake;

namespace Netflux.Wire;

/// <summary>
/// Records, an introduction and a handshake of version 1 with the keys that made them, in <c>Golden/v1/peers.json</c>: written once, and read by .NET peers here and by browser peers in
/// <c>tests/Netflux.Host.Tests/Browser/js</c>. A change here that makes them fail is a change of the wire.
/// </summary>
public sealed class PeerVectorsTests
{
    private static readonly JsonElement s_vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", "Golden", "v1", "peers.json"))).RootElement;
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeMilliseconds(s_vectors.GetProperty("wallClock").GetInt64());

    [Theory, InlineData("alice"), InlineData("bob"), InlineData("carol")]
    public void Cards(string name)
    {
        Assert.True(PeerCard.TryParse(Bytes(name, "card"), out var card));
        Assert.Equal(Text(name, "id"), card.Id.ToString());
    }

    [Fact]
    public void Networks_and_admissions()
    {
        var (open, invite) = (GenesisOf("openNetwork"), GenesisOf("inviteNetwork"));
        Assert.Equal((Text("openNetwork", "id"), Text("alice", "id"), Text("openNetwork", "topology")), (open.Network.ToString(), open.Creator.ToString(), open.Topology.Json));
        Assert.Equal(Text("inviteNetwork", "id"), invite.Network.ToString());
        Assert.True(Admission.TryParse(Bytes("admissions", "own"), open, s_now, out _, out _));
        Assert.True(Admission.TryParse(Bytes("admissions", "byCreator"), invite, s_now, out _, out _));
        Assert.True(Admission.TryParse(Bytes("admissions", "chain"), invite, s_now, out var chain, out _));
        Assert.Equal((Text("carol", "id"), Text("bob", "id"), false), (chain.Member.ToString(), chain.Issuer.ToString(), chain.MayInvite));
    }

    [Fact]
    public void Member()
    {
        Assert.True(MemberRecord.TryParse(Bytes("member", "record"), GenesisOf("openNetwork"), s_now, out var member, out _));
        Assert.Equal((Text("bob", "id"), Text("member", "incarnation"), 3u, Text("member", "displayName")), (member.Id.ToString(), member.Incarnation.ToString(), member.Version, member.DisplayName));
        Assert.Equal([Text("member", "address")], member.Addresses);
    }

    [Fact]
    public void Invitation()
    {
        Assert.True(PeerId.TryParse(Text("carol", "id"), out var carol));
        Assert.True(InvitationRecord.TryParse(Bytes("invitation", "record"), carol, s_now, out var invitation, out _));
        Assert.Equal((Text("bob", "id"), Text("invitation", "name"), Text("invitation", "server")), (invitation.From.ToString(), invitation.Name, invitation.Server));
    }

    [Fact]
    public void Introduction_opens_for_its_receiver()
    {
        using var bob = KeysOf("bob");
        Assert.True(Identity.Introduction.TryOpen(Bytes("introduction", "sealed"), bob, s_now, out var introduction));
        Assert.Equal((Text("alice", "id"), Text("introduction", "incarnation")), (introduction.Card.Id.ToString(), introduction.Incarnation.ToString()));
        Assert.Equal([Text("introduction", "address")], introduction.Addresses);
    }

    [Fact]
    public void Kept_invitation_opens_for_its_receiver()
    {
        var vector = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", "Golden", "v1", "kept-invitation.json"))).RootElement;
        using var bob = KeysOf("bob");
        Assert.True(PeerId.TryParse(Text("alice", "id"), out var alice));
        Assert.True(InvitationId.TryParse(vector.GetProperty("id").GetString(), out var id));
        var bytes = Convert.FromHexString(vector.GetProperty("sealed").GetString()!);
        Assert.Null(KeptInvitation.TryOpen(bytes, bob, GenesisOf("openNetwork"), alice, id, s_now, out var kept, out var why));
        Assert.Equal(("", "alice", s_now, s_now.AddDays(1)), (why, kept!.Sender.DisplayName, kept.SentAt, kept.Until));
        Assert.Equal((alice, Text("inviteNetwork", "id"), "club", "ws://127.0.0.1:8400", true),
            (kept.Invitation.From, kept.Invitation.Genesis.Network.ToString(), kept.Invitation.Name, kept.Invitation.Server, kept.Invitation.IsTracked));
    }

    [Fact]
    public void Ticket_and_the_admission_for_it()
    {
        var vector = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", "Golden", "v1", "ticket.json"))).RootElement;
        Assert.True(Ticket.TryParse(vector.GetProperty("text").GetString(), out var ticket, out var why), why);
        Assert.Equal((Text("inviteNetwork", "id"), Text("bob", "id"), Text("carol", "id"), 2, true), (ticket.Network.ToString(), ticket.Issuer.ToString(), ticket.Holder.ToString(), ticket.Uses, ticket.MayInvite));
        Assert.Equal((s_now, s_now.AddDays(1), Text("alice", "id")), (ticket.Signed.IssuedAt, ticket.ExpiresAt, ticket.Signed.Redeemer.ToString()));
        Assert.True(Admission.TryParse(Convert.FromHexString(vector.GetProperty("admission").GetString()!), GenesisOf("inviteNetwork"), s_now, out var admission, out why), why);
        Assert.Equal((Text("carol", "id"), Text("alice", "id"), true), (admission.Member.ToString(), admission.Issuer.ToString(), admission.MayInvite));
    }

    [Fact]
    public void Handshake()
    {
        var secret = Bytes("handshake", "secret");
        var transcript = new LinkTranscript(Bytes("handshake", "diallerHello"), Bytes("handshake", "listenerHello"), LinkTranscript.BindingOf(Text("handshake", "authority")));
        Assert.Equal(Bytes("handshake", "transcript"), transcript.Hash.ToArray());
        Assert.True(PeerCard.TryParse(Bytes("alice", "card"), out var alice));
        Assert.True(SignedRecords.Verify(alice.SigningPoint, LinkTranscript.ProofPurpose, transcript.ToBeSigned(LinkRole.Dialler), Bytes("handshake", "diallerProof")));
        Assert.Equal(BinaryPrimitives.ReadUInt128BigEndian(Bytes("handshake", "fresh")), transcript.FreshSession(secret).Value);
        using var listener = new RecordProtection(RecordKeys.Derive(secret, transcript), LinkRole.Listener);
        Assert.Equal(["first", "second"], s_vectors.GetProperty("handshake").GetProperty("diallerRecords").EnumerateArray().Select(record => Open(listener, record)));
    }

    [Fact]
    public void Proof_for_a_signaling_server()
    {
        Assert.True(PeerCard.TryParse(Bytes("alice", "card"), out var alice));
        Assert.True(SignedRecords.Verify(alice.SigningPoint, "netflux signaling v1", Bytes("signaling", "body"), Bytes("signaling", "proof")));
    }

    private static string Open(RecordProtection protection, JsonElement record)
    {
        var bytes = Convert.FromHexString(record.GetString()!);
        Assert.True(protection.TryOpen(bytes, out var length));
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static Genesis GenesisOf(string network)
    {
        Assert.True(Genesis.TryParse(Bytes(network, "genesis"), out var genesis, out _, out var why), why);
        return genesis;
    }

    private static PlatformPeerKeys KeysOf(string name)
    {
        var (signing, sealing) = (ECDsa.Create(), ECDiffieHellman.Create());
        signing.ImportPkcs8PrivateKey(Bytes(name, "signing"), out _);
        sealing.ImportPkcs8PrivateKey(Bytes(name, "sealing"), out _);
        Assert.True(PeerCard.TryParse(Bytes(name, "card"), out var card));
        return new(signing, sealing, card);
    }

    private static string Text(string of, string what) => s_vectors.GetProperty(of).GetProperty(what).GetString()!;

    private static byte[] Bytes(string of, string what) => Convert.FromHexString(Text(of, what));
}
