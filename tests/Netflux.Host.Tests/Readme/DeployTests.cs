using System.Runtime.CompilerServices;
using System.Text.Json;
using Netflux.Host.Cli;
using Netflux.Host.Faults;

namespace Netflux.Host.Readme;

/// <summary>The commands of the examples in <c>deploy/</c>, run as they stand there, without a container engine and systemd.</summary>
[Trait("Category", "Rim")]
public sealed class DeployTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-deploy").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task The_container_serves() =>
        AssertServesAsync(JsonSerializer.Deserialize<string[]>(LineOf("Containerfile", "ENTRYPOINT "))!, "http://0.0.0.0:8400", "/data");

    [Fact]
    public Task The_unit_serves() => AssertServesAsync(LineOf("netflux.service", "ExecStart=").Split(' '), "http://127.0.0.1:8400", "${STATE_DIRECTORY}");

    private async Task AssertServesAsync(string[] command, string url, string data)
    {
        Assert.Contains(url, command);
        Assert.Contains(data, command);
        var own = $"http://127.0.0.1:{FaultRig.FreePort()}";
        await using var host = NetfluxProcess.Start([.. command[2..].Select(word => word == url ? own : word == data ? _folder : word), "--json"]);
        await host.ExpectAsync("listening");
        using var client = new HttpClient();
        Assert.True((await client.GetAsync(new Uri($"{own}/health/ready"))).IsSuccessStatusCode);
        Assert.Equal(command.Contains("--metrics"), (await client.GetAsync(new Uri($"{own}/metrics"))).IsSuccessStatusCode);
        Assert.NotEmpty(Directory.GetFiles(_folder));
        await host.SignalAsync("TERM");
        Assert.Equal(0, await host.ExitAsync());
    }

    private static string LineOf(string file, string beginning, [CallerFilePath] string here = "") =>
        File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "deploy", file)).Single(line => line.StartsWith(beginning, StringComparison.Ordinal))[beginning.Length..];
}
