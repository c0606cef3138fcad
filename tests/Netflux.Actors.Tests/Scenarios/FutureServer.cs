using System.Buffers;
using Akka.Actor;
using Google.Protobuf;
using Netflux.Links;
using Netflux.TestKit;
using Netflux.Transport.Signaling.Actors;
using Netflux.Wire.Signaling;

namespace Netflux.Scenarios;

/// <summary>A signaling server that speaks versions which nobody knows yet.</summary>
internal static class FutureServer
{
    public static Uri Start(NetfluxWorld world)
    {
        var host = world.Network.Host("future");
        host.Acceptors[SignalingPath.Upgrade] = link => world.System.ActorOf(Props.Create(() => new Connection(link)));
        return new Uri($"ws://{host.Authority}");
    }

    private sealed class Connection(IRawLink link) : UntypedActor
    {
        protected override void PreStart()
        {
            link.Start(Self, 16);
            var hello = new ToClient { Hello = new() { VersionMin = 90, VersionMax = 99, Nonce = ByteString.CopyFrom(new byte[32]), LeaseMs = 30_000, MessageBytesMax = 65_536 } };
            var bytes = hello.ToByteArray();
            var pooled = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(pooled, 0);
            link.Send(pooled, bytes.Length);
        }

        protected override void OnReceive(object message)
        {
            if (message is RawLinkClosed) Context.Stop(Self);
        }
    }
}
