using System.Collections.Concurrent;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays;
using Netflux.TestKit;

namespace Netflux.Tests.Overlays;

/// <summary>Seeded identities and their records; made once, because signing is slow.</summary>
internal static class OverlayPeople
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ConcurrentDictionary<int, SeededPeerKeys> s_keys = new();
    private static readonly ConcurrentDictionary<string, Genesis> s_genesis = new();
    private static readonly ConcurrentDictionary<(NetworkId, int, ulong, uint), MemberRecord> s_records = new();

    public static SeededPeerKeys Keys(int person) => s_keys.GetOrAdd(person, number => new SeededPeerKeys((ulong)number + 1000));

    public static Genesis GenesisFor(int places) => GenesisFor(Topology.FullMesh(places));

    public static Genesis GenesisFor(Topology topology) =>
        s_genesis.GetOrAdd(topology.Json, _ => Genesis.Create(Keys(0), topology, new SeededRandom((ulong)topology.MaxMembers), Noon));

    public static MemberRecord Record(int places, int person, ulong incarnation = 1, uint version = 1) => Record(GenesisFor(places), person, incarnation, version);

    public static MemberRecord Record(Genesis genesis, int person, ulong incarnation = 1, uint version = 1) =>
        s_records.GetOrAdd((genesis.Network, person, incarnation, version), _ =>
        {
            var keys = Keys(person);
            var admission = Admission.Issue(keys, genesis, keys.Id, null, mayInvite: false, Noon, null);
            return MemberRecord.Create(keys, genesis, new Incarnation(incarnation), version, $"person {person}", admission, [], relays: true);
        });

    public static HeardMember Heard(MemberRecord record) => new(record.Card, record.Incarnation, record.DisplayName);

    public static List<TInstruction> TakeAll<TFact, TInstruction>(this IProtocolCore<TFact, TInstruction> core) where TInstruction : class
    {
        var taken = new List<TInstruction>();
        while (core.TryTake(out var instruction)) taken.Add(instruction);
        return taken;
    }

    public static List<TInstruction> Say<TFact, TInstruction>(this IProtocolCore<TFact, TInstruction> core, TFact fact, Instant now) where TInstruction : class
    {
        core.Handle(fact, now);
        return core.TakeAll();
    }
}
