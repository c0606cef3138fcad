using System.Buffers;
using Akka.Actor;
using Netflux.Links;

namespace Netflux.TestKit;

/// <summary>
/// The wires of a world: hosts by name, the raw links between them, and what is wrong with each pair. Raw links are reliable and ordered, as WebSockets
/// are, so what a lossy wire does to them is delay and, in the end, a break.
/// </summary>
internal sealed class MemoryNetwork(WorldLoop loop, int seed, Action<string> trace)
{
    private readonly Dictionary<string, MemoryHost> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), LinkFaults> _faults = [];
    private readonly List<MemoryLink> _links = [];

    public WorldLoop Loop => loop;

    public IReadOnlyList<MemoryLink> Links => _links;

    /// <summary>Data channels that are being opened, by what their descriptions are named.</summary>
    public Dictionary<string, MemoryConnection> Connections { get; } = new(StringComparer.Ordinal);

    /// <summary>Somebody stands between the ends of data channels: each believes that a certificate of hers is the other's.</summary>
    public bool Mallory { get; set; }

    /// <summary>Whether some pair of hosts is apart now.</summary>
    public bool IsApart => _faults.Values.Any(faults => faults.IsApart);

    /// <summary>The host of this name; made at the first call.</summary>
    public MemoryHost Host(string name)
    {
        if (!_hosts.TryGetValue(name, out var host)) _hosts[name] = host = new MemoryHost(name, $"10.0.0.{_hosts.Count + 1}");
        return host;
    }

    /// <summary>What is wrong between two hosts, whichever is named first.</summary>
    public LinkFaults Between(string left, string right)
    {
        if (left == right) throw new ArgumentException($"There is no link from '{left}' to itself.");
        var key = string.CompareOrdinal(left, right) < 0 ? (left, right) : (right, left);
        if (!_faults.TryGetValue(key, out var faults))
            _faults[key] = faults = new LinkFaults(this, key.Item1, key.Item2, SeededRandom.For((ulong)seed, $"link {key.Item1} {key.Item2}"));
        return faults;
    }

    /// <param name="run">Of the dialling host: a process that is dead dials nobody.</param>
    public void Dial(string from, int run, Uri address, object token, IActorRef asker)
    {
        if (Host(from).IsDead || Host(from).Run != run) return;
        var to = MemoryHost.NameOf(address);
        if (to is null || to == from)
        {
            asker.Tell(new LinkDialFailed(token, address, DialFailure.Unreachable, $"Nothing listens at {address}."));
            return;
        }
        var faults = Between(from, to);
        if (faults.CannotDial)
        {
            After(faults.RoundTrip(), () => asker.Tell(new LinkDialFailed(token, address, DialFailure.Unreachable, $"{address} cannot be reached from '{from}'.")));
            return;
        }
        // TCP's handshake and the upgrade: two round trips before the dialler knows.
        After(faults.RoundTrip() + faults.RoundTrip(), () => Answer(from, to, address, token, asker, faults));
    }

    private void Answer(string from, string to, Uri address, object token, IActorRef asker, LinkFaults faults)
    {
        if (faults.IsHoled(from) || faults.IsHoled(to) || Host(to).IsDead)
        {
            After(LinkFaults.DialTimeout, () => asker.Tell(new LinkDialFailed(token, address, DialFailure.TimedOut, $"{address} did not answer within {LinkFaults.DialTimeout.TotalSeconds:0} s.")));
            return;
        }
        if (Host(to).Acceptors.Count == 0)
        {
            asker.Tell(new LinkDialFailed(token, address, DialFailure.Unreachable, $"Nothing listens at {address}."));
            return;
        }
        if (!Host(to).Acceptors.TryGetValue(address.AbsolutePath, out var accept))
        {
            asker.Tell(new LinkDialFailed(token, address, DialFailure.NotWebSocket, $"{address} answered 404 instead of opening a WebSocket."));
            return;
        }
        var link = Open(faults, Host(from), Host(to), MemoryLinkForm.Socket(address.Authority));
        accept(link.Listener);
        asker.Tell(new LinkDialled(token, address, link.Dialler));
    }

    public MemoryLink Open(LinkFaults faults, MemoryHost from, MemoryHost to, MemoryLinkForm form)
    {
        var link = new MemoryLink(this, faults, from, to, form);
        _links.Add(link);
        trace($"{(form.Kind == LinkKind.DataChannel ? "data channel" : "link")} {from.Name} > {to.Name} opened");
        return link;
    }

    public void Ended(MemoryLink link, CloseCode code)
    {
        if (_links.Remove(link)) trace($"link {link.From.Name} > {link.To.Name} ended: {code}");
    }

    /// <summary>Ends all links of a host: silently (its machine lost power) or with a reset (its process was killed and the machine lives).</summary>
    public void Kill(string name, bool reset)
    {
        foreach (var link in _links.ToArray())
            if (link.From.Name == name || link.To.Name == name) link.Kill(name, reset);
    }

    public void After(TimeSpan delay, Action action) => loop.Schedule(delay, action);

    public static void Return(byte[] pooled) => ArrayPool<byte>.Shared.Return(pooled);
}

/// <summary>One machine of a world. What it accepts is listed by path.</summary>
internal sealed class MemoryHost(string name, string ip)
{
    private const string Suffix = ".memory";

    public string Name => name;

    /// <summary>Made up, for limits per address.</summary>
    public string Ip => ip;

    public string Authority => name + Suffix;

    public Dictionary<string, Action<IRawLink>> Acceptors { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts its starts: what an earlier process of it still wants is ignored.</summary>
    public int Run { get; set; }

    /// <summary>Whether it lost power: a dial hears nothing at all.</summary>
    public bool IsDead { get; set; }

    /// <summary>The host that a URL means; null where it is none of a world's.</summary>
    public static string? NameOf(Uri address) =>
        address.Host.EndsWith(Suffix, StringComparison.Ordinal) ? address.Host[..^Suffix.Length] : null;
}
