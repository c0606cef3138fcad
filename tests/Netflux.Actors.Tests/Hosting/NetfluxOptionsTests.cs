using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Tests.Hosting;

public class NetfluxOptionsTests
{
    [Fact]
    public void What_is_not_set_is_valid() => new NetfluxOptions().Validate();

    [Fact]
    public void Sensible_settings_are_valid() => new NetfluxOptions
    {
        Server = new("wss://signal.example:8443"), IdentityFile = "alice.pem", DisplayName = "alice", Listen = { new("ws://127.0.0.1:0") }, AdvertiseUrls = { new("wss://alice.example") },
        IceServers = { new("stun:stun.example"), new("STUN:192.0.2.1:19302"), new("turn:[2001:db8::1]:3478?transport=tcp", "ann", "secret") }, RelayOnly = true, UdpPort = 40_000, UdpAddresses = { System.Net.IPAddress.Loopback },
    }.Validate();

    public static TheoryData<string, Action<NetfluxOptions>> Bad => new()
    {
        { nameof(NetfluxOptions.Server), o => o.Server = new("ftp://host") },
        { nameof(NetfluxOptions.Server), o => o.Server = new("relative", UriKind.Relative) },
        { nameof(NetfluxOptions.Server), o => o.Server = new("ws://host/with/path") },
        { nameof(NetfluxOptions.IdentityFile), o => o.IdentityFile = " " },
        { nameof(NetfluxOptions.DisplayName), o => o.DisplayName = new('a', 65) },
        { nameof(NetfluxOptions.DisplayName), o => o.DisplayName = "a\u001b[2J" },
        { nameof(NetfluxOptions.Listen), o => o.Listen.Add(new("ws://user@host:80")) },
        { nameof(NetfluxOptions.AdvertiseUrls), o => o.AdvertiseUrls.Add(new("ws://host:0")) },
        { nameof(NetfluxOptions.RequestTimeout), o => o.RequestTimeout = TimeSpan.Zero },
        { nameof(NetfluxOptions.ConnectTimeout), o => o.ConnectTimeout = TimeSpan.FromDays(2) },
        { nameof(NetfluxOptions.ShutdownTimeout), o => o.ShutdownTimeout = TimeSpan.FromSeconds(-1) },
        { nameof(NetfluxOptions.NetworksMax), o => o.NetworksMax = 0 },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("http://stun.example")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("stun:")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("stun://stun.example")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("stun:stun.example:0")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("stun:stun.example?transport=udp")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("turn:turn.example?transport=tls", "ann", "secret")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("turns:turn.example", "ann", "secret")) },
        { nameof(NetfluxOptions.IceServers), o => o.IceServers.Add(new("turn:turn.example")) },
        { nameof(NetfluxOptions.IceServers), o => { for (var i = 0; i < 9; i++) o.IceServers.Add(new($"stun:stun{i}.example")); } },
        { nameof(NetfluxOptions.AccessTokens), o => o.AccessTokens.Add(new(new("ws://host/with/path"), "token")) },
        { nameof(NetfluxOptions.AccessTokens), o => o.AccessTokens.Add(null!) },
        { nameof(NetfluxOptions.AccessTokens), o => { for (var i = 0; i < 65; i++) o.AccessTokens.Add(new(new($"ws://host{i}"), "token")); } },
        { nameof(NetfluxOptions.RelayOnly), o => o.RelayOnly = true },
        { nameof(NetfluxOptions.UdpPort), o => o.UdpPort = 65_536 },
        { nameof(NetfluxOptions.UdpAddresses), o => o.UdpAddresses.Add(System.Net.IPAddress.Any) },
        { nameof(NetfluxOptions.RequestsMax), o => o.RequestsMax = -1 },
        { nameof(NetfluxOptions.JoinRequestsMax), o => o.JoinRequestsMax = 0 },
    };

    [Theory, MemberData(nameof(Bad))]
    public void A_bad_setting_is_refused_by_its_name(string setting, Action<NetfluxOptions> spoil)
    {
        var options = new NetfluxOptions();
        spoil(options);
        var failure = Assert.Throws<NetfluxException>(options.Validate);
        Assert.Equal(NetfluxError.InvalidOptions, failure.Error);
        Assert.StartsWith($"The setting {setting} is ", failure.Message, StringComparison.Ordinal);
    }
}
