using System.Reflection;
using Netflux.Messages;

namespace Netflux.TestKit;

/// <summary>The test provokes this error end to end: a user sees it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ProvokesAttribute(NetfluxError error) : Attribute
{
    public NetfluxError Error => error;
}

/// <summary>
/// Every declared error belongs to one test assembly, which has to provoke it. A new value belongs to Netflux.Actors.Tests until it is listed here, so
/// the sets are compared without loading one test assembly into another.
/// </summary>
internal static class ProvokedErrors
{
    private const string Default = "Netflux.Actors.Tests";

    /// <summary>Those that need files, options of a host or real processes.</summary>
    private static readonly Dictionary<NetfluxError, string> s_elsewhere = new()
    {
        [NetfluxError.AccessDenied] = "Netflux.Host.Tests",
        [NetfluxError.IdentityInUse] = "Netflux.Host.Tests",
        [NetfluxError.IdentityInvalid] = "Netflux.Host.Tests",
    };

    /// <summary>Declared errors that this assembly has to provoke and does not.</summary>
    public static IReadOnlyList<NetfluxError> MissingIn(Assembly tests)
    {
        var name = tests.GetName().Name;
        var provoked = tests.GetTypes().SelectMany(type => type.GetMethods()).SelectMany(method => method.GetCustomAttributes<ProvokesAttribute>()).Select(attribute => attribute.Error).ToHashSet();
        return [.. Enum.GetValues<NetfluxError>().Where(error => s_elsewhere.GetValueOrDefault(error, Default) == name && !provoked.Contains(error))];
    }
}
