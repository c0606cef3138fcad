using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.FullMesh;

/// <summary>
/// From the start until <see cref="AnnounceReady"/> or <see cref="JoinFailed"/>: reach one member, hear its list, wait for those on it. The first member of a network is ready at once.
/// </summary>
internal sealed class JoinProcedure(FullMeshOptions options, int places, MemberBook book)
{
    private abstract record State
    {
        /// <summary>Nobody is up yet.</summary>
        public sealed record Reaching(Instant GiveUpAt) : State;

        /// <summary>Somebody is up; the others of the first set are waited for.</summary>
        public sealed record Settling(Instant Until) : State;

        /// <summary>Everybody is up and we have the last place, if nobody else has taken it.</summary>
        public sealed record Holding(Instant Until) : State;

        public sealed record Done : State;
    }

    internal abstract record Outcome
    {
        public sealed record Ready : Outcome;

        public sealed record Failed(NetfluxError Why) : Outcome;
    }

    private readonly SortedSet<PeerId> _firstSet = [];
    private readonly SortedSet<PeerId> _listed = [];   // whose list has come: in their eyes we are up, too
    private State _state = new State.Done();
    private Instant? _newSince;
    private bool _toldFull;

    public Instant? NextDeadline => _state switch
    {
        State.Reaching reaching => reaching.GiveUpAt,
        State.Settling settling => settling.Until,
        State.Holding holding => holding.Until,
        _ => null,
    };

    public void Start(IEnumerable<PeerId> known, Instant now)
    {
        _firstSet.UnionWith(known);
        if (_firstSet.Count > 0) _state = new State.Reaching(now + options.JoinTimeout);
    }

    /// <summary>Whether we ourselves are new here: then others judge who has a place.</summary>
    public bool IsNewcomer(Instant now) => IsNewFor(options.NewcomerTime, now);

    private bool IsNewFor(TimeSpan span, Instant now) => _state is State.Reaching || _newSince is { } since && since + span > now;

    public void HandleUp(Instant now)
    {
        if (_state is not State.Reaching) return;
        _newSince ??= now;
        _state = new State.Settling(now + options.JoinSettle);
    }

    public void OnList(PeerId from, IEnumerable<MeshMember> added)
    {
        if (_state is State.Done) return;
        _listed.Add(from);
        if (_state is State.Settling) _firstSet.UnionWith(added.Select(member => member.Id));
    }

    /// <summary>A member said that there is no place for us.</summary>
    public void OnToldFull() => _toldFull = true;

    /// <summary>What follows from all that is known; null where nothing does yet.</summary>
    public Outcome? Advance(Instant now)
    {
        // Told so, and the places are taken as far as we can see: it is so. The time in which we believe it is longer than the one in which others count us as new.
        if (_toldFull && IsNewFor(3 * options.NewcomerTime, now) && book.CountOthers() >= places - 1) return Fail(NetfluxError.NetworkFull);
        switch (_state)
        {
            case State.Reaching reaching:
                return RefusedByAll() || reaching.GiveUpAt <= now ? Fail(WhyNobody()) : null;

            case State.Settling settling:
                if (settling.Until <= now && !book.Neighbours.Any())
                {
                    _state = new State.Reaching(now + options.JoinTimeout);
                    return null;
                }
                if (settling.Until > now && !(_listed.Count > 0 && _firstSet.All(IsSettled))) return null;
                _state = book.CountOthers() >= places - 1 ? new State.Holding(now + options.LastPlaceHold) : new State.Done();
                return _state is State.Done ? new Outcome.Ready() : null;

            case State.Holding holding when holding.Until <= now:
                _state = new State.Done();
                return new Outcome.Ready();

            default:
                return null;
        }
    }

    private Outcome.Failed Fail(NetfluxError why)
    {
        _state = new State.Done();
        return new(why);
    }

    /// <summary>Up, and its list says that we are up there: whoever has joined can rely on being sent to by those that it sees.</summary>
    private bool IsSettled(PeerId id) => !book.TryFind(id, out var member) || (member.IsUp && _listed.Contains(id)) || member.HasFailed;

    private bool RefusedByAll() =>
        _firstSet.All(id => book.TryFind(id, out var member) && (member.Refusal == NetfluxError.NetworkFull || member.Refusals >= options.RefusalsBelieved));

    private NetfluxError WhyNobody()
    {
        NetfluxError? why = null;
        foreach (var member in book.All)
            why = member.Refusal is { } refusal && why is not NetfluxError.NetworkFull ? refusal : why;
        return why ?? NetfluxError.PeerUnreachable;
    }
}
