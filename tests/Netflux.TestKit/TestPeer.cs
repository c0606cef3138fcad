namespace Netflux.TestKit;

/// <summary>One peer of a world.</summary>
public sealed class TestPeer
{
    internal TestPeer(string name) => Name = name;

    /// <summary>Its name, also its display name.</summary>
    public string Name { get; }
}
