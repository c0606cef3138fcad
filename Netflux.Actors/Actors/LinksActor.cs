using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Links;
using Netflux.Sessions.Handshake;

namespace Netflux.Actors;

/// <summary>Supervises the links. Those that are not proven yet are limited in number, in all and per address (DESIGN §4).</summary>
internal sealed class LinksActor(NetfluxSetup setup, IActorRef facade, IncarnationSource incarnation) : UntypedActor
{
    private readonly ILogger _log = setup.Logging.CreateLogger("Netflux.Links");
    private readonly ProofHistory _proofs = new(setup.Options.ProofHistoryMax);
    private readonly Dictionary<IActorRef, string> _unproven = [];
    private OwnAddresses _own = OwnAddresses.None;
    private long _last;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OwnAddresses own:
                _own = own;
                break;
            case LinkAccepted accepted when OverLimit(accepted.Link.RemoteAddress):
                accepted.Link.Close(CloseCode.TooManyUnproven, "too many links that are not proven yet; dial again later");
                break;
            case LinkAccepted accepted:
                Build(new BuildLink(accepted.Link, LinkRole.Listener, null, null, null));
                break;
            case BuildLink build:
                Build(build);
                break;
            case ProvenLink proven:
                _unproven.Remove(proven.Link);
                facade.Forward(proven);
                break;
            case Terminated terminated:
                _unproven.Remove(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private bool OverLimit(string address) =>
        _unproven.Count >= setup.Options.UnprovenLinksMax || _unproven.Values.Count(a => a == address) >= setup.Options.UnprovenLinksPerAddressMax;

    private void Build(BuildLink build)
    {
        var id = new LinkId(++_last);
        var context = new HandshakeContext(setup.Keys, setup.EphemeralKeys, setup.Random, incarnation.Current, setup.DisplayName, build.Expected,
            AuthorityDialled: build.Role == LinkRole.Dialler ? build.Raw.Authority : null,
            OwnsAuthority: build.Role == LinkRole.Listener && build.Raw.Authority is not null ? Owns : null,
            setup.Options.Handshake);
        var handshake = new LinkHandshake(build.Role, context, _proofs);
        var link = Context.ActorOf(Props.Create(() => new LinkActor(id, build, handshake, _log)), $"link-{id}");
        _unproven[link] = build.Raw.RemoteAddress;
        Context.Watch(link);
    }

    private bool Owns(string authority) => _own.Authorities.Contains(authority, StringComparer.OrdinalIgnoreCase);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
}
