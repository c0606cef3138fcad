using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Core;
using Netflux.Links;
using Netflux.Sessions;
using Netflux.Sessions.Handshake;

namespace Netflux.Actors;

/// <summary>Supervises the links. Those that are not proven yet are limited in number, in all and per address (DESIGN §4); a peer that was cut off has to wait.</summary>
internal sealed class LinksActor(NetfluxSetup setup, IActorRef facade, IncarnationSource incarnation) : UntypedActor
{
    private readonly ILogger _log = setup.Logging.CreateLogger("Netflux.Links");
    private readonly ProofHistory _proofs = new(setup.Options.Handshake.ProofsRemembered);
    private readonly Dictionary<IActorRef, string> _unproven = [];
    private readonly CutOffs _cutOffs = new(setup.Options.Link);
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
                HandleProven(proven);
                break;
            case LinkCutOff cutOff:
                _cutOffs.Add(cutOff.Peer, cutOff.Address, cutOff.Code, Now);
                break;
            case Terminated terminated:
                _unproven.Remove(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void HandleProven(ProvenLink proven)
    {
        if (_cutOffs.Refusal(proven.Proven.Remote.Id, proven.Address, Now) is { } code)
            proven.Link.Tell(new CloseLinkWith(code, "cut off lately for breaking the rules; dial again later"));
        else facade.Forward(proven);
    }

    private static Instant Now => Clock.Now(Context.System.Scheduler);

    private bool OverLimit(string address) =>
        _unproven.Count >= setup.Options.UnprovenLinksMax || _unproven.Values.Count(a => a == address) >= setup.Options.UnprovenLinksPerAddressMax;

    private void Build(BuildLink build)
    {
        var id = new LinkId(++_last);
        var context = new HandshakeContext(setup.Keys, setup.EphemeralKeys, setup.Random, incarnation.Current, setup.DisplayName, build.Expected,
            AuthorityDialled: build.Role == LinkRole.Dialler ? build.Raw.Authority : null,
            OwnsAuthority: build.Role == LinkRole.Listener && build.Raw.Authority is not null ? Owns : null,
            build.Raw.Binding, setup.Options.Handshake);
        var handshake = new LinkHandshake(build.Role, context, _proofs);
        var link = Context.ActorOf(Props.Create(() => new LinkActor(id, build, handshake, setup.Options.Link, _log)), $"link-{id}");
        _unproven[link] = build.Raw.RemoteAddress;
        Context.Watch(link);
    }

    private bool Owns(string authority) => _own.Authorities.Contains(authority, StringComparer.OrdinalIgnoreCase);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
}
