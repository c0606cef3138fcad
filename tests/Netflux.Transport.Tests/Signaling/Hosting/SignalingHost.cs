using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Netflux.Transport.Signaling.Hosting;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>A real signaling server on loopback.</summary>
internal sealed class SignalingHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SignalingHost(WebApplication app) => _app = app;

    /// <summary>http://host:port</summary>
    public Uri Http => new(_app.Urls.First());

    /// <summary>ws://host:port</summary>
    public Uri Server => new($"ws://{Http.Authority}");

    public static async Task<SignalingHost> StartAsync(SignalingServerOptions? options = null, string url = "http://127.0.0.1:0", Action<IServiceCollection>? add = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.Services.AddNetfluxSignaling(options);
        add?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapNetfluxSignaling();
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Something else that speaks HTTP.</summary>
    public static async Task<SignalingHost> StartOtherAsync(int status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("Hello from somewhere else.");
        });
        await app.StartAsync();
        return new(app);
    }

    public async Task StopAsync() => await _app.StopAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
