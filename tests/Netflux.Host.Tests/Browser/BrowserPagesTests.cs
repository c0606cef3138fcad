using System.Net;
using Netflux.Host.Server;

namespace Netflux.Host.Browser;

/// <summary>What a host sends to browsers.</summary>
[Trait("Category", "Rim")]
public sealed class BrowserPagesTests : IAsyncLifetime
{
    private static readonly HttpClient s_http = new();
    private Microsoft.AspNetCore.Builder.WebApplication _host = null!;

    private string Url => _host.Urls.Single();

    public async Task InitializeAsync() => _host = await SignalingHost.StartAsync(["http://127.0.0.1:0"], new(), verbose: false, default);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/demo", "*/*")]
    [InlineData("/net/lobby", "text/html")]
    public async Task The_page_comes_to_whoever_accepts_html(string path, string accept)
    {
        using var answer = await GetAsync(path, accept);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("script-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/net/lobby")]
    public async Task Others_read_how_to_join_as_before(string path)
    {
        using var answer = await GetAsync(path, "*/*");
        Assert.Contains("netflux chat", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_modules_are_sent_once_and_then_confirmed()
    {
        using var first = await GetAsync("/netflux.js", "*/*");
        Assert.Equal("text/javascript", first.Content.Headers.ContentType!.MediaType);
        Assert.True(first.Headers.CacheControl!.NoCache);
        Assert.Equal(["*"], first.Headers.GetValues("Access-Control-Allow-Origin"));
        using var again = new HttpRequestMessage(HttpMethod.Get, Url + "/netflux.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await s_http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public void Every_import_of_a_module_is_served()
    {
        foreach (var file in BrowserFiles.All.Values.Where(file => file.Path.EndsWith(".js", StringComparison.Ordinal)))
            foreach (System.Text.RegularExpressions.Match import in System.Text.RegularExpressions.Regex.Matches(System.Text.Encoding.UTF8.GetString(file.Bytes), "(?m)^(?:import|export) [^;]*from '([^']+)'"))
                Assert.Contains(new Uri(new Uri("http://host" + file.Path), import.Groups[1].Value).AbsolutePath, BrowserFiles.All.Keys);
    }

    [Theory]
    [InlineData("/package.json")]
    [InlineData("/index.html")]
    [InlineData("/netflux/../netflux.dll")]
    [InlineData("/netflux/none.js")]
    public async Task Nothing_else_is_served(string path)
    {
        using var answer = await GetAsync(path, "text/html");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> GetAsync(string url, string accept, HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd(accept);
        return await http.SendAsync(request);
    }

    private Task<HttpResponseMessage> GetAsync(string path, string accept) => GetAsync(Url + path, accept, s_http);
}
