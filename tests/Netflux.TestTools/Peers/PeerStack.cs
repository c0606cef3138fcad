namespace Netflux.TestTools.Peers;

/// <summary>A WebRTC stack with a peer program, and how that is started.</summary>
/// <param name="Name">As on the command line and in tables.</param>
/// <param name="Needs">What has to be installed.</param>
/// <param name="MessageBytesMax">The largest message that the program takes, in its channels' default settings.</param>
public sealed record PeerStack(string Name, Tool Needs, int MessageBytesMax, params IReadOnlyList<string> Arguments)
{
    /// <summary>libdatachannel announces 262,144 (its DEFAULT_LOCAL_MAX_MESSAGE_SIZE).</summary>
    public static readonly PeerStack LibDataChannel = new("libdatachannel", Tool.LibDataChannel, 262_144);

    /// <summary>pion announces nothing, and reads into a buffer of 65,535 bytes (dataChannelBufferSize).</summary>
    public static readonly PeerStack Pion = new("pion", Tool.Pion, 65_535);

    public static readonly PeerStack Werift = new("werift", Tool.Werift, 65_536);

    /// <summary>Announces 262,144.</summary>
    public static readonly PeerStack Chromium = new("chromium", Tool.ChromiumPeer, 262_144);

    /// <summary>Chromium as a page without permissions sees it: host addresses behind names of mDNS.</summary>
    public static readonly PeerStack ChromiumHidden = new("chromium-mdns", Tool.ChromiumPeer, 262_144, "--mdns");

    /// <summary>Announces 1,073,741,823.</summary>
    public static readonly PeerStack Firefox = new("firefox", Tool.FirefoxPeer, 1_073_741_823);

    /// <summary>libwebrtc without a browser. Announces 262,144.</summary>
    public static readonly PeerStack LibWebRtc = new("libwebrtc", Tool.LibWebRtc, 262_144);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<PeerStack> All = [LibDataChannel, LibWebRtc, Pion, Chromium, ChromiumHidden, Firefox, Werift];

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Command()
    {
        var path = Installed.PathOf(Needs);
        return Path.GetExtension(path) == ".mjs" ? [Installed.PathOf(Tool.Node), "--expose-gc", path, .. Arguments] : [path, .. Arguments];
    }

    public override string ToString() => Name;
}
