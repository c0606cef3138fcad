using System.Text;
using CsCheck;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Sdp;

public sealed class CandidateLineTests
{
    private const string Reflexive = "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.1.17 rport 46155 generation 0 ufrag EEtu network-id 3 network-cost 10";

    [Theory]
    [InlineData(Reflexive)]
    [InlineData("a=" + Reflexive)]
    [InlineData("  a=" + Reflexive + "\r\n")]
    [InlineData("842163049 1 UDP 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.1.17 rport 46155 ufrag EEtu")]
    public void A_candidate_is_read_with_or_without_its_prefixes(string text)
    {
        Assert.True(CandidateLine.TryParse(text, out var candidate, out _));
        Assert.Equal(new CandidateLine("842163049", 1, "udp", 1677729535, "203.0.113.7", 46154, CandidateLineType.ServerReflexive, Address("10.0.1.17", 46155), "EEtu"), candidate);
        Assert.True(candidate.TryGetAddress(out var address));
        Assert.Equal("203.0.113.7:46154", address.ToString());
        Assert.Equal("candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.1.17 rport 46155 ufrag EEtu", candidate.ToString());
    }

    [Theory]
    [InlineData("candidate:1 1 udp 2 fd00::2 5000 typ relay raddr 0.0.0.0 rport 0", "[fd00::2]:5000", CandidateLineType.Relayed)]
    [InlineData("candidate:1 1 udp 2 ::ffff:192.0.2.1 5000 typ prflx", "192.0.2.1:5000", CandidateLineType.PeerReflexive)]
    [InlineData("candidate:1 1 udp 2 db3fd09a-312d-477e-b018-99631183c8c1.local 5000 typ host", null, CandidateLineType.Host)]
    internal void Addresses_of_both_families_and_names_are_read(string text, string? expected, CandidateLineType type)
    {
        Assert.True(CandidateLine.TryParse(text, out var candidate, out _));
        Assert.Equal((expected, type), (candidate.TryGetAddress(out var address) ? address.ToString() : null, candidate.Type));
        Assert.True(candidate.IsUsable);
    }

    [Theory]
    [InlineData("candidate:3306460593 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0")]
    [InlineData("candidate:2070692838 2 udp 2130706431 192.0.2.2 37629 typ host")]
    [InlineData("candidate:2070692838 1 udp 2130706431 192.0.2.2 0 typ host")]
    public void What_cannot_be_used_is_understood_and_passed_over(string text)
    {
        Assert.True(TrickledCandidate.TryParse(text, out var trickled, out _));
        Assert.IsType<TrickledCandidate.Ignored>(trickled);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("candidate:")]
    [InlineData("a=end-of-candidates\r\n")]
    [InlineData("end-of-candidates")]
    public void Nothing_more_is_the_end(string text)
    {
        Assert.True(TrickledCandidate.TryParse(text, out var trickled, out _));
        Assert.IsType<TrickledCandidate.End>(trickled);
    }

    [Theory]
    [InlineData("chromium-candidates.txt", 2, 2)]
    [InlineData("firefox-candidates.txt", 2, 2)]
    [InlineData("libdatachannel-candidates.txt", 2, 0)]
    [InlineData("pion-candidates.txt", 2, 0)]
    [InlineData("werift-candidates.txt", 2, 0)]
    public void What_a_stack_trickles_is_read(string file, int usable, int ignored)
    {
        var read = Captured.Read(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            Assert.True(TrickledCandidate.TryParse(line, out var trickled, out var why), why);
            return trickled;
        }).ToList();
        Assert.Equal((usable, ignored), (read.OfType<TrickledCandidate.Usable>().Count(), read.OfType<TrickledCandidate.Ignored>().Count()));
    }

    [Theory]
    [InlineData("candidate:a-b 1 udp 1 192.0.2.1 1 typ host", "the foundation 'a-b' of a candidate is not 1 to 32 letters, digits, + or /")]
    [InlineData("candidate:1 0 udp 1 192.0.2.1 1 typ host", "the component '0' of a candidate is not a number from 1 to 256")]
    [InlineData("candidate:1 1 udp 4294967296 192.0.2.1 1 typ host", "the priority '4294967296' of a candidate is not a number of 32 bits")]
    [InlineData("candidate:1 1 udp 1 192.0.2.01 1 typ host", "the address '192.0.2.01' of a candidate is neither an address nor a name")]
    [InlineData("candidate:1 1 udp 1 16909060 1 typ host", "the address '16909060' of a candidate is neither an address nor a name")]
    [InlineData("candidate:1 1 udp 1 fe80::1%eth0 1 typ host", "the address 'fe80::1%eth0' of a candidate is neither an address nor a name")]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 65536 typ host", "the port '65536' of a candidate is not a port")]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 1 type host", "a candidate has no typ after its port")]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 1 typ \u001b[31m", "the type '?[31m' of a candidate is none of host, srflx, prflx and relay")]
    public void What_is_wrong_is_said(string text, string expected)
    {
        Assert.False(TrickledCandidate.TryParse(text, out _, out var why));
        Assert.Equal(expected, why);
    }

    [Fact]
    public void Every_truncation_is_refused_up_to_the_type()
    {
        var enough = Reflexive.IndexOf("srflx", StringComparison.Ordinal) + "srflx".Length;
        for (var length = 0; length <= Reflexive.Length; length++)
            Assert.Equal(length >= enough, CandidateLine.TryParse(Reflexive.AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void What_is_written_is_read() => Gen.ULong.Sample(seed =>
    {
        var random = new SeededRandom(seed);
        var address = random.Chance(0.5) ? TransportAddress.FromIPv4((uint)random.Next(), (ushort)random.Next()) : new TransportAddress((UInt128)random.Next() << 64 | random.Next(), (ushort)random.Next());
        var written = CandidateLine.Udp($"{random.Next(1000)}", (uint)random.Next(), address, (CandidateLineType)random.Next(4), random.Chance(0.5) ? address : null, random.Chance(0.5) ? "frag" : null);
        Assert.True(CandidateLine.TryParse(written.ToString(), out var read, out var why), why);
        Assert.Equal(written, read);
        Assert.True(read.TryGetAddress(out var again));
        Assert.Equal(address, again);
    }, iter: 1000, seed: Environment.GetEnvironmentVariable("SEED"));

    [Fact]
    public void Damage_never_throws() => Gen.ULong.Sample(seed =>
    {
        var random = new SeededRandom(seed);
        var text = new StringBuilder(Reflexive);
        for (var i = random.Next(6); i >= 0; i--) text[random.Next(text.Length)] = (char)random.Next(random.Chance(0.9) ? 128 : 65536);
        if (!TrickledCandidate.TryParse(text.ToString(), out _, out var why)) Assert.NotEmpty(why!);
    }, iter: 3000, seed: Environment.GetEnvironmentVariable("SEED"));

    private static TransportAddress Address(string address, int port) => TransportAddress.From(System.Net.IPAddress.Parse(address), port);
}
