using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Google.Protobuf;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>Writes what nodes say to each other about rooms, by names of our own.</summary>
public sealed class RoomSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string ToName = "netflux.to-room.1", FromName = "netflux.from-room.1", DescribeName = "netflux.describe-room.1", DescribedName = "netflux.room-described.1";

    /// <inheritdoc />
    public override int Identifier => 1_313_166_421; // after those of StoredSerializer and NoTypeNamesSerializer

    /// <inheritdoc />
    public override string Manifest(object o) => o switch
    {
        ForRoom => ToName,
        RoomSaid => FromName,
        DescribeRoom => DescribeName,
        RoomDescribed => DescribedName,
        _ => throw new ArgumentException($"{o?.GetType().Name} is nothing that nodes say.", nameof(o)),
    };

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => obj switch
    {
        ForRoom m => RoomWire.Write(m.Room, m.Message).ToByteArray(),
        RoomSaid m => RoomWire.Write(m.Connection, m.Reply).ToByteArray(),
        DescribeRoom m => new Rooms.Describe { Room = m.Path }.ToByteArray(),
        RoomDescribed m => RoomWire.Write(m).ToByteArray(),
        _ => throw new ArgumentException($"{obj?.GetType().Name} is nothing that nodes say.", nameof(obj)),
    };

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case ToName:
                var (room, message) = RoomWire.Read(Rooms.ToRoom.Parser.ParseFrom(bytes));
                return new ForRoom(room, message);
            case FromName:
                var (connection, reply) = RoomWire.Read(Rooms.FromRoom.Parser.ParseFrom(bytes));
                return new RoomSaid(connection, reply);
            case DescribeName: return new DescribeRoom(Rooms.Describe.Parser.ParseFrom(bytes).Room);
            case DescribedName: return RoomWire.Read(Rooms.Described.Parser.ParseFrom(bytes));
            default: throw new InvalidDataException($"'{manifest}' is nothing that this version knows; a newer node sent it.");
        }
    }

    internal static Config Binding { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.netflux-rooms = "{{NameOf(typeof(RoomSerializer))}}"
          serialization-bindings {
            "{{NameOf(typeof(ForRoom))}}" = netflux-rooms
            "{{NameOf(typeof(RoomSaid))}}" = netflux-rooms
            "{{NameOf(typeof(DescribeRoom))}}" = netflux-rooms
            "{{NameOf(typeof(RoomDescribed))}}" = netflux-rooms
          }
        }
        """);

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
