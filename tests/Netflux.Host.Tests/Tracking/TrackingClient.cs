using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Signaling;
using Netflux.TestKit;

namespace Netflux.Host.Tracking;

/// <summary>
/// A client that joins a tracked network, sends introductions to who is there, leaves and joins again, without end, and writes down what was acknowledged. Its connection is the product's own; what
/// comes after introductions is left out, since three hundred whole peers are more than a machine that also runs the servers.
/// </summary>
internal sealed class TrackingClient : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);   // between two things that it does
    private const int Introductions = 3;

    /// <summary>What is known of a client's membership from outside the servers.</summary>
    public enum Membership
    {
        No,
        Yes,

        /// <summary>A change was asked for and not acknowledged: it may be stored or not.</summary>
        Unknown,
    }

    /// <summary>What one client did, to be read by the test when it has stopped.</summary>
    public sealed class Log
    {
        private readonly Lock _gate = new();
        private readonly List<(TimeSpan At, string What)> _done = [];

        public Membership Membership { get; set; }

        public void Add(TimeSpan at, string what)
        {
            lock (_gate) _done.Add((at, what));
        }

        public IReadOnlyList<(TimeSpan At, string What)> Done
        {
            get { lock (_gate) return [.. _done]; }
        }
    }

    private sealed record Next;

    private readonly SeededPeerKeys _keys;
    private readonly Genesis _genesis;
    private readonly Log _log;
    private readonly Func<TimeSpan> _time;
    private readonly IActorRef _signaling;
    private uint _updates;
    private int _introduced;

    public TrackingClient(SeededPeerKeys keys, Genesis genesis, Uri server, ISignalingProvider provider, Log log, Func<TimeSpan> time)
    {
        (_keys, _genesis, _log, _time) = (keys, genesis, log, time);
        _signaling = Context.ActorOf(provider.SignalingProps(server, keys, () => new Incarnation(1), "client"), "signaling");
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Open();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DoorOpened:
                Did("entered");
                var admission = Admission.Issue(_keys, _genesis, _keys.Id, null, mayInvite: true, DateTimeOffset.UtcNow, null);
                _log.Membership = Membership.Unknown;
                _signaling.Tell(new TrackMember("join", _genesis.Network, MemberRecord.Create(_keys, _genesis, new Incarnation(1), ++_updates, "client", admission, [], relays: false).Record));
                break;
            case MemberTracked { Token: "join" }:
                _log.Membership = Membership.Yes;
                Did("joined");
                _introduced = 0;
                Later();
                break;
            case MemberTracked { Token: "leave" }:
                _log.Membership = Membership.No;
                Did("left");
                _signaling.Tell(new CloseDoor(_genesis.Network));
                Timers.StartSingleTimer("open", Again.Instance, s_pause);
                break;
            case Again: Open(); break;
            case Next when _introduced++ < Introductions: _signaling.Tell(new ListMembers("who", _genesis.Network)); break;
            case Next:
                _log.Membership = Membership.Unknown;
                _signaling.Tell(new UntrackMember("leave", _genesis.Network, _keys.Id, Removal.Create(_keys, _genesis.Network, _keys.Id, DateTimeOffset.UtcNow).Record));
                break;
            case MembersOnline m:
                Did("listed");
                foreach (var other in m.Members) _signaling.Tell(new SendIntroduction(other.Card.Id, _genesis.Network.ToString(), new byte[500]));
                Later();
                break;
            case IntroductionArrived: Did("introduced"); break;
            case DoorReopened: Did("reopened"); break;
            case SignalingFailed m:
                _log.Add(_time(), $"failed: {m.Error}");
                // It is asked again, from the door on: what is asked for twice is the same.
                Timers.StartSingleTimer("open", Again.Instance, s_pause);
                break;
            case IntroductionFailed: break;   // that one is away for the moment
            default: Unhandled(message); break;
        }
    }

    private void Open() => _signaling.Tell(new OpenDoor("open", _genesis.Network.ToString(), _genesis.Record, DoorMode.Join, Track: false, Self));

    private void Later() => Timers.StartSingleTimer("next", new Next(), s_pause);

    private void Did(string what) => _log.Add(_time(), what);

    private sealed record Again
    {
        public static readonly Again Instance = new();
    }
}
