using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Netflux.Identity;
using Netflux.Transport.Signaling.Wire;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>What plain HTTP gets: who opens an address of a network in a browser is told what it is.</summary>
internal static class SignalingPages
{
    private static readonly string s_version = typeof(SignalingPages).Assembly.GetName().Version?.ToString(3) ?? "";

    public static string ServerOf(HttpRequest request) => $"{(request.IsHttps ? "wss" : "ws")}://{request.Host.Value}";

    public static Task About(HttpContext context, SignalingServer server) => WriteTextAsync(context, $"""
        This is a Netflux {s_version} signaling server: it introduces peers that then talk directly. It {(server.Tracks ? "remembers networks that ask for it" : "stores no networks")}.
        Join a network, or create it:  netflux chat NAME --server {ServerOf(context.Request)}
        Meet one peer:                 netflux meet {ServerOf(context.Request)}/meet/KEY
        """);

    public static Task Network(HttpContext context, SignalingServer server)
    {
        var door = context.Request.RouteValues["name"] as string ?? "";
        if (!SignalingNames.IsName(door) && !NetworkId.TryParse(door, out _)) return NotFoundAsync(context, "This is no name of a network.");
        var address = $"{ServerOf(context.Request)}/net/{door}";
        if (WantsJson(context.Request)) return WriteJsonAsync(context, json => { json.WriteString("kind", "network"); json.WriteString("address", address); json.WriteBoolean("tracks", server.Tracks); });
        return WriteTextAsync(context, $"""
            {address} is the address of a Netflux network.
            Join it with:  netflux chat {door} --server {ServerOf(context.Request)}
            """);
    }

    public static Task Meeting(HttpContext context, SignalingServer server)
    {
        var key = context.Request.RouteValues["key"] as string ?? "";
        if (!SignalingNames.IsMeetingKey(key)) return NotFoundAsync(context, "This is no key of a meeting point.");
        var address = $"{ServerOf(context.Request)}/meet/{key}";
        if (WantsJson(context.Request)) return WriteJsonAsync(context, json => { json.WriteString("kind", "meeting"); json.WriteString("address", address); json.WriteBoolean("tracks", server.Tracks); });
        return WriteTextAsync(context, $"""
            {address} is a meeting point of Netflux: the first waits there, the second is connected to it.
            Go there with:  netflux meet {address}
            """);
    }

    public static Task Stats(HttpContext context, SignalingServer server) => WriteJsonAsync(context, json =>
    {
        json.WriteNumber("bytes_in", server.Traffic.BytesIn);
        json.WriteNumber("bytes_out", server.Traffic.BytesOut);
        json.WriteNumber("connections", server.Traffic.Connections);
        json.WriteNumber("doors", server.Traffic.Doors);
    });

    private static bool WantsJson(HttpRequest request) => request.Headers.Accept.Any(accept => accept?.Contains("application/json", StringComparison.OrdinalIgnoreCase) == true);

    private static async Task WriteTextAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.WriteAsync(text + "\n", context.RequestAborted).ConfigureAwait(false);
    }

    private static Task NotFoundAsync(HttpContext context, string text)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return WriteTextAsync(context, text);
    }

    private static async Task WriteJsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        await context.Response.Body.WriteAsync(buffer.ToArray(), context.RequestAborted).ConfigureAwait(false);
    }
}
