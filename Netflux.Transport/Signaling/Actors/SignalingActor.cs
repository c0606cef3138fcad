using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Actors;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Signaling;
using Netflux.Transport.Signaling.Client;
using Netflux.Transport.Signaling.Wire;
using Netflux.Transport.WebSockets;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>Keeps one connection to one signaling server: drives <see cref="SignalingSession"/>, and knows who asked what.</summary>
internal sealed class SignalingActor : UntypedActor
{
    private readonly record struct Asker(IActorRef Sender, object Token, IActorRef? Owner);

    private readonly Uri _server;
    private readonly ILinkDialer _dialer;
    private readonly ILinkDialer _others;
    private readonly Func<Incarnation> _incarnation;
    private readonly ILogger _log;
    private readonly CoreDriver<SessionFact, SessionInstruction> _session;
    private readonly Dictionary<long, Asker> _askers = [];
    private readonly Dictionary<string, IActorRef> _owners = new(StringComparer.Ordinal); // by room: the NetworkId as text, or meet/KEY
    private IActorRef _link = ActorRefs.Nobody;
    private long _linkAttempt;
    private long _lastAsk;

    public SignalingActor(Uri server, IPeerKeys keys, Func<Incarnation> incarnation, string displayName, ILinkDialer dialer, ILinkDialer others, IRandomSource random, ILoggerFactory logging, SignalingClientOptions options)
    {
        (_server, _dialer, _others, _incarnation) = (server, dialer, others, incarnation);
        _log = logging.CreateLogger<SignalingActor>();
        var core = new SignalingSession(keys, displayName, server.GetLeftPart(UriPartial.Authority), random, options);
        _session = new(Context, core, Carry, _log, "signaling session");
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OpenDoor m: _session.Handle(new DoorWanted(Remember(m.Token, m.Owner), m.Door, m.Genesis, m.Mode, m.Track, m.Ticket)); break;
            case CloseDoor m:
                _owners.Remove(m.Network.ToString());
                _session.Handle(new DoorUnwanted(m.Network));
                break;
            case ListMembers m: _session.Handle(new MembersWanted(Remember(m.Token, null), m.Network)); break;
            case TrackMember m: _session.Handle(new TrackWanted(Remember(m.Token, null), m.Network, m.Record)); break;
            case UntrackMember m: _session.Handle(new UntrackWanted(Remember(m.Token, null), m.Network, m.Member, m.Record)); break;
            case ListNetworks m: _session.Handle(new NetworksWanted(Remember(m.Token, null))); break;
            case ListTracked m: _session.Handle(new TrackedWanted(Remember(m.Token, null), m.Network, m.Only)); break;
            case LeaveInvitation m: _session.Handle(new KeepWanted(Remember(m.Token, null), m.Network, m.Id, m.To, m.Until, m.Sealed)); break;
            case RemoveInvitation m: _session.Handle(new EndKeptWanted(Remember(m.Token, null), m.Network, m.Id)); break;
            case CollectInvitations m: _session.Handle(new InvitationsWanted(m.Network)); break;
            case AskForApproval m: _session.Handle(new ApprovalWanted(Remember(m.Token, null), m.Network, m.Record)); break;
            case WithdrawAskedApproval m: _session.Handle(new ApprovalUnwanted(Remember(m.Token, null), m.Network)); break;
            case ListApprovals m: _session.Handle(new ApprovalsWanted(Remember(m.Token, null), m.Network)); break;
            case SettleApproval m: _session.Handle(new DecisionWanted(Remember(m.Token, null), m.Network, m.Peer, m.Admission, m.Why)); break;
            case WaitAtMeetingPoint m: _session.Handle(new MeetingWanted(Remember(m.Token, m.Owner), m.Key)); break;
            case LeaveMeetingPoint m:
                _owners.Remove(SignalingNames.MeetingRoom(m.Key));
                _session.Handle(new MeetingUnwanted(m.Key));
                break;
            case SendIntroduction m: _session.Handle(new IntroductionWanted(Remember(m, null), m.To, m.Room, m.Sealed)); break;
            case LinkDialled { Token: long attempt } m: HandleDialled(attempt, m.Address, m.Link); break;
            case LinkDialFailed { Token: long attempt } m: _session.Handle(new ServerDialFailed(attempt, m.Failure, m.Why, m.RetryAfter)); break;
            case ServerLinkSaid m:
                _session.Handle(new ServerSaid(m.Attempt, m.Message));
                Sender.Tell(ServerLinkActor.ReadOn.Instance);
                break;
            case ServerLinkEnded m: _session.Handle(new ServerLost(m.Attempt, m.Code, m.Text)); break;
            case DeadlineDue due: _session.HandleDue(due); break;
            default: Unhandled(message); break;
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PostStop() => _session.Stop();

    private long Remember(object token, IActorRef? owner)
    {
        _askers.Add(++_lastAsk, new(Sender, token, owner));
        return _lastAsk;
    }

    private void HandleDialled(long attempt, Uri address, IRawLink link)
    {
        // A child for each link: what a raw link tells its owner does not say which link it is of.
        (_link, _linkAttempt) = (Context.ActorOf(Props.Create(() => new ServerLinkActor(attempt, link)), $"link-{attempt}"), attempt);
        _session.Handle(new ServerDialled(attempt, link.Authority ?? Authorities.Of(address), _incarnation(), link.MessageBytesMax));
    }

    private void Carry(SessionInstruction instruction)
    {
        switch (instruction)
        {
            case DialServer { Other: { } other } i: _others.Dial(AddressOf(other), i.Attempt, Self); break;
            case DialServer i: _dialer.Dial(AddressOf(_server), i.Attempt, Self); break;
            case SayToServer i when i.Attempt == _linkAttempt: _link.Tell(new ServerLinkActor.Send(i.Message)); break;
            case SayToServer: break;
            case CloseServer i: Context.Child($"link-{i.Attempt}").Tell(new ServerLinkActor.Close(i.Code, i.Text)); break;
            case TellDoorOpened i: Answer(i.Ask, i.Genesis.Network.ToString(), token => new DoorOpened(token, i.Genesis, i.Members, i.Created, i.Name, i.Tracked) { Root = i.Root, Admission = i.Admission }); break;
            case TellMembers i: Answer(i.Ask, null, token => new MembersOnline(token, i.Network, i.Members)); break;
            case TellNetworks i: Answer(i.Ask, null, token => new NetworksListed(token, i.Networks)); break;
            case TellTracked i: Answer(i.Ask, null, token => new MemberTracked(token, i.Network)); break;
            case TellTrackedListed i: Answer(i.Ask, null, token => new TrackedListed(token, i.Network, i.Members) { Removals = i.Removals, Root = i.Root, IsWhole = i.IsWhole }); break;
            case TellMet i: Answer(i.Ask, SignalingNames.MeetingRoom(i.Key), token => new PeerMet(token, i.Key, i.Other, i.First)); break;
            case TellFailed i: Answer(i.Ask, null, token => new SignalingFailed(token, i.Error, i.Why)); break;
            case TellDoorReopened i: TellOwner(i.Network.ToString(), new DoorReopened(i.Network, i.Members) { Root = i.Root }); break;
            case TellRoot i: TellOwner(i.Network.ToString(), new RootShown(i.Network, i.Root)); break;
            case TellDoorConflict i:
                SignalingLog.DoorConflict(_log, _server, i.Name, i.Network, i.Why);
                TellOwner(i.Network.ToString(), new DoorConflict(i.Network, i.Name, i.Why));
                break;
            case TellIntroduction i: TellOwner(i.Room, new IntroductionArrived(i.From, i.Room, i.Sealed)); break;
            case TellInvited i: TellOwner(i.Network.ToString(), new InvitationCollected(i.Network, i.Id, i.From, i.Sealed)); break;
            case TellApprovals i: Answer(i.Ask, null, token => new ApprovalsListed(token, i.Network, i.Records)); break;
            case TellApprovalAsked i: TellOwner(i.Network.ToString(), new ApprovalArrived(i.Network, i.Record)); break;
            case TellDecided i:
                if (i.Ask is { } ask) _askers.Remove(ask);
                TellOwner(i.Network.ToString(), new ApprovalAnswered(i.Network, i.Admission, i.Why));
                break;
            case TellIntroductionFailed i: Answer(i.Ask, null, _ => new IntroductionFailed(i.To, i.Room, i.Why)); break;
            case TellIntroductionPassed i: _askers.Remove(i.Ask); break;
            case TellNewerIncarnation i: Context.Parent.Tell(new NewerIncarnationSeen(i.Seen, i.Online)); break;
            case NoteConnection { Up: true } i: SignalingLog.ConnectionUp(_log, i.Text); break;
            case NoteConnection i: SignalingLog.ConnectionDown(_log, i.Text); break;
            case NoteDoorRefused i: SignalingLog.DoorRefused(_log, _server, i.Network, i.Error, i.Text); break;
            case NoteNotCollected i: SignalingLog.NotCollected(_log, _server, i.Network, i.Error, i.Text); break;
            case NoteGoElsewhere i: SignalingLog.GoElsewhere(_log, _server, i.Server); break;
            default: throw new ArgumentOutOfRangeException(nameof(instruction), instruction, null);
        }
    }

    private static Uri AddressOf(Uri server) => new UriBuilder(server.Scheme is "https" or "wss" ? "wss" : "ws", server.Host, server.Port, SignalingPath.Upgrade).Uri;

    private void Answer(long ask, string? room, Func<object, object> answer)
    {
        if (!_askers.Remove(ask, out var asker)) return;
        if (room is not null && asker.Owner is { } owner) _owners[room] = owner;
        asker.Sender.Tell(answer(asker.Token));
    }

    private void TellOwner(string room, object message)
    {
        if (_owners.TryGetValue(room, out var owner)) owner.Tell(message);
    }
}
