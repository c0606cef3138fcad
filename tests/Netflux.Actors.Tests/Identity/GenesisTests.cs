using Google.Protobuf;
using Netflux.Messages;
using Netflux.TestKit;
using Netflux.Wire.Proto;
using static Netflux.Identity.RecordsSamples;

namespace Netflux.Identity;

public class GenesisTests
{
    [Fact]
    public void AGenesisReadsBack()
    {
        Assert.True(Genesis.TryParse(Open.Record, out var genesis, out _, out _));
        Assert.Equal(Open.Network, genesis.Network);
        Assert.Equal(Alice.Id, genesis.Creator);
        Assert.Equal(Open.Topology, genesis.Topology);
        Assert.Equal("""{"type":"full-mesh","maxMembers":20}""", genesis.Topology.Json);
    }

    [Fact]
    public void TheNonceMakesTwoNetworksOfOneTopology()
    {
        var random = new SeededRandom(7);
        Assert.NotEqual(Genesis.Create(Alice, Topology.FullMesh(), random, Now).Network, Genesis.Create(Alice, Topology.FullMesh(), random, Now).Network);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytes() =>
        Assert.Equal(Genesis.Create(Alice, Topology.FullMesh(), new SeededRandom(7), Now).Record.ToArray(), Genesis.Create(new SeededPeerKeys(1), Topology.FullMesh(), new SeededRandom(7), Now).Record.ToArray());

    [Fact]
    public void WhatIsTamperedWithIsRefused() => Tampering.IsRefused(Open.Record.ToArray(), bytes => Genesis.TryParse(bytes, out _, out _, out _));

    [Theory]
    [InlineData("""{"type":"hypercube"}""", NetfluxError.VersionNotSupported)]
    [InlineData("""{"type":"full-mesh","quorum":3,"critical":["quorum"]}""", NetfluxError.VersionNotSupported)]
    [InlineData("""{"type":"full-mesh","maxMembers":1}""", NetfluxError.InvalidTopology)]
    [InlineData("{", NetfluxError.InvalidTopology)]
    public void ATopologyThatIsNotUnderstoodIsRefusedWithItsError(string json, NetfluxError expected)
    {
        Assert.False(Genesis.TryParse(Signed(new GenesisBody { Version = 1, TopologyJson = json, Nonce = ByteString.CopyFrom(new byte[16]) }), out _, out var error, out var why));
        Assert.Equal(expected, error);
        Assert.StartsWith("The network's topology is not understood. $", why, StringComparison.Ordinal);
    }

    [Fact]
    public void FieldsOfALaterVersionAreKept()
    {
        const string json = """{"type":"full-mesh","colour":"green"}""";
        Assert.True(Genesis.TryParse(Signed(new GenesisBody { Version = 1, TopologyJson = json, Nonce = ByteString.CopyFrom(new byte[16]) }), out var genesis, out _, out _));
        Assert.Equal(json, genesis.Topology.Json);
    }

    [Fact]
    public void ALaterVersionOfTheRecordIsRefused()
    {
        Assert.False(Genesis.TryParse(Signed(new GenesisBody { Version = 2, TopologyJson = "{}", Nonce = ByteString.CopyFrom(new byte[16]) }), out _, out var error, out var why));
        Assert.Equal(NetfluxError.VersionNotSupported, error);
        Assert.Equal("The network was created with version 2 of the genesis record; this version of Netflux knows 1. A newer one may know it.", why);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public void ANonceOfAnotherLengthIsRefused(int length) =>
        Assert.False(Genesis.TryParse(Signed(new GenesisBody { Version = 1, TopologyJson = """{"type":"full-mesh"}""", Nonce = ByteString.CopyFrom(new byte[length]) }), out _, out _, out _));

    [Fact]
    public void WhatIsSignedForAnotherPurposeIsNoGenesis() =>
        Assert.False(Genesis.TryParse(SignedRecords.Create(Alice, Admission.Purpose, new GenesisBody { Version = 1, TopologyJson = """{"type":"full-mesh"}""", Nonce = ByteString.CopyFrom(new byte[16]) }), out _, out _, out _));

    [Fact]
    public void ATopologyThatOthersWouldRefuseCannotBeginANetwork()
    {
        var thrown = Assert.Throws<NetfluxException>(() => Genesis.Create(Alice, new Topology { Json = "{}" }, new SeededRandom(1), Now));
        Assert.Equal(NetfluxError.InvalidTopology, thrown.Error);
    }

    private static byte[] Signed(GenesisBody body) => SignedRecords.Create(Alice, Genesis.Purpose, body);
}
