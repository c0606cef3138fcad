using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Netflux.Host.Tracking;

/// <summary>Two nodes over real sockets, of which one says what the other cannot read.</summary>
[Trait("Category", "Rim")]
public sealed class NodesOfTwoVersionsTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly Config s_remote = ConfigurationFactory.ParseString("""
        akka {
          stdout-loglevel = OFF
          loglevel = OFF
          actor.provider = remote
          actor.serializers.json = "Netflux.Host.Tracking.NoTypeNamesSerializer, netflux"
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """);

    private static readonly Config s_newer = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.newer = "{{NameOf(typeof(NewerSerializer))}}"
          serialization-bindings {
            "{{NameOf(typeof(DescribeRoom))}}" = newer
            "{{NameOf(typeof(NewMessage))}}" = newer
            "{{NameOf(typeof(NewField))}}" = newer
          }
        }
        """);

    private readonly ActorSystem _newer = ActorSystem.Create("newer", s_newer.WithFallback(s_remote)), _older = ActorSystem.Create("older", RoomSerializer.Binding.WithFallback(s_remote));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _newer.Terminate();
        await _older.Terminate();
    }

    [Fact]
    public async Task What_cannot_be_read_is_dropped_and_what_comes_before_and_after_it_arrives()
    {
        using var inbox = Inbox.Create(_older);
        var address = ((ExtendedActorSystem)_older).Provider.DefaultAddress;
        var there = await _newer.ActorSelection(inbox.Receiver.Path.ToStringWithAddress(address)).ResolveOne(s_patience);
        object[] said = [new DescribeRoom("1"), new NewMessage(), new DescribeRoom("2"), new NewField(), new DescribeRoom("3"), new Version(1, 0), new DescribeRoom("4")];
        foreach (var message in said) there.Tell(message);
        for (var number = 1; number <= 4; number++) Assert.Equal(new DescribeRoom($"{number}"), inbox.Receive(s_patience));
    }

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    internal sealed record NewMessage;

    internal sealed record NewField;

    /// <summary>Of a version to come: it knows a message more, and in one that this version knows something more to be said.</summary>
    public sealed class NewerSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        private readonly RoomSerializer _today = new(system);

        public override int Identifier => _today.Identifier;

        public override string Manifest(object o) => o switch { NewMessage => "netflux.to-room.2", NewField => "netflux.to-room.1", _ => _today.Manifest(o) };

        public override byte[] ToBinary(object obj) => obj is NewMessage or NewField ? [] : _today.ToBinary(obj);

        public override object FromBinary(byte[] bytes, string manifest) => _today.FromBinary(bytes, manifest);
    }
}
