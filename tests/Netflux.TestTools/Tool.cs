namespace Netflux.TestTools;

/// <summary>Software that others wrote and that tests run. <c>tests/Netflux.Benchmarks/peers/install.sh</c> installs all of it.</summary>
public enum Tool
{
    Node,

    /// <summary>OpenSSL's command.</summary>
    OpenSsl,
    Chromium,

    /// <summary>Starts a program that believes another time.</summary>
    Faketime,
    ChromeDriver,
    Firefox,

    /// <summary>coturn, the TURN server.</summary>
    Turnserver,

    /// <summary>PostgreSQL's programs for servers.</summary>
    Postgres,

    /// <summary>libdatachannel's peer program, with what it needs.</summary>
    LibDataChannel,

    /// <summary>libwebrtc's peer program, with what it needs.</summary>
    LibWebRtc,

    /// <summary>werift's peer program, with what it needs.</summary>
    Werift,

    /// <summary>pion's peer program, built.</summary>
    Pion,

    /// <summary>Chromium's peer program, with what it needs.</summary>
    ChromiumPeer,

    /// <summary>Firefox's peer program, with what it needs.</summary>
    FirefoxPeer,
}
