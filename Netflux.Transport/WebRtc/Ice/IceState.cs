namespace Netflux.Transport.WebRtc.Ice;

/// <summary>How far an agent is, as W3C WebRTC §5.6.4 names it.</summary>
internal enum IceState
{
    /// <summary>The other side's description is not there.</summary>
    New,

    /// <summary>No pair works yet.</summary>
    Checking,

    /// <summary>A pair works, and data may go over it; nominated or not.</summary>
    Connected,

    /// <summary>The pair in use has been silent for some seconds. It may come back.</summary>
    Disconnected,

    /// <summary>No pair works, and none can be expected to. Only a restart helps.</summary>
    Failed,

    /// <summary>Told to end.</summary>
    Closed,
}
