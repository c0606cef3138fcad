using Netflux.Messages;

namespace Netflux.Host.Access;

public class StaticTokensTests
{
    private const string One = "3q2-7_abcdefghijklmnop0123456789", Two = "Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0==";

    [Fact]
    public void Each_is_its_holders()
    {
        var tokens = StaticTokens.Parse(["# of this server", "", $"  ann : {One} ", $"bob:{Two}", $"ann:{Two[..^3]}"], "tokens");
        Assert.Equal(("ann", "bob", "ann"), (tokens.NameOf(One), tokens.NameOf(Two), tokens.NameOf(Two[..^3])));
        foreach (var wrong in new[] { "", "ann", One[..^1], One + "0", One.ToUpperInvariant(), $"ann:{One}" }) Assert.Null(tokens.NameOf(wrong));
    }

    [Theory]
    [InlineData("secret-without-a-name-0123456789", "is not NAME:TOKEN")]
    [InlineData(":secret-without-a-name-0123456789", "is not NAME:TOKEN")]
    [InlineData("ann:secret", "has a token that is shorter than 22 characters; draw one with: openssl rand -base64 32")]
    [InlineData("ann:", "has a token that is shorter than 22 characters; draw one with: openssl rand -base64 32")]
    [InlineData("ann:secret with blanks 0123456789", "has a token with other characters than letters, digits and -._~+/ (and = at its end)")]
    [InlineData("ann:secret:0123456789abcdefghij", "has a token with other characters than letters, digits and -._~+/ (and = at its end)")]
    public void A_line_that_holds_none_is_named_and_not_said(string line, string problem)
    {
        var failure = Assert.Throws<NetfluxException>(() => StaticTokens.Parse(["", line], "--token-file f"));
        Assert.Equal((NetfluxError.InvalidOptions, $"--token-file f: line 2 {problem}."), (failure.Error, failure.Message));
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_any_lets_nobody_in_and_is_refused() =>
        Assert.Equal("f holds no token; a line for each is NAME:TOKEN.", Assert.Throws<NetfluxException>(() => StaticTokens.Parse(["# none"], "f")).Message);

    [Fact]
    public void A_file_that_is_not_there_is_one_sentence() =>
        Assert.Contains("--token-file /nowhere/tokens cannot be read: ", Assert.Throws<NetfluxException>(() => StaticTokens.Read("/nowhere/tokens")).Message, StringComparison.Ordinal);
}
