using System.Globalization;
using System.Text.Json;
using CsCheck;
using Netflux.Identity;

namespace Netflux.Messages;

public class TopologyTests
{
    [Fact]
    public void TheLeastIsAType()
    {
        var topology = Parsed("""{"type":"full-mesh"}""");
        Assert.Equal(new Topology { Json = """{"type":"full-mesh"}""" }, topology);
    }

    [Fact]
    public void EveryFieldIsRead()
    {
        const string json = """{"critical":["join","critical"],"type":"full-mesh","maxMembers":20,"join":"invite","messageBytesMax":1000,"slowMember":"wait","slowMemberGraceMs":200,"pingAfterMs":300,"suspectAfterMs":400,"resumeWindowMs":500}""";
        Assert.Equal(new Topology
        {
            Json = json, Type = TopologyType.FullMesh, MaxMembers = 20, Join = JoinPolicy.Invite, MessageBytesMax = 1000, SlowMember = SlowMemberPolicy.Wait,
            SlowMemberGrace = TimeSpan.FromMilliseconds(200), PingAfter = TimeSpan.FromMilliseconds(300), SuspectAfter = TimeSpan.FromMilliseconds(400), ResumeWindow = TimeSpan.FromMilliseconds(500),
        }, Parsed(json));
    }

    [Fact]
    public void FullMeshWritesItsJson()
    {
        Assert.Equal("""{"type":"full-mesh","maxMembers":7}""", Topology.FullMesh(7).Json);
        Assert.Equal(7, Topology.FullMesh(7).MaxMembers);
        Assert.Throws<ArgumentOutOfRangeException>(() => Topology.FullMesh(51));
        Assert.Throws<ArgumentOutOfRangeException>(() => Topology.FullMesh(1));
    }

    [Fact]
    public void StarAndGossipWriteTheirJson()
    {
        var hub = PeerId.FromBytes([.. Enumerable.Repeat((byte)7, PeerId.Length)]);
        Assert.Equal("""{"type":"star","maxMembers":50}""", Topology.Star().Json);
        Assert.Null(Topology.Star().Hub);
        Assert.Equal($$"""{"type":"star","hub":"{{hub}}","maxMembers":200}""", Topology.Star(hub, 200).Json);
        Assert.Equal((TopologyType.Star, hub, 200), (Topology.Star(hub, 200).Type, Topology.Star(hub, 200).Hub, Topology.Star(hub, 200).MaxMembers));
        Assert.Throws<ArgumentOutOfRangeException>(() => Topology.Star(null, 201));
        Assert.Equal("""{"type":"gossip","activeView":6,"passiveView":40}""", Topology.Gossip(6, 40).Json);
        Assert.Equal((6, 40, 1_000, 1_000_000), (Topology.Gossip(6, 40).ActiveView, Topology.Gossip(6, 40).PassiveView, Topology.Gossip().ExactMembers, Topology.Gossip().MaxMembers));
        Assert.Throws<ArgumentOutOfRangeException>(() => Topology.Gossip(33));
    }

    [Fact]
    public void AFullMeshMayGrow()
    {
        Assert.Equal("""{"type":"full-mesh","grow":"gossip","growAt":12}""", Topology.Growing(12).Json);
        Assert.Equal((TopologyType.FullMesh, TopologyType.Gossip, 12), (Topology.Growing(12).Type, Topology.Growing(12).Grow, Topology.Growing(12).GrowAt));
        Assert.Equal((30, 20), (Parsed("""{"type":"full-mesh","grow":"gossip"}""").GrowAt, Parsed("""{"type":"full-mesh","grow":"gossip","maxMembers":20}""").GrowAt));
        Assert.Null(Parsed("""{"type":"full-mesh"}""").Grow);
        Assert.Throws<ArgumentOutOfRangeException>(() => Topology.Growing(51));
    }

    [Theory]
    [InlineData("""{"type":"full-mesh","grow":"star"}""", "$.grow: expected \"gossip\", found \"star\".")]
    [InlineData("""{"type":"full-mesh","growAt":10}""", "$.growAt: expected beside \"grow\", which says what the network becomes; found without it.")]
    [InlineData("""{"type":"full-mesh","grow":"gossip","growAt":10,"maxMembers":9}""", "$.growAt: expected at most maxMembers (9), found 10.")]
    [InlineData("""{"type":"star","grow":"gossip"}""", "$.grow: only for \"full-mesh\".")]
    public void GrowthIsRefusedWhereItSaysNothing(string json, string expected)
    {
        Assert.False(Topology.TryParse(json, out _, out var why));
        Assert.Equal(expected, why);
    }

    [Fact]
    public void WhoJoinsIsNotUpsetByWhatItDoesNotKnow()
    {
        Assert.True(Topology.TryParseFromGenesis("""{"type":"full-mesh","maxMembers":8,"growAt":9}""", out var topology, out _));
        Assert.Null(topology.Grow);
        Assert.False(TopologyParser.TryParseFromGenesis("""{"type":"full-mesh","grow":"torus"}""", out _, out var needsNewer, out var why));
        Assert.True(needsNewer);
        Assert.Equal("$.grow: expected \"gossip\", found \"torus\"; a newer version may know it.", why);
    }

    [Fact]
    public void TheTypeMayStandLast()
    {
        Assert.Equal(200, Parsed("""{"maxMembers":200,"type":"star"}""").MaxMembers);
        Assert.Equal(200, Parsed("""{"maxMembers":200,"exactMembers":10,"critical":["exactMembers"],"type":"gossip"}""").MaxMembers);
    }

    [Theory]
    [InlineData("", "$: expected JSON; line 1, byte 1 is not.")]
    [InlineData("{\n\"type\":\"full-mesh\",}", "$: expected JSON; line 2, byte 20 is not.")]
    [InlineData("[]", "$: expected an object such as {\"type\":\"full-mesh\"}, found an array.")]
    [InlineData("null", "$: expected an object such as {\"type\":\"full-mesh\"}, found null.")]
    [InlineData("{}", "$.type: expected \"full-mesh\", \"star\" or \"gossip\", found nothing.")]
    [InlineData("""{"type":"fullmesh"}""", "$.type: expected \"full-mesh\", \"star\" or \"gossip\", found \"fullmesh\"; did you mean \"full-mesh\"?")]
    [InlineData("""{"type":"hypercube"}""", "$.type: expected \"full-mesh\", \"star\" or \"gossip\", found \"hypercube\"; known are full-mesh, star, gossip.")]
    [InlineData("""{"type":1}""", "$.type: expected \"full-mesh\", \"star\" or \"gossip\", found 1.")]
    [InlineData("""{"type":"full-mesh","activeView":5}""", "$.activeView: only for \"gossip\".")]
    [InlineData("""{"exactMembers":5,"type":"star"}""", "$.exactMembers: only for \"gossip\".")]
    [InlineData("""{"type":"gossip","hub":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", "$.hub: only for \"star\".")]
    [InlineData("""{"type":"star","hub":"ann"}""", "$.hub: expected the id of a peer, 32 characters of a-z and 2-7, found \"ann\".")]
    [InlineData("""{"type":"star","hub":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", "$.hub: expected the id of a peer, 32 characters of a-z and 2-7, found \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\".")]
    [InlineData("""{"type":"star","hub":null}""", "$.hub: expected the id of a peer, 32 characters of a-z and 2-7, found null.")]
    [InlineData("""{"type":"star","maxMembers":201}""", "$.maxMembers: expected a whole number from 2 to 200, found 201.")]
    [InlineData("""{"type":"gossip","maxMembers":1000001}""", "$.maxMembers: expected a whole number from 2 to 1000000, found 1000001.")]
    [InlineData("""{"type":"gossip","activeviews":6}""", "$.activeviews: not a field of a topology; did you mean \"activeView\"?")]
    [InlineData("""{"type":"full-mesh","critical":["hub"]}""", "$.critical[0]: \"hub\" is only for \"star\".")]
    [InlineData("""{"type":"full-mesh","maxMember":5}""", "$.maxMember: not a field of a topology; did you mean \"maxMembers\"?")]
    [InlineData("""{"type":"full-mesh","MAXMEMBERS":5}""", "$.MAXMEMBERS: not a field of a topology; did you mean \"maxMembers\"?")]
    [InlineData("""{"type":"full-mesh","a b":5}""", "$[\"a b\"]: not a field of a topology; known are type, join, slowMember, grow, maxMembers, growAt, messageBytesMax, slowMemberGraceMs, pingAfterMs, suspectAfterMs, resumeWindowMs, critical.")]
    [InlineData("""{"type":"full-mesh","maxMembers":51}""", "$.maxMembers: expected a whole number from 2 to 50, found 51.")]
    [InlineData("""{"type":"full-mesh","maxMembers":5.0}""", "$.maxMembers: expected a whole number from 2 to 50, found 5.0.")]
    [InlineData("""{"type":"full-mesh","maxMembers":"5"}""", "$.maxMembers: expected a whole number from 2 to 50, found \"5\".")]
    [InlineData("""{"type":"full-mesh","maxMembers":99999999999999999999}""", "$.maxMembers: expected a whole number from 2 to 50, found 99999999999999999999.")]
    [InlineData("""{"type":"full-mesh","type":"full-mesh"}""", "$.type: expected once, found twice.")]
    [InlineData("""{"type":"full-mesh","join":"Open"}""", "$.join: expected \"open\" or \"invite\", found \"Open\"; did you mean \"open\"?")]
    [InlineData("""{"type":"full-mesh","suspectAfterMs":2000}""", "$.suspectAfterMs: expected more than pingAfterMs (2000), found 2000.")]
    [InlineData("""{"type":"full-mesh","critical":"join"}""", "$.critical: expected an array of at most 32 names of fields, found \"join\".")]
    [InlineData("""{"type":"full-mesh","critical":["join",7]}""", "$.critical[1]: expected the name of a field, found 7.")]
    [InlineData("""{"type":"full-mesh","critical":["join","join"]}""", "$.critical[1]: expected once, found \"join\" twice.")]
    [InlineData("""{"type":"full-mesh","critical":["jion"]}""", "$.critical[0]: expected the name of a field, found \"jion\"; did you mean \"join\"?")]
    [InlineData("""{"type":"full-mesh","\ud800":1}""", "$: expected names in Unicode, found half of a surrogate pair.")]
    [InlineData("""{"type":"\ud800"}""", "$.type: expected \"full-mesh\", \"star\" or \"gossip\", found text that is not Unicode.")]
    public void ACreatorsSlipIsNamed(string json, string expected)
    {
        Assert.False(Topology.TryParse(json, out var topology, out var why));
        Assert.Null(topology);
        Assert.Equal(expected, why);
    }

    [Fact]
    public void HalfASurrogatePairAndTooMuchAreRefused()
    {
        Assert.False(Topology.TryParse("{\"type\":\"full-mesh\ud800\"}", out _, out var why));
        Assert.Equal("$: expected Unicode text, found half of a surrogate pair.", why);
        Assert.True(Topology.TryParse("""{"type":"full-mesh"}""" + new string(' ', 16_384 - 20), out _, out _));
        Assert.False(Topology.TryParse("""{"type":"full-mesh"}""" + new string(' ', 16_384 - 19), out _, out why));
        Assert.Equal("$: expected at most 16384 bytes.", why);
        Assert.False(Topology.TryParse(new string('[', 60_000), out _, out _));
        Assert.False(Topology.TryParse(null!, out _, out _));
    }

    [Theory]
    [InlineData("""{"type":"full-mesh","colour":"green","nested":{"a":[1,{"a":1,"a":2}]}}""", null)]
    [InlineData("""{"type":"full-mesh","colour":"green","critical":["maxMembers"]}""", null)]
    [InlineData("""{"type":"full-mesh","colour":"green","critical":["colour"]}""", "$.critical[0]: the network requires that \"colour\" is understood, which this version of Netflux does not know; a newer version may.")]
    [InlineData("""{"type":"hypercube"}""", "$.type: this version of Netflux knows \"full-mesh\", \"star\" or \"gossip\", found \"hypercube\"; a newer version may know it.")]
    [InlineData("""{"type":"star","activeView":"of another kind"}""", null)]
    [InlineData("""{"type":"star","activeView":5,"critical":["activeView"]}""", "$.critical[0]: the network requires that \"activeView\" is understood, which this version of Netflux does not know; a newer version may.")]
    [InlineData("""{"type":"full-mesh","maxMembers":1}""", "$.maxMembers: expected a whole number from 2 to 50, found 1.")]
    [InlineData("""{"type":"full-mesh","colour":1,"colour":2}""", "$.colour: expected once, found twice.")]
    public void AGenesisIsReadForgivingly(string json, string? expected)
    {
        Assert.Equal(expected is null, Topology.TryParseFromGenesis(json, out var topology, out var why));
        Assert.Equal(expected, why);
        Assert.Equal(expected is null ? json : null, topology?.Json);
    }

    [Fact]
    public void NoTextThrows() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["{}[]\":,\\ud0123456789.-etypfulmshcritaj "], 0, 60], Gen.String.Select(s => $$"""{"type":"full-mesh","{{s}}":1}"""), Gen.String.Select(s => $$"""{"hub":"{{s}}","type":"star"}"""),
                Gen.Select(Gen.Int[0, 130], Gen.Char, (at, c) => Whole.Remove(at % Whole.Length, 1).Insert(at % Whole.Length, c.ToString())))
            .Sample(json => Topology.TryParse(json, out _, out var why) == why is null && Topology.TryParseFromGenesis(json, out _, out why) == why is null, seed: Environment.GetEnvironmentVariable("SEED"));

    [Fact]
    public void CultureChangesNothing()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
            Assert.Equal("""{"type":"full-mesh","maxMembers":7}""", Topology.FullMesh(7).Json);
            Assert.False(Topology.TryParse("""{"type":"full-mesh","JOIN":"INVITE"}""", out _, out var why));
            Assert.Equal("$.JOIN: not a field of a topology; did you mean \"join\"?", why);
            Assert.Equal("i", ((NetworkAddress)"ws://host/net/I").Door);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private const string Whole = """{"type":"full-mesh","maxMembers":20,"join":"invite","critical":["join"],"slowMember":"wait","pingAfterMs":300}""";

    private static Topology Parsed(string json) => Topology.TryParse(json, out var topology, out var why) ? topology : throw new ArgumentException(why);
}
