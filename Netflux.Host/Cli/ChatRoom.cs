using System.Globalization;
using System.Text;
using System.Text.Json;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>One network as <c>chat</c>, <c>join</c> and <c>create</c> show it: events out, lines in.</summary>
internal sealed class ChatRoom(Terminal terminal, RunningPeer self, NetfluxNetwork network)
{
    private readonly ApprovalTalk _approvals = new(terminal, network);

    private string NetworkName => network.Name ?? network.Id.ToString();

    /// <summary>Runs until the input ends (the process then goes offline), <c>/quit</c>, or the end of the network. The result is the exit code.</summary>
    /// <param name="interactive">Whether standard input is read; without it the network is only watched.</param>
    public async Task<int> RunAsync(bool interactive, CancellationToken stop)
    {
        await TellJoinedAsync(stop).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var events = ShowEventsAsync(ending.Token);
        var input = interactive ? ReadInputAsync(ending.Token) : Task.Delay(Timeout.InfiniteTimeSpan, ending.Token);
        await Task.WhenAny(events, input).ConfigureAwait(false);
        try
        {
            if (!events.IsCompleted) await input.ConfigureAwait(false);
            else return await events.ConfigureAwait(false);
            if (interactive && await ((Task<bool>)input).ConfigureAwait(false))
            {
                await network.LeaveAsync(stop).ConfigureAwait(false);
                return await events.ConfigureAwait(false);
            }
            return NetfluxCommand.Done;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await events.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private async Task TellJoinedAsync(CancellationToken stop)
    {
        var members = network.Members;
        var remembered = network.IsTracked ? await RememberedAsync(stop).ConfigureAwait(false) : [];
        var others = members.Count == 0 ? "nobody else is here yet" : $"with {string.Join(", ", members.Select(Shown))}";
        terminal.Tell("joined", $"* You are {self.Name}#{self.Id.Short} in {NetworkName}, {others}.{(network.Address is { } address ? $" Others join at {address}." : "")}", json =>
        {
            WriteNetwork(json);
            json.WriteString("peer", self.Id.ToString());
            json.WriteString("name", self.Name);
            if (network.Address is { } door) json.WriteString("address", door.ToString());
            json.WritePropertyName("topology");
            json.WriteRawValue(network.Topology.Json);
            WriteMembers(json, members);
            if (network.IsTracked) WriteRemembered(json, remembered);
        });
        if (remembered.Count > 0) terminal.Say($"* Remembered as members: {string.Join(", ", remembered.Select(Shown))}.");
    }

    /// <summary>Who else is remembered as a member, online or not. What the server does not tell now it may tell later: this peer has joined.</summary>
    private async Task<IReadOnlyList<TrackedMember>> RememberedAsync(CancellationToken stop)
    {
        try { return [.. (await network.GetTrackedMembersAsync(stop).ConfigureAwait(false)).Where(member => member.Id != self.Id)]; }
        catch (NetfluxException failure)
        {
            terminal.Fail(failure);
            return [];
        }
    }

    private static void WriteRemembered(Utf8JsonWriter json, IReadOnlyList<TrackedMember> members)
    {
        json.WriteStartArray("remembered");
        foreach (var member in members)
        {
            json.WriteStartObject();
            json.WriteString("peer", member.Id.ToString());
            json.WriteString("name", member.Name);
            json.WriteString("since", member.Since);
            json.WriteString("lastSeen", member.LastSeen);
            if (member.OnlineSince is { } online) json.WriteString("onlineSince", online);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string Shown(TrackedMember member) =>
        $"{member.Name}#{member.Id.Short} ({(member.OnlineSince is null ? string.Create(CultureInfo.InvariantCulture, $"seen {member.LastSeen.ToLocalTime():yyyy-MM-dd HH:mm}") : "online")})";

    private async Task TellMembersAsync(CancellationToken stop)
    {
        var count = await network.CountMembersAsync(stop).ConfigureAwait(false);
        var members = network.Members;
        var unseen = count - 1 - members.Count is > 0 and var more && network.Topology.Type == TopologyType.Gossip ? $", and some {more} others" : "";
        terminal.Tell("members", $"* Here: {string.Join(", ", members.Select(Shown).Prepend("you"))}{unseen}.", json =>
        {
            WriteNetwork(json);
            WriteMembers(json, members);
            json.WriteNumber("count", count);
        });
    }

    private static void WriteMembers(Utf8JsonWriter json, IReadOnlyList<Peer> members)
    {
        json.WriteStartArray("members");
        foreach (var member in members)
        {
            json.WriteStartObject();
            json.WriteString("peer", member.Id.ToString());
            json.WriteString("name", member.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // ---- Out ----

    private async Task<int> ShowEventsAsync(CancellationToken stop)
    {
        await foreach (var happening in network.Events(stop).ConfigureAwait(false))
        {
            switch (happening)
            {
                case PeerJoining e: TellPeer("peerJoining", $"* {Shown(e.Peer)} joined.", e.Peer); break;
                case PeerSuspected e: TellPeer("peerSuspected", $"* {Shown(e.Peer)} is not heard any more …", e.Peer); break;
                case PeerRecovered e: TellPeer("peerRecovered", $"* {Shown(e.Peer)} is heard again.", e.Peer); break;
                case PeerLeaving e: TellPeer("peerLeaving", $"* {Shown(e.Peer)} {Explain(e.Reason)}.", e.Peer, json => json.WriteString("reason", Terminal.CodeOf(e.Reason))); break;
                case HubAwaited e: TellPeer("hubAwaited", $"* The hub, {Shown(e.Hub)}, is away, and no other may be it: what is said waits until it is back.", e.Hub); break;
                case HubReturned e: TellPeer("hubReturned", $"* The hub, {Shown(e.Hub)}, is back.", e.Hub); break;
                case NetworkGrown: terminal.Tell("networkGrown", "* The network has grown: what is said goes by gossip from now on.", WriteNetwork); break;
                case TrackerEquivocated e: TellEquivocated(e); break;
                case MessageReceived e: TellMessage(e); break;
                case ApprovalAsked e: _approvals.TellAsked(e.Request); break;
                case MessagesMissed e: TellPeer("messagesMissed", $"* Something that {Shown(e.From)} said is lost.", e.From, json => { json.WriteNumber("first", e.First); json.WriteNumber("last", e.Last); }); break;
                case NetworkLeft { Error: { } error }:
                    terminal.Fail(Terminal.CodeOf(error), Explain(error));
                    terminal.Tell("left", null, WriteNetwork);
                    return NetfluxCommand.Failed;
                case NetworkLeft:
                    terminal.Tell("left", $"* You left {NetworkName}.", WriteNetwork);
                    break;
            }
        }
        return NetfluxCommand.Done;
    }

    private void TellEquivocated(TrackerEquivocated equivocated) => terminal.Tell("trackerEquivocated", $"* The tracking server {Explain(equivocated.How)}. It may be lying about who the members are, or has lost what it had stored.", json =>
    {
        WriteNetwork(json);
        json.WriteString("tracker", equivocated.Tracker.ToString());
        json.WriteString("how", Terminal.CodeOf(equivocated.How));
        json.WriteBase64String("first", equivocated.First.Span);
        if (equivocated.Second.Length > 0) json.WriteBase64String("second", equivocated.Second.Span);
    });

    private void TellMessage(MessageReceived message)
    {
        var text = Encoding.UTF8.GetString(message.Payload.Span);
        var direct = message.Delivery == Delivery.Direct;
        terminal.Tell("message", $"{Shown(message.From)}{(direct ? " (to you alone)" : "")}: {text}", json =>
        {
            WriteNetwork(json);
            json.WriteString("from", message.From.Id.ToString());
            json.WriteString("name", message.From.Name);
            json.WriteString("kind", direct ? "direct" : "broadcast");
            json.WriteString("text", text);
        });
    }

    private void TellPeer(string name, string sentence, Peer peer, Action<Utf8JsonWriter>? more = null) => terminal.Tell(name, sentence, json =>
    {
        WriteNetwork(json);
        json.WriteString("peer", peer.Id.ToString());
        json.WriteString("name", peer.Name);
        more?.Invoke(json);
    });

    private void WriteNetwork(Utf8JsonWriter json) => json.WriteString("network", network.Id.ToString());

    /// <summary>The name, with the beginning of the id where it is doubled or missing.</summary>
    private string Shown(Peer peer) =>
        peer.Name.Length > 0 && peer.Name != self.Name && !network.Members.Any(other => other.Id != peer.Id && other.Name == peer.Name) ? peer.Name : $"{peer.Name}#{peer.Id.Short}";

    private static string Explain(PeerLeavingReason reason) => reason switch
    {
        PeerLeavingReason.Left => "left",
        PeerLeavingReason.WentOffline => "went offline",
        PeerLeavingReason.ConnectionLost => "is gone: the connection was lost",
        PeerLeavingReason.Restarted => "was restarted",
        PeerLeavingReason.TooSlow => "was dropped: it took messages too slowly",
        PeerLeavingReason.ProtocolViolated => "was cut off: it broke the protocol",
        PeerLeavingReason.Disconnected => "was disconnected",
        PeerLeavingReason.NetworkFull => "found no room: the network is full",
        _ => $"is gone: {reason}",
    };

    private static string Explain(TrackerContradiction how) => how switch
    {
        TrackerContradiction.LowerEpoch => "shows an older list of members than it did before",
        TrackerContradiction.TwoRoots => "has signed two different lists of members as the same one",
        TrackerContradiction.BrokenChain => "has signed a list of members that does not follow from the one before",
        TrackerContradiction.OtherMembers => "lists other members than it signed",
        TrackerContradiction.OtherKey => "signs with another key than before",
        _ => $"contradicts itself: {how}",
    };

    private static string Explain(NetfluxError error) => error switch
    {
        NetfluxError.Replaced => "This identity is now running in another process, which takes its place here.",
        NetfluxError.NetworkFull => "The network is full.",
        _ => $"The network ended here: {error}.",
    };

    // ---- In ----

    /// <summary>True after <c>/quit</c>, false at the end of the input.</summary>
    private async Task<bool> ReadInputAsync(CancellationToken stop)
    {
        await foreach (var line in terminal.ReadLines().ReadAllAsync(stop).ConfigureAwait(false))
        {
            if (line.Split(' ')[0].Trim() == "/quit") return true;
            try { await HandleLineAsync(line, stop).ConfigureAwait(false); }
            catch (NetfluxException failure) when (failure.Error is NetfluxError.UnknownPeer or NetfluxError.PeerUnreachable or NetfluxError.MessageTooLarge || IsOfApproval(line)) { terminal.Fail(failure); }
        }
        return false;
    }

    /// <summary>Whoever may not decide goes on talking.</summary>
    private static bool IsOfApproval(string line) => line.Split(' ')[0] is "/requests" or "/accept" or "/decline";

    private async ValueTask HandleLineAsync(string line, CancellationToken stop)
    {
        if (line.Length == 0) return;
        if (line == "/to" || line.StartsWith("/to ", StringComparison.Ordinal)) await SendToAsync(line, stop).ConfigureAwait(false);
        else if (line == "/links") await TellLinksAsync(stop).ConfigureAwait(false);
        else if (line == "/requests") await _approvals.ListAsync(stop).ConfigureAwait(false);
        else if (line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is ["/accept" or "/decline", var who, ..] decision)
            await _approvals.DecideAsync(who, decision[0] == "/accept", mayInvite: false, decision.ElementAtOrDefault(2) ?? "", stop).ConfigureAwait(false);
        else if (line == "/members") await TellMembersAsync(stop).ConfigureAwait(false);
        else if (line[0] == '/' && !line.StartsWith("//", StringComparison.Ordinal))
            terminal.Fail("unknownCommand", $"There is no {line.Split(' ')[0]}; there are /to NAME text, /members, /links, /requests, /accept NAME, /decline NAME why, and /quit. A line that begins with // is sent with one slash.");
        else await network.BroadcastAsync(Encoding.UTF8.GetBytes(line[0] == '/' ? line[1..] : line), stop).ConfigureAwait(false);
    }

    private async Task TellLinksAsync(CancellationToken stop)
    {
        if (network.Members.Count == 0) terminal.Say("* Nobody else is here.");
        foreach (var member in network.Members)
        {
            try { LinkReportText.Tell(terminal, member, await self.Client.GetLinkReportAsync(member.Id, stop).ConfigureAwait(false)); }
            catch (NetfluxException failure) when (failure.Error == NetfluxError.UnknownPeer) { } // it left at this moment
        }
    }

    private async ValueTask SendToAsync(string line, CancellationToken stop)
    {
        var rest = line.Length > 4 ? line[4..].TrimStart() : "";
        if (network.Members.Count == 0 || rest.Length == 0)
        {
            terminal.Fail("wrongUse", network.Members.Count == 0 ? "Nobody else is here." : $"Say /to NAME text with one of: {string.Join(", ", network.Members.Select(Shown))}.");
            return;
        }
        // Names may hold blanks, so the longest name that fits is meant.
        var meant = network.Members.Select(peer => (Peer: peer, Length: Match(peer, rest))).Where(match => match.Length > 0).ToList();
        var longest = meant.Count == 0 ? 0 : meant.Max(match => match.Length);
        var peers = meant.FindAll(match => match.Length == longest).ConvertAll(match => match.Peer);
        var text = rest[longest..].TrimStart();
        if (peers.Count == 0) terminal.Fail("unknownPeer", $"Nobody here is called '{rest.Split(' ')[0]}'; say /to NAME text with one of: {string.Join(", ", network.Members.Select(Shown))}.");
        else if (peers.Count > 1) terminal.Fail("doubledName", $"'{peers[0].Name}' is the name of {string.Join(" and ", peers)}; say which, written so.");
        else if (text.Length == 0) terminal.Fail("wrongUse", "There is no text; say /to NAME text.");
        else await network.SendAsync(peers[0], Encoding.UTF8.GetBytes(text), stop).ConfigureAwait(false);
    }

    /// <summary>How much of the text names this peer: by its name, by name#id, or by its whole id.</summary>
    private static int Match(Peer peer, string text)
    {
        return new[] { peer.Id.ToString(), $"{peer.Name}#{peer.Id.Short}", peer.Name }.Where(Names).Select(name => name.Length).DefaultIfEmpty(0).Max();

        bool Names(string name) => name.Length > 0 && text.StartsWith(name, StringComparison.Ordinal) && (text.Length == name.Length || text[name.Length] == ' ');
    }
}
