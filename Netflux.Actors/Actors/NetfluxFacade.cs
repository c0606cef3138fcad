using Akka.Actor;

namespace Netflux.Actors;

/// <summary>The one actor that a service talks to. It supervises an actor for every network and every peer, holds the open requests, and answers each of them.</summary>
public sealed class NetfluxFacade : UntypedActor
{
    internal NetfluxFacade(NetfluxSetup setup) { }

    /// <summary>The facade of one identity; its name is <c>netflux</c>, or <c>netflux-NAME</c> where a system has several.</summary>
    internal static Props Props(NetfluxSetup setup) => Akka.Actor.Props.CreateBy(new Producer(setup));

    /// <inheritdoc />
    protected override void OnReceive(object message) => Unhandled(message);

    private sealed class Producer(NetfluxSetup setup) : IIndirectActorProducer
    {
        public Type ActorType => typeof(NetfluxFacade);

        public ActorBase Produce() => new NetfluxFacade(setup);

        public void Release(ActorBase actor) { }
    }
}
