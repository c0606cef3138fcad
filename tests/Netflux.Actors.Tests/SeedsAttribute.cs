using System.Globalization;
using System.Reflection;
using Xunit.Sdk;

namespace Netflux;

/// <summary>Runs a theory for the seeds from 1 up to a count, or, where the environment has <c>SEED</c>, for that one alone. Of many seeds a developer has a fifth, and CI all.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SeedsAttribute(int count) : DataAttribute
{
    private const int Many = 20;

    public int Count => PlayedOf(count);

    internal static int PlayedOf(int count) => count < Many || Environment.GetEnvironmentVariable("CI") == "true" ? count : count / 5;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        int.TryParse(Environment.GetEnvironmentVariable("SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var one)
            ? [[one]]
            : Enumerable.Range(1, Count).Select(seed => new object[] { seed });
}
