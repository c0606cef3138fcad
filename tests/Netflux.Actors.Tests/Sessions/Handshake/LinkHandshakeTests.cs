using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Sessions.Handshake;

public sealed class LinkHandshakeTests
{
    private const string Authority = "peer.example:4711";
    private static readonly SeededPeerKeys s_alice = new(1);
    private static readonly SeededPeerKeys s_bob = new(2);
    private static readonly SeededPeerKeys s_mallory = new(3);

    private ulong _seed = 100;

    // dialler → Hello; listener → Hello, Proof; dialler → Proof
    [Fact]
    public void Both_sides_prove_themselves_and_share_keys()
    {
        var (dialler, listener) = (Dialler(), Listener());
        var hello = Sent(dialler);
        listener.Receive(hello);
        var (answer, proof) = (Sent(listener), Sent(listener));
        dialler.Receive(answer);
        dialler.Receive(proof);
        var lastProof = Sent(dialler);
        var atDialler = Assert.IsType<HandshakeProven>(dialler.Take());
        listener.Receive(lastProof);
        var atListener = Assert.IsType<HandshakeProven>(listener.Take());

        Assert.Equal((s_bob.Id, new Incarnation(22), "bob"), (atDialler.Remote.Id, atDialler.RemoteIncarnation, atDialler.DisplayName));
        Assert.Equal((s_alice.Id, new Incarnation(11), "alice"), (atListener.Remote.Id, atListener.RemoteIncarnation, atListener.DisplayName));
        Assert.Equal(atDialler.Fresh, atListener.Fresh);
        Assert.Equal(atDialler.Keys!.Key(LinkRole.Dialler), atListener.Keys!.Key(LinkRole.Dialler));
        Assert.Equal(atDialler.Keys!.Key(LinkRole.Listener), atListener.Keys!.Key(LinkRole.Listener));
        Assert.NotEqual(atDialler.Keys!.Key(LinkRole.Dialler).ToArray(), atDialler.Keys!.Key(LinkRole.Listener).ToArray());
        Assert.Null(dialler.Core.NextDeadline);
        Assert.Null(listener.Core.NextDeadline);
    }

    [Fact]
    public void A_link_without_an_authority_binds_to_none()
    {
        var (dialler, listener) = (Dialler(authority: null), new Side(LinkRole.Listener, Context(s_bob, 22, "bob"), new ProofHistory(4_096)));
        Assert.IsType<HandshakeProven>(Exchange(dialler, listener));
    }

    // On a data channel both sides know both fingerprints; nothing is sealed on top of DTLS.
    [Fact]
    public void A_link_with_a_binding_proves_it_and_needs_no_seal()
    {
        var (dialler, listener) = Bound(Fingerprints(1, 2), Fingerprints(1, 2));
        Assert.Null(Assert.IsType<HandshakeProven>(Exchange(dialler, listener)).Keys);
        Assert.Null(Assert.IsType<HandshakeProven>(dialler.Take()).Keys);
    }

    // Mallory stands in the middle of the signals, and gives each side a fingerprint of her own.
    [Theory]
    [InlineData(1, 3, 4, 2)]
    [InlineData(1, 3, 1, 2)]
    [InlineData(1, 2, 2, 1)]
    public void Fingerprints_that_were_exchanged_on_the_way_are_refused(byte offererSeesOwn, byte offererSeesOther, byte answererSeesOther, byte answererSeesOwn)
    {
        var (dialler, listener) = Bound(Fingerprints(offererSeesOwn, offererSeesOther), Fingerprints(answererSeesOther, answererSeesOwn));
        listener.Receive(Sent(dialler));
        dialler.Receive(Sent(listener));
        dialler.Receive(Sent(listener));
        Assert.Equal(CloseCode.ProofInvalid, Failed(dialler).Code);
    }

    [Fact]
    public void An_answerer_holds_the_offerer_to_the_binding_too()
    {
        // The offerer is mallory's own program, which takes any proof.
        var (dialler, listener) = Bound(Fingerprints(1, 2), Fingerprints(3, 2));
        listener.Receive(Sent(dialler));
        Assert.True(HelloMessage.TryParse(Sent(listener), out _));
        listener.Receive(ProofMessage.ToBytes(s_alice.Sign(LinkTranscript.ProofPurpose, new byte[97])));
        Assert.Equal(CloseCode.ProofInvalid, FailedAtLast(listener).Code);
    }

    [Fact]
    public void A_link_with_a_binding_names_no_authority()
    {
        var (_, listener) = Bound(Fingerprints(1, 2), Fingerprints(1, 2));
        listener.Receive(Sent(Dialler()));
        Assert.Equal(CloseCode.AuthorityMismatch, Failed(listener).Code);
    }

    [Fact]
    public void A_hello_recorded_from_an_earlier_link_is_a_replay()
    {
        var history = new ProofHistory(4_096);
        var (dialler, listener) = (Dialler(), Listener(history));
        var (hello, proof) = Record(dialler, listener);
        var again = Listener(history);
        again.Receive(hello);
        Assert.Equal(CloseCode.ProofReplayed, Failed(again).Code);
        Assert.NotNull(proof);
    }

    [Fact]
    public void A_proof_recorded_from_an_earlier_link_is_a_replay()
    {
        var history = new ProofHistory(4_096);
        var (_, proof) = Record(Dialler(), Listener(history));
        var (fresh, again) = (Dialler(), Listener(history));
        again.Receive(Sent(fresh));
        again.TakeAll();
        again.Receive(proof);
        Assert.Equal(CloseCode.ProofReplayed, Failed(again).Code);
    }

    [Fact]
    public void A_proof_by_another_key_is_invalid()
    {
        // Mallory shows Alice's card, and can only sign with her own key.
        var (dialler, listener) = (new Side(LinkRole.Dialler, Context(new Impostor(s_alice, s_mallory), 11, "alice") with { AuthorityDialled = Authority }, new ProofHistory(4_096)), Listener());
        Assert.Equal(CloseCode.ProofInvalid, Assert.IsType<HandshakeFailed>(Exchange(dialler, listener)).Code);
    }

    [Fact]
    public void A_relayed_hello_with_another_binding_is_refused()
    {
        // Alice dialled mallory's authority; mallory passes her Hello on to Bob, who does not know that authority as his.
        var dialler = Dialler(authority: "mallory.example:1");
        var listener = Listener();
        listener.Receive(Sent(dialler));
        Assert.Equal(CloseCode.AuthorityMismatch, Failed(listener).Code);

        // With the binding swapped for Bob's, the transcripts differ and no proof holds.
        dialler = Dialler(authority: "mallory.example:1");
        listener = Listener();
        Assert.True(HelloMessage.TryParse(Sent(dialler), out var hello));
        listener.Receive((hello with { Authority = Authority }).ToBytes());
        dialler.Receive(Sent(listener));
        dialler.Receive(Sent(listener));
        Assert.Equal(CloseCode.ProofInvalid, Failed(dialler).Code);
    }

    [Fact]
    public void An_own_hello_that_comes_back_is_self()
    {
        var listener = new Side(LinkRole.Listener, Context(s_alice, 11, "alice") with { OwnsAuthority = Authority.Equals }, new ProofHistory(4_096));
        listener.Receive(Sent(Dialler()));
        Assert.Equal(CloseCode.Self, Failed(listener).Code);
    }

    [Fact]
    public void Another_peer_than_expected_is_the_wrong_one()
    {
        var dialler = new Side(LinkRole.Dialler, Context(s_alice, 11, "alice") with { AuthorityDialled = Authority, Expected = s_mallory.Id }, new ProofHistory(4_096));
        var listener = Listener();
        listener.Receive(Sent(dialler));
        dialler.Receive(Sent(listener));
        Assert.Equal(CloseCode.WrongPeer, Failed(dialler).Code);
    }

    [Fact]
    public void No_common_version_is_said()
    {
        var context = Context(s_alice, 11, "alice") with { AuthorityDialled = Authority, Options = new HandshakeOptions { VersionMin = 2, VersionMax = 3 } };
        var listener = Listener();
        listener.Receive(Sent(new Side(LinkRole.Dialler, context, new ProofHistory(4_096))));
        Assert.Equal(CloseCode.VersionNotSupported, Failed(listener).Code);
    }

    [Theory]
    [InlineData(0x10)]
    [InlineData(0x02)]
    [InlineData(0x40)]
    public void Anything_before_hello_is_not_expected(byte kind)
    {
        var listener = Listener();
        listener.Receive([kind, 0, 0]);
        Assert.Equal(CloseCode.HandshakeExpected, Failed(listener).Code);
        Assert.Null(listener.Take());
    }

    [Fact]
    public void Frames_instead_of_a_proof_are_not_expected()
    {
        var listener = Listener();
        listener.Receive(Sent(Dialler()));
        listener.TakeAll();
        listener.Receive(new byte[64]);
        Assert.Equal(CloseCode.HandshakeExpected, Failed(listener).Code);
    }

    [Fact]
    public void A_hello_above_four_kibibytes_is_not_read()
    {
        var listener = Listener();
        listener.Receive([(byte)FrameKind.Hello, .. new byte[HelloMessage.BytesMax]]);
        Assert.Equal(CloseCode.HelloInvalid, Failed(listener).Code);
    }

    [Fact]
    public void Five_seconds_are_enough()
    {
        var listener = Listener();
        Assert.Equal(Instant.Zero + TimeSpan.FromSeconds(5), listener.Core.NextDeadline);
        listener.Receive(Sent(Dialler()));
        listener.TakeAll();
        listener.Core.HandleDeadline(Instant.Zero + TimeSpan.FromSeconds(4.9));
        Assert.Null(listener.Take());
        listener.Core.HandleDeadline(Instant.Zero + TimeSpan.FromSeconds(5));
        Assert.Equal(CloseCode.HandshakeTimeout, Failed(listener).Code);
    }

    [Fact]
    public void A_close_of_the_other_side_ends_it_with_its_reason()
    {
        var dialler = Dialler();
        dialler.TakeAll();
        dialler.Receive(new CloseMessage(CloseCode.Replaced, "newer", new Incarnation(99)).ToBytes());
        Assert.Equal(new HandshakeFailed(CloseCode.Replaced, "newer", false, new Incarnation(99)), Failed(dialler));
    }

    [Fact]
    public void Every_truncation_and_every_flipped_byte_fails_and_none_throws()
    {
        var random = SeededRandom.For(7, "mutations");
        for (var i = 0; i < 300; i++)
        {
            var (dialler, listener) = (Dialler(), Listener());
            var mutated = (int)(random.Next() % 4);
            var at = 0;
            byte[] Pass(byte[] message)
            {
                if (at++ != mutated) return message;
                if (random.Next() % 2 == 0) return message[..(int)(random.Next() % (ulong)message.Length)];
                var copy = message.ToArray();
                copy[random.Next() % (ulong)copy.Length] ^= (byte)(1 + random.Next() % 255);
                return copy;
            }
            listener.Receive(Pass(Sent(dialler)));
            if (listener.Take() is not SendHandshake hello) continue;
            dialler.Receive(Pass(hello.Message.ToArray()));
            dialler.Receive(Pass(Sent(listener)));
            if (dialler.Take() is SendHandshake proof) listener.Receive(Pass(proof.Message.ToArray()));
            Assert.IsNotType<HandshakeProven>(listener.Take());
        }
    }

    private Side Dialler(string? authority = Authority) => new(LinkRole.Dialler, Context(s_alice, 11, "alice") with { AuthorityDialled = authority }, new ProofHistory(4_096));

    private Side Listener(ProofHistory? history = null) => new(LinkRole.Listener, Context(s_bob, 22, "bob") with { OwnsAuthority = Authority.Equals }, history ?? new ProofHistory(4_096));

    private HandshakeContext Context(IPeerKeys keys, ulong incarnation, string name) =>
        new(keys, new SeededEphemeralKeys(_seed++), new SeededRandom(_seed++), new Incarnation(incarnation), name, null, null, null, null, HandshakeOptions.Default);

    private (Side Dialler, Side Listener) Bound(byte[] atDialler, byte[] atListener) => (
        new(LinkRole.Dialler, Context(s_alice, 11, "alice") with { Binding = atDialler, Expected = s_bob.Id }, new ProofHistory(4_096)),
        new(LinkRole.Listener, Context(s_bob, 22, "bob") with { Binding = atListener, Expected = s_alice.Id }, new ProofHistory(4_096)));

    private static byte[] Fingerprints(byte offerer, byte answerer) => [.. Enumerable.Repeat(offerer, 32), .. Enumerable.Repeat(answerer, 32)];

    private static HandshakeFailed FailedAtLast(Side side)
    {
        while (true)
            if (side.Take() is not SendHandshake and var last) return Assert.IsType<HandshakeFailed>(last);
    }

    private static byte[] Sent(Side side) => Assert.IsType<SendHandshake>(side.Take()).Message.ToArray();

    private static HandshakeFailed Failed(Side side) => Assert.IsType<HandshakeFailed>(side.Take());

    private static (byte[] Hello, byte[] Proof) Record(Side dialler, Side listener)
    {
        var hello = Sent(dialler);
        listener.Receive(hello);
        dialler.Receive(Sent(listener));
        dialler.Receive(Sent(listener));
        var proof = Sent(dialler);
        listener.Receive(proof);
        Assert.IsType<HandshakeProven>(listener.Take());
        return (hello, proof);
    }

    private static HandshakeInstruction? Exchange(Side dialler, Side listener)
    {
        listener.Receive(Sent(dialler));
        dialler.Receive(Sent(listener));
        dialler.Receive(Sent(listener));
        if (dialler.Take() is not SendHandshake proof) return null;
        listener.Receive(proof.Message.ToArray());
        return listener.Take();
    }

    private sealed class Side
    {
        public Side(LinkRole role, HandshakeContext context, ProofHistory history)
        {
            Core = new LinkHandshake(role, context, history);
            Core.Handle(new HandshakeStarted(), Instant.Zero);
        }

        public LinkHandshake Core { get; }

        public void Receive(byte[] message) => Core.Handle(new HandshakeMessageReceived(message), Instant.Zero);

        public HandshakeInstruction? Take() => Core.TryTake(out var instruction) ? instruction : null;

        public void TakeAll()
        {
            while (Take() is not null) { }
        }
    }

    private sealed class Impostor(IPeerKeys shown, IPeerKeys own) : IPeerKeys
    {
        public PeerCard Card => shown.Card;
        public byte[] Sign(string purpose, ReadOnlySpan<byte> body) => own.Sign(purpose, body);
        public bool TryAgree(ReadOnlySpan<byte> otherPoint, Span<byte> secret) => own.TryAgree(otherPoint, secret);
    }
}
