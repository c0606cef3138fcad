using System.Collections;
using System.Reflection;
using Akka.Actor;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Signaling;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>All that nodes say to each other about rooms.</summary>
public sealed class RoomSerializerTests : IDisposable
{
    private static readonly SeededPeerKeys s_ann = new(1), s_bob = new(2);
    private static readonly Genesis s_lobby = Genesis.Create(s_ann, Topology.FullMesh(), PlatformRandom.Instance, DateTimeOffset.UnixEpoch);

    /// <summary>They do not leave their node.</summary>
    private static readonly Type[] s_local = [typeof(NodeGone), typeof(NetworksFound)];

    private readonly ActorSystem _system = ActorSystem.Create("rooms", RoomSerializer.Binding);

    public void Dispose() => _system.Dispose();

    public static TheoryData<string> Messages => [.. Kinds<RoomMessage>().Concat(Kinds<RoomReply>()).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Each_is_read_as_it_was_written_whatever_stands_in_it(string name)
    {
        var kind = Kinds<RoomMessage>().Concat(Kinds<RoomReply>()).Single(type => type.Name == name);
        for (var sample = 0; sample < 4; sample++)
        {
            var said = Sample(kind, sample);
            object sent = said is RoomMessage message ? new ForRoom(RoomId.OfName($"name {sample}"), message) : new RoomSaid(new ConnectionId("node", sample), (RoomReply)said);
            Assert.Equal(Text(sent), Text(Travel(sent)));
        }
    }

    [Fact]
    public void What_is_asked_of_a_room_for_a_list_travels_too()
    {
        Assert.Equal(new DescribeRoom("net/x"), Travel(new DescribeRoom("net/x")));
        foreach (var summary in new[] { null, new NetworkSummary(s_lobby.Record, "lobby", 3, 2), new NetworkSummary(s_lobby.Record, null, 0, 0) })
            Assert.Equal(Text(new RoomDescribed(summary)), Text(Travel(new RoomDescribed(summary))));
    }

    [Fact]
    public void What_a_newer_node_says_cannot_be_read_and_is_said_so()
    {
        var serializer = Assert.IsType<RoomSerializer>(_system.Serialization.FindSerializerForType(typeof(ForRoom)));
        foreach (var manifest in new[] { "netflux.to-room.1", "netflux.from-room.1", "netflux.to-room.2" })
            Assert.Throws<InvalidDataException>(() => serializer.FromBinary([], manifest));
        Assert.Throws<ArgumentException>(() => serializer.Manifest("a text"));
        foreach (var local in s_local)
            Assert.Throws<ArgumentOutOfRangeException>(() => Travel(Sample(local, 1) is RoomMessage message ? new ForRoom(RoomId.OfName("x"), message) : new RoomSaid(new ConnectionId("", 1), (RoomReply)Sample(local, 1))));
    }

    private object Travel(object sent)
    {
        var serializer = Assert.IsType<RoomSerializer>(_system.Serialization.FindSerializerFor(sent));
        return serializer.FromBinary(serializer.ToBinary(sent), serializer.Manifest(sent));
    }

    private static IEnumerable<Type> Kinds<T>() => typeof(T).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract && !s_local.Contains(type)).OrderBy(type => type.Name, StringComparer.Ordinal);

    /// <summary>Every field with a value of its own, so that none stands in another's place; the first with those that proto3 leaves out.</summary>
    private static object Sample(Type kind, int sample)
    {
        var constructor = kind.GetConstructors(BindingFlags.Public | BindingFlags.Instance).Single();
        return constructor.Invoke([.. constructor.GetParameters().Select((parameter, i) => ValueOf(parameter.ParameterType, new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable, sample == 0 ? 0 : sample * 10 + i))]);
    }

    private static object? ValueOf(Type type, bool mayBeNull, int n)
    {
        if (mayBeNull && n % 2 == 0) return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>([.. Enumerable.Repeat((byte)n, n)]),
            _ when type == typeof(PeerId) => PeerId.FromBytes([.. Enumerable.Repeat((byte)n, PeerId.Length)]),
            _ when type == typeof(NetworkId) => NetworkId.FromBytes([.. Enumerable.Repeat((byte)n, NetworkId.Length)]),
            _ when type == typeof(InvitationId) => InvitationId.TryRead([.. Enumerable.Repeat((byte)n, InvitationId.Length)], out var id) ? id : default,
            _ when type == typeof(ConnectionId) => new ConnectionId(new string('c', n), n),
            _ when type == typeof(Visitor) => VisitorOf(n),
            _ when type == typeof(Genesis) => s_lobby,
            _ when type == typeof(DateTimeOffset) => DateTimeOffset.UnixEpoch.AddMilliseconds(n - 20), // also before 1970
            _ when type == typeof(string) => new string('n', n + (mayBeNull ? 1 : 0)),
            _ when type == typeof(ulong) => (ulong)n,
            _ when type == typeof(bool) => n % 2 == 1,
            _ when type == typeof(DoorMode) => (DoorMode)(n % 3),
            _ when type == typeof(NetfluxError) => NetfluxError.ServerBusy,
            _ when type == typeof(IReadOnlyList<ReadOnlyMemory<byte>>) => (IReadOnlyList<ReadOnlyMemory<byte>>)[.. Enumerable.Range(0, n % 4).Select(i => new ReadOnlyMemory<byte>([(byte)i]))],
            _ when type == typeof(IReadOnlyList<Visitor>) => (IReadOnlyList<Visitor>)[.. Enumerable.Range(0, n % 4).Select(VisitorOf)],
            _ when type == typeof(IReadOnlyList<TrackedPresence>) => (IReadOnlyList<TrackedPresence>)[.. Enumerable.Range(0, n % 4).Select(i => (TrackedPresence)Sample(typeof(TrackedPresence), i))],
            _ when type == typeof(IReadOnlyList<NetworkSummary>) => (IReadOnlyList<NetworkSummary>)[],
            _ => throw new InvalidOperationException($"A message has a field of {type.Name}: say here what is put into it."),
        };
    }

    private static Visitor VisitorOf(int n) => new(new ConnectionId(new string('v', n), n), (n % 2 == 0 ? s_ann : s_bob).Card, new Incarnation((ulong)n), new string('d', n));

    /// <summary>All that stands in it: bytes and lists are compared by what is in them.</summary>
    private static string Text(object? value) => value switch
    {
        null => "-",
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        DateTimeOffset time => time.ToString("O"),
        Genesis genesis => Convert.ToHexString(genesis.Record.Span),
        PeerCard card => Convert.ToHexString(card.Bytes.Span),
        string or PeerId or NetworkId or InvitationId or Incarnation or ulong or long or int or bool or Enum => value.ToString()!,
        IEnumerable list => $"[{string.Join("; ", list.Cast<object>().Select(Text))}]",
        _ => value.GetType().Name + "{" + string.Join(", ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).Select(p => $"{p.Name}={Text(p.GetValue(value))}")) + "}",
    };
}
