using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Netflux.Actors;
using Netflux.Client;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Transport.Hosting;

[Trait("Category", "Rim")]
public class HostingTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_instances_in_a_system_of_their_own_are_two_peers_and_stop_with_the_host()
    {
        var services = new ServiceCollection().AddLogging().AddNetflux(o => o.DisplayName = "ann").AddNetflux("bob", o => o.DisplayName = "bob");
        await using var provider = services.BuildServiceProvider();
        var hosted = Assert.Single(provider.GetServices<IHostedService>());
        await hosted.StartAsync(default);
        var (ann, bob) = (provider.GetRequiredService<NetfluxClient>(), provider.GetRequiredKeyedService<NetfluxClient>("bob"));
        Assert.NotEqual(await ann.GetPeerIdAsync().WaitAsync(s_patience), await bob.GetPeerIdAsync().WaitAsync(s_patience));
        await hosted.StopAsync(default).WaitAsync(s_patience);
        Assert.Equal(NetfluxError.Stopping, (await Assert.ThrowsAsync<NetfluxException>(() => ann.GetPeerIdAsync()).WaitAsync(s_patience)).Error);
    }

    [Fact]
    public async Task Akka_Hosting_injects_the_facade_and_others_by_their_keys_and_names()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddAkka("rooms", akka => akka.WithNetflux(_ => { }).WithNetflux<Bob>("bob", _ => { }).WithNetflux("cy", _ => { })).AddNetfluxClient().AddNetfluxClient("cy");
        using var host = builder.Build();
        await host.StartAsync();
        var facade = host.Services.GetRequiredService<IRequiredActor<NetfluxFacade>>().ActorRef;
        var bob = host.Services.GetRequiredService<IRequiredActor<Bob>>().ActorRef;
        Assert.Equal(("/user/netflux", "/user/netflux-bob"), (facade.Path.ToStringWithoutAddress(), bob.Path.ToStringWithoutAddress()));
        Assert.Equal("/user/netflux-cy", (await NetfluxInstances.Of(host.Services.GetRequiredService<ActorSystem>()).FacadeAsync("cy")).Path.ToStringWithoutAddress());
        var id = (await facade.Ask<PeerIdentified>(new GetPeerId())).Id;
        Assert.Equal(id, await host.Services.GetRequiredService<NetfluxClient>().GetPeerIdAsync());
        Assert.NotEqual(id, await host.Services.GetRequiredKeyedService<NetfluxClient>("cy").GetPeerIdAsync());
        await host.StopAsync();
    }

    [Fact]
    public void A_bad_setting_is_refused_at_once_by_its_name()
    {
        var failure = Assert.Throws<NetfluxException>(() => new ServiceCollection().AddNetflux(o => o.RequestTimeout = TimeSpan.Zero));
        Assert.Equal(NetfluxError.InvalidOptions, failure.Error);
        Assert.Contains("RequestTimeout", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Name", Assert.Throws<NetfluxException>(() => new ServiceCollection().AddNetflux("a/b", _ => { })).Message, StringComparison.Ordinal);
    }

    private sealed class Bob;
}
