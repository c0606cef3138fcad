using Google.Protobuf;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Wire;

/// <summary>
/// The body of a <see cref="FrameKind.Graph"/>: a question, or with <paramref name="Links"/> its answer. The asker knows the whole path, so members on it keep nothing of what they pass on.
/// </summary>
/// <param name="Path">Who asks, members on the way, who is asked; none twice.</param>
/// <param name="Place">Of the receiver in it.</param>
/// <param name="Number">The asker's; the answer repeats it.</param>
internal readonly record struct GraphFrame(IReadOnlyList<PeerId> Path, int Place, uint Number, IReadOnlyList<GraphLink>? Links)
{
    /// <summary>Ids in a path. Guess: twice the way through 10,000 members of a gossip network, where 8 hops are the longest that was seen.</summary>
    public const int PathMax = 16;

    /// <summary>A hub of the largest star, of two that grew apart.</summary>
    public const int LinksMax = 400;

    private const int LinkBytes = PeerId.Length + 1, BytesMax = PathMax * PeerId.Length + LinksMax * LinkBytes + 32;
    private const byte Relayed = 1, Broadcasts = 2;

    public byte[] ToBytes()
    {
        var path = new byte[Path.Count * PeerId.Length];
        for (var i = 0; i < Path.Count; i++) Path[i].Write(path.AsSpan(i * PeerId.Length));
        var frame = new Proto.GraphFrame { Path = UnsafeByteOperations.UnsafeWrap(path), Place = (uint)Place, Number = Number };
        if (Links is not null) frame.Links = new() { Links = UnsafeByteOperations.UnsafeWrap(Write(Links)) };
        return frame.ToByteArray();
    }

    private static byte[] Write(IReadOnlyList<GraphLink> links)
    {
        var bytes = new byte[Math.Min(links.Count, LinksMax) * LinkBytes];
        for (var i = 0; i * LinkBytes < bytes.Length; i++)
        {
            links[i].To.Write(bytes.AsSpan(i * LinkBytes));
            bytes[i * LinkBytes + PeerId.Length] = (byte)((links[i].IsRelayed ? Relayed : 0) | (links[i].CarriesBroadcasts ? Broadcasts : 0));
        }
        return bytes;
    }

    /// <summary>False if it is no such frame, its path leads nowhere or twice to one member, or something is longer than allowed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out GraphFrame frame)
    {
        frame = default;
        if (!ProtobufBody.TryParse(Proto.GraphFrame.Parser, body, BytesMax, out var said)) return false;
        if (said.Path.Length % PeerId.Length != 0 || said.Path.Length is < 2 * PeerId.Length or > PathMax * PeerId.Length) return false;
        var path = new PeerId[said.Path.Length / PeerId.Length];
        for (var i = 0; i < path.Length; i++) path[i] = PeerId.FromBytes(said.Path.Span.Slice(i * PeerId.Length, PeerId.Length));
        if (said.Place >= path.Length || path.Distinct().Count() < path.Length) return false;
        GraphLink[]? links = null;
        if (said.Links is { Links.Span: var bytes })
        {
            if (bytes.Length % LinkBytes != 0 || bytes.Length > LinksMax * LinkBytes) return false;
            links = new GraphLink[bytes.Length / LinkBytes];
            for (var i = 0; i < links.Length; i++)
            {
                var flags = bytes[i * LinkBytes + PeerId.Length];
                links[i] = new GraphLink(PeerId.FromBytes(bytes.Slice(i * LinkBytes, PeerId.Length)), (flags & Relayed) != 0, (flags & Broadcasts) != 0);
            }
        }
        frame = new GraphFrame(path, (int)said.Place, said.Number, links);
        return true;
    }
}
