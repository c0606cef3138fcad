using Akka.Actor;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netflux.Messages;

namespace Netflux.Client;

/// <summary>A handler that answers this process's join requests, until it is disposed of.</summary>
public sealed partial class JoinRequestAnswering : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<JoinRequest, CancellationToken, ValueTask<JoinAnswer>> _handler;
    private readonly Func<NetfluxNetwork, ValueTask>? _joined;
    private readonly ILogger _log;

    internal JoinRequestAnswering(Func<CancellationToken, Task<FacadeCalls>> connect, Func<JoinRequest, CancellationToken, ValueTask<JoinAnswer>> handler,
        Func<NetfluxNetwork, ValueTask>? joined, ILogger? log)
    {
        (_handler, _joined, _log) = (handler, joined, log ?? NullLogger.Instance);
        Started = StartAsync(connect);
        _ = Started.ContinueWith(static (task, state) => Log.NotAnswering((ILogger)state!, task.Exception!.InnerException!), _log,
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>Completes when join requests come here; fails with a <see cref="NetfluxException"/>, <see cref="NetfluxError.AnswererTaken"/> where somebody else answers them.</summary>
    public Task Started { get; }

    /// <summary>Stops answering. Handlers that run see their token cancelled; their requests are declined, but for those that were kept (<see cref="JoinRequest.SentAt"/>), which wait for the next who answers.</summary>
    public void Dispose()
    {
        if (!_stop.IsCancellationRequested) _stop.Cancel();
    }

    private async Task StartAsync(Func<CancellationToken, Task<FacadeCalls>> connect)
    {
        var calls = await connect(_stop.Token).ConfigureAwait(false);
        var answerer = calls.System.ActorOf(Props.Create(() => new Answerer(this, calls)));
        _stop.Token.UnsafeRegister(state => ((IActorRef)state!).Tell(PoisonPill.Instance, ActorRefs.NoSender), answerer);
        try
        {
            await calls.AskAsync<AnsweringJoinRequests>(new AnswerJoinRequests(answerer), _stop.Token).ConfigureAwait(false);
        }
        catch
        {
            calls.System.Stop(answerer);
            throw;
        }
    }

    private async Task AnswerAsync(FacadeCalls calls, JoinRequest request)
    {
        // What the facade refuses here (the deadline passed, the peer is gone) it has told the one who invited; there is nobody else to tell but the log.
        try
        {
            var answer = await AskHandlerAsync(request).ConfigureAwait(false);
            if (request.SentAt is not null && _stop.IsCancellationRequested) return; // it waits for the next who answers
            if (!answer.Accepts) await calls.AskAsync<JoinRequestClosed>(new DeclineJoinRequest(request.Id, answer.Why), CancellationToken.None).ConfigureAwait(false);
            else if (_joined is null) await calls.AskAsync<NetworkJoined>(new AcceptJoinRequest(request.Id), CancellationToken.None).ConfigureAwait(false);
            else
            {
                var network = await NetfluxNetwork.JoinAsync(calls,
                    subscriber => new AcceptJoinRequest(request.Id) { Subscriber = subscriber, Window = ClientOptions.EventWindow }, CancellationToken.None).ConfigureAwait(false);
                await _joined(network).ConfigureAwait(false);
            }
        }
        catch (NetfluxException failure)
        {
            Log.AnswerFailed(_log, request.From.Id.ToString(), failure.Message);
        }
        catch (Exception bug)
        {
            Log.JoinedHandlerFailed(_log, bug);
        }
    }

    private async ValueTask<JoinAnswer> AskHandlerAsync(JoinRequest request)
    {
        try
        {
            return await _handler(request, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            if (!_stop.IsCancellationRequested) Log.HandlerFailed(_log, failure);
            return JoinAnswer.Decline("The service could not answer.");
        }
    }

    private sealed class Answerer : ReceiveActor
    {
        public Answerer(JoinRequestAnswering answering, FacadeCalls calls) =>
            Receive<JoinRequest>(request => { _ = answering.AnswerAsync(calls, request); });
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1600, Level = LogLevel.Error, Message = "Join requests are not answered here.")]
        public static partial void NotAnswering(ILogger log, Exception failure);

        [LoggerMessage(EventId = 1601, Level = LogLevel.Warning, Message = "The join request of {Peer} could not be answered: {Why}")]
        public static partial void AnswerFailed(ILogger log, string peer, string why);

        [LoggerMessage(EventId = 1602, Level = LogLevel.Error, Message = "The handler of join requests failed; the request is declined.")]
        public static partial void HandlerFailed(ILogger log, Exception failure);

        [LoggerMessage(EventId = 1603, Level = LogLevel.Error, Message = "The handler of joined networks failed.")]
        public static partial void JoinedHandlerFailed(ILogger log, Exception failure);
    }
}
