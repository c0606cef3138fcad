using System.Buffers;
using Akka.Actor;
using Netflux.Links;
using Netflux.Messages;

namespace Netflux.Transport.Signaling.Actors;

/// <summary>A message of the server came on the link of this attempt; answered with <see cref="ServerLinkActor.ReadOn"/>.</summary>
internal sealed record ServerLinkSaid(long Attempt, ReadOnlyMemory<byte> Message) : INetfluxMessage;

internal sealed record ServerLinkEnded(long Attempt, CloseCode Code, string Text) : INetfluxMessage;

/// <summary>Owns one raw link to a signaling server, and says for its parent which attempt it is of.</summary>
internal sealed class ServerLinkActor(long attempt, IRawLink link) : UntypedActor
{
    private const int ReadAhead = 16; // guess: what comes while one message is handled

    internal sealed record Send(byte[] Message) : INetfluxMessage;

    internal sealed record Close(CloseCode Code, string Text) : INetfluxMessage;

    /// <summary>The parent is done with one message.</summary>
    internal sealed record ReadOn : INetfluxMessage
    {
        public static readonly ReadOn Instance = new();
    }

    protected override void PreStart() => link.Start(Self, ReadAhead);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RawLinkReceived m:
                var bytes = m.Pooled.AsSpan(0, m.Length).ToArray();
                ArrayPool<byte>.Shared.Return(m.Pooled);
                Context.Parent.Tell(new ServerLinkSaid(attempt, bytes));
                break;
            case ReadOn: link.ReadMore(1); break;
            case RawLinkWritten: break; // what waits is bounded by the session's limit on open requests
            case Send m:
                var pooled = ArrayPool<byte>.Shared.Rent(m.Message.Length);
                m.Message.CopyTo(pooled, 0);
                link.Send(pooled, m.Message.Length);
                break;
            case Close m: link.Close(m.Code, m.Text, abrupt: m.Code == CloseCode.Lost); break;
            case RawLinkClosed m:
                Context.Parent.Tell(new ServerLinkEnded(attempt, m.Code, m.Text));
                Context.Stop(Self);
                break;
            default: Unhandled(message); break;
        }
    }

    protected override void PostStop() => link.Close(CloseCode.Done, "This process has no more to ask.");
}
