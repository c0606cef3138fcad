#pragma warning disable CA1812, CA1848, CA1873 // an example for readers: short before fast
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Client;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Host.Readme;

internal static class ChatService
{
    public static async Task RunAsync(string[] args)
    {
        // README begins
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddNetflux(o => { o.Server = new("ws://127.0.0.1:8400"); o.IdentityFile = "alice.pem"; o.DisplayName = "alice"; });
        builder.Services.AddHostedService<Chat>();
        var app = builder.Build();
        app.MapNetflux();                                              // other peers may dial this process
        await app.RunAsync();                                          // stop: goes offline politely, within a bound
        // README pauses
    }
}

// README goes on
sealed class Chat(NetfluxClient netflux, ILogger<Chat> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var answering = netflux.AnswerJoinRequests((request, _) => ValueTask.FromResult(JoinAnswer.Accept));
        await using var network = await netflux.JoinAsync("ws://127.0.0.1:8400/net/lobby", orCreate: Topology.FullMesh(), stop);
        await network.BroadcastAsync(new Line("hello"), ChatJson.Default.Line, stop);
        await foreach (var happening in network.Events(stop))  // one ordered, back-pressured stream
            switch (happening)
            {
                case PeerJoining e: await network.SendAsync(e.Peer, new Line("hi"), ChatJson.Default.Line, stop); break;
                case PeerLeaving e: log.LogInformation("{Peer} left: {Reason}", e.Peer, e.Reason); break;
                case MessageReceived e when e.TryRead(ChatJson.Default.Line, out var line): log.LogInformation("{From}: {Text}", e.From, line.Text); break;
            }
    }                                                          // disposing of the network leaves it
}

sealed record Line(string Text);

[JsonSerializable(typeof(Line))]
sealed partial class ChatJson : JsonSerializerContext;
