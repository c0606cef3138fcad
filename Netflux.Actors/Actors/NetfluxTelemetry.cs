using System.Diagnostics;
using System.Diagnostics.Metrics;
using Netflux.Core;
using Netflux.Messages;

namespace Netflux.Actors;

/// <summary>The instruments of the actors; docs/TELEMETRY.md explains each.</summary>
internal static class NetfluxTelemetry
{
    public const string Name = "Netflux";

    private static readonly Meter s_meter = new(Name);
    private static readonly ActivitySource s_activities = new(Name);

    public static readonly UpDownCounter<int> Networks = s_meter.CreateUpDownCounter<int>("netflux.networks", "{network}", "Networks of which this process is a member.");
    public static readonly UpDownCounter<int> Peers = s_meter.CreateUpDownCounter<int>("netflux.peers", "{peer}", "Peers with a session.");
    public static readonly Counter<long> MessagesSent = s_meter.CreateCounter<long>("netflux.messages.sent", "{message}", "Messages handed to sessions, once for each receiver.");
    public static readonly Counter<long> MessagesReceived = s_meter.CreateCounter<long>("netflux.messages.received", "{message}", "Messages of members and connected peers.");
    public static readonly Counter<long> Suspected = s_meter.CreateCounter<long>("netflux.peers.suspected", "{peer}", "Sessions in which nothing was heard for a while.");
    public static readonly Counter<long> LinksRefused = s_meter.CreateCounter<long>("netflux.links.refused", "{link}", "Links that were not proven, by close code.");
    private static readonly Histogram<double> s_requests = s_meter.CreateHistogram<double>("netflux.request.duration", "s", "Requests to the facade that take more than one step, by kind and error.");

    /// <summary>The span of one request. It is nobody's current activity: an actor's thread works for many.</summary>
    public static Activity? Begin(NetfluxRequest request)
    {
        var before = Activity.Current;
        var activity = s_activities.StartActivity(request.GetType().Name);
        Activity.Current = before;
        return activity;
    }

    public static void End(OpenRequest request, NetfluxError? error, Instant now)
    {
        var kind = new KeyValuePair<string, object?>("netflux.request", request.Request.GetType().Name);
        var outcome = new KeyValuePair<string, object?>("error.type", error?.ToString());
        if (error is null) s_requests.Record((now - request.Begun).TotalSeconds, kind);
        else s_requests.Record((now - request.Begun).TotalSeconds, kind, outcome);
        if (request.Activity is not { } activity) return;
        if (error is not null) activity.SetTag(outcome.Key, outcome.Value).SetStatus(ActivityStatusCode.Error);
        activity.Dispose();
    }
}
