using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Overlays.Star;

/// <summary>What a hub does for its members: it takes them in, tells each of the others, and keeps the order of succession, which it signs anew when it has changed.</summary>
internal sealed class HubDuties(Genesis genesis, StarOptions options, IPeerKeys keys, StarRoster roster, StarPeers peers, Queue<OverlayInstruction> outbox)
{
    private readonly int _places = genesis.Topology.MaxMembers;
    private readonly SortedDictionary<PeerId, ulong> _members = [];       // with the order in which they came
    private readonly SortedDictionary<PeerId, bool> _news = [];           // whether the others lack its record
    private Instant? _newsAt;
    private Instant? _reignAt;
    private ulong _attachments;
    private MemberRecord? _self;
    private PeerId[]? _ids;

    /// <summary>Null where we are no hub.</summary>
    public Succession? Reign { get; private set; }

    /// <summary>Those that have attached to us.</summary>
    public IReadOnlyList<PeerId> Members => _ids ??= [.. _members.Keys];

    public bool IsMember(PeerId id) => _members.ContainsKey(id);

    /// <summary>Not all have been told of it yet.</summary>
    public bool IsNews(PeerId id) => _news.ContainsKey(id);

    private MemberRecord Self => _self ?? throw new InvalidOperationException("Not a hub.");

    // ---- Begin and end ----

    /// <param name="expected">Members that wait for us, so that a hub that just begins does not count as one without members.</param>
    public void Open(MemberRecord self, ulong epoch, int expected)
    {
        (_self, _ids) = (self, null);
        _members.Clear();
        _news.Clear();
        (_newsAt, _reignAt) = (null, null);
        Reign = Succession.Create(keys, genesis, self, epoch, 1, expected, []);
    }

    public void End()
    {
        Reign = null;
        _members.Clear();
        _news.Clear();
        (_ids, _newsAt, _reignAt) = (null, null, null);
    }

    public void SetSelf(MemberRecord self, Instant now)
    {
        _self = self;
        AddNews(self.Id, lacks: true, now);
        _reignAt ??= now + options.ReignInterval;
    }

    // ---- Members ----

    /// <summary>False where there is no place. Members of two parts that grew apart are all taken in, up to twice the places.</summary>
    public bool TryAttach(MemberRecord member, StarControl.Attach attach, StarTalk talk, Instant now)
    {
        var isNew = !IsMember(member.Id);
        if (isNew)
        {
            if (_members.Count + 2 > (attach.WasMember ? 2 * _places : _places)) return false;
            var lacks = !(roster.Contains(member.Id) && roster.TryFind(member.Id, out var known) && known.Record.Span.SequenceEqual(member.Record.Span));
            roster.Confirm(member, now);
            _members[member.Id] = ++_attachments;
            _ids = null;
            AddNews(member.Id, lacks, now);
            _reignAt ??= now + options.ReignInterval;
        }
        Send(member.Id, new StarControl.Reign(Reign!.Record));
        talk.Told = Reign;
        if (talk.ListsAnswered.TryTake(now)) SendAll(member.Id, attach.Known);
        if (isNew) outbox.Enqueue(new AnnounceAttached(member.Id));     // last: what waits for it comes after the list, with which we are its hub
        return true;
    }

    /// <summary>The member is gone, and all are told why.</summary>
    public void Remove(PeerId id, PeerLeavingReason reason, Instant now)
    {
        if (LetGo(id, now) | roster.Remove(id, reason, now)) TellGone(id, reason);
    }

    /// <summary>The member follows another hub, or may; it is for the doubt to end or not.</summary>
    public bool LetGo(PeerId id, Instant now)
    {
        if (!_members.Remove(id)) return false;
        _ids = null;
        _news.Remove(id);
        _reignAt ??= now + options.ReignInterval;
        return true;
    }

    public void TellGone(PeerId id, PeerLeavingReason reason)
    {
        TellNews();    // what was said of it before arrives before
        SendToAll(new StarControl.Gone(id, reason));
    }

    public void TellSilent(PeerId id, bool heard) => SendToAll(new StarControl.Silent(id, heard), except: id);

    public void Update(MemberRecord record, Instant now)
    {
        if (roster.Update(record)) AddNews(record.Id, lacks: true, now);
    }

    // ---- What they are told ----

    public Instant? DeadlineIf(bool signs) => Instant.Earlier(_newsAt, signs ? _reignAt : null);

    public void HandleDeadline(bool signs, Instant now)
    {
        if (_newsAt <= now) TellNews();
        if (signs && _reignAt <= now) Renew();
    }

    /// <summary>Where it is about to be compared with another's, the list says how many we have now.</summary>
    public Succession Renewed()
    {
        if (_reignAt is not null) Renew();
        return Reign!;
    }

    /// <summary>Signs the order as it is now.</summary>
    public void Renew()
    {
        _reignAt = null;
        // Consenting relays first: a hub relays. Then those that are here longest.
        var order = _members.OrderBy(member => roster.TryFind(member.Key, out var record) && record.Relays ? 0 : 1).ThenBy(member => member.Value).Select(member => member.Key).Take(options.SuccessorsMax);
        Reign = Succession.Create(keys, genesis, Self, Reign!.Epoch, Reign.Number + 1, _members.Count, [.. order]);
        SendToAll(new StarControl.Reign(Reign.Record));
    }

    private void AddNews(PeerId id, bool lacks, Instant now)
    {
        _news[id] = lacks || _news.GetValueOrDefault(id);
        _newsAt ??= now + options.NewsDelay;
    }

    public void TellNews()
    {
        _newsAt = null;
        if (_news.Count == 0) return;
        var news = _news.Select(entry => (Record: RecordOf(entry.Key), Lacks: entry.Value)).Where(entry => entry.Record is not null).ToList();
        _news.Clear();
        foreach (var part in Parts([.. news.Where(entry => entry.Lacks).Select(entry => entry.Record!)], [.. news.Where(entry => !entry.Lacks).Select(entry => StarControl.HashOf(entry.Record!))], whole: false)) SendToAll(part);
    }

    private MemberRecord? RecordOf(PeerId id) => id == Self.Id ? Self : roster.TryFind(id, out var record) ? record : null;

    private void SendAll(PeerId to, IReadOnlyList<ulong> known)
    {
        var has = known.ToHashSet();
        var all = _members.Keys.Where(id => id != to).Select(RecordOf).OfType<MemberRecord>().Prepend(Self).Select(record => (record, hash: StarControl.HashOf(record))).ToList();
        foreach (var part in Parts([.. all.Where(entry => !has.Contains(entry.hash)).Select(entry => entry.record)], [.. all.Where(entry => has.Contains(entry.hash)).Select(entry => entry.hash)], whole: true)) Send(to, part);
    }

    private List<StarControl.Members> Parts(List<MemberRecord> records, List<ulong> known, bool whole)
    {
        var parts = new List<StarControl.Members>();
        var part = new List<ReadOnlyMemory<byte>>();
        var bytes = 0;
        foreach (var record in records)
        {
            if (bytes + record.Record.Length > options.ListPartBytes)
            {
                parts.Add(new(part, [], false, false));
                (part, bytes) = ([], 0);
            }
            part.Add(record.Record);
            bytes += record.Record.Length;
        }
        parts.Add(new(part, known, false, false));
        if (whole)
        {
            parts[0] = parts[0] with { Begins = true };
            parts[^1] = parts[^1] with { Ends = true };
        }
        return parts;
    }

    private void Send(PeerId to, StarControl control)
    {
        if (peers.IsUp(to)) outbox.Enqueue(new SendControl(to, control.ToBytes()));
    }

    private void SendToAll(StarControl control, PeerId? except = null)
    {
        byte[]? body = null;
        foreach (var id in _members.Keys)
        {
            if (id == except || !peers.IsUp(id)) continue;
            body ??= control.ToBytes();
            outbox.Enqueue(new SendControl(id, body));
        }
    }
}
