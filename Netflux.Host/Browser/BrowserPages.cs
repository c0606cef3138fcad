using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Netflux.Host.Browser;

/// <summary>
/// What browsers get from a host: the browser peer as ES modules (<c>/netflux.js</c> and what it imports), and the demonstration page on <c>/</c> and on the address of each network. Whoever
/// asks for those two without accepting HTML gets the sentences of the signaling server, as before.
/// </summary>
internal static class BrowserPages
{
    // Everything comes from this host; links to peers that listen go anywhere. Nothing is evaluated, embedded or framed.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>To be used before routing.</summary>
    public static void UseBrowserPages(this IApplicationBuilder app) => app.Use(next => context => Find(context.Request) is { } file ? SendAsync(context, file) : next(context));

    private static BrowserFile? Find(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return null;
        var path = request.Path.Value ?? "";
        if (path is "/" or "/demo" || path.StartsWith("/net/", StringComparison.Ordinal)) return path == "/demo" || AcceptsHtml(request) ? BrowserFiles.All[BrowserFiles.Page] : null;
        return path == BrowserFiles.Page ? null : BrowserFiles.All.GetValueOrDefault(path);
    }

    private static bool AcceptsHtml(HttpRequest request) => request.Headers.Accept.Any(accept => accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true);

    private static async Task SendAsync(HttpContext context, BrowserFile file)
    {
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = file.Tag;
        // Always asked about and rarely sent: a page never runs with modules of two versions.
        headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        context.Response.Headers.Vary = HeaderNames.Accept;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        // Pages of other sites may import the modules (which they are let in with is for --origin).
        if (file.ContentType.StartsWith("text/javascript", StringComparison.Ordinal)) context.Response.Headers.AccessControlAllowOrigin = "*";
        else context.Response.Headers.ContentSecurityPolicy = Policy;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Compare(file.Tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
