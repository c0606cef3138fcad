using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Transport.Signaling.Hosting;

namespace Netflux.Benchmarks;

/// <summary>A signaling server on a free port of 127.0.0.1.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BenchmarkServer(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal));

    public static async Task<BenchmarkServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddNetfluxSignaling();
        var app = builder.Build();
        app.MapNetfluxSignaling();
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
