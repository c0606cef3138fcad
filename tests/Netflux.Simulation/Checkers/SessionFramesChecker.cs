using Netflux.Core;
using Netflux.Wire;

namespace Netflux.Simulation.Checkers;

/// <summary>
/// What one side of a session says on a channel the other hears: in order, once, without a gap, and soon. Control and broadcasts have an order each. What comes belongs to the sender's newest channel:
/// it opens the next only once the other side has heard of the end of the one before.
/// </summary>
internal sealed class SessionFramesChecker(World world) : Checker
{
    /// <summary>A link that is silent is noticed after 13 s, and its session goes on by another.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    private readonly Dictionary<(int From, int To, FrameKind Kind), Queue<(Instant At, ReadOnlyMemory<byte> Body)>> _sent = [];

    public override void HandleChannelOpened(int node, int peer)
    {
        _sent.Remove((node, peer, FrameKind.Control));
        _sent.Remove((node, peer, FrameKind.Message));
    }

    public override void HandleFrameSent(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body)
    {
        if (!_sent.TryGetValue((from, to, kind), out var sent)) sent = _sent[(from, to, kind)] = new();
        sent.Enqueue((world.Now, body));
    }

    public override void HandleFrameDelivered(int from, int to, FrameKind kind, ReadOnlyMemory<byte> body)
    {
        if (!_sent.TryGetValue((from, to, kind), out var sent) || !sent.TryDequeue(out var next)) Violate($"{to} got a frame of {from} that was not sent, or came before");
        else if (!next.Body.Span.SequenceEqual(body.Span)) Violate($"{to} got a frame of {from} out of order");
    }

    public override void Finish(World world)
    {
        foreach (var ((from, to, kind), sent) in _sent)
        {
            if (sent.Count == 0 || !IsOpen(world, from, to) || !IsOpen(world, to, from)) continue;
            if (world.Now - sent.Peek().At > s_soon) Violate($"{sent.Count} frames ({kind}) of {from} wait for {to}, the first since {(world.Now - sent.Peek().At).TotalSeconds:F0} s");
        }
    }

    private static bool IsOpen(World world, int node, int peer) => world.Sessions?.Find(node, peer) is { IsOpen: true };
}
