using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Netflux.Client;
using Netflux.Hosting;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>A peer of this process, from its start until it goes offline.</summary>
internal sealed class RunningPeer : IAsyncDisposable
{
    /// <summary>After a join: until the links that are still looked for have come, or their ways have failed. Guess: a round of the search, 5 s, and a little.</summary>
    public static readonly TimeSpan LinksTime = TimeSpan.FromSeconds(6);

    private readonly ServiceProvider _services;

    private RunningPeer(ServiceProvider services, NetfluxClient client, PeerId id, string name) => (_services, Client, Id, Name) = (services, client, id, name);

    public NetfluxClient Client { get; }

    public PeerId Id { get; }

    public string Name { get; }

    public static async Task<RunningPeer> StartAsync(NetfluxOptions options, bool verbose, CancellationToken cancellation)
    {
        var services = new ServiceCollection()
            .AddLogging(logging => Verbosely(logging, verbose))
            .AddNetflux(given =>
            {
                (given.Server, given.DisplayName, given.IdentityFile) = (options.Server, options.DisplayName, options.IdentityFile);
                foreach (var url in options.Listen) given.Listen.Add(url);
                foreach (var url in options.AdvertiseUrls) given.AdvertiseUrls.Add(url);
                foreach (var server in options.IceServers) given.IceServers.Add(server);
                given.RelayOnly = options.RelayOnly;
                foreach (var token in options.AccessTokens) given.AccessTokens.Add(token);
            }).BuildServiceProvider();
        try
        {
            foreach (var service in services.GetServices<IHostedService>()) await service.StartAsync(cancellation).ConfigureAwait(false);
            var client = services.GetRequiredService<NetfluxClient>();
            return new(services, client, await client.GetPeerIdAsync(cancellation).ConfigureAwait(false), options.DisplayName);
        }
        catch
        {
            await StopAsync(services).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How this peer is linked with another, once a direct link is up; what takes the place of a relayed one, or of none, may be under way until <paramref name="until"/>.</summary>
    public async Task<LinkReport> GetSettledLinksAsync(PeerId peer, Task until, CancellationToken cancellation)
    {
        // Reports are asked for; nothing tells when one has changed.
        while (true)
        {
            var report = await Client.GetLinkReportAsync(peer, cancellation).ConfigureAwait(false);
            if (until.IsCompleted || report.Up.Any(link => link.Way != LinkWay.Relayed)) return report;
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Goes offline.</summary>
    public ValueTask DisposeAsync() => StopAsync(_services);

    public static void Verbosely(ILoggingBuilder logging, bool verbose)
    {
        logging.ClearProviders();
        if (verbose) logging.SetMinimumLevel(LogLevel.Debug).AddSimpleConsole(console => console.SingleLine = true).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static async ValueTask StopAsync(ServiceProvider services)
    {
        foreach (var service in services.GetServices<IHostedService>()) await service.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await services.DisposeAsync().ConfigureAwait(false);
    }
}
