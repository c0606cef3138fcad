using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Netflux.Messages;

namespace Netflux.Hosting;

/// <summary>
/// What is bound to <see cref="INetfluxMessage"/>: it refuses. The messages hold actors, payload that is shared, and promises that are kept by this process
/// alone, so sending one over Akka.Remote, or persisting one, is a mistake that should be heard at once and not as a message that never arrives.
/// </summary>
public sealed class LocalOnlySerializer(ExtendedActorSystem system) : Serializer(system)
{
    /// <inheritdoc />
    public override int Identifier => 1_313_166_412; // "NETL" read as a number: outside 0–40, which Akka keeps for itself.

    /// <inheritdoc />
    public override bool IncludeManifest => true;

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => throw Refusal(obj?.GetType());

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, Type type) => throw Refusal(type);

    internal static Config Binding { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.netflux-local = "{{typeof(LocalOnlySerializer).FullName}}, {{typeof(LocalOnlySerializer).Assembly.GetName().Name}}"
          serialization-bindings { "{{typeof(INetfluxMessage).FullName}}, {{typeof(INetfluxMessage).Assembly.GetName().Name}}" = netflux-local }
        }
        """);

    private static NotSupportedException Refusal(Type? type) =>
        new($"{type?.Name ?? "A Netflux message"} is for actors of the same process. Send the payload in a message of your own, or let the other process be a peer of the network.");
}
