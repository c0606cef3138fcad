namespace Netflux.TestKit;

/// <summary>A while after the last fault, all members of a network that run see each other and nobody else. Not judged while a pair of hosts cannot reach each other.</summary>
public sealed class ViewsAgreeChecker : IContractChecker
{
    /// <inheritdoc />
    public bool MayBeMendedByTime => true;

    /// <inheritdoc />
    public IEnumerable<string> Violations(NetfluxWorld world)
    {
        ArgumentNullException.ThrowIfNull(world);
        if (world.Network.IsApart) yield break;
        var views = new MemberViews(world);
        foreach (var (name, network) in views.All)
        {
            var seen = views.Of(name, network).Select(id => world.Find(id)?.Name ?? id.Short).Order(StringComparer.Ordinal).ToList();
            var there = world.Peers.Where(peer => peer.Name != name && peer.IsRunning && views.IsMember(peer.Name, network)).Select(peer => peer.Name).Order(StringComparer.Ordinal).ToList();
            if (!seen.SequenceEqual(there)) yield return $"{name} sees [{string.Join(' ', seen)}] in {network.Short}, where [{string.Join(' ', there)}] are.";
        }
    }
}
