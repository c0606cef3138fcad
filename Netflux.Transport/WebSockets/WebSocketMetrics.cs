using System.Diagnostics.Metrics;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// The instruments of WebSocket links, in the meter "Netflux": <c>netflux.websocket.received</c> and <c>netflux.websocket.sent</c> (bytes of messages, without frame
/// headers), <c>netflux.websocket.links</c> (open now, by <c>role</c>: dialler or listener), <c>netflux.websocket.dials.failed</c> (by <c>failure</c>).
/// </summary>
internal static class WebSocketMetrics
{
    private static readonly Meter s_meter = new("Netflux");
    private static readonly Counter<long> s_received = s_meter.CreateCounter<long>("netflux.websocket.received", "By", "Bytes of messages received over WebSockets.");
    private static readonly Counter<long> s_sent = s_meter.CreateCounter<long>("netflux.websocket.sent", "By", "Bytes of messages sent over WebSockets.");
    private static readonly UpDownCounter<long> s_links = s_meter.CreateUpDownCounter<long>("netflux.websocket.links", "{link}", "WebSocket links that are open.");
    private static readonly Counter<long> s_dialsFailed = s_meter.CreateCounter<long>("netflux.websocket.dials.failed", "{dial}", "Dials that failed.");

    public static void Received(int bytes) => s_received.Add(bytes);

    public static void Sent(int bytes) => s_sent.Add(bytes);

    public static void LinkOpened(LinkRole role) => s_links.Add(1, Role(role));

    public static void LinkClosed(LinkRole role) => s_links.Add(-1, Role(role));

    public static void DialFailed(DialFailure failure) => s_dialsFailed.Add(1, new KeyValuePair<string, object?>("failure", failure.ToString()));

    private static KeyValuePair<string, object?> Role(LinkRole role) => new("role", role == LinkRole.Dialler ? "dialler" : "listener");
}
