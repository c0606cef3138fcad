using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Identity;

/// <summary>Peers and networks that the tests of records share.</summary>
internal static class RecordsSamples
{
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    public static readonly SeededPeerKeys Alice = new(1), Bob = new(2), Carol = new(3);

    public static Genesis Open { get; } = Genesis.Create(Alice, Topology.FullMesh(20), new SeededRandom(1), Now);

    public static Genesis Invite { get; } = Genesis.Create(Alice, Parse("""{"type":"full-mesh","join":"invite"}"""), new SeededRandom(2), Now);

    public static Topology Parse(string json) => Topology.TryParse(json, out var topology, out var why) ? topology : throw new ArgumentException(why);
}
