using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Netflux.Transport.Signaling.Hosting;

/// <summary>The token of a page in a browser, from the subprotocol to the header.</summary>
public class BearerSubprotocolTests
{
    private const string Token = "abc+/~.-_==";

    public static TheoryData<string, string?, string> Offers => new()
    {
        // offered, the token that is found, what is left
        { $"netflux.v1, {Bearer(Token)}", Token, "netflux.v1" },
        { $"{Bearer(Token)},netflux.v1", Token, "netflux.v1" },
        { $"{Bearer(Token)}", Token, "" },
        { $"netflux.v1, chat, {Bearer(Token)}", Token, "netflux.v1,chat" },
        { "netflux.v1", null, "netflux.v1" },
        { "chat", null, "chat" },
        { "", null, "" },
        { $"{Bearer("one")}, {Bearer("two")}", null, "" },                 // which of them?
        { "netflux.v1, netflux.bearer.", null, "netflux.v1" },             // empty
        { "netflux.v1, netflux.bearer.a", null, "netflux.v1" },            // no base64url
        { $"netflux.v1, {Bearer("two words")}", null, "netflux.v1" },      // no token
        { $"netflux.v1, {Bearer("a\r\nX-Evil: 1")}", null, "netflux.v1" }, // would be two headers
        { $"netflux.v1, {Bearer(new string('a', 20_000))}", null, "netflux.v1" },
        { "NETFLUX.BEARER.abcd", null, "NETFLUX.BEARER.abcd" },            // another protocol: they are compared as they are (RFC 6455 §4.1)
    };

    [Theory, MemberData(nameof(Offers))]
    public void Is_found_and_is_gone(string offered, string? token, string left)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (offered.Length > 0) headers.SecWebSocketProtocol = offered;
        BearerSubprotocol.Move(headers);
        Assert.Equal(token is null ? "" : $"Bearer {token}", headers.Authorization.ToString());
        Assert.Equal(left, headers.SecWebSocketProtocol.ToString());
    }

    [Fact]
    public void What_the_header_says_stays()
    {
        IHeaderDictionary headers = new HeaderDictionary();
        (headers.Authorization, headers.SecWebSocketProtocol) = ("Bearer first", $"netflux.v1, {Bearer(Token)}");
        BearerSubprotocol.Move(headers);
        Assert.Equal(("Bearer first", "netflux.v1"), (headers.Authorization.ToString(), headers.SecWebSocketProtocol.ToString()));
    }

    internal static string Bearer(string token) => "netflux.bearer." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token));
}
