using System.Globalization;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Networks;

namespace Netflux.Tests.Networks;

/// <summary>The rules of docs/decisions/0003-flow.md said as plainly as they can be: lists, whole passes from the start, nothing remembered between calls.</summary>
internal sealed class SendQueueModel(SendQueueOptions options, int messageBytesMax, bool drops, TimeSpan grace)
{
    private sealed class Message
    {
        public long Id;
        public int Length;
        public object? Confirming;
        public bool Broadcast, Large;
        public List<Member> Waiting = [];
    }

    private sealed class Member
    {
        public PeerId Id;
        public long Window, Charged, CostConsumed;
        public ulong Consumed;
        public List<Message> Sent = [];
        public Instant Progress;
        public Instant? HeldUp;
        public bool Dropped;
        public long Held => Sent.Where(m => !m.Large).Sum(m => (long)m.Length);
    }

    private sealed class Window
    {
        public required object Sender;
        public long Told, Settled, UpTo, Accepted;
        public bool Closed;
    }

    private sealed record Waiting(Submission Said, Window? Window, Member? To);

    private readonly List<Member> _members = [];
    private readonly List<Window> _windows = [];
    private readonly List<Waiting> _line = [];
    private long _last;

    public List<string> Out { get; } = [];

    public long BytesOnTheirWay => _members.SelectMany(m => m.Sent).Distinct().Where(m => !m.Large).Sum(m => (long)m.Length);

    public int LargeOnTheirWay => _members.SelectMany(m => m.Sent).Distinct().Count(m => m.Large);

    public int MembersOpen => _members.Count;

    private long Share => options.SendBytesMax / Math.Max(1, _members.Count);

    private IEnumerable<Member> Living => _members.Where(m => !m.Dropped);

    public Instant? NextDeadline => drops && Living.Any(m => m.HeldUp is not null) ? Living.Where(m => m.HeldUp is not null).Min(Patience) : null;

    private Instant Patience(Member m) => new Instant(Math.Max(m.HeldUp!.Value.Ticks, m.Progress.Ticks)) + grace;

    public void Open(PeerId id, long window, Instant now)
    {
        Close(id, now);
        _members.Add(new Member { Id = id, Window = window, Progress = now });
        _members.Sort((x, y) => x.Id.CompareTo(y.Id));
        Pass(now);
    }

    public void Close(PeerId id, Instant now)
    {
        if (_members.SingleOrDefault(m => m.Id == id) is not { } member) return;
        _members.Remove(member);
        if (member.Sent.Count > 0)
        {
            var senders = member.Sent.Where(m => !m.Broadcast && m.Confirming is not null).Select(m => m.Confirming).Distinct();
            Say($"undelivered {id.Short} {member.Sent[0].Id}-{member.Sent[^1].Id} [{string.Join(",", senders)}]");
        }
        RefuseWaitingFor(member);
        foreach (var message in member.Sent) Land(member, message, message.Broadcast);
        Pass(now);
    }

    public void Credit(PeerId id, ulong messages, long cost, Instant now)
    {
        if (_members.SingleOrDefault(m => m.Id == id) is not { } member) return;
        member.CostConsumed = Math.Max(member.CostConsumed, Math.Min(cost, member.Charged));
        while (member.Consumed < messages && member.Sent.Count > 0)
        {
            var message = member.Sent[0];
            member.Sent.RemoveAt(0);
            member.Consumed++;
            member.Progress = now;
            Land(member, message, true);
        }
        Pass(now);
    }

    public void OpenWindow(object sender)
    {
        var window = _windows.SingleOrDefault(w => w.Sender == sender && !w.Closed);
        if (window is null)
        {
            if (_windows.Count(w => !w.Closed || _line.Any(e => e.Window == w)) >= options.WindowSendersMax)
            {
                Say($"refused {sender} 0 TooMany");
                return;
            }
            _windows.Add(window = new Window { Sender = sender, UpTo = options.SendWindow });
        }
        Say($"window {sender} {window.UpTo} {window.Accepted}");
    }

    public void CloseWindow(object sender)
    {
        if (_windows.SingleOrDefault(w => w.Sender == sender && !w.Closed) is { } window) window.Closed = true;
    }

    public void Submit(Submission said, Instant now)
    {
        var window = _windows.SingleOrDefault(w => w.Sender == said.Sender && !w.Closed);
        var shut = window is not null && window.Told >= window.UpTo;
        if (window is not null) window.Told += said.Payload.Length + 64;
        var to = said.To is { } id ? Living.SingleOrDefault(m => m.Id == id) : null;
        var entry = new Waiting(said, window, to);
        var plain = _line.Where(e => e.Window is null).ToList();
        if (said.Payload.Length > messageBytesMax) Refuse(entry, NetfluxError.MessageTooLarge);
        else if (said.To is not null && to is null) Refuse(entry, NetfluxError.UnknownPeer);
        else if (shut) Refuse(entry, NetfluxError.SendWindowExceeded);
        else if (window is null && !GoesAtOnce(entry) && (plain.Count >= options.PendingMessagesMax
            || plain.Sum(e => e.Said.Payload.Length) is > 0 and var bytes && bytes + said.Payload.Length > options.PendingBytesMax)) Refuse(entry, NetfluxError.SendWindowExceeded);
        else
        {
            _line.Add(entry);
            Pass(now);
        }
    }

    public void Withdraw(RequestId request, Instant now)
    {
        if (_line.FirstOrDefault(e => e.Said.RequestId == request) is not { } entry) return;
        _line.Remove(entry);
        Settle(entry.Window, entry.Said, false);
        Pass(now);
    }

    public void Deadline(Instant now)
    {
        if (NextDeadline is not { } due || due > now) return;
        var slept = now - due > options.LateMax;
        foreach (var member in Living.Where(m => m.HeldUp is not null).ToList())
        {
            if (slept) member.HeldUp = now;
            else if (Patience(member) <= now)
            {
                member.Dropped = true;
                Say($"drop {member.Id.Short}");
                RefuseWaitingFor(member);
            }
        }
        Pass(now);
    }

    private bool GoesAtOnce(Waiting entry) => entry.To is null
        ? _line.Count == 0 && CanGo(entry)
        : !_line.Any(e => e.To is null || e.To == entry.To || entry.Window is not null && e.Window == entry.Window) && CanGo(entry);

    private bool CanGo(Waiting entry) => !WaitsForLarge(entry) && (entry.To is { } to ? HasRoom(to, entry) : Living.All(m => HasRoom(m, entry)));

    private bool WaitsForLarge(Waiting entry) => entry.Said.Payload.Length > Share && LargeHolders().Any();

    private IEnumerable<Member> LargeHolders() => _members.Where(m => m.Sent.Any(s => s.Large));

    private bool HasRoom(Member member, Waiting entry)
    {
        var length = entry.Said.Payload.Length;
        var outstanding = member.Charged - member.CostConsumed;
        return (outstanding == 0 || outstanding + length + 64 <= member.Window) && (length > Share || member.Held == 0 || member.Held + length <= Share);
    }

    /// <summary>Accepts the first that can go and begins again, until none can; the last walk says who is waited for.</summary>
    private void Pass(Instant now)
    {
        var blamed = new HashSet<Member>();
        while (Walk(blamed) is { } entry)
        {
            _line.Remove(entry);
            Accept(entry);
            blamed.Clear();
        }
        foreach (var member in _members) member.HeldUp = blamed.Contains(member) && !member.Dropped ? member.HeldUp ?? now : null;
    }

    private Waiting? Walk(HashSet<Member> blamed)
    {
        var members = new HashSet<Member>();
        var senders = new HashSet<Window>();
        foreach (var entry in _line)
        {
            var senderWaits = entry.Window is not null && senders.Contains(entry.Window);
            if (entry.To is { } to)
            {
                if (senderWaits) continue;
                if (!members.Contains(to) && CanGo(entry)) return entry;
                if (!members.Contains(to) && HasRoom(to, entry)) blamed.UnionWith(LargeHolders().Where(m => m != to));
                members.Add(to);
                if (entry.Window is not null) senders.Add(entry.Window);
            }
            else
            {
                if (!senderWaits && CanGo(entry) && !Living.Any(members.Contains)) return entry;
                blamed.UnionWith(Living.Where(m => members.Contains(m) || !HasRoom(m, entry)));
                if (WaitsForLarge(entry)) blamed.UnionWith(LargeHolders());
                return null;
            }
        }
        return null;
    }

    private void Accept(Waiting entry)
    {
        var said = entry.Said;
        var message = new Message
        {
            Id = ++_last, Length = said.Payload.Length, Confirming = said.Confirm ? said.Sender : null, Broadcast = entry.To is null, Large = said.Payload.Length > Share,
        };
        if (said.Sender is not null && (said.Confirm || entry.Window is null)) Say($"accepted {said.Sender} {said.RequestId} {message.Id}");
        foreach (var to in entry.To is { } one ? [one] : Living.ToList())
        {
            message.Waiting.Add(to);
            to.Sent.Add(message);
            to.Charged += message.Length + 64;
            Say($"to {to.Id.Short} {(message.Broadcast ? "broadcast" : "direct")}{(said.Confirm ? "!" : "")} {message.Length}");
        }
        if (message.Waiting.Count == 0 && message.Confirming is { } sender) Say($"delivered {sender} {message.Id}");
        Settle(entry.Window, said, true);
    }

    private void Land(Member member, Message message, bool good)
    {
        message.Waiting.Remove(member);
        if (message.Waiting.Count == 0 && good && message.Confirming is { } sender) Say($"delivered {sender} {message.Id}");
    }

    private void RefuseWaitingFor(Member member)
    {
        foreach (var entry in _line.Where(e => e.To == member).ToList())
        {
            _line.Remove(entry);
            Refuse(entry, NetfluxError.UnknownPeer);
        }
    }

    private void Refuse(Waiting entry, NetfluxError why)
    {
        Say($"refused {entry.Said.Sender} {entry.Said.RequestId} {why}");
        Settle(entry.Window, entry.Said, false);
    }

    private void Settle(Window? window, Submission said, bool accepted)
    {
        if (window is null) return;
        window.Settled += said.Payload.Length + 64;
        if (accepted) window.Accepted++;
        if (window.Settled + options.SendWindow - window.UpTo < options.SendWindow / 4) return;
        window.UpTo = window.Settled + options.SendWindow;
        if (!window.Closed) Say($"window {window.Sender} {window.UpTo} {window.Accepted}");
    }

    private void Say(FormattableString line) => Out.Add(line.ToString(CultureInfo.InvariantCulture));
}
