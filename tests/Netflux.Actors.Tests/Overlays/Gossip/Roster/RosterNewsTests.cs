using CsCheck;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Gossip.Roster;

namespace Netflux.Tests.Overlays.Gossip.Roster;

public sealed class RosterNewsTests
{
    private static readonly Gen<PeerId> s_ids = Gen.Byte.Array[PeerId.Length].Select(bytes => PeerId.FromBytes(bytes));

    private static readonly Gen<RosterNews> s_news = Gen.OneOf<RosterNews>(
        Gen.Byte.Array[1, 60].Select(record => (RosterNews)new RosterNews.Hello(record)),
        Gen.UInt.Select(ms => (RosterNews)new RosterNews.Alive(TimeSpan.FromMilliseconds(ms))),
        Gen.Bool.Select(offline => (RosterNews)new RosterNews.Bye(offline ? PeerLeavingReason.WentOffline : PeerLeavingReason.Left)),
        Gen.Select(s_ids, Gen.ULong, Gen.ULong, (id, run, sequence) => (RosterNews)new RosterNews.Lost(new MemberRun(id, new Incarnation(run)), sequence)),
        s_ids.Select(id => (RosterNews)new RosterNews.Find(id)));

    private static string? Seed => Environment.GetEnvironmentVariable("SEED");

    [Fact]
    public void All_news_come_back() => s_news.Sample(news => Assert.Equal(Describe(news), Describe(Read(news.ToBytes())!)), iter: 500, seed: Seed);

    [Fact]
    public void What_nobody_says_of_itself_is_no_goodbye()
    {
        foreach (var reason in Enum.GetValues<PeerLeavingReason>())
            Assert.Equal(reason is PeerLeavingReason.Left or PeerLeavingReason.WentOffline, Read(new RosterNews.Bye(reason).ToBytes()) is RosterNews.Bye);
    }

    [Fact]
    public void No_bytes_throw()
    {
        s_news.Select(news => news.ToBytes()).Sample(bytes =>
        {
            for (var length = 0; length < bytes.Length; length++) Read(bytes[..length]);
            for (var at = 0; at < bytes.Length; at++)
            {
                var bad = (byte[])bytes.Clone();
                bad[at] ^= (byte)(1 << at % 8);
                Read(bad);
            }
        }, iter: 100, seed: Seed);
        Gen.Byte.Array[0, 100].Sample(bytes => { Read(bytes); }, iter: 1_000, seed: Seed);
        Assert.Null(Read(new RosterNews.Hello(new byte[IdentityOptions.MemberBytesMax + 1]).ToBytes()));
    }

    private static RosterNews? Read(byte[] bytes)
    {
        Assert.Equal(RosterNews.TryParse(bytes, out var news), news is not null);
        return news;
    }

    private static string Describe(RosterNews news) => news is RosterNews.Hello hello ? Convert.ToHexString(hello.Record.Span) : $"{news}";
}
