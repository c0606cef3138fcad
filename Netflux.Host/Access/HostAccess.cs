using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Netflux.Host.Access;

/// <summary>JSON Web Tokens that a host takes: those of an OpenID provider, whose keys are fetched, or those that a key verifies.</summary>
/// <param name="Audience">Whom they must be meant for, the claim <c>aud</c>.</param>
/// <param name="Authority">The provider; null where <paramref name="Key"/> is given.</param>
/// <param name="Key">The issuer's public key; null where <paramref name="Authority"/> is given.</param>
internal sealed record JwtAccess(string Audience, Uri? Authority, SecurityKey? Key);

/// <summary>Who may use a host: those that show one of its tokens, or a JWT that it takes. What it is not asked for by either it does not ask for.</summary>
internal sealed record HostAccess(StaticTokens? Tokens, JwtAccess? Jwt)
{
    /// <summary>RFC 7519 §4.1.4: "some small leeway", for clocks that differ. Guess: clocks that are set differ by seconds.</summary>
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(1);

    /// <summary>RFC 8725 §3.1, of which a public key verifies: a token says in what way it is signed, and the server which ways it takes. Never "none", and no secret that both sides know.</summary>
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
    ];

    /// <summary>Adds the authentication; endpoints ask for it by <see cref="Policy"/>.</summary>
    public void AddTo(IServiceCollection services)
    {
        // Not AddAuthentication and AddJwtBearer: those bring data protection along, which writes keys into the home folder, where nothing here needs any.
        services.TryAddSingleton(TimeProvider.System);
        var authentication = new AuthenticationBuilder(services.AddAuthenticationCore().AddWebEncoders());
        if (Tokens is not null) authentication.AddScheme<StaticTokenOptions, StaticTokenHandler>(StaticTokenHandler.Name, options => options.Tokens = Tokens);
        if (Jwt is not null)
        {
            services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>();
            authentication.AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, options => Configure(options, Jwt));
        }
        services.AddAuthorization().AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusals>();
    }

    public AuthorizationPolicy Policy()
    {
        string?[] schemes = [Tokens is null ? null : StaticTokenHandler.Name, Jwt is null ? null : JwtBearerDefaults.AuthenticationScheme];
        return new AuthorizationPolicyBuilder([.. schemes.OfType<string>()]).RequireAuthenticatedUser().Build();
    }

    private static void Configure(JwtBearerOptions options, JwtAccess jwt)
    {
        options.MapInboundClaims = false;
        options.Authority = jwt.Authority?.AbsoluteUri;
        options.RequireHttpsMetadata = jwt.Authority is { IsLoopback: false };
        options.TokenValidationParameters = new()
        {
            ValidAudience = jwt.Audience,
            ValidateIssuer = jwt.Authority is not null, // a key is its issuer's
            IssuerSigningKey = jwt.Key,
            ValidAlgorithms = s_algorithms,
            ClockSkew = s_clockSkew,
            NameClaimType = "sub",
        };
    }
}
