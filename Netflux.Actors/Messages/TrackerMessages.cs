using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>How a tracking server contradicted itself about who the members of a network are.</summary>
public enum TrackerContradiction
{
    /// <summary>It showed an earlier state than one that was known when it was asked: it keeps something from this process, or goes on from an old copy of its store.</summary>
    LowerEpoch,
    /// <summary>It signed two different states under one number: it tells some members something else than others, or ran from two copies of its store.</summary>
    TwoRoots,
    /// <summary>It signed a state that does not follow from the one before.</summary>
    BrokenChain,
    /// <summary>The members that it listed are not those of the state that it signed with the list.</summary>
    OtherMembers,
    /// <summary>It signs with another key than before.</summary>
    OtherKey,
}

/// <summary>
/// A network's tracking server lied to this process or to another member, or lost what it had stored (docs/TRACKING.md says what to do then). Told once for each pair, 16 times in one membership at
/// most. The network goes on: its members know each other.
/// </summary>
/// <param name="Network">Which network.</param>
/// <param name="Tracker">The server's key, by which it was known.</param>
/// <param name="How">What does not fit.</param>
/// <param name="First">The record that was known; with <see cref="TrackerContradiction.OtherMembers"/> the one that came with the list. Anybody can verify it: docs/WIRE.md, "The map of members".</param>
/// <param name="Second">The record that contradicts it; empty with <see cref="TrackerContradiction.OtherMembers"/>.</param>
public sealed record TrackerEquivocated(Network Network, PeerId Tracker, TrackerContradiction How, ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second) : INetfluxMessage;
