using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Messages;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>The signed record with which a network begins. A parsed genesis is a verified one.</summary>
internal sealed class Genesis
{
    public const string Purpose = "netflux genesis v1";
    private const uint Version = 1;

    private Genesis(ReadOnlyMemory<byte> record, NetworkId network, PeerId creator, Topology topology) =>
        (Record, Network, Creator, Topology) = (record, network, creator, topology);

    /// <summary>The exact SignedRecord, as it is stored and passed on.</summary>
    public ReadOnlyMemory<byte> Record { get; }
    public NetworkId Network { get; }
    public PeerId Creator { get; }
    public Topology Topology { get; }

    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidTopology"/>: the topology's JSON is not one that others would take.</exception>
    public static Genesis Create(IPeerKeys creator, Topology topology, IRandomSource random, DateTimeOffset now)
    {
        Span<byte> nonce = stackalloc byte[IdentityOptions.NonceBytes];
        random.Fill(nonce);
        var body = new GenesisBody { Version = Version, TopologyJson = topology.Json, Nonce = ByteString.CopyFrom(nonce), CreatedAtMs = now.ToUnixTimeMilliseconds() };
        return TryParse(SignedRecords.Create(creator, Purpose, body), out var genesis, out _, out var why) ? genesis : throw new NetfluxException(NetfluxError.InvalidTopology, why);
    }

    /// <summary>False with a reason if the record is malformed, its signature does not hold, or its version or topology is not understood.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, [NotNullWhen(true)] out Genesis? genesis, out NetfluxError error, out string why)
    {
        genesis = null;
        error = NetfluxError.InvalidTopology;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.GenesisBytesMax, out var verified, out why))
            return SignedRecords.Fail($"The network's genesis record is not valid. {why}", out why);
        if (!SignedRecords.TryParseBody(GenesisBody.Parser, verified.Body, out var body)) return SignedRecords.Fail("The network's genesis record is not valid: its body cannot be read.", out why);
        if (body.Version != Version)
        {
            error = NetfluxError.VersionNotSupported;
            return SignedRecords.Fail(string.Create(CultureInfo.InvariantCulture, $"The network was created with version {body.Version} of the genesis record; this version of Netflux knows {Version}. A newer one may know it."), out why);
        }
        if (body.Nonce.Length != IdentityOptions.NonceBytes) return SignedRecords.Fail("The network's genesis record is not valid: its nonce has the wrong length.", out why);
        if (!TopologyParser.TryParseFromGenesis(body.TopologyJson, out var topology, out var needsNewer, out var whyTopology))
        {
            if (needsNewer) error = NetfluxError.VersionNotSupported;
            return SignedRecords.Fail($"The network's topology is not understood. {whyTopology}", out why);
        }
        genesis = new Genesis(record.ToArray(), NetworkId.FromGenesis(verified.Body.Span), verified.Signer, topology);
        error = default;
        return true;
    }
}
