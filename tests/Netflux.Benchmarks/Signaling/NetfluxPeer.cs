using Google.Protobuf;
using Netflux.Identity;
using Netflux.Io;
using Netflux.Messages;
using Netflux.Transport.Signaling.Actors;
using Netflux.Transport.Signaling.Wire;
using Netflux.Wire.Signaling;

namespace Netflux.Benchmarks.Signaling;

/// <summary>Of ours: a proof of who it is, a door, and introductions to the one who stands there too. Each is answered, as with every client; the answers are read and not waited for.</summary>
internal sealed class NetfluxPeer(string authority) : RelayPeer
{
    private static readonly Incarnation s_incarnation = new(1);
    private readonly PlatformPeerKeys _keys = PlatformPeerKeys.CreateEphemeral();
    private Genesis? _genesis;
    private byte[]? _head;
    private byte[]? _nonce;

    protected override string Path => SignalingPath.Upgrade;

    protected override bool GreetsFirst => true;

    public override void Send(ReadOnlySpan<byte> payload)
    {
        _head ??= HeadOf((NetfluxPeer)Partner);
        Span<byte> message = stackalloc byte[_head.Length + PayloadLength];
        _head.CopyTo(message);
        payload.CopyTo(message[_head.Length..]);
        Socket.Send(message);
    }

    public override void Dispose()
    {
        base.Dispose();
        _keys.Dispose();
    }

    protected override void Register()
    {
        var signature = _keys.Sign(SignalingProof.Purpose, SignalingProof.Body(SignalingWire.VersionMax, _nonce, s_incarnation, authority, ""));
        Say(new()
        {
            Hello = new()
            {
                Version = SignalingWire.VersionMax,
                Card = ByteString.CopyFrom(_keys.Card.Bytes.Span),
                Incarnation = s_incarnation.Value,
                Authority = authority,
                Signature = ByteString.CopyFrom(signature),
            },
        });
    }

    protected override void Join()
    {
        _genesis = Place.First ? Genesis.Create(_keys, Topology.FullMesh(), PlatformRandom.Instance, DateTimeOffset.UtcNow) : ((NetfluxPeer)Partner)._genesis!;
        Say(new() { Request = 1, OpenDoor = new() { Door = _genesis.Network.ToString(), Genesis = ByteString.CopyFrom(_genesis.Record.Span), Mode = OpenDoor.Types.Mode.Join } });
    }

    protected override void HandleMessage(ReadOnlySpan<byte> message)
    {
        var said = ToClient.Parser.ParseFrom(message);
        switch (said.SayCase)
        {
            case ToClient.SayOneofCase.Introduced: Deliver(said.Introduced.Sealed.Span); break;
            case ToClient.SayOneofCase.Hello:
                _nonce = said.Hello.Nonce.ToByteArray();
                Connected();
                break;
            case ToClient.SayOneofCase.Welcome: Registered(); break;
            case ToClient.SayOneofCase.DoorOpened: Joined(); break;
            case ToClient.SayOneofCase.Refused: throw new InvalidOperationException($"The server refuses: {said.Refused.Text}");
        }
    }

    /// <summary>All of an introduction but its last field, which is the payload: the request's number is the same each time, since nobody waits for the answer.</summary>
    private byte[] HeadOf(NetfluxPeer partner)
    {
        var whole = new ToServer { Request = 2, Introduce = new() { To = ByteString.CopyFrom(partner._keys.Card.Id.ToArray()), Room = _genesis!.Network.ToString(), Sealed = ByteString.CopyFrom(new byte[PayloadLength]) } }.ToByteArray();
        return whole[..^PayloadLength];
    }

    private void Say(ToServer message) => Socket.Send(message.ToByteArray());
}
