using System.CommandLine;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Netflux.Host.Access;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>The options about access tokens: what a host asks for, and what a peer shows.</summary>
internal static class AccessOptions
{
    private const string TokenVariable = "NETFLUX_TOKEN";

    /// <summary>What to do where a server denies access.</summary>
    public const string Advice = $"--token-file names the file that holds the token; {TokenVariable} is for the server of --server or --tracker.";

    // Of a peer.

    public static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = $"The file that holds the access token which the server asks for, and nothing else. Without it the token for the server of --server or --tracker is taken from {TokenVariable}.", HelpName = "FILE",
    };

    // Of a host.

    public static readonly Option<string?> HostTokens = new("--token-file") { Description = "Let in only who shows one of the access tokens in this file: a line NAME:TOKEN for each.", HelpName = "FILE" };
    public static readonly Option<string?> JwtAuthority = new("--jwt-authority") { Description = "Let in who shows a JWT of this OpenID provider, such as https://login.example.org; with --jwt-audience.", HelpName = "URL" };
    public static readonly Option<string?> JwtKey = new("--jwt-key") { Description = "Let in who shows a JWT that this public key verifies, a PEM file; with --jwt-audience.", HelpName = "FILE" };
    public static readonly Option<string?> JwtAudience = new("--jwt-audience") { Description = "The audience that a JWT must name.", HelpName = "NAME" };

    /// <summary>Null: everybody is let in.</summary>
    public static HostAccess? ReadHost(ParseResult parsed)
    {
        var (authority, key, audience) = (parsed.GetValue(JwtAuthority), parsed.GetValue(JwtKey), parsed.GetValue(JwtAudience));
        if (authority is not null && key is not null) throw new WrongUseException("--jwt-authority and --jwt-key both say who signs; leave one of them out.");
        if (string.IsNullOrWhiteSpace(audience) != (authority is null && key is null)) throw new WrongUseException("--jwt-audience goes with --jwt-authority or --jwt-key; give both.");
        var tokens = parsed.GetValue(HostTokens) is { } file ? StaticTokens.Read(file) : null;
        var jwt = authority is null && key is null ? null : new JwtAccess(audience!, authority is null ? null : AuthorityOf(authority), key is null ? null : KeyOf(key));
        return tokens is null && jwt is null ? null : new(tokens, jwt);
    }

    /// <param name="isNamed">Whether the server is that of --server or --tracker; an address that somebody else wrote gets no token of the environment.</param>
    public static void ReadPeer(ParseResult parsed, NetfluxOptions options, Uri server, bool isNamed)
    {
        if (parsed.GetValue(TokenFile) is { } file)
        {
            try { ReadToken(file); }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException)
            {
                throw new WrongUseException($"--token-file {file} cannot be used: {failure.Message.ReplaceLineEndings(" ")}");
            }
            // Read again at each dial: it may have been renewed.
            options.AccessTokens.Add(new(server, _ => Task.FromResult(ReadToken(file))));
        }
        else if (isNamed && Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
        {
            if (!AccessToken.IsToken(token)) throw new WrongUseException($"{TokenVariable} is no access token; those have letters, digits and -._~+/ (and = at their end).");
            options.AccessTokens.Add(new(server, token));
        }
    }

    private static string ReadToken(string file)
    {
        var token = File.ReadLines(file).FirstOrDefault()?.Trim();
        return AccessToken.IsToken(token) ? token! : throw new InvalidDataException("It does not hold an access token alone; those have letters, digits and -._~+/ (and = at their end).");
    }

    private static Uri AuthorityOf(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url is { Scheme: "http", IsLoopback: true }) ? url
        : throw new WrongUseException($"--jwt-authority is '{text}'; expected is an https URL, such as https://login.example.org.");

    private static AsymmetricSecurityKey KeyOf(string file)
    {
        try
        {
            var pem = File.ReadAllText(file);
            var ec = ECDsa.Create();
            try
            {
                ec.ImportFromPem(pem);
                return new ECDsaSecurityKey(ec);
            }
            catch (Exception failure) when (failure is CryptographicException or ArgumentException)
            {
                ec.Dispose();
            }
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return new RsaSecurityKey(rsa);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new NetfluxException(NetfluxError.InvalidOptions, $"--jwt-key {file} holds no public key, of ECDSA or RSA, as PEM: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }
}
