using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Netflux.Client;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Tests.Client;

/// <summary>A client whose facade, network and peers are probes: what is said to them is compared, and what they would say is told.</summary>
public abstract class ClientFixture : Akka.TestKit.Xunit2.TestKit
{
    protected ClientFixture()
    {
        Facade = CreateTestProbe("facade");
        NetworkRef = CreateTestProbe("network");
        Client = new(Facade, Sys);
    }

    protected TestProbe Facade { get; }

    protected TestProbe NetworkRef { get; }

    protected NetfluxClient Client { get; }

    protected Network Network => new(default, NetworkRef, "lobby", null, new Topology { Json = "{}", MessageBytesMax = 1_000_000 });

    protected static PeerId Id(byte number)
    {
        var bytes = new byte[20];
        bytes[19] = number;
        return PeerId.FromBytes(bytes);
    }

    protected Peer Peer(byte number, string name) => new(Id(number), name, NetworkRef);

    /// <summary>A network's handle; and its subscriber, which the network would tell its events.</summary>
    protected async Task<(NetfluxNetwork Network, IActorRef Subscriber)> OpenAsync(params Peer[] members)
    {
        var opening = Client.OpenNetworkAsync(Network);
        var request = await Facade.ExpectMsgAsync<Subscribe>();
        Facade.Reply(new Subscribed(Network.Id, members));
        var network = await opening;
        await NetworkRef.ExpectMsgAsync<OpenSendWindow>();
        return (network, request.Subscriber);
    }

    protected MessageReceived Message(Peer from, string text, long number) => new(Network, from, Encoding.UTF8.GetBytes(text), Delivery.Broadcast, number);
}
