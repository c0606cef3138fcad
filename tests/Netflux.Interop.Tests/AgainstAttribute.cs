using System.Reflection;
using Netflux.TestTools;
using Netflux.TestTools.Peers;
using Xunit.Sdk;

namespace Netflux.Interop;

/// <summary>Cases of a theory against one stack: (stack, whether we offer), or only (stack). Skipped with a reason where the stack is not installed, but in CI.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AgainstAttribute : DataAttribute
{
    private readonly PeerStack _stack;

    public AgainstAttribute(string stack)
    {
        _stack = PeerStack.All.Single(known => known.Name == stack);
        if (!Installed.IsRequired) Skip = Installed.WhyMissing(_stack.Needs);
    }

    /// <summary>Whether each case comes twice, with us as offerer and as answerer.</summary>
    public bool InBothRoles { get; init; } = true;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => InBothRoles ? [[_stack.Name, true], [_stack.Name, false]] : [[_stack.Name]];
}
