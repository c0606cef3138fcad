using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Transport.Signaling;

/// <summary>Identities and networks that a seed decides.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset WallClock = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly SeededPeerKeys Alice = new(1), Bob = new(2), Carol = new(3), Dave = new(4);

    public static readonly Genesis Lobby = NewGenesis(11), Other = NewGenesis(12), Third = NewGenesis(13);

    public static Genesis NewGenesis(ulong seed)
    {
        Assert.True(Topology.TryParse("""{"type":"full-mesh"}""", out var topology, out _));
        return Genesis.Create(Alice, topology, new SeededRandom(seed), WallClock);
    }

    public static Instant At(double seconds) => Instant.Zero + TimeSpan.FromSeconds(seconds);
}
