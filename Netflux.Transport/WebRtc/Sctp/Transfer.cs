using Netflux.Core;
using Netflux.Transport.WebRtc.Sctp.Packets;
using Netflux.Transport.WebRtc.Sctp.Receive;
using Netflux.Transport.WebRtc.Sctp.Send;

namespace Netflux.Transport.WebRtc.Sctp;

/// <summary>What exists once the other's INIT or cookie is known: the "TCB" of RFC 9260 §14.</summary>
internal sealed class Transfer
{
    public Transfer(SctpOptions options, OutboundStreams streams, in TransferTerms terms, Queue<SctpEvent> events, IRandomSource random, Instant now)
    {
        Terms = terms;
        Sender = new(options, streams, terms.OwnInitialTsn, terms.PeerWindow, terms.Common);
        Receiver = new(options, terms.PeerInitialTsn, terms.Common);
        Resets = new(options, streams, Sender, Receiver, terms.OwnInitialTsn, terms.PeerInitialTsn, terms.Common.Has(Capabilities.StreamReset), events);
        Heartbeats = new(options, random, now);
    }

    public TransferTerms Terms { get; }

    public DataSender Sender { get; }

    public DataReceiver Receiver { get; }

    public StreamResets Resets { get; }

    public Heartbeats Heartbeats { get; }

    public Instant? NextDeadline =>
        Instant.Earlier(Instant.Earlier(Sender.NextDeadline, Receiver.NextDeadline), Instant.Earlier(Resets.NextDeadline, Heartbeats.NextDeadline));
}

/// <summary>What INIT and INIT ACK agreed on.</summary>
/// <param name="Common">The extensions that both sides have.</param>
internal readonly record struct TransferTerms(uint OwnTag, uint PeerTag, Tsn OwnInitialTsn, Tsn PeerInitialTsn, uint PeerWindow, ushort OutboundStreams, Capabilities Common);
