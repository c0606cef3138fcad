using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Netflux.Benchmarks.Throughput;

/// <summary>Kestrel and ClientWebSocket with nothing between: each message one WebSocket message, plain.</summary>
internal sealed class BareWebSocketPeer : IThroughputPeer
{
    // With 64 KiB a message the flight is full after 16, so a quarter of it is acknowledged as well.
    private const int AcknowledgeBytes = IThroughputPeer.FlightBytesMax / 4;

    private readonly SemaphoreSlim _acknowledged = new(0);
    private readonly ClientWebSocket _client = new();
    private WebApplication? _server;
    private Task _acknowledgements = Task.CompletedTask;
    private long _bytesSent;
    private long _bytesAcknowledged;

    public async Task<string> ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(ReceiveAsync);
        await _server.StartAsync();
        var address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return address.Replace("http", "ws", StringComparison.Ordinal);
    }

    public async Task ConnectAsync(string address)
    {
        await _client.ConnectAsync(new Uri(address), CancellationToken.None);
        _acknowledgements = Task.Run(ReadAcknowledgementsAsync);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> payload)
    {
        while (_bytesSent + payload.Length - Volatile.Read(ref _bytesAcknowledged) > IThroughputPeer.FlightBytesMax) await _acknowledged.WaitAsync();
        _bytesSent += payload.Length;
        await _client.SendAsync(payload, WebSocketMessageType.Binary, true, CancellationToken.None);
    }

    public async Task DrainAsync()
    {
        await _client.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Binary, true, CancellationToken.None); // asks for an acknowledgement
        while (Volatile.Read(ref _bytesAcknowledged) < _bytesSent) await _acknowledged.WaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Abort();
        _client.Dispose();
        await _acknowledgements.ContinueWith(static _ => { }, TaskScheduler.Default);
        if (_server is not null) await _server.DisposeAsync();
        _acknowledged.Dispose();
    }

    private async Task ReadAcknowledgementsAsync()
    {
        var buffer = new byte[sizeof(long)];
        while (true)
        {
            await _client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            Volatile.Write(ref _bytesAcknowledged, BinaryPrimitives.ReadInt64BigEndian(buffer));
            _acknowledged.Release();
        }
    }

    private static async Task ReceiveAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[128 << 10];
        var acknowledgement = new byte[sizeof(long)];
        var (messages, bytes, acknowledged) = (0L, 0L, 0L);
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close) return;
                length += part.Count;
            }
            while (!part.EndOfMessage);
            bytes += length;
            if (length > 0 && ++messages % IThroughputPeer.AcknowledgeMessages != 0 && bytes - acknowledged < AcknowledgeBytes) continue;
            acknowledged = bytes;
            BinaryPrimitives.WriteInt64BigEndian(acknowledgement, bytes);
            await socket.SendAsync(acknowledgement.AsMemory(), WebSocketMessageType.Binary, true, CancellationToken.None);
        }
    }
}
