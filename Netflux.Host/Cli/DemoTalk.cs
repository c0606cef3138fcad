using System.Text;
using Netflux.Client;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>Three peers that talk. Each has a facade, an identity and sockets of its own, as three processes would; what is shown is what the others heard.</summary>
internal sealed class DemoTalk(Terminal terminal, NetworkAddress address, TimeSpan pace) : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> Names = ["ann", "bob", "cy"];

    /// <summary>One can be dialled. The others cannot, as peers behind a NAT: between them, and with tabs, data channels are opened.</summary>
    public static bool Listens(string name) => name == Names[0];

    private static readonly (int Speaker, string Text)[] s_lines =
    [
        (0, "Hello. We met through the signaling server; from now on it hears nothing of what we say."),
        (1, "Right: this line went to both of you over direct connections, sealed."),
        (2, "If the server stopped now, we would not notice."),
        (0, "Whoever knows the address can join. Newcomers are connected to each of us."),
        (1, "And who leaves, or is killed, is seen by all, with a reason."),
        (2, "Say something to one of us alone with /to, such as: /to cy hello"),
    ];

    private readonly List<(RunningPeer Peer, NetfluxNetwork Network)> _members = [];
    private readonly List<Task> _listening = [];
    private int _guests;

    public async Task AddAsync(RunningPeer peer, CancellationToken stop)
    {
        try
        {
            var network = await peer.Client.JoinAsync(address, Topology.FullMesh(), stop).ConfigureAwait(false);
            var found = network.Members.Count == 0 ? "creates the network" : $"joins and finds {string.Join(", ", network.Members.Select(member => member.Name))}";
            terminal.Tell("joined", $"* {peer.Name} ({peer.Id.Short}…) {found}.", json => { json.WriteString("network", network.Id.ToString()); json.WriteString("peer", peer.Id.ToString()); json.WriteString("name", peer.Name); });
            _members.Add((peer, network));
            _listening.Add(ListenAsync(_members.Count - 1, network, stop));
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells how every two of them are linked.</summary>
    public async Task TellLinksAsync(CancellationToken stop)
    {
        var until = Task.Delay(RunningPeer.LinksTime, stop);
        for (var one = 0; one < _members.Count; one++)
            for (var other = one + 1; other < _members.Count; other++)
            {
                var to = _members[other].Peer;
                await TellLinkAsync(_members[one].Peer, to.Id, to.Name, until, stop).ConfigureAwait(false);
            }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        for (var n = 0; ; n++)
        {
            await Task.Delay(pace, stop).ConfigureAwait(false);
            if (Volatile.Read(ref _guests) > 0) continue; // who came to talk is not talked over
            var (speaker, text) = s_lines[n % s_lines.Length];
            await _members[speaker].Network.BroadcastAsync(Encoding.UTF8.GetBytes(text), stop).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_members.Select(member => member.Peer.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Task.WhenAll(_listening).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
    }

    private async Task ListenAsync(int listener, NetfluxNetwork network, CancellationToken stop)
    {
        await foreach (var happening in network.Events(stop).ConfigureAwait(false))
        {
            switch (happening)
            {
                // Every member hears the same; one of them, not the speaker, shows it.
                case MessageReceived { Delivery: Delivery.Broadcast } message when Reports(listener, message.From):
                    Show(message, $"{message.From.Name}: ");
                    break;
                case MessageReceived { Delivery: Delivery.Direct } message:
                    Show(message, $"{message.From.Name} (to {Names[listener]} alone): ");
                    await network.SendAsync(message.From, Encoding.UTF8.GetBytes($"{Names[listener]} heard you, and nobody else did."), stop).ConfigureAwait(false);
                    break;
                case PeerJoining { Peer: var newcomer } when !IsOurs(newcomer):
                    if (listener == 0) await WelcomeAsync(newcomer, network, stop).ConfigureAwait(false);
                    await TellLinkAsync(_members[listener].Peer, newcomer.Id, newcomer.ToString(), Task.Delay(RunningPeer.LinksTime, stop), stop).ConfigureAwait(false);
                    break;
                case PeerLeaving { Peer: var gone } leaving when listener == 0 && !IsOurs(gone):
                    Interlocked.Decrement(ref _guests);
                    terminal.Tell("peerLeaving", $"* {gone} is gone ({leaving.Reason}).", json => json.WriteString("peer", gone.Id.ToString()));
                    break;
            }
        }
    }

    private async Task WelcomeAsync(Peer newcomer, NetfluxNetwork network, CancellationToken stop)
    {
        Interlocked.Increment(ref _guests);
        terminal.Tell("peerJoining", $"* {newcomer} joins.", json => json.WriteString("peer", newcomer.Id.ToString()));
        await network.BroadcastAsync(Encoding.UTF8.GetBytes($"Welcome, {newcomer.Name}! Write to one of us alone, and you get an answer."), stop).ConfigureAwait(false);
    }

    private async Task TellLinkAsync(RunningPeer peer, PeerId to, string shown, Task until, CancellationToken stop)
    {
        try
        {
            var link = LinkReportText.Summary(await peer.GetSettledLinksAsync(to, until, stop).ConfigureAwait(false));
            terminal.Tell("linked", $"* {peer.Name} and {shown}: {link}.", json => { json.WriteString("name", peer.Name); json.WriteString("peer", to.ToString()); json.WriteString("link", link); });
        }
        catch (NetfluxException failure) when (failure.Error == NetfluxError.UnknownPeer) { } // it left at this moment
    }

    private void Show(MessageReceived message, string prefix)
    {
        var text = Encoding.UTF8.GetString(message.Payload.Span);
        terminal.Tell("message", prefix + text, json => { json.WriteString("from", message.From.Id.ToString()); json.WriteString("name", message.From.Name); json.WriteString("text", text); });
    }

    private bool Reports(int listener, Peer from) => listener == (_members.Count > 0 && from.Id == _members[0].Peer.Id ? 1 : 0);

    private bool IsOurs(Peer peer) => _members.Any(member => member.Peer.Id == peer.Id) || Names.Contains(peer.Name) && _members.Count < Names.Count;
}
