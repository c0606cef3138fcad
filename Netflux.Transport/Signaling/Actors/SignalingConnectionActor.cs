using System.Buffers;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Actors;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Messages;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>One client's connection: drives <see cref="SignalingConnection"/> over its raw link, and passes what is asked to the rooms, its parent.</summary>
internal sealed class SignalingConnectionActor : UntypedActor
{
    private const int ReadAhead = 16; // guess: what comes while one message is handled

    internal sealed record Close(CloseCode Code, string Text) : INetfluxMessage;

    private readonly IRawLink _link;
    private readonly ClientOutbox _outbox;
    private readonly SignalingTraffic _traffic;
    private readonly SignalingLimits? _limits;
    private readonly ILogger _log;
    private readonly CoreDriver<ConnectionFact, ConnectionInstruction> _core;
    private PeerId? _peer;
    private bool _closing;

    private SignalingConnectionActor(SignalingConnection core, IRawLink link, ClientOutbox outbox, SignalingTraffic traffic, SignalingLimits? limits, ILogger log)
    {
        (_link, _outbox, _traffic, _limits, _log) = (link, outbox, traffic, limits, log);
        _core = new(Context, core, Carry, log, "signaling connection");
    }

    public static Props Props(SignalingConnection core, IRawLink link, ClientOutbox outbox, SignalingTraffic traffic, SignalingLimits? limits, ILogger log) =>
        Akka.Actor.Props.CreateBy(new Producer(core, link, outbox, traffic, limits, log));

    private sealed class Producer(SignalingConnection core, IRawLink link, ClientOutbox outbox, SignalingTraffic traffic, SignalingLimits? limits, ILogger log) : IIndirectActorProducer
    {
        public Type ActorType => typeof(SignalingConnectionActor);

        public ActorBase Produce() => new SignalingConnectionActor(core, link, outbox, traffic, limits, log);

        public void Release(ActorBase actor)
        {
        }
    }

    protected override void PreStart()
    {
        _link.Start(Self, ReadAhead);
        _core.Handle(new ClientConnected());
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RawLinkReceived m: HandleReceived(m); break;
            case RawLinkWritten m: _outbox.HandleWritten(m.Bytes); break;
            case Close m: CloseLink(m.Code, m.Text); break;
            case RawLinkClosed m:
                var text = Wire.SignalingNames.Sentence(m.Text);
                SignalingLog.ConnectionEnded(_log, _peer, _link.RemoteAddress, m.Code, text);
                Context.Stop(Self);
                break;
            case DeadlineDue due: _core.HandleDue(due); break;
            default: Unhandled(message); break;
        }
    }

    protected override void PostStop()
    {
        _core.Stop();
        _link.Close(CloseCode.Stopping, "The server ends this connection.");
    }

    private void HandleReceived(RawLinkReceived received)
    {
        var bytes = received.Pooled.AsSpan(0, received.Length).ToArray();
        ArrayPool<byte>.Shared.Return(received.Pooled);
        _traffic.Received(bytes.Length);
        if (_closing) return; // nothing is read any more
        _core.Handle(new ClientSaid(bytes));
        _link.ReadMore(1);
    }

    private void Carry(ConnectionInstruction instruction)
    {
        switch (instruction)
        {
            case Say i: _outbox.Send(i.Message); break;
            case TellRooms { Fact: PeerAsked asked } when _peer is { } who && _limits?.Asking(who, _link.RemoteAddress, asked.Ask) is { } reached:
                _core.Handle(new AskLimited(asked.Request, reached.Text, reached.RetryAfter));
                break;
            case TellRooms i:
                if (i.Fact is PeerProven proven)
                {
                    _peer = proven.Who.Id;
                    SignalingLog.PeerConnected(_log, proven.Who.Id, proven.Who.DisplayName, _link.RemoteAddress);
                }
                Context.Parent.Tell(i.Fact);
                break;
            case EndConnection i:
                SignalingLog.EndsConnection(_log, _peer, _link.RemoteAddress, i.Code, i.Text);
                CloseLink(i.Code, i.Text);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(instruction), instruction, null);
        }
    }

    private void CloseLink(CloseCode code, string text)
    {
        _closing = true;
        _link.Close(code, text);
    }
}
