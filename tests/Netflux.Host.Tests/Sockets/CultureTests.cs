using System.Globalization;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Host.Sockets;

/// <summary>Peers whose threads think in Turkish (another capital of i, a comma in numbers). It is said to the whole process, so nothing runs beside it.</summary>
[Trait("Category", "Rim"), Collection(nameof(CultureCollection))]
public sealed class CultureTests : IDisposable
{
    private readonly (CultureInfo?, CultureInfo) _before = (CultureInfo.DefaultThreadCurrentCulture, CultureInfo.CurrentCulture);

    public CultureTests() => CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("tr-TR");

    public void Dispose() => (CultureInfo.DefaultThreadCurrentCulture, CultureInfo.CurrentCulture) = _before;

    [Fact]
    public async Task The_conversation_is_the_same()
    {
        Assert.Equal(("ı", "1,5"), ("I".ToLower(CultureInfo.CurrentCulture), 1.5.ToString(CultureInfo.CurrentCulture)));
        await using var world = await SocketWorld.StartAsync();
        var (ann, bob, cy) = await world.ThreeAsync();
        var first = await ann.Client.CreateAsync(Topology.FullMesh(), "IDIL").ListeningAsync();
        Assert.Equal("idil", first.Name);
        var second = await bob.Client.JoinAsync(world.Net("idil")).ListeningAsync();
        var third = await cy.Client.JoinAsync(NetworkAddress.At(world.Url, "Idil"), Topology.FullMesh()).ListeningAsync();
        Assert.Equal((first.Id, first.Id), (second.Id, third.Id));
        await first.MeetAsync(2);
        await second.MeetAsync(2);
        await first.BroadcastConfirmedAsync("IıİiI".Bytes()).WaitAsync(SocketWorld.Patience);
        Assert.Equal((ann.Id, Delivery.Broadcast, "IıİiI"), await second.HearAsync());
        Assert.Equal((ann.Id, Delivery.Broadcast, "IıİiI"), await third.HearAsync());

        // The threads of the actors do think in Turkish: who answers a join request is asked on one of them.
        var culture = "";
        var room = await ann.Client.CreateAsync(Topology.FullMesh()).ListeningAsync();
        using var answering = bob.Client.AnswerJoinRequests((_, _) => { culture = CultureInfo.CurrentCulture.Name; return ValueTask.FromResult(JoinAnswer.Accept); });
        await answering.Started;
        Assert.IsType<JoinRequestAccepted>(await room.InviteAsync(bob.Id));
        Assert.Equal("tr-TR", culture);

        await cy.Client.JoinAsync(world.Net("nowhere")).FailsAsync(NetfluxError.NetworkNotFound);
        await second.DisposeAsync();
        Assert.Equal(PeerLeavingReason.Left, (await first.NextAsync<PeerLeaving>()).Reason);
        await cy.StopAsync();
        Assert.Equal(PeerLeavingReason.WentOffline, (await first.NextAsync<PeerLeaving>()).Reason);
    }
}

[CollectionDefinition(nameof(CultureCollection), DisableParallelization = true)]
public sealed class CultureCollection;
