using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netflux.Wire.Proto;

namespace Netflux.Identity;

/// <summary>
/// What two peers tell each other, inside introductions, to open a data channel: one offers, the other answers, and both tell the candidates that they find later (RFC 8838). What the
/// texts say is for whoever opens data channels; here they are held to a length and to characters that do no harm in a log.
/// </summary>
/// <param name="Connection">The attempt.</param>
internal abstract record ConnectionSignal(OfferId Connection)
{
    internal sealed record Offer(OfferId Connection, string Sdp) : ConnectionSignal(Connection);

    internal sealed record Answer(OfferId Connection, string Sdp) : ConnectionSignal(Connection);

    /// <param name="Last">No others will follow.</param>
    internal sealed record Candidates(OfferId Connection, IReadOnlyList<string> Lines, bool Last) : ConnectionSignal(Connection)
    {
        public override string ToString() => $"Candidates {Connection} ({Lines.Count}{(Last ? ", the last" : "")})";
    }

    public static Wire.Proto.ConnectionSignal Write(ConnectionSignal signal)
    {
        var written = new Wire.Proto.ConnectionSignal { Connection = ByteString.CopyFrom(signal.Connection.ToArray()) };
        switch (signal)
        {
            case Offer offer: written.Offer = offer.Sdp; break;
            case Answer answer: written.Answer = answer.Sdp; break;
            case Candidates candidates: written.Candidates = new TrickledCandidates { Lines = { candidates.Lines }, Last = candidates.Last }; break;
        }
        return written;
    }

    /// <summary>False if it says nothing that this version knows, or says it at a length or in characters that are not let in.</summary>
    public static bool TryRead(Wire.Proto.ConnectionSignal said, [NotNullWhen(true)] out ConnectionSignal? signal)
    {
        signal = null;
        if (!OfferId.TryRead(said.Connection.Span, out var connection)) return false;
        signal = said.SayCase switch
        {
            Wire.Proto.ConnectionSignal.SayOneofCase.Offer when RecordText.IsDescription(said.Offer) => new Offer(connection, said.Offer),
            Wire.Proto.ConnectionSignal.SayOneofCase.Answer when RecordText.IsDescription(said.Answer) => new Answer(connection, said.Answer),
            Wire.Proto.ConnectionSignal.SayOneofCase.Candidates when AreCandidates(said.Candidates) => new Candidates(connection, [.. said.Candidates.Lines], said.Candidates.Last),
            _ => null,
        };
        return signal is not null;
    }

    private static bool AreCandidates(TrickledCandidates candidates) =>
        candidates.Lines.Count <= IdentityOptions.CandidatesMax && (candidates.Lines.Count > 0 || candidates.Last) && candidates.Lines.All(RecordText.IsCandidate);
}
