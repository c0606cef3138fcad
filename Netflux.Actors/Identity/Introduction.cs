using System.Diagnostics.CodeAnalysis;
using Netflux.Core;

namespace Netflux.Identity;

/// <summary>What one peer lets another know so that they can link: who it is, where it listens, whether the other is to dial. Signed by the sender, sealed for the receiver (RFC 9180).</summary>
/// <param name="Card">Of the sender.</param>
/// <param name="Network">Which network; null at a meeting point.</param>
/// <param name="MeetingKey">The meeting point's key; null in a network.</param>
/// <param name="Incarnation">Of the sender.</param>
/// <param name="DisplayName">Of the sender.</param>
/// <param name="Admission">Of the sender, as a record; empty at a meeting point. The receiver verifies it against its genesis.</param>
/// <param name="Addresses">Where the sender listens.</param>
/// <param name="AnswerWanted">The first of a pair asks for one back.</param>
/// <param name="PleaseDial">The receiver is to dial.</param>
/// <param name="SentAt">The sender's wall clock.</param>
/// <param name="Nonce">16 bytes, so that a repeated introduction is noticed.</param>
internal sealed record Introduction(
    PeerCard Card, NetworkId? Network, string? MeetingKey, Incarnation Incarnation, string DisplayName, ReadOnlyMemory<byte> Admission,
    IReadOnlyList<string> Addresses, bool AnswerWanted, bool PleaseDial, DateTimeOffset SentAt, ReadOnlyMemory<byte> Nonce)
{
    public const string Purpose = "netflux introduction v1";

    public static byte[] Seal(Introduction introduction, IPeerKeys from, PeerCard to, IEphemeralKeySource keys) => throw new NotImplementedException();

    /// <summary>False if it is not for this peer, does not open, or its signature does not hold. Age and repetition are for the caller.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> sealedBytes, IPeerKeys receiver, [NotNullWhen(true)] out Introduction? introduction) => throw new NotImplementedException();
}
