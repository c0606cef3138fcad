using System.Diagnostics;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>A data channel between two ports of this process: how long it takes to open, and a message there and back.</summary>
internal sealed class LoopbackTrial
{
    private readonly TaskCompletionSource<(TimeSpan Open, TimeSpan RoundTrip)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<long> _trips = [];
    private readonly int _pings;
    private long _begun, _sent;
    private TimeSpan _open;

    private LoopbackTrial(int pings) => _pings = pings;

    public static async Task<(TimeSpan Open, TimeSpan RoundTrip)?> RunAsync(RtcPort near, RtcPort far, int pings, TimeSpan limit)
    {
        var trial = new LoopbackTrial(pings);
        var (asker, answerer) = (new Near(trial), new Far());
        var (from, to) = (near.NewConnection(asker, RtcConnectionOptions.Default), far.NewConnection(answerer, RtcConnectionOptions.Default));
        if (from is null || to is null) return null;
        (asker.Other, answerer.Other) = (to, from);
        trial._begun = Stopwatch.GetTimestamp();
        from.OpenChannel(new() { Label = "trial" });
        from.Offer();
        try { return await trial._done.Task.WaitAsync(limit).ConfigureAwait(false); }
        catch (TimeoutException) { return null; }
        finally
        {
            from.Close();
            to.Close();
        }
    }

    private void Ping(RtcChannel channel)
    {
        _sent = Stopwatch.GetTimestamp();
        channel.Send("ping"u8);
    }

    private sealed class Near(LoopbackTrial trial) : QuietListener
    {
        public RtcConnection? Other { get; set; }

        public override void OnDescription(RtcConnection connection, bool isOffer, string sdp) => Other?.TrySetRemoteDescription(isOffer, sdp, out _);

        public override void OnCandidate(RtcConnection connection, string candidate) => Other?.TryAddRemoteCandidate(candidate);

        public override void OnChannelOpened(RtcChannel channel)
        {
            trial._open = Stopwatch.GetElapsedTime(trial._begun);
            trial.Ping(channel);
        }

        public override void OnMessage(RtcChannel channel, RtcMessage message)
        {
            message.Return();
            trial._trips.Add(Stopwatch.GetTimestamp() - trial._sent);
            if (trial._trips.Count < trial._pings)
            {
                trial.Ping(channel);
                return;
            }
            trial._trips.Sort();
            trial._done.TrySetResult((trial._open, Stopwatch.GetElapsedTime(0, trial._trips[trial._trips.Count / 2])));
        }
    }

    private sealed class Far : QuietListener
    {
        public RtcConnection? Other { get; set; }

        public override void OnDescription(RtcConnection connection, bool isOffer, string sdp) => Other?.TrySetRemoteDescription(isOffer, sdp, out _);

        public override void OnCandidate(RtcConnection connection, string candidate) => Other?.TryAddRemoteCandidate(candidate);

        public override void OnMessage(RtcChannel channel, RtcMessage message)
        {
            channel.Send(message.Span);
            message.Return();
        }
    }
}
