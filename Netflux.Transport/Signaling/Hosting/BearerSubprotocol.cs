using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Netflux.Hosting;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>
/// Browsers give a WebSocket no headers of a page's own, but subprotocols (RFC 6455 §1.9): a page's access token comes as <c>netflux.bearer.TOKEN</c>, in base64url, beside <see cref="Version"/>,
/// which alone is answered. Before anything else looks at the request the token becomes its <c>Authorization</c> header, and the subprotocol is gone: authentication of every kind finds it
/// where other clients have it, and nothing echoes or logs it. Kubernetes' API server does the same.
/// </summary>
internal sealed class BearerSubprotocol : IStartupFilter
{
    public const string Version = "netflux.v1";
    private const string Prefix = "netflux.bearer.";

    /// <summary>The subprotocol to answer with; null where the client named none, as .NET peers do.</summary>
    public static string? Answer(HttpContext context) => context.WebSockets.WebSocketRequestedProtocols.Contains(Version) ? Version : null;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(rest => context =>
        {
            Move(context.Request.Headers);
            return rest(context);
        });
        next(app);
    };

    internal static void Move(IHeaderDictionary headers)
    {
        var offered = headers.GetCommaSeparatedValues("Sec-WebSocket-Protocol");
        if (!Array.Exists(offered, IsBearer)) return;
        headers.SecWebSocketProtocol = Array.FindAll(offered, protocol => !IsBearer(protocol));
        // Who says two things says nothing: the request goes on without a token.
        if (headers.Authorization.Count == 0 && Array.FindAll(offered, IsBearer) is [var only] && TryRead(only[Prefix.Length..], out var token)) headers.Authorization = $"Bearer {token}";
    }

    private static bool IsBearer(string protocol) => protocol.StartsWith(Prefix, StringComparison.Ordinal);

    private static bool TryRead(string text, out string token)
    {
        token = "";
        if (text.Length > AccessToken.CharactersMax * 2 || !Base64Url.IsValid(text)) return false;
        token = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));
        return AccessToken.IsToken(token);
    }
}
