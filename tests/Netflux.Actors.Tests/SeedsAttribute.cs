using System.Globalization;
using System.Reflection;
using Xunit.Sdk;

namespace Netflux;

/// <summary>Runs a theory for the seeds from 1 up to a count, or, where the environment has <c>SEED</c>, for that one alone.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SeedsAttribute(int count) : DataAttribute
{
    public int Count => count;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        int.TryParse(Environment.GetEnvironmentVariable("SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var one)
            ? [[one]]
            : Enumerable.Range(1, count).Select(seed => new object[] { seed });
}
