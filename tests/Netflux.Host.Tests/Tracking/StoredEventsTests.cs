using System.Reflection;
using Akka.Actor;
using Google.Protobuf;
using Netflux.Host.Tracking.Stored;
using Netflux.Identity;
using Room = Netflux.Transport.Signaling.Server;

namespace Netflux.Host.Tracking;

/// <summary>What is written down is read for ever: the bytes of each event stand here and do not change.</summary>
public sealed class StoredEventsTests
{
    private static readonly byte[] s_bytes = [0xAA, 0xBB, 0xCC];
    private static readonly PeerId s_ann = PeerId.FromBytes([.. Enumerable.Range(1, 20).Select(i => (byte)i)]);
    private static readonly PeerId s_bob = PeerId.FromBytes([.. Enumerable.Range(0x21, 20).Select(i => (byte)i)]);
    private static readonly InvitationId s_invitation = IdOf(Convert.FromHexString(Invitation));
    private static readonly DateTimeOffset s_at = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_123); // 2026-01-01 and 123 ms: as a varint FB D0 EA B6 B7 33

    /// <summary>Each event with its bytes, field by field as stored.proto numbers them.</summary>
    private static readonly (Room.RoomEvent Happened, string Hex)[] s_vectors =
    [
        //                                            field of the oneof, length · field, length, value …
        (new Room.NameTaken(s_bytes), "0A05" + "0A03AABBCC"),
        (new Room.NameReleased(), "1200"),
        (new Room.NetworkTracked(s_bytes, s_at), "1A0C" + "0A03AABBCC" + At(0x10)),
        (new Room.NetworkNamed("lobby"), "2207" + "0A056C6F626279"),
        (new Room.MemberPut(s_ann, s_bytes, s_at, s_at), "2A29" + "0A14" + Ann + "1203AABBCC" + At(0x18) + At(0x20)),
        (new Room.MemberSeen(s_ann, s_at), "321D" + "0A14" + Ann + At(0x10)),
        (new Room.MemberRemoved(s_ann, s_bob, s_at), "3A33" + "0A14" + Ann + "1214" + Bob + At(0x18)),
        (new Room.MemberRemoved(s_ann, s_bob, s_at, s_bytes), "3A38" + "0A14" + Ann + "1214" + Bob + At(0x18) + "2203AABBCC"),
        (new Room.NetworkForgotten(), "4200"),
        (new Room.InvitationKept(s_invitation, s_ann, s_bob, s_bytes, s_at), "4A4A" + "0A10" + Invitation + "1214" + Ann + "1A14" + Bob + "2203AABBCC" + At(0x28)),
        (new Room.InvitationEnded(s_invitation), "5212" + "0A10" + Invitation),
        (new Room.TicketRedeemed(s_ann, Convert.FromHexString(Invitation), s_bob, s_bytes, s_at), "5A4A" + "0A14" + Ann + "1210" + Invitation + "1A14" + Bob + "2203AABBCC" + At(0x28)),
        (new Room.ApprovalKept(s_bob, s_bytes, s_at), "6222" + "0A14" + Bob + "1203AABBCC" + At(0x18)),
        (new Room.ApprovalSettled(s_bob, s_ann, s_bytes, "no", s_at), "6A3C" + "0A14" + Bob + "1214" + Ann + "1A03AABBCC" + "22026E6F" + At(0x28)),
        (new Room.MapCounted(300, s_bytes), "7208" + "08AC02" + "1203AABBCC"),
    ];

    private const string Ann = "0102030405060708090A0B0C0D0E0F1011121314", Bob = "2122232425262728292A2B2C2D2E2F3031323334", Invitation = "4142434445464748494A4B4C4D4E4F50";

    private static InvitationId IdOf(byte[] bytes) => InvitationId.TryRead(bytes, out var id) ? id : throw new ArgumentException("An id has 16 bytes.", nameof(bytes));

    private static string At(byte tag) => $"{tag:X2}FBD0EAB6B733";

    private static Type[] Kinds => [.. typeof(Room.RoomEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Room.RoomEvent)))];

    /// <summary>Bytes are compared by what is in them.</summary>
    private static string Text(Room.RoomEvent happened) => happened.GetType().Name + " " + string.Join(", ", happened.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.GetValue(happened) switch
    {
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        DateTimeOffset time => time.ToString("O"),
        var value => value?.ToString(),
    }));

    [Fact]
    public void There_is_a_vector_for_every_event() => Assert.Equal(Kinds.Select(type => type.Name).Order(), s_vectors.Select(v => v.Happened.GetType().Name).Distinct().Order());

    [Fact]
    public void Each_event_is_written_as_these_bytes()
    {
        foreach (var (happened, hex) in s_vectors) Assert.Equal(hex, Convert.ToHexString(StoredEvents.Write(happened).ToByteArray()));
    }

    [Fact]
    public void These_bytes_are_read_as_each_event()
    {
        foreach (var (happened, hex) in s_vectors) Assert.Equal(Text(happened), Text(StoredEvents.Read(StoredEvent.Parser.ParseFrom(Convert.FromHexString(hex)))));
    }

    [Fact]
    public void Every_event_is_read_as_it_was_written_whatever_stands_in_it()
    {
        foreach (var kind in Kinds)
            for (var sample = 0; sample < 4; sample++)
            {
                var happened = Sample(kind, sample);
                Assert.Equal(Text(happened), Text(StoredEvents.Read(StoredEvent.Parser.ParseFrom(StoredEvents.Write(happened).ToByteArray()))));
            }
    }

    /// <summary>Every field with a value of its own, so that none stands in another's place; the first with those that proto3 leaves out.</summary>
    private static Room.RoomEvent Sample(Type kind, int sample)
    {
        var constructor = kind.GetConstructors(BindingFlags.Public | BindingFlags.Instance).Single();
        return (Room.RoomEvent)constructor.Invoke([.. constructor.GetParameters().Select((parameter, i) => ValueOf(parameter.ParameterType, sample == 0 ? 0 : sample * 10 + i))]);
    }

    private static object ValueOf(Type type, int n) => type switch
    {
        _ when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>([.. Enumerable.Repeat((byte)n, n)]),
        _ when type == typeof(PeerId) => PeerId.FromBytes([.. Enumerable.Repeat((byte)n, PeerId.Length)]),
        _ when type == typeof(InvitationId) => IdOf([.. Enumerable.Repeat((byte)n, InvitationId.Length)]),
        _ when type == typeof(DateTimeOffset) => n == 0 ? default : DateTimeOffset.UnixEpoch.AddMilliseconds(n == 10 ? 0 : n - 20), // also before 1970
        _ when type == typeof(string) => new string('n', n),
        _ when type == typeof(ulong) => (ulong)n,
        _ => throw new InvalidOperationException($"An event has a field of {type.Name}: say here what is put into it."),
    };

    [Fact]
    public void An_event_of_a_newer_version_is_refused()
    {
        // Field 101 of the oneof, and an event with nothing in it.
        foreach (var hex in new[] { "AA0600", "" })
            Assert.Contains("newer version", Assert.Throws<InvalidDataException>(() => StoredEvents.Read(StoredEvent.Parser.ParseFrom(Convert.FromHexString(hex)))).Message, StringComparison.Ordinal);
    }

    // ---- The serializer ----

    [Fact]
    public async Task Events_and_snapshots_have_names_of_our_own()
    {
        var system = ActorSystem.Create("stored", StoredSerializer.Binding);
        try
        {
            var stored = new StoredSnapshot { Events = { s_vectors.Select(v => StoredEvents.Write(v.Happened)) } };
            foreach (var (value, manifest) in new (IMessage, string)[] { (stored.Events[0], "netflux.event.1"), (stored, "netflux.snapshot.1") })
            {
                var serializer = Assert.IsType<StoredSerializer>(system.Serialization.FindSerializerFor(value));
                Assert.Equal((1_313_166_419, manifest), (serializer.Identifier, serializer.Manifest(value)));
                Assert.Equal(value, serializer.FromBinary(serializer.ToBinary(value), manifest));
            }
            var any = (StoredSerializer)system.Serialization.FindSerializerFor(stored);
            Assert.Equal("0A07" + s_vectors[0].Hex, Convert.ToHexString(any.ToBinary(stored))[..18]);
            foreach (var manifest in new[] { "netflux.event.2", "", typeof(StoredEvent).FullName! })
                Assert.Throws<InvalidDataException>(() => any.FromBinary(any.ToBinary(stored.Events[0]), manifest));
            Assert.Throws<ArgumentException>(() => any.Manifest("a text"));
        }
        finally
        {
            await system.Terminate();
        }
    }
}
