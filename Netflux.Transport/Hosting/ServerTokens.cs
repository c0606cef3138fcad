using Netflux.Transport.WebSockets;

namespace Netflux.Hosting;

/// <summary>Which server is shown which access token.</summary>
internal sealed class ServerTokens(IReadOnlyList<AccessToken> tokens)
{
    /// <summary>The token for this server; null where there is none.</summary>
    /// <exception cref="AccessTokenException">There is one, and it cannot be had.</exception>
    public async Task<string?> ForAsync(Uri server, CancellationToken stop)
    {
        if (tokens.FirstOrDefault(token => IsSame(token.Server, server)) is not { } found) return null;
        string? token;
        try
        {
            token = await found.Get(stop).WaitAsync(stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The user's own code, of which anything may come.
            throw new AccessTokenException($"its access token could not be had: {e.Message}");
        }
        return AccessToken.IsToken(token) ? token : throw new AccessTokenException("what is to be its access token is none (RFC 6750 §2.1).");
    }

    /// <summary>By TLS or not, too: what is to travel sealed is not sent in the clear.</summary>
    private static bool IsSame(Uri one, Uri other) =>
        one.Port == other.Port && IsTls(one) == IsTls(other) && string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);

    private static bool IsTls(Uri address) => address.Scheme is "wss" or "https";
}
