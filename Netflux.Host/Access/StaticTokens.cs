using System.Security.Cryptography;
using System.Text;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Host.Access;

/// <summary>Tokens of a file, each with the name of whoever holds it. Their hashes are kept and not they themselves.</summary>
internal sealed class StaticTokens
{
    /// <summary>RFC 6749 §10.10 asks for no more than one chance in 2^128 to guess a token: 22 characters of base64url have 132 bits, if they were drawn at random.</summary>
    public const int CharactersMin = 22;

    private readonly List<(string Name, byte[] Hash)> _tokens = [];

    private StaticTokens()
    {
    }

    /// <param name="file">A line <c>NAME:TOKEN</c> for each; empty ones and those that begin with # are passed over.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>; the text names the line, and never what stands there.</exception>
    public static StaticTokens Read(string file)
    {
        try
        {
            return Parse(File.ReadLines(file), $"--token-file {file}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NetfluxException(NetfluxError.InvalidOptions, $"--token-file {file} cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    internal static StaticTokens Parse(IEnumerable<string> lines, string source)
    {
        var tokens = new StaticTokens();
        foreach (var (number, line) in lines.Select(line => line.Trim()).Index())
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            var problem = parts switch
            {
                not [{ Length: > 0 }, _] => "is not NAME:TOKEN",
                [_, { Length: < CharactersMin }] => $"has a token that is shorter than {CharactersMin} characters; draw one with: openssl rand -base64 32",
                [_, var token] when !AccessToken.IsToken(token) => "has a token with other characters than letters, digits and -._~+/ (and = at its end)",
                _ => null,
            };
            if (problem is not null) throw new NetfluxException(NetfluxError.InvalidOptions, $"{source}: line {number + 1} {problem}.");
            tokens._tokens.Add((parts[0], HashOf(parts[1])));
        }
        return tokens._tokens.Count > 0 ? tokens : throw new NetfluxException(NetfluxError.InvalidOptions, $"{source} holds no token; a line for each is NAME:TOKEN.");
    }

    /// <summary>Whose token it is; null for one that is not known. How long it takes says nothing of the tokens: hashes are compared, all of them, each to its end.</summary>
    public string? NameOf(string token)
    {
        var given = HashOf(token);
        string? name = null;
        foreach (var (known, hash) in _tokens)
            if (CryptographicOperations.FixedTimeEquals(given, hash)) name = known;
        return name;
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
