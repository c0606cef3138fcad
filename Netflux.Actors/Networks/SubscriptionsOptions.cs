namespace Netflux.Networks;

/// <summary>The limits of what one network holds for those who listen to it in this process.</summary>
internal sealed record SubscriptionsOptions
{
    public static readonly SubscriptionsOptions Default = new();

    /// <summary>Subscribers of one network at once; each message is told to each. A guess.</summary>
    public int SubscribersMax { get; init; } = 64;

    /// <summary>How long a subscriber with a full window, for whom messages wait, may confirm nothing. 30 s, a guess: long for a program, short for a forgotten one.</summary>
    public TimeSpan SubscriberPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Events and messages that wait for one subscriber. Messages are bounded by the senders' credit: a session window of 1 MiB is at most 16,384 messages
    /// of 64 bytes' cost. Events are bounded by nothing but this, where members come and go. 50 members' windows of small messages: 1,048,576, a guess.
    /// </summary>
    public int HeldMax { get; init; } = 1 << 20;

    /// <summary>A deadline handled later than this says that this process slept, so nobody is judged by it (DESIGN §5, liveness).</summary>
    public TimeSpan LateMax { get; init; } = TimeSpan.FromSeconds(2);
}
