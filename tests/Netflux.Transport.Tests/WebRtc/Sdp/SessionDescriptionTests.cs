using System.Text;
using CsCheck;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Sdp;

public sealed class SessionDescriptionTests
{
    private const string Minimal =
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n" +
        "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-1 " + Sha1 + "\r\na=setup:actpass\r\n";

    private const string Sha1 = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33";

    private static readonly string[] s_needed = ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:"];

    public static TheoryData<string> CapturedFiles => new(Directory.EnumerateFiles(Captured.Folder, "*.sdp").Select(Path.GetFileName).Order(StringComparer.Ordinal)!);

    [Theory]
    [InlineData("chromium-offer.sdp", "S1VH", "CQemj81+sJ1fm0qWEivUUmqD", SetupRole.ActPass, 262144, "192.0.2.2:60580 [fd00::2]:53518", false, false)]
    [InlineData("chromium-offer-trickle.sdp", "S1VH", "CQemj81+sJ1fm0qWEivUUmqD", SetupRole.ActPass, 262144, "", false, false)]
    [InlineData("chromium-answer.sdp", "QL71", "xeOWllC30caYVZfFzMNC2HWd", SetupRole.Active, 262144, "192.0.2.2:37941 [fd00::2]:34128", false, false)]
    [InlineData("firefox-offer.sdp", "6ed0641d", "44348c03d9734987962b20eef539765c", SetupRole.ActPass, 1073741823, "db3fd09a-312d-477e-b018-99631183c8c1.local 50d84eee-3ef7-4137-9e67-c55b3fd8bdee.local", true, false)]
    [InlineData("firefox-answer.sdp", "540ee0f3", "3950c1a07679afc2816b9ec688cc9bc4", SetupRole.Active, 1073741823, "d2449fac-72b9-4d2f-bda2-31e33e3427a7.local 29287c04-1212-4bec-9b47-065b678b6612.local", true, false)]
    [InlineData("libdatachannel-offer.sdp", "IUuu", "zlEdF/4KzXmPhv9rKuTTw/", SetupRole.ActPass, 262144, "[fd00::2]:37472 192.0.2.2:37472", true, true)]
    [InlineData("libdatachannel-answer.sdp", "QEm/", "BArYmiC63aZIMX2rxXPpuh", SetupRole.Active, 262144, "[fd00::2]:59261 192.0.2.2:59261", true, true)]
    [InlineData("pion-offer.sdp", "YuygXvleRtuSMJew", "qtCZakDaMAXLtcwBiIZjjwyKjHSPZYNV", SetupRole.ActPass, 65536, "192.0.2.2:53811 [fd00::2]:50380", true, false)]
    [InlineData("pion-answer.sdp", "JvsIrVkIImhXUYYq", "HkCernGemeSgNXnoQnngsEmuAPszqUuH", SetupRole.Active, 65536, "192.0.2.2:37629 [fd00::2]:50582", true, false)]
    [InlineData("werift-offer.sdp", "969a", "022cb6b4debe79a6c8aaf3", SetupRole.ActPass, 65536, "192.0.2.2:41971 [fd00::2]:34950", true, false)]
    [InlineData("werift-answer.sdp", "28f6", "30600c4cda5803cd60eb5c", SetupRole.Active, 65536, "192.0.2.2:50437 [fd00::2]:43700", true, false)]
    internal void What_a_stack_wrote_is_read(string file, string ufrag, string pwd, SetupRole setup, long maxMessage, string candidates, bool ended, bool ice2)
    {
        var text = Captured.Read(file);
        var read = Parse(text, TypeOf(file));
        Assert.Equal((ufrag, pwd, setup, maxMessage), (read.IceUfrag, read.IcePwd, read.Setup, read.MaxMessageBytes));
        Assert.Equal(candidates, string.Join(' ', read.Candidates.Select(c => c.TryGetAddress(out var address) ? address.ToString() : c.Host)));
        Assert.Equal((ended, ice2), (read.EndOfCandidates, read.IsIce2));
        Assert.Equal(("0", true, 0, 0, 5000, DataSectionForm.Udp), (read.Mid, read.IsBundled, read.Index, read.Others.Count, (int)read.SctpPort, read.Form));
        Assert.Equal(!file.StartsWith("pion", StringComparison.Ordinal), read.Trickles);
        Assert.Contains($"a=fingerprint:{Assert.Single(read.Fingerprints)}", text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(CapturedFiles))]
    public void What_was_read_is_written_and_read_again(string file)
    {
        var read = Parse(Captured.Read(file), TypeOf(file));
        var written = read.ToString();
        Assert.Equal(written, Parse(written.Replace("m=audio 0", "m=audio 9", StringComparison.Ordinal), read.Type).ToString());
        Assert.Equal(written, Parse(written.Replace("\r\n", "\n", StringComparison.Ordinal), read.Type).ToString());
    }

    [Theory, MemberData(nameof(CapturedFiles))]
    public void Every_truncation_is_refused_with_a_reason_or_was_enough(string file)
    {
        var text = Captured.Read(file);
        // Enough is all up to the last of what cannot be done without.
        var enough = s_needed.Max(needed => text.LastIndexOf(needed, StringComparison.Ordinal));
        for (var length = 0; length < text.Length; length++)
        {
            var parsed = SessionDescription.TryParse(TypeOf(file), text.AsSpan(0, length), out _, out var why);
            Assert.Equal(parsed, why is null);
            if (length < enough) Assert.False(parsed);
        }
    }

    [Theory]
    [InlineData("chromium-audio-offer.sdp", "UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126")]
    [InlineData("firefox-audio-offer.sdp", "UDP/TLS/RTP/SAVPF 109 9 0 8 101")]
    public void Audio_is_refused_in_its_place(string file, string formats)
    {
        var offer = Parse(Captured.Read(file), DescriptionType.Offer);
        Assert.Equal((1, "1", true), (offer.Index, offer.Mid, offer.IsBundled));
        var answer = Own().AsAnswerTo(offer);
        var text = answer.ToString();
        Assert.Contains($"m=audio 0 {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=inactive\r\nm=application 9 UDP", text, StringComparison.Ordinal);
        Assert.Contains("a=group:BUNDLE 1\r\n", text, StringComparison.Ordinal);
        Assert.True(offer.Fits(Parse(text, DescriptionType.Answer), out _));
    }

    [Theory]
    [InlineData(SetupRole.ActPass, SetupRole.Active, false)]
    [InlineData(SetupRole.Passive, SetupRole.Active, false)]
    [InlineData(SetupRole.Active, SetupRole.Passive, true)]
    internal void The_answer_takes_the_role_that_the_offer_leaves(SetupRole offered, SetupRole answered, bool offererIsClient)
    {
        var offer = Own() with { Setup = offered };
        var answer = Own().AsAnswerTo(offer);
        Assert.Equal(answered, answer.Setup);
        Assert.True(SetupRoles.TryNegotiate(offer.Setup, answer.Setup, out var client));
        Assert.Equal(offererIsClient, client);
        Assert.True(offer.Fits(answer, out _));
        if (offered != SetupRole.ActPass) Assert.False(offer.Fits(answer with { Setup = offered }, out _));
    }

    [Fact]
    public void An_answer_of_other_sections_or_names_does_not_fit()
    {
        var offer = Own();
        var answer = Own().AsAnswerTo(offer);
        Assert.True(offer.Fits(answer with { Mid = null }, out _));
        Assert.False(offer.Fits(answer with { Mid = "data" }, out var why));
        Assert.Equal("the answer calls the section 'data', which the offer calls '0'", why);
        Assert.False(offer.Fits(answer with { Index = 1, Others = [new("audio", "RTP/AVP", "0", null)] }, out _));
    }

    [Fact]
    public void What_is_said_before_the_sections_holds_where_a_section_does_not_say_it()
    {
        var session = "a=ice-ufrag:session\r\na=ice-pwd:sssssssssssssssssssssss\r\na=ice-options:trickle\r\na=setup:passive\r\na=ice-lite\r\na=fingerprint:sha-1 " + Sha1 + "\r\n";
        var own = Parse(Minimal.Replace("m=app", session + "m=app", StringComparison.Ordinal), DescriptionType.Offer);
        Assert.Equal(("abcd", SetupRole.ActPass, true, true), (own.IceUfrag, own.Setup, own.IsIceLite, own.Trickles));

        var bare = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + session + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
        var inherited = Parse(bare, DescriptionType.Offer);
        Assert.Equal(("session", SetupRole.Passive, 1), (inherited.IceUfrag, inherited.Setup, inherited.Fingerprints.Count));
        // RFC 8839 §5.4: a section's own ufrag does not go with the session's password.
        Assert.False(SessionDescription.TryParse(DescriptionType.Offer, bare + "a=ice-ufrag:section\r\n", out _, out var why));
        Assert.Equal("the section for data channels has no ice-pwd", why);
    }

    [Theory]
    [InlineData("", 65536, 65536)]
    [InlineData("a=max-message-size:0\r\n", 0, 1_000_000)]
    [InlineData("a=max-message-size:1200\r\n", 1200, 1200)]
    [InlineData("a=max-message-size:5000000\r\n", 5_000_000, 1_000_000)]
    [InlineData("a=max-message-size:99999999999999999999999\r\n", long.MaxValue, 1_000_000)]
    public void The_size_of_a_message_is_bounded_by_both_sides(string line, long read, int effective)
    {
        var description = Parse(Minimal + line, DescriptionType.Offer);
        Assert.Equal(read, description.MaxMessageBytes);
        Assert.Equal(effective, description.MessageBytesMaxTo(1_000_000));
    }

    [Fact]
    public void The_draft_s_form_is_read_and_answered_in_kind()
    {
        var text = Minimal.Replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5001", StringComparison.Ordinal) + "a=sctpmap:5001 webrtc-datachannel 1024\r\n";
        var offer = Parse(text, DescriptionType.Offer);
        Assert.Equal((DataSectionForm.Draft, 5001), (offer.Form, (int)offer.SctpPort));
        var answer = Own().AsAnswerTo(offer).ToString();
        Assert.Contains("m=application 9 DTLS/SCTP 5000\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=sctpmap:5000 webrtc-datachannel 1024\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(DataSectionForm.Tcp, Parse(Minimal.Replace("UDP/DTLS", "TCP/DTLS", StringComparison.Ordinal), DescriptionType.Offer).Form);
    }

    [Fact]
    public void Of_several_fingerprints_all_that_are_known_are_kept()
    {
        var text = Minimal + "a=fingerprint:md5 00:11\r\na=fingerprint:SHA-1 " + Sha1.ToLowerInvariant() + "\r\n";
        var read = Parse(text, DescriptionType.Offer);
        Assert.Equal(2, read.Fingerprints.Count);
        Assert.Equal(read.Fingerprints[0], read.Fingerprints[1]);
        Assert.Equal($"sha-1 {Sha1}", read.Fingerprints[1].ToString());
    }

    [Theory]
    [InlineData("", "", "the description is empty")]
    [InlineData("v=0", "v=1", "a description begins with v=0, not with 'v=1'")]
    [InlineData("t=0 0", "nonsense", "line 4 is 'nonsense', which does not begin with a letter and =")]
    [InlineData("m=application 9 ", "m=application 0 ", "the section for data channels has port 0: it is refused")]
    [InlineData("m=application 9 ", "m=application 99999 ", "the section m='application 99999 UDP/DTLS/SCTP webrtc-d…' is not media, port, protocol and formats")]
    [InlineData("webrtc-datachannel", "something", "there is no section for data channels (m=application … UDP/DTLS/SCTP webrtc-datachannel)")]
    [InlineData("ice-ufrag:abcd", "x:y", "the section for data channels has no ice-ufrag")]
    [InlineData("ice-ufrag:abcd", "ice-ufrag:abc", "the ice-ufrag is not 4 to 256 letters, digits, + or /")]
    [InlineData("ice-pwd:", "ice-pwd:!", "the ice-pwd is not 22 to 256 letters, digits, + or /")]
    [InlineData("fingerprint:sha-1 ", "fingerprint:md5 ", "the hash function 'md5' of a fingerprint is not known here")]
    [InlineData("fingerprint:sha-1 00:", "fingerprint:sha-1 ", "the fingerprint '11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:E…' is not 20 pairs of hexadecimal digits with colons between them, as sha-1 has")]
    [InlineData("fingerprint", "handprint", "the section for data channels has no fingerprint")]
    [InlineData("setup:actpass", "setup:holdconn", "setup:'holdconn' is none of actpass, active and passive")]
    [InlineData("setup", "getup", "the section for data channels has no setup")]
    [InlineData("a=setup", "a=sctp-port:0\r\na=setup", "sctp-port:'0' is not a port")]
    [InlineData("a=setup", "a=max-message-size:-1\r\na=setup", "max-message-size:'-1' is not a number")]
    public void What_is_wrong_is_said(string good, string bad, string expected)
    {
        var text = good.Length == 0 ? "" : Minimal.Replace(good, bad, StringComparison.Ordinal);
        Assert.False(SessionDescription.TryParse(DescriptionType.Offer, text, out _, out var why));
        Assert.Equal(expected, why);
    }

    [Fact]
    public void An_answer_has_to_choose_its_role()
    {
        Assert.False(SessionDescription.TryParse(DescriptionType.Answer, Minimal, out _, out var why));
        Assert.Equal("an answer has to choose between setup:active and setup:passive", why);
    }

    [Fact]
    public void What_others_can_make_grow_has_an_end()
    {
        Assert.False(SessionDescription.TryParse(DescriptionType.Offer, Minimal + new string('\n', SdpOptions.TextCharsMax), out _, out _));
        var many = new StringBuilder(Minimal);
        for (var i = 0; i < 300; i++) many.Append(System.Globalization.CultureInfo.InvariantCulture, $"a=candidate:{i} 1 udp 1 192.0.2.1 {i + 1} typ host\r\na=fingerprint:sha-1 {Sha1}\r\n");
        var read = Parse(many.ToString(), DescriptionType.Offer);
        Assert.Equal((SdpOptions.CandidatesMax, SdpOptions.FingerprintsMax), (read.Candidates.Count, read.Fingerprints.Count));
        Assert.False(SessionDescription.TryParse(DescriptionType.Offer, Minimal + string.Concat(Enumerable.Repeat("m=audio 9 RTP/AVP 0\r\n", 200)), out _, out var why));
        Assert.Equal("the description has more than 128 sections", why);
    }

    [Theory, MemberData(nameof(CapturedFiles))]
    public void Damage_never_throws_and_what_is_still_read_can_be_written(string file)
    {
        var text = Captured.Read(file);
        Gen.ULong.Sample(seed =>
        {
            var random = new SeededRandom(seed);
            var damaged = new StringBuilder(text);
            for (var i = random.Next(8); i >= 0; i--)
            {
                var at = random.Next(damaged.Length);
                switch (random.Next(4))
                {
                    case 0: damaged[at] = (char)random.Next(256); break;
                    case 1: damaged.Remove(at, Math.Min(random.Next(30), damaged.Length - at)); break;
                    case 2: damaged.Insert(at, " :/=\r\n0aé"[random.Next(9)]); break;
                    default: damaged.Insert(at, text.AsSpan(random.Next(text.Length / 2), random.Next(text.Length / 2))); break;
                }
            }
            foreach (var type in Enum.GetValues<DescriptionType>())
            {
                if (!SessionDescription.TryParse(type, damaged.ToString(), out var read, out var why)) { Assert.NotEmpty(why); continue; }
                Assert.True(SessionDescription.TryParse(type, read.ToString(), out var again, out why), why);
                Assert.Equal((read.IceUfrag, read.Mid, read.Setup, read.Candidates.Count), (again.IceUfrag, again.Mid, again.Setup, again.Candidates.Count));
            }
        }, iter: 300, seed: Environment.GetEnvironmentVariable("SEED"));
    }

    private static DescriptionType TypeOf(string file) => file.Contains("answer", StringComparison.Ordinal) ? DescriptionType.Answer : DescriptionType.Offer;

    private static SessionDescription Parse(string text, DescriptionType type)
    {
        Assert.True(SessionDescription.TryParse(type, text, out var description, out var why), why);
        return description;
    }

    private static SessionDescription Own() => new()
    {
        Type = DescriptionType.Offer,
        SessionId = 4711,
        IceUfrag = "mine",
        IcePwd = "0123456789012345678901",
        Fingerprints = [new("sha-256", new byte[32])],
        Setup = SetupRole.ActPass,
        MaxMessageBytes = 262144,
    };
}
