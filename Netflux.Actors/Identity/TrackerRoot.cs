using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Core;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>What a server showed of a tracked network. It knew no less then than what was known here before it was asked.</summary>
/// <param name="AskedAt">Not later than when that was said which it answered.</param>
internal sealed record ShownRoot(TrackerRoot Root, Instant AskedAt);

/// <summary>
/// What a tracking server signs of a network's members: the root of their map (<see cref="MemberMap"/>), the how-manieth state of it that is, and the root before. Two of one epoch that say different
/// things prove that it lied to somebody. A parsed one is verified; whose key it is, its reader has to know.
/// </summary>
internal sealed class TrackerRoot
{
    public const string Purpose = "netflux tracker root v1";

    private TrackerRoot(ReadOnlyMemory<byte> record, PeerId tracker, TrackerRootBody body) =>
        (Record, Tracker, Network, Epoch, Root, Previous, Members) = (record, tracker, NetworkId.FromBytes(body.Network.Span), body.Epoch, body.Root.Memory, body.PreviousRoot.Memory, body.Members);

    public ReadOnlyMemory<byte> Record { get; }

    /// <summary>The signer.</summary>
    public PeerId Tracker { get; }

    public NetworkId Network { get; }

    /// <summary>Counts the changes of the map, from 0 for the empty one.</summary>
    public ulong Epoch { get; }

    public ReadOnlyMemory<byte> Root { get; }

    /// <summary>Of the epoch before; empty in the first.</summary>
    public ReadOnlyMemory<byte> Previous { get; }

    /// <summary>Without those that were removed.</summary>
    public uint Members { get; }

    /// <summary>Whether both say the same of the members. Times, and signatures, which are drawn, may differ: a server that was started again signs again.</summary>
    public bool Agrees(TrackerRoot other) => Epoch == other.Epoch && Root.Span.SequenceEqual(other.Root.Span) && Previous.Span.SequenceEqual(other.Previous.Span);

    public override string ToString() => $"root {Epoch} of {Network.Short} by {Tracker.Short}";

    public static TrackerRoot Create(IPeerKeys tracker, NetworkId network, ulong epoch, ReadOnlyMemory<byte> root, ReadOnlyMemory<byte> previous, int members, DateTimeOffset now)
    {
        var body = new TrackerRootBody
        {
            Network = ByteString.CopyFrom(network.ToArray()),
            Epoch = epoch,
            Root = ByteString.CopyFrom(root.Span),
            PreviousRoot = ByteString.CopyFrom(previous.Span),
            Members = (uint)members,
            AtMs = now.ToUnixTimeMilliseconds(),
        };
        return new TrackerRoot(SignedRecords.Create(tracker, Purpose, body), tracker.Card.Id, body);
    }

    /// <summary>False if malformed, or the signature does not hold.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> record, [NotNullWhen(true)] out TrackerRoot? root)
    {
        root = null;
        if (!SignedRecords.TryVerify(record.Span, Purpose, IdentityOptions.TrackerRootBytesMax, out var verified, out _) || !SignedRecords.TryParseBody(TrackerRootBody.Parser, verified.Body, out var body)) return false;
        if (body.Network.Length != NetworkId.Length || body.Root.Length != MemberMap.HashBytes || body.PreviousRoot.Length != (body.Epoch == 0 ? 0 : MemberMap.HashBytes)) return false;
        root = new TrackerRoot(record.ToArray(), verified.Signer, body);
        return true;
    }
}
