using Netflux.Overlays.Gossip;
using Netflux.Overlays.Gossip.HyParView;
using Netflux.Overlays.Gossip.Plumtree;
using Netflux.Sessions;
using Netflux.Wire;

namespace Netflux.Simulation.Network.Sessions;

/// <summary>What cores say, as frames of a session: by the production codecs, as the driver of a gossip network uses them.</summary>
internal sealed class GossipFrames
{
    private readonly BroadcastWriter _writer = new();

    public static bool IsBroadcast(object message) => message is PlumtreeMessage.Gossip;

    public byte[] Write(object message) => message switch
    {
        PlumtreeMessage.Gossip gossip => _writer.Write(gossip),
        PlumtreeMessage said => GossipControl.Write(said),
        HyParViewMessage said => GossipControl.Write(said),
        _ => throw new ArgumentOutOfRangeException(nameof(message), message, "No message of a core."),
    };

    /// <summary>Null where the bytes are none of this network: nobody here sends such.</summary>
    public static object? Read(in ReceivedFrame frame)
    {
        if (frame.Kind == FrameKind.Message)
        {
            if (!GossipHeader.TryParse(frame.Body.Span, out var header)) return null;
            return new PlumtreeMessage.Gossip(new MessageId(header.Author, header.Incarnation, header.Sequence), header.Floor, header.Round, frame.Body[GossipHeader.Size..]);
        }
        return !GossipControl.TryParse(frame.Body.Span, out var control) ? null : control switch
        {
            GossipControl.Views views => views.Message,
            GossipControl.Tree tree => tree.Message,
            _ => null,
        };
    }
}
