using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Netflux.Links;

namespace Netflux.Transport.WebSockets;

/// <summary>The server answered the upgrade with another status than 101.</summary>
internal sealed class DialRejectedException(HttpStatusCode status, bool withToken, TimeSpan? retryAfter, Exception inner) : Exception("The upgrade was refused.", inner)
{
    public HttpStatusCode Status => status;

    /// <summary>Whether it was shown an access token.</summary>
    public bool WithToken => withToken;

    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>The access token that is to be shown could not be had; the text says why, and is not the token.</summary>
internal sealed class AccessTokenException(string why) : Exception(why);

/// <summary>The name leads only to addresses that an advertisement may not lead to.</summary>
internal sealed class DialForbiddenException() : Exception("None of the addresses may be dialled.");

/// <summary>What went wrong with a dial: its kind, and one sentence that names the address.</summary>
internal static class DialFailures
{
    public static (DialFailure Failure, string Why, TimeSpan? RetryAfter, bool Known) Explain(Uri address, Exception exception, TimeSpan limit, bool stopping)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (ExplainAlone(address, e, limit, stopping) is { } explained) return (explained.Failure, explained.Why, (e as DialRejectedException)?.RetryAfter, true);
        }
        return (DialFailure.Unreachable, $"{address} could not be reached: {exception.GetBaseException().Message}", null, false);
    }

    private static (DialFailure Failure, string Why)? ExplainAlone(Uri address, Exception exception, TimeSpan limit, bool stopping) => exception switch
    {
        DialForbiddenException => (DialFailure.Refused, $"{address} is not dialled: the name leads to private addresses of a kind that this machine has none of."),
        DialRejectedException rejected => ExplainStatus(address, rejected.Status, rejected.WithToken),
        AccessTokenException token => (DialFailure.AccessDenied, $"{address} was not dialled: {token.Message}"),
        OperationCanceledException when stopping => (DialFailure.Unreachable, $"{address} was not dialled to the end: this process is stopping."),
        OperationCanceledException => (DialFailure.TimedOut, $"{address} did not answer within {limit.TotalSeconds:0.#} s."),
        AuthenticationException => (DialFailure.Unreachable, $"{address} offers no TLS that this machine trusts: {exception.Message}"),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => (DialFailure.Unreachable, $"{address} cannot be dialled: the name {address.IdnHost} does not resolve."),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => (DialFailure.Unreachable, $"{address} takes no connection: nothing listens there."),
        SocketException { SocketErrorCode: SocketError.TimedOut } => (DialFailure.TimedOut, $"{address} did not answer."),
        SocketException socket => (DialFailure.Unreachable, $"{address} cannot be reached: {socket.Message}."),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: null or IOException } => (DialFailure.Unreachable, $"{address} does not speak TLS."),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => (DialFailure.NotWebSocket, $"{address} answers, but not with HTTP."),
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => (DialFailure.NotWebSocket, $"{address} answers, but not with HTTP."),
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => (DialFailure.Unreachable, $"{address} closed the connection without an answer."),
        WebSocketException { InnerException: null } => (DialFailure.NotWebSocket, $"{address} answers, but does not speak WebSocket: {exception.Message}"),
        _ => null,
    };

    private static (DialFailure, string) ExplainStatus(Uri address, HttpStatusCode status, bool withToken) => status switch
    {
        HttpStatusCode.Unauthorized when withToken => (DialFailure.AccessDenied, $"{address} does not take this access token; it is wrong, or no longer valid."),
        HttpStatusCode.Unauthorized => (DialFailure.AccessDenied, $"{address} asks for an access token, and there is none for it here."),
        HttpStatusCode.Forbidden => (DialFailure.AccessDenied, $"{address} refuses the connection{(withToken ? " with this access token" : "")} (HTTP 403)."),
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => (DialFailure.Refused, $"{address} takes no further connections now (HTTP {(int)status}); try again later."),
        _ => (DialFailure.NotWebSocket, $"{address} answers with HTTP {(int)status} and does not speak WebSocket there."),
    };
}
