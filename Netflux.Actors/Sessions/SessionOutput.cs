using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Sessions;

/// <summary>The instructions of a session, in order. Neighbouring frames of one channel become one instruction.</summary>
internal sealed class SessionOutput
{
    private readonly Ring<SessionInstruction> _instructions = new();
    private ChannelFrames? _newest;

    public void Say(SessionInstruction instruction)
    {
        _instructions.Enqueue(instruction);
        _newest = instruction as ChannelFrames;
    }

    public void Deliver(NetworkId? network, ReceivedFrame frame)
    {
        if (_newest is null || _newest.Network != network) Say(new ChannelFrames(network, []));
        _newest!.Frames.Add(frame);
    }

    public bool TryTake([NotNullWhen(true)] out SessionInstruction? instruction)
    {
        instruction = _instructions.Count > 0 ? _instructions.Dequeue() : null;
        if (ReferenceEquals(instruction, _newest)) _newest = null;
        return instruction is not null;
    }
}
