using System.Net;
using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebSockets;
using Inbox = Netflux.Transport.WebSockets.Inbox;

namespace Netflux.Transport.DataChannels;

/// <summary>Two connectors on loopback, and what carries their signals to and fro. Owners' mailboxes are read as channels. Waits on messages, never on time.</summary>
internal sealed class DataChannelRig : IAsyncDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("rig", "akka.loglevel = WARNING");
    private ulong _last;

    public DataChannelRig(DataChannelOptions? options = null)
    {
        Options = (options ?? new()) with { Port = new() { Addresses = [IPAddress.Loopback] } };
        (Offerer, Answerer) = (new(Options, NullLoggerFactory.Instance), new(Options, NullLoggerFactory.Instance));
    }

    public DataChannelOptions Options { get; }

    public DataChannelConnector Offerer { get; }

    public DataChannelConnector Answerer { get; }

    public OfferId NewId() => new(++_last);

    public Inbox NewInbox() => new(_system);

    /// <summary>Two links that nobody owns yet.</summary>
    public async Task<(IRawLink Offered, IRawLink Answered)> PairAsync()
    {
        var (id, left, right) = (NewId(), NewInbox(), NewInbox());
        var offering = Offerer.Offer(id, left.Ref);
        var answering = Answerer.Answer(id, (await left.ExpectAsync<DataChannelDescribed>()).Sdp, right.Ref);
        offering.TakeAnswer((await right.ExpectAsync<DataChannelDescribed>()).Sdp);
        var opened = await Task.WhenAll(OpenedAsync(left, answering), OpenedAsync(right, offering));
        return (opened[0], opened[1]);
    }

    /// <summary>A pair with an owner at each end.</summary>
    public async Task<(IRawLink Offered, Inbox OfferedInbox, IRawLink Answered, Inbox AnsweredInbox)> OwnedPairAsync(int readAhead = 16)
    {
        var (offered, answered) = await PairAsync();
        var (left, right) = (NewInbox(), NewInbox());
        offered.Start(left.Ref, readAhead);
        answered.Start(right.Ref, readAhead);
        return (offered, left, answered, right);
    }

    /// <summary>A link whose other end is a bare channel, which may say what no link says.</summary>
    public async Task<(IRawLink Link, Inbox Inbox, BareEnd Bare)> BarePairAsync(int readAhead = 16)
    {
        var (id, inbox, bare) = (NewId(), NewInbox(), new BareEnd());
        var offering = Offerer.Offer(id, inbox.Ref);
        bare.Answer((await inbox.ExpectAsync<DataChannelDescribed>()).Sdp, offering);
        while (true)
        {
            switch (await inbox.NextAsync())
            {
                case DataChannelCandidate candidate: bare.Connection.TryAddRemoteCandidate(candidate.Line); break;
                case DataChannelOpened opened:
                    await bare.Opened.WaitAsync(LinkRig.Patience);
                    opened.Link.Start(inbox.Ref, readAhead);
                    return (opened.Link, inbox, bare);
                case var other: throw new Xunit.Sdk.XunitException($"Not expected: {other}");
            }
        }
    }

    private static async Task<IRawLink> OpenedAsync(Inbox inbox, IPeerConnection other)
    {
        while (true)
        {
            switch (await inbox.NextAsync())
            {
                case DataChannelCandidate candidate: other.TakeCandidates(candidate.Line.Length > 0 ? [candidate.Line] : [], candidate.Line.Length == 0); break;
                case DataChannelOpened opened: return opened.Link;
                case var unexpected: throw new Xunit.Sdk.XunitException($"Not expected: {unexpected}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Offerer.Dispose();
        Answerer.Dispose();
        await _system.Terminate().WaitAsync(LinkRig.Patience);
    }

    /// <summary>The answering end of a link, without the link.</summary>
    internal sealed class BareEnd : QuietListener, IDisposable
    {
        private readonly RtcPort _port = RtcPeer.OpenPort();
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously), _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly System.Threading.Channels.Channel<(byte[] Bytes, bool IsText)> _messages = System.Threading.Channels.Channel.CreateUnbounded<(byte[], bool)>();
        private IPeerConnection? _other;

        public BareEnd()
        {
            Connection = _port.NewConnection(this, RtcConnectionOptions.Default)!;
            Channel = Connection.OpenChannel(new() { Label = DataChannelOptions.Label, Protocol = DataChannelOptions.Protocol, NegotiatedId = 0 })!;
        }

        public RtcConnection Connection { get; }

        public RtcChannel Channel { get; }

        public Task Opened => _opened.Task;

        /// <summary>The channel is closed, or the connection.</summary>
        public Task Closed => _closed.Task;

        public void Answer(string offer, IPeerConnection other)
        {
            _other = other;
            Assert.True(Connection.TrySetRemoteDescription(isOffer: true, offer, out var why), why);
        }

        public async Task<(byte[] Bytes, bool IsText)> HearAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(LinkRig.Patience);

        public override void OnDescription(RtcConnection connection, bool isOffer, string sdp) => _other!.TakeAnswer(sdp);

        public override void OnCandidate(RtcConnection connection, string candidate) => _other!.TakeCandidates(candidate.Length > 0 ? [candidate] : [], candidate.Length == 0);

        public override void OnChannelOpened(RtcChannel channel) => _opened.TrySetResult();

        public override void OnMessage(RtcChannel channel, RtcMessage message)
        {
            _messages.Writer.TryWrite((message.Span.ToArray(), message.IsText));
            message.Return();
        }

        public override void OnChannelClosed(RtcChannel channel) => _closed.TrySetResult();

        public void Dispose() => _port.Dispose();
    }
}
