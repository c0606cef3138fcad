using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>
/// Data channels of a world. A description names the host and the fingerprint of a certificate that does not exist; a connection opens two round trips after both sides know both descriptions
/// and one of them a candidate of the other, or fails after a while where nothing passes between the two.
/// </summary>
internal sealed class MemoryConnector(MemoryNetwork network, string name, IRandomSource random) : IPeerConnector
{
    private readonly int _run = network.Host(name).Run;
    private readonly byte[] _certificate = Draw(random, MemoryDescription.FingerprintBytes);

    public IPeerConnection Offer(OfferId connection, IActorRef asker)
    {
        var end = NewEnd(connection, asker);
        end.Describe(isOffer: true);
        return end;
    }

    public IPeerConnection Answer(OfferId connection, string offer, IActorRef asker)
    {
        var end = NewEnd(connection, asker);
        if (!MemoryDescription.TryParse(offer, out var described)) end.Fail("The offer cannot be read.");
        else end.Answer(described);
        return end;
    }

    private MemoryConnection NewEnd(OfferId connection, IActorRef asker) => new(network, name, _run, connection, asker, _certificate, Convert.ToHexStringLower(Draw(random, 8)));

    private static byte[] Draw(IRandomSource random, int count)
    {
        var bytes = new byte[count];
        random.Fill(bytes);
        return bytes;
    }
}

/// <summary>An offer or an answer of a world, in the form of one.</summary>
/// <param name="Host">Whose.</param>
/// <param name="Ufrag">Names the connection at that host.</param>
/// <param name="Fingerprint">Of its certificate.</param>
/// <param name="HasCandidate">Whether a candidate came along.</param>
internal sealed record MemoryDescription(string Host, string Ufrag, byte[] Fingerprint, bool HasCandidate)
{
    public const int FingerprintBytes = SHA256.HashSizeInBytes;

    public string Write() =>
        $"v=0\r\no=- 1 1 IN IP4 {Host}\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:{Ufrag}\r\na=fingerprint:sha-256 {Convert.ToHexStringLower(Fingerprint)}\r\n";

    public static bool TryParse(string text, out MemoryDescription description)
    {
        var lines = text.Split("\r\n");
        string? After(string prefix) => Array.Find(lines, line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
        var (host, ufrag, fingerprint) = (After("o=- 1 1 IN IP4 "), After("a=ice-ufrag:"), After("a=fingerprint:sha-256 "));
        var read = host is not null && ufrag is not null && fingerprint?.Length == 2 * FingerprintBytes;
        description = read ? new(host!, ufrag!, Convert.FromHexString(fingerprint!), After("a=candidate:") is not null) : new("", "", [], false);
        return read;
    }
}

/// <summary>One end of a data channel that is being opened.</summary>
internal sealed class MemoryConnection(MemoryNetwork network, string name, int run, OfferId id, IActorRef asker, byte[] certificate, string ufrag) : IPeerConnection
{
    /// <summary>RFC 8445 §7.2.5.4 leaves when a search fails to the implementation; ours takes longer. Guess: long enough for every other way to be tried meanwhile.</summary>
    private static readonly TimeSpan s_iceTimeout = TimeSpan.FromSeconds(8);

    /// <summary>As long as a STUN server takes that is not near: such a candidate comes too late for the description.</summary>
    private static readonly TimeSpan s_lateCandidate = TimeSpan.FromMilliseconds(120);

    private bool _isOfferer;
    private bool _hears;             // a candidate of the other side is known
    private bool _begun;
    private string _state = "connecting";
    private MemoryDescription? _remote;

    public MemoryHost Host { get; } = network.Host(name);
    public string Ufrag => ufrag;
    public bool IsOver { get; private set; }

    private bool IsGone => IsOver || Host.IsDead || Host.Run != run;

    public void Describe(bool isOffer)
    {
        _isOfferer = isOffer;
        network.Connections[ufrag] = this;
        Tell(new DataChannelDescribed(id, new MemoryDescription(name, ufrag, certificate, false).Write()));
        Tell(new DataChannelCandidate(id, $"candidate:1 1 udp 1 {Host.Ip} 9 typ host"));
        network.After(s_lateCandidate, () =>
        {
            Tell(new DataChannelCandidate(id, $"candidate:2 1 udp 1 {Host.Ip} 9 typ srflx"));
            Tell(new DataChannelCandidate(id, ""));
        });
    }

    public void Answer(MemoryDescription offer)
    {
        (_remote, _hears) = (AsSeen(offer), offer.HasCandidate);
        Describe(isOffer: false);
    }

    public void TakeAnswer(string answer)
    {
        if (!MemoryDescription.TryParse(answer, out var described))
        {
            Fail("The answer cannot be read.");
            return;
        }
        (_remote, _hears) = (AsSeen(described), _hears || described.HasCandidate);
        TryConnect();
    }

    public void TakeCandidates(IReadOnlyList<string> lines, bool last)
    {
        _hears |= lines.Count > 0;
        TryConnect();
    }

    public void Abandon()
    {
        if (!IsOver) End("abandoned");
    }

    public ConnectionTrial Report()
    {
        LinkCandidate[] local = [new("host", $"{Host.Ip}:9")];
        LinkCandidate[] remote = _remote is { } other ? [new("host", $"{network.Host(other.Host).Ip}:9")] : [];
        LinkCandidatePair[] pairs = [.. remote.Select(there => new LinkCandidatePair(local[0], there, _state == "connected" ? "succeeded" : "waiting", _state == "connected", null, ""))];
        return new(_state, _state, _state, _state, local, remote, pairs);
    }

    public void Fail(string why)
    {
        if (IsOver) return;
        Tell(new DataChannelNotOpened(id, why));
        End("failed");
    }

    /// <summary>The offerer, which is told the answer, moves both.</summary>
    private void TryConnect()
    {
        if (_remote is null || !network.Connections.TryGetValue(_remote.Ufrag, out var other) || other.Host.Name != _remote.Host) return;
        if (!_isOfferer)
        {
            other.TryConnect();
            return;
        }
        if (_begun || !_hears && !other._hears) return;
        _begun = true;
        var faults = network.Between(name, _remote.Host);
        network.After(faults.RoundTrip() + faults.RoundTrip(), () => Connect(other, faults));
    }

    private void Connect(MemoryConnection other, LinkFaults faults)
    {
        if (IsGone || other.IsGone || faults.CannotConnect || faults.IsHoled(name) || faults.IsHoled(other.Host.Name))
        {
            network.After(s_iceTimeout, () =>
            {
                Fail("No pair of candidates works.");
                other.Fail("No pair of candidates works.");
            });
            return;
        }
        // Each side signs what it believes: its own certificate and the one that the description named. DTLS holds the other to that one.
        byte[] atOfferer = [.. certificate, .. _remote!.Fingerprint], atAnswerer = [.. other._remote!.Fingerprint, .. other.Certificate];
        var link = network.Open(faults, Host, other.Host, new MemoryLinkForm(LinkKind.DataChannel, null, atOfferer, atAnswerer, MemoryLinkForm.DataChannelBytesMax));
        other.Tell(new DataChannelOpened(other.Id, link.Listener));
        Tell(new DataChannelOpened(id, link.Dialler));
        other.End("connected");
        End("connected");
    }

    private MemoryDescription AsSeen(MemoryDescription described) => network.Mallory ? described with { Fingerprint = new byte[MemoryDescription.FingerprintBytes] } : described;

    private OfferId Id => id;

    private byte[] Certificate => certificate;

    private void End(string state)
    {
        (IsOver, _state) = (true, state);
        network.Connections.Remove(ufrag);
    }

    private void Tell(INetfluxMessage message)
    {
        if (!IsGone) asker.Tell(message);
    }
}
