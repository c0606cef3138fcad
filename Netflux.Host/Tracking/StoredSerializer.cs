using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Google.Protobuf;
using Netflux.Host.Tracking.Stored;

namespace Netflux.Host.Tracking;

/// <summary>Writes events and snapshots of rooms by names of our own, which outlive those of .NET types.</summary>
public sealed class StoredSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string EventName = "netflux.event.1", SnapshotName = "netflux.snapshot.1";

    /// <inheritdoc />
    public override int Identifier => 1_313_166_419; // "NETS" read as a number: outside 0–40, which Akka keeps for itself.

    /// <inheritdoc />
    public override string Manifest(object o) => o switch
    {
        StoredEvent => EventName,
        StoredSnapshot => SnapshotName,
        _ => throw new ArgumentException($"{o?.GetType().Name} is nothing that is stored.", nameof(o)),
    };

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => ((IMessage)obj).ToByteArray();

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        EventName => StoredEvent.Parser.ParseFrom(bytes),
        SnapshotName => StoredSnapshot.Parser.ParseFrom(bytes),
        _ => throw new InvalidDataException($"The store holds '{manifest}', which this version does not know; a newer version wrote it."),
    };

    internal static Config Binding { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.netflux-stored = "{{typeof(StoredSerializer).FullName}}, {{typeof(StoredSerializer).Assembly.GetName().Name}}"
          serialization-bindings {
            "{{typeof(StoredEvent).FullName}}, {{typeof(StoredEvent).Assembly.GetName().Name}}" = netflux-stored
            "{{typeof(StoredSnapshot).FullName}}, {{typeof(StoredSnapshot).Assembly.GetName().Name}}" = netflux-stored
          }
        }
        """);
}
