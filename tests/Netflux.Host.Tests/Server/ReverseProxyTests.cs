using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Netflux.Host.Cli;

namespace Netflux.Host.Server;

/// <summary>A host behind reverse proxies: whom it believes what a request says of where it came from.</summary>
public class ReverseProxyTests
{
    [Theory]
    [InlineData("127.0.0.1", true)]           // a proxy on this machine is believed by itself
    [InlineData("::1", true)]
    [InlineData("10.0.0.5", true)]            // --proxy names it
    [InlineData("::ffff:10.0.0.5", true)]     // … as a socket for both kinds of address sees it
    [InlineData("10.0.0.6", false)]
    [InlineData("203.0.113.9", false)]
    public async Task Only_a_proxy_is_believed(string from, bool believed)
    {
        var request = await PassAsync(from, "198.51.100.7");
        Assert.Equal(believed ? ("198.51.100.7", "https", "chat.example") : (from, "http", "inside:8400"), Seen(request));
    }

    // A client can write the header, too: of several addresses only the last counts, which the proxy has added.
    [Fact]
    public async Task What_a_client_adds_itself_is_not_believed() => Assert.Equal("198.51.100.7", Seen(await PassAsync("10.0.0.5", "1.2.3.4, 198.51.100.7")).Item1);

    [Fact, Trait("Category", "Rim")]
    public async Task The_page_names_the_address_that_the_proxy_was_asked_for()
    {
        await using var host = NetfluxProcess.Start("host", "--no-tracking", "--proxy", "10.0.0.5", "--urls", "http://127.0.0.1:0", "--json");
        var url = (await host.ExpectAsync("listening")).Text("url").Replace("ws://", "http://", StringComparison.Ordinal);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, url + "/net/lobby");
        foreach (var (name, value) in new[] { ("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "chat.example") }) request.Headers.Add(name, value);
        using var answer = await http.SendAsync(request);
        Assert.Contains("wss://chat.example/net/lobby is the address", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "Rim")]
    public async Task Peers_meet_through_a_proxy_that_speaks_tls_for_the_host()
    {
        if (!OperatingSystem.IsLinux()) return; // elsewhere the trusted roots are no file that a process can be given
        using var files = new TestCertificates();
        using var certificate = HostCertificate.Read(files.ChainAndKey, null);
        using var proxy = new TlsProxy(certificate);
        await using var host = NetfluxProcess.Start("host", "--no-tracking", "--public-url", proxy.Url, "--urls", "http://127.0.0.1:0", "--json");
        proxy.PassTo(new((await host.ExpectAsync("listening")).Text("url")));
        (string, string)[] trusting = [("SSL_CERT_FILE", files.Root)];
        await using var ann = await Talk.JoinAsync(trusting, proxy.Url, "ann", 0);
        await using var bob = await Talk.JoinAsync(trusting, proxy.Url, "bob", 1, "--listen", "none");
        await Talk.AllHearAllAsync("hello", ann, bob);
    }

    [Fact, Trait("Category", "Rim")]
    public async Task What_is_no_address_is_wrong_use()
    {
        var run = await NetfluxProcess.RunAsync(["host", "--no-tracking", "--proxy", "proxy.example"]);
        Assert.Equal((2, "--proxy is 'proxy.example'; expected is an address such as 10.0.0.5."), (run.ExitCode, run.Errors.TrimEnd()));
    }

    private static (string?, string, string) Seen(HttpContext context) => (context.Connection.RemoteIpAddress?.ToString(), context.Request.Scheme, context.Request.Host.Value!);

    private static async Task<HttpContext> PassAsync(string from, string forwardedFor)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        (context.Request.Scheme, context.Request.Host) = ("http", new("inside:8400"));
        context.Request.Headers["X-Forwarded-For"] = forwardedFor;
        context.Request.Headers["X-Forwarded-Proto"] = "https";
        context.Request.Headers["X-Forwarded-Host"] = "chat.example";
        await new ForwardedHeadersMiddleware(_ => Task.CompletedTask, NullLoggerFactory.Instance, Options.Create(SignalingHost.BehindProxies([IPAddress.Parse("10.0.0.5")]))).Invoke(context);
        return context;
    }
}
