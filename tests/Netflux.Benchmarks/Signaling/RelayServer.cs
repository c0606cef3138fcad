using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Netflux.Transport.Signaling;
using Netflux.Transport.Signaling.Hosting;

namespace Netflux.Benchmarks.Signaling;

/// <summary>The .NET servers, each in a process of its own: ours, Kestrel with the least that relays, and SignalR. None logs, and limits that would meet the load are out of its way.</summary>
internal static class RelayServer
{
    private const int Many = 1_000_000;

    private static readonly SignalingServerOptions s_unlimited = new()
    {
        ConnectionsMax = Many,
        ConnectionsPerAddressMax = Many,
        ConnectionAttemptsPerSecond = Many,
        ConnectionAttemptsBurst = Many,
        MessagesPerSecond = Many,
        MessagesBurst = Many,
        BytesPerSecond = int.MaxValue,
        BytesBurst = int.MaxValue,
        DoorsMax = Many,
        HandshakeTimeout = TimeSpan.FromMinutes(5), // connections are opened first, and prove themselves then
        Lease = TimeSpan.FromMinutes(5),
    };

    /// <summary>Serves until its standard input ends; a line there has it let go what it does not need.</summary>
    public static async Task<int> RunAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        switch (name)
        {
            case "netflux": builder.Services.AddNetfluxSignaling(s_unlimited); break;
            case "signalr":
                builder.Services.AddSignalR(hub => (hub.KeepAliveInterval, hub.ClientTimeoutInterval) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10))).AddMessagePackProtocol();
                break;
        }
        await using var app = builder.Build();
        switch (name)
        {
            case "netflux": app.MapNetfluxSignaling(); break;
            case "signalr": app.MapHub<RelayHub>("/hub"); break;
            default:
                app.UseWebSockets();
                app.Run(new BareRelay().HandleAsync);
                break;
        }
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.Single()).Port);
        while (await Console.In.ReadLineAsync() is not null)
        {
            for (var i = 0; i < 2; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }
            Console.WriteLine();
        }
        return 0;
    }

    /// <summary>What is received goes to the other one in the room.</summary>
    private sealed class BareRelay
    {
        private sealed record Seat(WebSocket Socket)
        {
            public SemaphoreSlim Writing { get; } = new(1);
        }

        private readonly ConcurrentDictionary<string, Seat[]> _rooms = new(StringComparer.Ordinal);

        public async Task HandleAsync(HttpContext context)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var (room, own) = (context.Request.Path.Value!, new Seat(socket));
            _rooms.AddOrUpdate(room, _ => [own], (_, seats) => [.. seats, own]);
            var buffer = Array.Empty<byte>();
            try
            {
                while (socket.State == WebSocketState.Open)
                {
                    await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);   // an idle connection holds no buffer
                    buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
                    var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    if (received.MessageType == WebSocketMessageType.Close) break;
                    foreach (var seat in _rooms[room])
                    {
                        if (seat == own) continue;
                        await seat.Writing.WaitAsync();
                        try { await seat.Socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Binary, true, CancellationToken.None); }
                        finally { seat.Writing.Release(); }
                    }
                    System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
                }
            }
            catch (WebSocketException) { }
            _rooms.AddOrUpdate(room, _ => [], (_, seats) => [.. seats.Where(seat => seat != own)]);
        }
    }

    private sealed class RelayHub : Hub
    {
        public override Task OnConnectedAsync() => Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(Context));

        /// <summary>Answered once the connection is in its group.</summary>
        public string Here() => Context.ConnectionId;

        public Task Send(byte[] payload) => Clients.OthersInGroup(GroupOf(Context)).SendAsync("m", payload);

        private static string GroupOf(HubCallerContext context)
        {
            if (context.Items.TryGetValue("group", out var known)) return (string)known!;
            var group = context.GetHttpContext()!.Request.Query["group"].ToString();
            context.Items["group"] = group;
            return group;
        }
    }
}
