namespace Netflux.Host.Cli;

/// <summary>Processes of which none listens: they link over data channels, which the signaling server introduces, and need it no more.</summary>
[Trait("Category", "Rim")]
public class DataChannelChatTests
{
    [Fact]
    public async Task Two_and_then_three_that_do_not_listen_talk_over_data_channels_also_without_the_server()
    {
        var (host, server) = await Talk.HostAsync();
        await using var _ = host;
        await using var ann = await Talk.JoinAsync(server, "ann", 0, "--listen", "none");
        await using var bob = await Talk.JoinAsync(server, "bob", 1, "--listen", "none");
        await ExpectDirectAsync(ann, bob);
        await Talk.AllHearAllAsync("two", ann, bob);

        await using var cy = await Talk.JoinAsync(server, "cy", 2, "--listen", "none");
        await ExpectDirectAsync(ann, bob, cy);
        await Talk.AllHearAllAsync("three", ann, bob, cy);

        host.Kill();
        await host.ExitAsync();
        await Talk.AllHearAllAsync("without the server", ann, bob, cy);
        await ExpectDirectAsync(ann, bob, cy);
        await bob.SayAsync("/quit");
        Assert.Equal("left", (await ann.ExpectAsync("peerLeaving")).Text("reason"));
        Assert.Equal(0, await bob.ExitAsync());
        cy.EndInput();
        Assert.Equal("wentOffline", (await ann.ExpectAsync("peerLeaving")).Text("reason"));
        Assert.Equal(0, await cy.ExitAsync());
    }

    private static async Task ExpectDirectAsync(params NetfluxProcess[] chats) =>
        Assert.All((await LinksSaid.ExpectDataChannelsAsync(chats)).Values, pair => Assert.Equal(("host", "succeeded"), (pair.LocalType, pair.State)));
}
