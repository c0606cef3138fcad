using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Netflux.Host.Cli;

namespace Netflux.Host.Server;

/// <summary>A host with a certificate from files: what it shows, who trusts it, and what it says of files that do not fit.</summary>
[Trait("Category", "Rim")]
public sealed class HostCertificateTests : IDisposable
{
    private readonly TestCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_certificate_of_a_file_is_shown_with_those_that_signed_it(bool keyApart)
    {
        await using var host = NetfluxProcess.Start(["host", "--no-tracking", "--urls", "https://127.0.0.1:0", "--json", .. keyApart ? new[] { "--certificate", _files.Chain, "--certificate-key", _files.Key } : ["--certificate", _files.ChainAndKey]]);
        var server = new Uri((await host.ExpectAsync("listening")).Text("url"));
        Assert.Equal("wss", server.Scheme);
        Assert.Equal(_files.Fingerprint, (await host.ExpectAsync("certificate")).Text("sha256"));
        Assert.Equal([_files.Fingerprint, _files.MiddleFingerprint], await ShownAsync(server));
    }

    // It trusts the root alone, as machines do: what lies between has to come from the server.
    [Fact]
    public async Task Peers_that_trust_the_root_meet_there()
    {
        if (!OperatingSystem.IsLinux()) return; // elsewhere the trusted roots are no file that a process can be given
        await using var host = NetfluxProcess.Start("host", "--no-tracking", "--certificate", _files.ChainAndKey, "--urls", "127.0.0.1:0", "--json");
        var server = (await host.ExpectAsync("listening")).Text("url");
        Assert.StartsWith("wss://", server, StringComparison.Ordinal);
        (string, string)[] trusting = [("SSL_CERT_FILE", _files.Root)];
        await using var ann = await Talk.JoinAsync(trusting, server, "ann", 0, "--listen", "none");
        await using var bob = await Talk.JoinAsync(trusting, server, "bob", 1, "--listen", "none");
        await Talk.AllHearAllAsync("hello", ann, bob);
        var distrusting = await NetfluxProcess.RunAsync(["chat", "lobby", "--server", server, "--json"]);
        Assert.Equal(1, distrusting.ExitCode);
        Assert.Contains("certificate", Assert.Single(distrusting.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_made_at_start_is_for_this_machines_names_and_addresses()
    {
        using var made = HostCertificate.Create("box", [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("fe80::7%2")], DateTimeOffset.UtcNow);
        var names = made.Own.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["box", "localhost"], names.EnumerateDnsNames().Order(StringComparer.Ordinal));
        Assert.Equal(["127.0.0.1", "192.0.2.7", "::1", "fe80::7"], names.EnumerateIPAddresses().Select(address => address.ToString()).Order(StringComparer.Ordinal));
        Assert.True(made.Own.MatchesHostname("box") && made.Own.HasPrivateKey && made.Own.NotBefore < DateTime.Now);
        Assert.Empty(made.Signers);
    }

    [Fact]
    public void Files_that_do_not_fit_are_told_by_name()
    {
        foreach (var (file, key) in new[] { (_files.Nothing, null), (_files.Chain, null), (_files.Chain, _files.OtherKey), (_files.Chain, _files.Nothing), (_files.Chain + ".none", null) })
        {
            var failure = Assert.Throws<Messages.NetfluxException>(() => HostCertificate.Read(file, key));
            Assert.Equal(Messages.NetfluxError.InvalidOptions, failure.Error);
            Assert.StartsWith($"--certificate {file}{(key is null ? "" : $" with --certificate-key {key}")} cannot be used: ", failure.Message, StringComparison.Ordinal);
            Assert.Single(failure.Message.Split('\n'));
        }
    }

    [Theory]
    [InlineData("host --certificate-key key.pem", 2, "--certificate-key says where the key of --certificate is; give both.")]
    [InlineData("host --certificate none.pem", 1, "--certificate none.pem cannot be used: ")]
    public async Task Wrong_use_is_one_sentence(string arguments, int exitCode, string begins)
    {
        var run = await NetfluxProcess.RunAsync(arguments.Split(' '));
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(begins, Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    /// <summary>The fingerprints of the certificates that the server sends, its own first.</summary>
    private static async Task<List<string>> ShownAsync(Uri server)
    {
        var shown = new List<string>();
        using var client = new TcpClient();
        using var patience = new CancellationTokenSource(NetfluxProcess.Patience);
        await client.ConnectAsync(IPAddress.Loopback, server.Port, patience.Token);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                shown.Add(HostCertificate.FingerprintOf((X509Certificate2)certificate!));
                // What the server sent beside its own.
                shown.AddRange(chain!.ChainPolicy.ExtraStore.Select(HostCertificate.FingerprintOf).Where(other => other != shown[0]));
                return true;
            },
        }, patience.Token);
        return shown;
    }
}
