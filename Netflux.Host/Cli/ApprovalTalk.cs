using System.Globalization;
using System.Text.Json;
using Netflux.Client;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>Who wishes to join a network, and what a member decides: for <c>netflux requests</c>, and for those who are in the network.</summary>
internal sealed class ApprovalTalk(Terminal terminal, NetfluxNetwork network)
{
    public void TellAsked(ApprovalRequest request) =>
        terminal.Tell("approvalAsked", $"* {Shown(request)} asks to join{(request.Text.Length > 0 ? $": {request.Text}" : ".")} Say /accept {Shown(request)}, or /decline {Shown(request)} and why.", json => Write(json, request));

    public async Task ListAsync(CancellationToken stop)
    {
        var requests = await network.GetApprovalsAsync(stop).ConfigureAwait(false);
        if (requests.Count == 0) terminal.Say("* Nobody asks to join.");
        else foreach (var line in TextTable.Lines([["peer", "name", "asked", "says"], .. requests.Select(Row)])) terminal.Say(line);
        foreach (var request in requests) terminal.Tell("request", null, json => Write(json, request));

        static string[] Row(ApprovalRequest request) =>
            [request.Peer.ToString(), request.Name, string.Create(CultureInfo.InvariantCulture, $"{request.AskedAt.ToLocalTime():yyyy-MM-dd HH:mm}"), request.Text];
    }

    /// <param name="who">An id; or a name, with the beginning of the id where it is doubled, of somebody who waits.</param>
    /// <param name="accept">Whether it is let in.</param>
    /// <param name="mayInvite">Whether it may invite others then.</param>
    /// <param name="why">For who is not.</param>
    /// <param name="stop">Gives the answer up.</param>
    public async Task DecideAsync(string who, bool accept, bool mayInvite, string why, CancellationToken stop)
    {
        // Who was declined does not wait any more, and can be let in by its id.
        var peer = Identity.PeerId.TryParse(who, out var id) ? id : await FindAsync(who, stop).ConfigureAwait(false);
        await (accept ? network.ApproveAsync(peer, mayInvite, stop) : network.DeclineAsync(peer, why, stop)).ConfigureAwait(false);
        terminal.Tell("approvalDecided", accept ? $"* {who} is let in." : $"* {who} is not let in.", json =>
        {
            json.WriteString("network", network.Id.ToString());
            json.WriteString("peer", peer.ToString());
            json.WriteBoolean("accepted", accept);
        });
    }

    private async Task<Identity.PeerId> FindAsync(string who, CancellationToken stop)
    {
        var requests = await network.GetApprovalsAsync(stop).ConfigureAwait(false);
        var meant = requests.Where(request => request.Name == who || Shown(request) == who).ToList();
        return meant.Count switch
        {
            1 => meant[0].Peer,
            0 => throw new NetfluxException(NetfluxError.UnknownPeer, $"Nobody called '{who}' asks to join; {(requests.Count == 0 ? "nobody does" : $"there are {string.Join(", ", requests.Select(Shown))}")}."),
            _ => throw new NetfluxException(NetfluxError.UnknownPeer, $"'{who}' is the name of {string.Join(" and ", meant.Select(Shown))}; say which."),
        };
    }

    private static string Shown(ApprovalRequest request) => request.Name.Length == 0 ? request.Peer.ToString() : $"{request.Name}#{request.Peer.Short}";

    private void Write(Utf8JsonWriter json, ApprovalRequest request)
    {
        json.WriteString("network", network.Id.ToString());
        json.WriteString("peer", request.Peer.ToString());
        json.WriteString("name", request.Name);
        json.WriteString("text", request.Text);
        json.WriteString("askedAt", request.AskedAt);
    }
}
