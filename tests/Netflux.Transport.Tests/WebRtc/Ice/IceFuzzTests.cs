using CsCheck;
using Netflux.TestKit;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Whatever comes to a base, an agent does not throw, and what is not authenticated leaves no trace.</summary>
public sealed class IceFuzzTests
{
    [Fact]
    public void Random_and_mutated_messages_neither_throw_nor_grow_anything() => Gen.ULong.Sample(seed =>
    {
        var world = new IceWorld(seed);
        var random = SeededRandom.For(seed, "fuzz");
        var (one, other) = (world.AddParty("one", IceRole.Controlling), world.AddParty("other", IceRole.Controlled));
        one.Open("192.168.1.2");
        other.Open("192.168.1.3");
        if (random.Chance(0.8)) world.Introduce(one, other);
        world.RunFor(TimeSpan.FromMilliseconds(random.Next(50)));
        var corpus = one.Sent.Concat(other.Sent).Select(sent => sent.What.Message.ToArray()).Append(Forged.Check(one)).ToList();
        var before = one.Agent.Report();
        var routes = one.Routes.ToHashSet();
        for (var i = 0; i < 50; i++)
        {
            var original = corpus[random.Next(corpus.Count)];
            var message = original.ToArray();
            switch (random.Next(4))
            {
                case 0: random.Fill(message); break;
                case 1: message = message[..random.Next(message.Length)]; break;
                default:
                    for (var flips = 1 + random.Next(4); flips > 0; flips--) message[random.Next(message.Length)] ^= (byte)(1 + random.Next(255));
                    break;
            }
            if (message.AsSpan().StartsWith(original.AsSpan(0, original.Length - 8))) continue; // all that the integrity covers is as it was: a copy, which is authentic
            one.Receive(new IceBase(0), SimulatedNat.At("203.0.113.1", 1 + i), message);
        }
        var after = one.Agent.Report();
        Assert.Equal((before.RemoteCandidates.Count, before.Pairs.Count), (after.RemoteCandidates.Count, after.Pairs.Count));
        Assert.True(routes.SetEquals(one.Routes));
    }, iter: 300, seed: Environment.GetEnvironmentVariable("SEED"));

    [Fact]
    public void A_peer_that_knows_the_password_and_says_anything_in_any_order_meets_the_limits() => Gen.ULong.Sample(seed =>
    {
        var world = new IceWorld(seed);
        var random = SeededRandom.For(seed, "fuzz");
        var party = world.AddParty("party", random.Chance(0.5) ? IceRole.Controlling : IceRole.Controlled);
        party.Open("192.168.1.2");
        party.Open("2001:db8::2");
        Assert.True(IceCredentials.TryCreate("them", "theirPasswordOf22Chars", out var credentials));
        for (var i = 0; i < 200; i++)
        {
            var address = SimulatedNat.At(random.Chance(0.5) ? "192.168.1.66" : "2001:db8::66", 1 + random.Next(60_000));
            switch (random.Next(8))
            {
                case 0: party.Handle(new RemoteDescription(credentials, random.Chance(0.1))); break;
                case 1: party.Handle(new RemoteCandidateFound((CandidateType)random.Next(4), address, (uint)random.Next(), $"f{random.Next(5)}")); break;
                case 2: party.Handle(new RemoteNameFound($"n{random.Next(9)}.local", 5, CandidateType.Host, (uint)random.Next(), "1")); break;
                case 3: party.Handle(new NameResolved($"n{random.Next(9)}.local", address.Address)); break;
                case 4: world.RunFor(TimeSpan.FromMilliseconds(random.Next(2000))); break;
                default:
                    party.Receive(new IceBase(random.Next(2)), address, Forged.Check(party, controlling: random.Chance(0.5), tieBreaker: random.Next(), useCandidate: random.Chance(0.5), priority: (uint)random.Next()));
                    break;
            }
            if (party.Sent.LastOrDefault(sent => sent.What.Awaits is not null).What is { } check && random.Chance(0.3)) Respond(party, check, random);
        }
        var report = party.Agent.Report();
        Assert.InRange(report.RemoteCandidates.Count, 0, 64 + 16);
        Assert.InRange(report.Pairs.Count, 0, 200);
        Assert.InRange(party.Routes.Count, 0, 100 + 16);
    }, iter: 200, seed: Environment.GetEnvironmentVariable("SEED"));

    private static void Respond(IceParty party, StunSent check, SeededRandom random)
    {
        Assert.True(Stun.StunMessage.TryParse(check.Message, out var request));
        var key = Stun.StunIntegrity.ShortTermKey("theirPasswordOf22Chars");
        var buffer = new byte[100];
        var answer = random.Next(3) switch
        {
            0 => IceMessages.Error(request, Stun.StunErrorCode.RoleConflict, "", key),
            1 => IceMessages.Error(request, (Stun.StunErrorCode)(300 + random.Next(400)), "", key),
            _ => buffer[..IceMessages.WriteSuccess(buffer, request.Id, SimulatedNat.At("198.51.100.1", 1 + random.Next(60_000)), key)],
        };
        party.Receive(check.From, random.Chance(0.9) ? check.To : SimulatedNat.At("192.168.1.1", 1), answer);
    }
}
