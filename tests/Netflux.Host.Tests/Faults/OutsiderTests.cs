using Netflux.ChainPeer;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Links;
using Netflux.Sessions;
using Netflux.Transport.WebSockets;
using Netflux.Wire;
using Xunit.Abstractions;

namespace Netflux.Host.Faults;

/// <summary>A peer in a process of its own, an honest member of its network in another, and whoever comes by.</summary>
public sealed class AttackedPeer : IAsyncLifetime
{
    private long _exchanged;

    internal FaultRig Rig { get; private set; } = null!;
    internal ChainPeerProcess Peer { get; private set; } = null!;
    internal ChainPeerProcess Honest { get; private set; } = null!;
    internal string Authority { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Rig = await FaultRig.StartAsync(TimeSpan.FromMinutes(10));
        var port = FaultRig.FreePort();
        Authority = $"127.0.0.1:{port}";
        Peer = await Rig.JoinAsync("peer", port);
        Honest = await Rig.JoinAsync("honest");
        await Rig.MeetAsync(Peer, Honest);
    }

    /// <summary>The honest one still talks, both ways, nobody left, and nothing was logged as an error.</summary>
    public async Task AssertUntouchedAsync()
    {
        _exchanged += 10;
        foreach (var (from, to) in new[] { (Honest, Peer), (Peer, Honest) })
        {
            await to.SayAsync(new("expect") { From = from.Id, Count = _exchanged }, Rig.Patience);
            await from.SayAsync(new("send") { To = to.Id, Count = 10, Bytes = 1_000 }, Rig.Patience);
            await to.ExpectAsync("arrived", Rig.Patience);
        }
        var stats = await Peer.StatsAsync(Rig.Patience);
        Assert.Equal((0, null), (stats.LogErrors, stats.LogError));
        Assert.DoesNotContain(Peer.TakeRest(), said => said.Event is "peerLeaving" or "undelivered" or "broken");
    }

    internal Task<Outsider> ConnectAsync() => Outsider.ConnectAsync(Authority, Rig.Patience);

    public async Task DisposeAsync()
    {
        await Honest.DisposeAsync();
        await Peer.DisposeAsync();
        await Rig.DisposeAsync();
    }
}

/// <summary>Each attack costs the attacker its link, with a code that says which rule; the process goes on as if nothing had been.</summary>
[Trait("Category", "Rim")]
public class OutsiderTests(AttackedPeer attacked, ITestOutputHelper output) : IClassFixture<AttackedPeer>
{
    private sealed record Attack(CloseCode Code, Func<Outsider, AttackedPeer, Task> Do);

    private static readonly byte[] s_network = [.. Enumerable.Range(0, NetworkId.Length).Select(i => (byte)i)];

    private static readonly Dictionary<string, Attack> s_attacks = new()
    {
        // ---- Before a proof ----
        ["frames first"] = new(CloseCode.HandshakeExpected, (o, _) => o.SendAsync(Outsider.Frame(FrameKind.Message, [1, 2, 3], 1))),
        ["nothing at all, as a message"] = new(CloseCode.HandshakeExpected, (o, _) => o.SendAsync(Array.Empty<byte>())),
        ["noise first, ten thousand times"] = new(CloseCode.HandshakeExpected, async (o, _) =>
        {
            o.ReadOn();
            for (var i = 0; i < 10_000; i++) await o.SendAsync(new byte[100]);
        }),
        ["a Hello that is cut short"] = new(CloseCode.HelloInvalid, (o, _) => o.ProveAsync(change: (_, hello) => hello[..^20])),
        ["an oversize Hello"] = new(CloseCode.HelloInvalid, (o, _) => o.ProveAsync(change: (_, hello) => [.. hello, .. new byte[HelloMessage.BytesMax]])),
        ["an oversize message"] = new(CloseCode.TooLarge, (o, _) => o.SendAsync(new byte[new WebSocketLinkOptions().MessageBytesMax + 1])),
        ["endless fragments"] = new(CloseCode.TooLarge, async (o, _) =>
        {
            o.ReadOn();
            for (var i = 0; i < 10_000; i++) await o.SendAsync(new byte[100], last: false);
        }),
        ["a Hello twice"] = new(CloseCode.HandshakeExpected, (o, _) => o.ProveAsync(change: (n, message) => n == 0 ? message : o.Said[0])),
        ["another authority"] = new(CloseCode.AuthorityMismatch, (o, _) => o.ProveAsync(authority: "elsewhere.example:443")),
        ["no authority"] = new(CloseCode.AuthorityMismatch, (o, _) => o.ProveAsync(authority: "")),
        ["a proof for another authority"] = new(CloseCode.ProofInvalid, (o, a) =>
            o.ProveAsync(new LyingKeys(o.Keys, o.Keys, signed => [.. signed[..^a.Authority.Length], .. "elsewhere.example:443"u8]))),
        ["a proof in the other's role"] = new(CloseCode.ProofInvalid, (o, _) => o.ProveAsync(new LyingKeys(o.Keys, o.Keys, signed => [1, .. signed[1..]]))),
        ["another key"] = new(CloseCode.ProofInvalid, async (o, _) =>
        {
            using var other = PlatformPeerKeys.CreateEphemeral();
            await o.ProveAsync(new LyingKeys(o.Keys, other));
        }),
        ["a Proof that is cut short"] = new(CloseCode.ProofInvalid, (o, _) => o.ProveAsync(change: (n, message) => n == 0 ? message : message[..^1])),
        ["a replayed Proof"] = new(CloseCode.ProofReplayed, async (o, a) =>
        {
            await using var before = await a.ConnectAsync();
            await before.BeginSessionAsync(PeerId.Parse(a.Peer.Id));
            await o.ProveAsync(change: (n, message) => n == 0 ? message : before.Said[1]);
        }),
        ["a replayed Hello"] = new(CloseCode.ProofReplayed, async (o, a) =>
        {
            await using var before = await a.ConnectAsync();
            await before.BeginSessionAsync(PeerId.Parse(a.Peer.Id));
            await o.ProveAsync(change: (_, _) => before.Said[0]);
        }),

        // ---- With a proof, which everybody can have ----
        ["a record that does not open"] = InSession(CloseCode.SealBroken, o => o.SendAsync(new byte[100])),
        ["a record shorter than its seal"] = InSession(CloseCode.SealBroken, o => o.SendAsync(new byte[3])),
        ["no Resume"] = new(CloseCode.ProtocolViolated, async (o, _) =>
        {
            await o.ProveAsync();
            await o.SendRecordAsync(Outsider.Frame(FrameKind.Ping, NumberBody.ToBytes(1)));
        }),
        ["a gap"] = InSession(CloseCode.ProtocolViolated, o => o.SendRecordAsync(Outsider.Frame(FrameKind.Message, [1], 7))),
        ["an acknowledgement of what was never sent"] = InSession(CloseCode.ProtocolViolated, o => o.SendRecordAsync(Outsider.Frame(FrameKind.Ack, NumberBody.ToBytes(1_000_000)))),
        ["more than its credit"] = InSession(CloseCode.Flooding, o => o.SendRecordAsync([.. Enumerable.Range(0, (int)(SessionOptions.Default.OutsideWindowCost / 64) + 1).SelectMany(_ => o.Numbered(FrameKind.Message, []))])),
        ["an oversize frame"] = InSession(CloseCode.TooLarge, o => o.SendRecordAsync(Outsider.Frame(FrameKind.Message, [], 1, length: int.MaxValue))),
        ["a frame of a negative length"] = InSession(CloseCode.ProtocolViolated, o => o.SendRecordAsync(Outsider.Frame(FrameKind.Message, [], 1, length: -1))),
        ["an oversize start"] = InSession(CloseCode.TooLarge, o => o.SendRecordAsync(o.Numbered(FrameKind.MessageStart, NumberBody.ToBytes(1UL << 40)))),
        ["chunks without a start"] = InSession(CloseCode.ProtocolViolated, o => o.SendRecordAsync(o.Numbered(FrameKind.MessageChunk, new byte[60_000]))),
        ["more chunks than announced"] = InSession(CloseCode.TooLarge, async o =>
        {
            await o.SendRecordAsync([.. o.Numbered(FrameKind.MessageStart, NumberBody.ToBytes(70_000)), .. o.Numbered(FrameKind.MessageChunk, new byte[60_000])]);
            await o.SendRecordAsync(o.Numbered(FrameKind.MessageChunk, new byte[60_000]));
        }),
        ["pings, many in a record"] = InSession(CloseCode.Flooding, o => o.SendRecordAsync([.. Enumerable.Range(0, 1_000).SelectMany(i => Outsider.Frame(FrameKind.Ping, NumberBody.ToBytes((ulong)i)))])),
        ["pings, thousands of records"] = InSession(CloseCode.Flooding, async o =>
        {
            for (var i = 0; i < 5_000; i++) await o.SendRecordAsync([.. Enumerable.Repeat(Outsider.Frame(FrameKind.Ping, NumberBody.ToBytes((ulong)i)), 20).SelectMany(ping => ping)]);
        }),
        ["empty records"] = InSession(CloseCode.Flooding, async o =>
        {
            for (var i = 0; i < 5_000; i++) await o.SendRecordAsync();
        }),
        ["unknown kinds"] = InSession(CloseCode.ProtocolViolated, async o =>
        {
            for (var i = 0; i < 100; i++) await o.SendRecordAsync(o.Numbered((FrameKind)0x7E, []));
        }),
        ["the same network attached twice"] = InSession(CloseCode.ProtocolViolated, o => o.SendRecordAsync([.. Attach(o, 1, 0), .. Attach(o, 2, 0)])),
        ["hundreds of thousands of attachments, no answer read"] = InSession(CloseCode.Flooding, async o =>
        {
            var n = 0;
            for (var i = 0; i < 500; i++) await o.SendRecordAsync([.. Enumerable.Range(0, 1_000).SelectMany(_ => Attach(o, (ushort)(n % 60_000 + 1), ++n))]);
        }),
        ["a frame that cannot be read"] = InSession(CloseCode.ProtocolViolated, o => o.SendRecordAsync(o.Numbered(FrameKind.Attach, [0xFF, 0xFF, 0xFF, 0xFF]))),
    };

    public static TheoryData<string> Names => [.. s_attacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Is_refused_with_its_own_code(string attack)
    {
        Assert.Equal(s_attacks[attack].Code, await AttackAsync(s_attacks[attack]));
        await attacked.AssertUntouchedAsync();
    }

    [Fact]
    public async Task More_unproven_links_than_the_limit_are_refused_and_the_honest_talk_on()
    {
        var crowd = new List<Outsider>();
        try
        {
            for (var i = 0; i < 100; i++) crowd.Add(await attacked.ConnectAsync());
            var codes = await Task.WhenAll(crowd.Select(one => one.ClosedAsync()));
            // One address may have 64 at once (FacadeOptions.UnprovenLinksPerAddressMax), and those say nothing for 5 s.
            Assert.Equal([CloseCode.HandshakeTimeout, CloseCode.TooManyUnproven], codes.Distinct().Order());
            Assert.InRange(codes.Count(code => code == CloseCode.TooManyUnproven), 1, 36);
        }
        finally
        {
            foreach (var one in crowd) await one.DisposeAsync();
        }
        await attacked.AssertUntouchedAsync();
    }

    [Fact]
    public async Task A_frame_that_announces_more_than_any_memory_is_refused_once_it_passes_the_limit()
    {
        using var raw = await RawFrames.ConnectAsync(attacked.Authority, attacked.Rig.Patience);
        var before = await attacked.Peer.StatsAsync(attacked.Rig.Patience);
        await raw.SendAsync(RawFrames.Head(2, 1UL << 62));
        var halfway = await attacked.Peer.StatsAsync(attacked.Rig.Patience);
        Assert.InRange(halfway.HeapBytes - before.HeapBytes, long.MinValue, 4 << 20);
        await raw.SendAsync(new byte[new WebSocketLinkOptions().MessageBytesMax + 1]);
        Assert.Equal(CloseCode.TooLarge, await raw.ClosedAsync());
        await attacked.AssertUntouchedAsync();
    }

    [Fact]
    public async Task A_hundred_thousand_WebSocket_pings_with_no_pong_read_end_with_the_handshakes_time()
    {
        var before = await attacked.Peer.StatsAsync(attacked.Rig.Patience);
        using var raw = await RawFrames.ConnectAsync(attacked.Authority, attacked.Rig.Patience);
        byte[] pings = [.. Enumerable.Repeat(RawFrames.Head(9, 0)[..1].Concat(new byte[] { 0x80, 0, 0, 0, 0 }), 1_000).SelectMany(ping => ping)];
        for (var i = 0; i < 100 && await raw.SendAsync(pings); i++)
        {
        }
        await raw.ClosedAsync();
        await attacked.AssertUntouchedAsync();
        var after = await attacked.Peer.StatsAsync(attacked.Rig.Patience);
        Assert.InRange(after.HeapBytes - before.HeapBytes, long.MinValue, 4 << 20);
    }

    [Fact]
    public async Task All_of_them_again_and_again_leave_the_process_as_it_was()
    {
        await RoundAsync();
        var before = await attacked.Peer.StatsAsync(attacked.Rig.Patience);
        for (var round = 0; round < 3; round++) await RoundAsync();
        await attacked.AssertUntouchedAsync();
        var after = await attacked.Peer.StatsAsync(attacked.Rig.Patience);
        output.WriteLine($"{3 * s_attacks.Count} attacks: heap {before.HeapBytes >> 10} → {after.HeapBytes >> 10} KiB, working set {before.WorkingSetBytes >> 10} → {after.WorkingSetBytes >> 10} KiB, handles {before.Handles} → {after.Handles}");
        // What a link holds for the ten seconds in which its session lingers is counted, too.
        Assert.InRange(after.HeapBytes - before.HeapBytes, long.MinValue, 4 << 20);
        Assert.InRange(after.Handles - before.Handles, int.MinValue, 16);

        async Task RoundAsync()
        {
            foreach (var attack in s_attacks.Values) await AttackAsync(attack);
        }
    }

    private async Task<CloseCode> AttackAsync(Attack attack)
    {
        await using var outsider = await attacked.ConnectAsync();
        await attack.Do(outsider, attacked);
        var code = await outsider.ClosedAsync();
        output.WriteLine($"{code}: {outsider.Why}");
        return code;
    }

    private static Attack InSession(CloseCode code, Func<Outsider, Task> attack) => new(code, async (outsider, attacked) =>
    {
        await outsider.BeginSessionAsync(PeerId.Parse(attacked.Peer.Id));
        await attack(outsider);
    });

    private static byte[] Attach(Outsider outsider, ushort channel, int network)
    {
        var id = (byte[])s_network.Clone();
        BitConverter.TryWriteBytes(id, network);
        return outsider.Numbered(FrameKind.Attach, new AttachFrame(channel, NetworkId.FromBytes(id), 1, new byte[] { 1 }, 1 << 20).ToBytes());
    }
}
