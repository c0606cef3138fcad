namespace Netflux.Identity;

/// <summary>One run of an identity: its start in milliseconds since 1970, raised above any seen before for the same id. The newer replaces the older.</summary>
public readonly record struct Incarnation(ulong Value) : IComparable<Incarnation>
{
    /// <inheritdoc />
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

#pragma warning disable CS1591
    public static bool operator <(Incarnation left, Incarnation right) => left.Value < right.Value;
    public static bool operator >(Incarnation left, Incarnation right) => left.Value > right.Value;
    public static bool operator <=(Incarnation left, Incarnation right) => left.Value <= right.Value;
    public static bool operator >=(Incarnation left, Incarnation right) => left.Value >= right.Value;
#pragma warning restore CS1591
}
