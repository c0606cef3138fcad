using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Messages;

namespace Netflux.Identity;

/// <summary>The signed record with which a network begins. A parsed genesis is a verified one.</summary>
internal sealed class Genesis
{
    public const string Purpose = "netflux genesis v1";

    private Genesis(ReadOnlyMemory<byte> record, NetworkId network, PeerId creator, Topology topology) =>
        (Record, Network, Creator, Topology) = (record, network, creator, topology);

    /// <summary>The exact SignedRecord, as it is stored and passed on.</summary>
    public ReadOnlyMemory<byte> Record { get; }
    public NetworkId Network { get; }
    public PeerId Creator { get; }
    public Topology Topology { get; }

    public static Genesis Create(IPeerKeys creator, Topology topology, IRandomSource random, DateTimeOffset now) => throw new NotImplementedException();

    /// <summary>False with a reason if the record is malformed, its signature does not hold, or its version or topology is not understood.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, [NotNullWhen(true)] out Genesis? genesis, out NetfluxError error, out string why) => throw new NotImplementedException();
}
