using Akka.Actor;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>What a network's handle and a peer's handle have in common: a subscriber with a window, a send window, and an actor that feeds both.</summary>
internal sealed class Conversation
{
    private Conversation() { }

    public EventQueue Events { get; } = new();
    public SendWindow Window { get; } = new();
    public MemberTable Members { get; } = new();

    /// <summary>The subscriber, and the sender of what is told within the send window.</summary>
    public IActorRef Ref { get; private set; } = ActorRefs.Nobody;

    public static Conversation Begin(IActorRefFactory factory)
    {
        var conversation = new Conversation();
        conversation.Ref = factory.ActorOf(Props.CreateBy(new Producer(conversation)));
        conversation.Events.Bind(conversation.Ref);
        return conversation;
    }

    /// <summary>The request was answered: with this network or peer.</summary>
    public void Attach(IActorRef target, NetworkId? network, IEnumerable<Peer> members)
    {
        Members.Start(members);
        Ref.Tell(new ConversationActor.Attach(target, network), ActorRefs.NoSender);
    }

    /// <summary>The handle is not used any more. Without a word from the network before, the events end with <paramref name="last"/>.</summary>
    public void End(INetfluxMessage? last) => Ref.Tell(new ConversationActor.End(last), ActorRefs.NoSender);

    private sealed class Producer(Conversation conversation) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ConversationActor);

        public ActorBase Produce() => new ConversationActor(conversation);

        public void Release(ActorBase actor) { }
    }
}
