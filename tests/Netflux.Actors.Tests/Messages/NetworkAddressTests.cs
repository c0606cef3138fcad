using CsCheck;

namespace Netflux.Messages;

public class NetworkAddressTests
{
    [Theory]
    [InlineData("ws://localhost:5000/net/chat", "ws://localhost:5000/", "chat", "ws://localhost:5000/net/chat")]
    [InlineData("wss://example.org/net/Chat_Room-1.x", "wss://example.org/", "chat_room-1.x", "wss://example.org/net/chat_room-1.x")]
    [InlineData("http://127.0.0.1:80/net/a", "ws://127.0.0.1/", "a", "ws://127.0.0.1/net/a")]
    [InlineData("https://[::1]:8443/net/a", "wss://[::1]:8443/", "a", "wss://[::1]:8443/net/a")]
    [InlineData("  WS://Example.ORG/net/I \n", "ws://example.org/", "i", "ws://example.org/net/i")]
    [InlineData("ws://bücher.example/net/a", "ws://xn--bcher-kva.example/", "a", "ws://xn--bcher-kva.example/net/a")]
    public void AddressesAreRead(string text, string server, string door, string written)
    {
        Assert.True(NetworkAddress.TryParse(text, out var address, out var why), why);
        Assert.Equal(server, address.Server.AbsoluteUri);
        Assert.Equal(door, address.Door);
        Assert.Equal(written, address.ToString());
        Assert.Equal(address, (NetworkAddress)written);
        Assert.Equal(address, NetworkAddress.At(address.Server, door.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("chat")]
    [InlineData("ws://")]
    [InlineData("ws:///net/a")]
    [InlineData("ftp://host/net/a")]
    [InlineData("ws://host")]
    [InlineData("ws://host/net")]
    [InlineData("ws://host/net/")]
    [InlineData("ws://host/net/a/")]
    [InlineData("ws://host/NET/a")]
    [InlineData("ws://host/meet/a")]
    [InlineData("ws://host/x/net/a")]
    [InlineData("ws://host/net/a/../b")]
    [InlineData("ws://host/net/..")]
    [InlineData("ws://host/net/.a")]
    [InlineData("ws://host/net/a%20b")]
    [InlineData("ws://host/net/ä")]
    [InlineData("ws://host\\net\\a")]
    [InlineData("ws://host/net/a?x=1")]
    [InlineData("ws://host/net/a?")]
    [InlineData("ws://host/net/a#x")]
    [InlineData("ws://me@host/net/a")]
    [InlineData("ws://me:secret@host/net/a")]
    [InlineData("ws://host:0/net/a")]
    [InlineData("ws://host:70000/net/a")]
    [InlineData("ws://ho st/net/a")]
    [InlineData("ws://host/net/12345678901234567890123456789012345678901234567890123456789012345")]
    public void OthersAreRefusedWithOneSentence(string? text)
    {
        Assert.False(NetworkAddress.TryParse(text, out var address, out var why));
        Assert.Null(address);
        Assert.EndsWith(".", why, StringComparison.Ordinal);
        Assert.Equal(NetfluxError.InvalidAddress, Assert.Throws<NetfluxException>(() => (NetworkAddress)text!).Error);
    }

    [Fact]
    public void AnIdIsSeenAsOne()
    {
        NetworkAddress byId = "ws://host/net/abcdefghijklmnopqrstuvwxyz234567";
        Assert.Equal("abcdefghijklmnopqrstuvwxyz234567", byId.Id.ToString());
        Assert.Null(((NetworkAddress)"ws://host/net/chat").Id);
    }

    [Fact]
    public void AServerWithAPathOrARelativeOneIsRefused()
    {
        Assert.Throws<NetfluxException>(() => NetworkAddress.At(new Uri("ws://host/path"), "a"));
        Assert.Throws<NetfluxException>(() => NetworkAddress.At(new Uri("host", UriKind.Relative), "a"));
        Assert.Throws<NetfluxException>(() => NetworkAddress.At(new Uri("ws://host"), "a/b"));
    }

    [Fact]
    public void NoTextThrows() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["ws:/hnet@?#%[].-0129 \\"], 0, 40], Gen.String.Select(s => "ws://h/net/" + s), Gen.String.Select(s => $"ws://{s}/net/a"))
            .Sample(text => NetworkAddress.TryParse(text, out _, out var why) == why is null, seed: Environment.GetEnvironmentVariable("SEED"));

    [Theory]
    [InlineData("http://host:5000/meet/Key-1", "ws://host:5000/", "Key-1")]
    [InlineData("wss://host/meet/abc", "wss://host/", "abc")]
    public void MeetingPointsKeepTheCaseOfTheirKey(string url, string server, string key)
    {
        Assert.True(MeetingAddress.TryParse(new Uri(url), out var readServer, out var readKey, out _));
        Assert.Equal((server, key), (readServer.AbsoluteUri, readKey));
    }

    [Theory]
    [InlineData("ws://host/net/a")]
    [InlineData("ws://host/meet/")]
    [InlineData("ws://host/meet/a?b")]
    public void OtherUrlsAreNoMeetingPoints(string url)
    {
        Assert.False(MeetingAddress.TryParse(new Uri(url), out _, out _, out var why));
        Assert.EndsWith(".", why, StringComparison.Ordinal);
        Assert.False(MeetingAddress.TryParse(null, out _, out _, out _));
    }
}
