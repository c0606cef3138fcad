using Netflux.Identity;

namespace Netflux.Actors;

/// <summary>The incarnation of this run. It can be raised only while nobody has met it yet; it is read from several actors.</summary>
internal sealed class IncarnationSource(Incarnation first)
{
    private ulong _value = first.Value;

    public Incarnation Current => new(Volatile.Read(ref _value));

    public void RaiseAbove(Incarnation seen) => Volatile.Write(ref _value, Math.Max(Current.Value, seen.Value + 1));
}
