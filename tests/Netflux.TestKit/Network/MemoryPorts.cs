using Akka.Actor;
using Netflux.Links;

namespace Netflux.TestKit;

/// <summary>Dials over the wires of a world.</summary>
internal sealed class MemoryDialer(MemoryNetwork network, string name) : ILinkDialer
{
    private readonly int _run = network.Host(name).Run;

    public bool MayDial(Uri address) =>
        address is { Scheme: "ws", AbsolutePath: MemoryListener.Path } && MemoryHost.NameOf(address) is not null;

    public void Dial(Uri address, object token, IActorRef asker) => network.Dial(name, _run, address, token, asker);
}

/// <summary>Takes links at <c>ws://NAME.memory/netflux/link</c>.</summary>
internal sealed class MemoryListener(MemoryHost host) : ILinkListener
{
    public const string Path = "/netflux/link";

    private Action<IRawLink>? _accept;

    public void Start(IActorRef facade)
    {
        host.Acceptors[Path] = _accept = link => facade.Tell(new LinkAccepted(link));
        facade.Tell(new ListeningOn([new Uri($"ws://{host.Authority}{Path}")], [host.Authority]));
    }

    public void Stop()
    {
        // A later run of the same peer may listen already.
        if (_accept is not null && host.Acceptors.TryGetValue(Path, out var current) && current == _accept) host.Acceptors.Remove(Path);
    }
}
