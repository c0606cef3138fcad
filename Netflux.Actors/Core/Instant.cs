namespace Netflux.Core;

/// <summary>A moment on the monotonic clock of one process, in 100 ns ticks. It says nothing about the time of day and never goes back.</summary>
internal readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    public static readonly Instant Zero;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    public static Instant operator +(Instant instant, TimeSpan span) => new(instant.Ticks + span.Ticks);
    public static Instant operator -(Instant instant, TimeSpan span) => new(instant.Ticks - span.Ticks);
    public static TimeSpan operator -(Instant left, Instant right) => new(left.Ticks - right.Ticks);
    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;
    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;
    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;
    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;

    /// <summary>The earlier of two deadlines, where none is never.</summary>
    public static Instant? Earlier(Instant? left, Instant? right) =>
        left is { } l && right is { } r ? (l <= r ? l : r) : left ?? right;
}
