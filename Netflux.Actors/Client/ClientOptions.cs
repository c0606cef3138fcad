namespace Netflux.Client;

/// <summary>The client's numbers.</summary>
internal static class ClientOptions
{
    /// <summary>Messages that may wait unread in one network's events. Guess: deep enough that a reader on another thread never starves, and what the messages hold is bounded by the network's windows in bytes anyway.</summary>
    public const int EventWindow = 1_024;

    /// <summary>Consumption is reported each quarter of the window, and whenever nothing is left to read: the sender is never held back by a report that is due.</summary>
    public const int ReportEvery = EventWindow / 4;

    /// <summary>Events that may wait unread, messages and others together; more, and the subscription ends. Guess: every one of 50 members could come and go a hundred times.</summary>
    public const int EventsMax = 16_384;
}
