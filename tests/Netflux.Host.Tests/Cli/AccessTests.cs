using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Netflux.Host.Access;
using Netflux.Messages;
using Netflux.TestKit;

namespace Netflux.Host.Cli;

/// <summary>A host that asks for access, and those who run the command.</summary>
[Trait("Category", "Rim")]
public sealed class AccessTests : IDisposable
{
    private const string Token = "3q2-7_abcdefghijklmnop0123456789", Wrong = "wrong-but-long-enough-0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-access").FullName;

    public AccessTests()
    {
        File.WriteAllText(PathOf("tokens"), $"# who may\nann:{Token}\n");
        File.WriteAllText(PathOf("token"), Token + "\n");
        File.WriteAllText(PathOf("wrong"), Wrong);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact, Provokes(NetfluxError.AccessDenied)]
    public async Task Who_has_the_token_creates_joins_and_lists_and_who_has_not_is_told_what_to_do_and_no_token_is_said()
    {
        var (host, server) = await HostAsync("--data", PathOf("store"), "--token-file", PathOf("tokens"), "--verbose");
        await using (host)
        {
            Assert.Equal(0, (await NetfluxProcess.RunAsync(["create", "lobby", "--tracker", server, "--token-file", PathOf("token")])).ExitCode);
            await using (var bob = NetfluxProcess.Start([("NETFLUX_TOKEN", Token)], "join", "lobby", "--tracker", server, "--name", "bob", "--json"))
                Assert.Single((await bob.ExpectAsync("joined")).GetProperty("remembered").EnumerateArray());

            var none = await NetfluxProcess.RunAsync(["networks", "--tracker", server]);
            Assert.Equal(1, none.ExitCode);
            Assert.Contains("asks for an access token", none.Errors, StringComparison.Ordinal);
            Assert.Contains("--token-file names the file that holds the token", none.Errors, StringComparison.Ordinal);
            var wrong = await NetfluxProcess.RunAsync(["networks", "--tracker", server, "--token-file", PathOf("wrong"), "--json", "--verbose"]);
            Assert.Equal("accessDenied", JsonDocument.Parse(wrong.Output).RootElement.Text("code"));
            AssertSilent(wrong.Output + wrong.Errors);
            var listed = await NetfluxProcess.RunAsync(["networks", "--tracker", server, "--token-file", PathOf("token"), "--verbose"]);
            Assert.Contains("lobby", listed.Output, StringComparison.Ordinal);
            AssertSilent(listed.Output + listed.Errors);
            await host.SignalAsync("INT");
            Assert.Equal(0, await host.ExitAsync());
        }
        var log = await host.ErrorsAsync();
        Assert.Contains("Signaling: peer", log, StringComparison.Ordinal); // there is something to read
        AssertSilent(log);
    }

    [Fact]
    public async Task The_token_of_the_environment_is_not_shown_to_the_server_of_an_address()
    {
        var (host, server) = await HostAsync("--no-tracking", "--token-file", PathOf("tokens"));
        await using var _ = host;
        await using var named = NetfluxProcess.Start([("NETFLUX_TOKEN", Token)], "chat", "lobby", "--server", server, "--json");
        await named.ExpectAsync("joined");
        await using var pasted = NetfluxProcess.Start([("NETFLUX_TOKEN", Token)], "chat", server + "/net/lobby", "--json");
        Assert.Equal("accessDenied", (await pasted.ExpectAsync("error")).Text("code"));
        await using var shown = NetfluxProcess.Start("chat", server + "/net/lobby", "--token-file", PathOf("token"), "--json");
        Assert.Single((await shown.ExpectAsync("joined")).GetProperty("members").EnumerateArray());
    }

    [Fact]
    public async Task A_JWT_is_shown_as_any_token_is()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(PathOf("key.pem"), key.ExportSubjectPublicKeyInfoPem());
        var (jwt, old) = (Jwts.Sign(key), Jwts.Sign(key, lasts: TimeSpan.FromHours(-1)));
        await File.WriteAllTextAsync(PathOf("jwt"), jwt);
        await File.WriteAllTextAsync(PathOf("old"), old);
        var (host, server) = await HostAsync("--no-tracking", "--jwt-key", PathOf("key.pem"), "--jwt-audience", Jwts.Audience, "--verbose");
        await using (host)
        {
            // A client has four seconds, of which a busy machine needs some to compile what verifies the first.
            using (var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", jwt) } }) await http.GetStringAsync(server.Replace("ws:", "http:", StringComparison.Ordinal) + "/netflux/stats");
            await using (var ann = NetfluxProcess.Start("chat", "lobby", "--server", server, "--token-file", PathOf("jwt"), "--json")) await ann.ExpectAsync("joined");
            var expired = await NetfluxProcess.RunAsync(["chat", "lobby", "--server", server, "--token-file", PathOf("old")]);
            Assert.Equal(1, expired.ExitCode);
            Assert.Contains("does not take this access token", expired.Errors, StringComparison.Ordinal);
            await host.SignalAsync("INT");
            Assert.Equal(0, await host.ExitAsync());
        }
        var log = await host.ErrorsAsync();
        foreach (var token in new[] { jwt, old })
            foreach (var part in token.Split('.')) Assert.DoesNotContain(part, log, StringComparison.Ordinal);
        Assert.False(Directory.Exists(PathOf(".aspnet"))); // where ASP.NET Core keeps keys that nobody needs here
    }

    [Theory]
    [InlineData("--jwt-audience goes with --jwt-authority or --jwt-key; give both.", "host", "--jwt-audience", "netflux")]
    [InlineData("--jwt-audience goes with --jwt-authority or --jwt-key; give both.", "host", "--jwt-authority", "https://login.example.org")]
    [InlineData("--jwt-authority and --jwt-key both say who signs; leave one of them out.", "host", "--jwt-authority", "https://login.example.org", "--jwt-key", "k", "--jwt-audience", "n")]
    [InlineData("--jwt-authority is 'http://login.example.org'; expected is an https URL, such as https://login.example.org.", "host", "--jwt-authority", "http://login.example.org", "--jwt-audience", "n")]
    public async Task What_does_not_go_together_is_wrong_use(string sentence, params string[] arguments)
    {
        var run = await NetfluxProcess.RunAsync(arguments);
        Assert.Equal((2, sentence), (run.ExitCode, run.Errors.TrimEnd()));
    }

    [Fact]
    public async Task A_file_that_holds_no_token_alone_is_wrong_use()
    {
        // That of the host is not that of a peer.
        var run = await NetfluxProcess.RunAsync(["networks", "--tracker", "ws://127.0.0.1:1", "--token-file", PathOf("tokens")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("It does not hold an access token alone", run.Errors, StringComparison.Ordinal);
        AssertSilent(run.Errors);
        Assert.Equal(2, (await NetfluxProcess.RunAsync(["networks", "--token-file", PathOf("nowhere")])).ExitCode);
        var key = await NetfluxProcess.RunAsync(["host", "--jwt-key", PathOf("token"), "--jwt-audience", "n"]);
        Assert.Equal(1, key.ExitCode);
        Assert.Contains("holds no public key", key.Errors, StringComparison.Ordinal);
    }

    private static void AssertSilent(string text)
    {
        foreach (var token in new[] { Token, Wrong })
        {
            Assert.DoesNotContain(token, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token)), text, StringComparison.Ordinal);
        }
    }

    private async Task<(NetfluxProcess Host, string Server)> HostAsync(params string[] more)
    {
        var host = NetfluxProcess.Start([("HOME", _folder)], ["host", "--urls", "http://127.0.0.1:0", "--json", .. more]);
        return (host, (await host.ExpectAsync("listening")).Text("url"));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
