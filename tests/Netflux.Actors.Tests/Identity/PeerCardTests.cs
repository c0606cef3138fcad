using Netflux.TestKit;

namespace Netflux.Identity;

public class PeerCardTests
{
    [Fact]
    public void ACardReadsBackAndProvesItsId()
    {
        var keys = new SeededPeerKeys(1);
        Assert.True(PeerCard.TryParse(keys.Card.Bytes.Span, out var card));
        Assert.Equal(keys.Id, card.Id);
        Assert.Equal(PeerId.FromSigningKey(keys.Card.SigningPoint), card.Id);
        Assert.Equal(PeerCard.Length, card.Bytes.Length);
    }

    [Fact]
    public void WhatIsTamperedWithIsRefused() => Tampering.IsRefused(new SeededPeerKeys(1).Card.Bytes.ToArray(), bytes => PeerCard.TryParse(bytes, out _));

    [Fact]
    public void AnotherPeersSealingKeyIsRefused()
    {
        var (alice, bob) = (new SeededPeerKeys(1).Card, new SeededPeerKeys(2).Card);
        byte[] mixed = [.. alice.SigningPoint, .. bob.SealingPoint, .. bob.Bytes.Span[130..]];
        Assert.False(PeerCard.TryParse(mixed, out _));
    }

    [Fact]
    public void ASealingPointOffTheCurveIsRefusedEvenIfSigned()
    {
        var keys = new SeededPeerKeys(1);
        var off = keys.Card.SealingPoint.ToArray();
        off[64] ^= 1;
        byte[] bytes = [.. keys.Card.SigningPoint, .. off, .. keys.Sign(PeerCard.SealingKeyPurpose, off)];
        Assert.False(PeerCard.TryParse(bytes, out _));
    }

    [Fact]
    public void ASignatureForAnotherPurposeIsRefused()
    {
        var keys = new SeededPeerKeys(1);
        byte[] bytes = [.. keys.Card.SigningPoint, .. keys.Card.SealingPoint, .. keys.Sign("netflux member v1", keys.Card.SealingPoint)];
        Assert.False(PeerCard.TryParse(bytes, out _));
    }
}
