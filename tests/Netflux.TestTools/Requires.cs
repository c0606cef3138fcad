using Xunit;

namespace Netflux.TestTools;

/// <summary>A fact about software that others wrote: without it the test says that it is skipped and why. With <c>CI=true</c> it runs all the same, and fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params Tool[] tools)
    {
        Tools = tools;
        if (!Installed.IsRequired) Skip = Installed.WhyMissing(tools);
    }

    public IReadOnlyList<Tool> Tools { get; }
}

/// <summary>A theory as <see cref="RequiresFactAttribute"/> is a fact; the tools are those that all its cases need.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresTheoryAttribute : TheoryAttribute
{
    public RequiresTheoryAttribute(params Tool[] tools)
    {
        Tools = tools;
        if (!Installed.IsRequired) Skip = Installed.WhyMissing(tools);
    }

    public IReadOnlyList<Tool> Tools { get; }
}
