using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Netflux.Transport.Signaling.Hosting;
using Netflux.Transport.WebSockets;

namespace Netflux.Host.Access;

/// <summary>Who is refused is told what to do, and counted: to guess tokens is to try connections.</summary>
internal sealed class AccessRefusals(SignalingServer server) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _default = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context).ConfigureAwait(false);
            return;
        }
        if (await server.IsLimitedAsync(context).ConfigureAwait(false)) return;
        await _default.HandleAsync(next, context, policy, authorizeResult).ConfigureAwait(false); // the status, and WWW-Authenticate
        await LinkEndpoint.RefuseAsync(context, context.Response.StatusCode,
            "This server asks for an access token (Authorization: Bearer TOKEN); the netflux command shows the one that --token-file FILE holds.").ConfigureAwait(false);
    }
}
