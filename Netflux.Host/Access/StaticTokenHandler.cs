using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Netflux.Host.Access;

internal sealed class StaticTokenOptions : AuthenticationSchemeOptions
{
    public StaticTokens? Tokens { get; set; }
}

/// <summary>Authentication of ASP.NET Core by tokens of a file (RFC 6750).</summary>
internal sealed class StaticTokenHandler(IOptionsMonitor<StaticTokenOptions> options, ILoggerFactory logging, UrlEncoder encoder) : AuthenticationHandler<StaticTokenOptions>(options, logging, encoder)
{
    public const string Name = "StaticToken";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is not { } token) return Task.FromResult(AuthenticateResult.NoResult());
        if (Options.Tokens?.NameOf(token) is not { } name) return Task.FromResult(AuthenticateResult.Fail("The access token is not among those of the file."));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }

    // RFC 6750 §3.1: the error is said to who showed a token, and to nobody else.
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.Append("WWW-Authenticate", TokenOf(Request) is null ? "Bearer" : "Bearer error=\"invalid_token\"");
        return Task.CompletedTask;
    }

    private static string? TokenOf(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && header.Parameter is { Length: > 0 } token ? token : null;
}
