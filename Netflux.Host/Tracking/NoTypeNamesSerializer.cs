using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Netflux.Host.Tracking;

/// <summary>
/// Stands where Akka's serializer of any .NET type by its name stands: it refuses. What a tracking server stores or says to another has a format of its own, and a message that names types to be
/// made is not read, whoever sent it.
/// </summary>
public sealed class NoTypeNamesSerializer : Serializer
{
    /// <summary>As Akka makes it. There is nothing to be set.</summary>
    public NoTypeNamesSerializer(ExtendedActorSystem system, Config config) : base(system) => _ = config;

    /// <inheritdoc />
    public override int Identifier => 1_313_166_420; // after that of StoredSerializer; what was written by Akka's own has another and finds nobody

    /// <inheritdoc />
    public override bool IncludeManifest => true;

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => throw new NotSupportedException($"{obj?.GetType().Name} has no serializer here.");

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, Type type) => throw new NotSupportedException($"{type?.Name} is not read by its name.");
}
