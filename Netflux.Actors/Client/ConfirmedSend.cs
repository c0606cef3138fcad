using Akka.Actor;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>One message whose delivery somebody awaits: hears that it was accepted, then that it was delivered or lost.</summary>
internal sealed class ConfirmedSend(IActorRef network, TaskCompletionSource done) : UntypedActor
{
    private MessageId? _id;

    public static Task TellAsync(IActorRefFactory factory, IActorRef network, NetfluxRequest message, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = factory.ActorOf(Props.CreateBy(new Producer(network, done)));
        network.Tell(message, actor);
        return AwaitAsync();

        async Task AwaitAsync()
        {
            try { await done.Task.WaitAsync(cancellation).ConfigureAwait(false); }
            finally { actor.Tell(PoisonPill.Instance, ActorRefs.NoSender); }
        }
    }

    protected override void PreStart() => Context.Watch(network);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MessageSent sent:
                _id = sent.Id;
                break;
            case MessageDelivered delivered when _id is null || delivered.Id == _id:
                done.TrySetResult();
                break;
            case MessagesUndelivered lost when _id is { } id && lost.First.Value <= id.Value && id.Value <= lost.Last.Value:
                done.TrySetException(new NetfluxException(NetfluxError.PeerUnreachable, $"The message may not have reached {lost.Peer}, which is gone; send it again when the peer is back.") { Peer = lost.Peer, Network = lost.Network });
                break;
            case Status.Failure failure:
                done.TrySetException(failure.Cause);
                break;
            case Terminated:
                done.TrySetException(new NetfluxException(NetfluxError.NotAMember, "The network ended in this process before the message was confirmed."));
                break;
        }
    }

    protected override void PostStop() => done.TrySetException(new NetfluxException(NetfluxError.Stopping, "Netflux is shutting down."));

    private sealed class Producer(IActorRef network, TaskCompletionSource done) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ConfirmedSend);

        public ActorBase Produce() => new ConfirmedSend(network, done);

        public void Release(ActorBase actor) { }
    }
}
