using System.Globalization;
using System.Reflection;
using Xunit.Sdk;

namespace Netflux;

/// <summary>Runs a theory for the seeds from 1 up to a count, or, where the environment has <c>SEED</c>, for that one alone. A developer plays a fifth of them, and at least one; CI all.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SeedsAttribute(int count) : DataAttribute
{
    public int Count => PlayedOf(count);

    internal static int PlayedOf(int count) => Environment.GetEnvironmentVariable("CI") == "true" ? count : (count + 4) / 5;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        int.TryParse(Environment.GetEnvironmentVariable("SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var one)
            ? [[one]]
            : Enumerable.Range(1, Count).Select(seed => new object[] { seed });
}
