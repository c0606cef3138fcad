using System.Diagnostics.CodeAnalysis;

namespace Netflux.Core;

/// <summary>A protocol without I/O: facts go in, instructions come out, time is an argument.</summary>
internal interface IProtocolCore<in TFact, TInstruction> where TInstruction : class
{
    /// <summary>When <see cref="HandleDeadline"/> has work to do; null is never.</summary>
    Instant? NextDeadline { get; }

    void Handle(TFact fact, Instant now);

    void HandleDeadline(Instant now);

    bool TryTake([NotNullWhen(true)] out TInstruction? instruction);
}
