using Akka.Actor;
using Netflux.Links;

namespace Netflux.TestKit;

/// <summary>Dials over the wires of a world.</summary>
internal sealed class MemoryDialer(MemoryNetwork network, string name) : ILinkDialer
{
    public bool MayDial(Uri address) =>
        address is { Scheme: "ws", AbsolutePath: MemoryListener.Path } && MemoryHost.NameOf(address) is not null;

    public void Dial(Uri address, object token, IActorRef asker) => network.Dial(name, address, token, asker);
}

/// <summary>Takes links at <c>ws://NAME.memory/netflux/link</c>.</summary>
internal sealed class MemoryListener(MemoryHost host) : ILinkListener
{
    public const string Path = "/netflux/link";

    public void Start(IActorRef facade)
    {
        host.IsDead = false;
        host.Acceptors[Path] = link => facade.Tell(new LinkAccepted(link));
        facade.Tell(new ListeningOn([new Uri($"ws://{host.Authority}{Path}")], [host.Authority]));
    }

    public void Stop() => host.Acceptors.Remove(Path);
}
