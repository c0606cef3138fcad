using System.CommandLine;

namespace Netflux.Host.Cli;

/// <summary>What is said about a command line that cannot be read: the word that is wrong, the nearest that is known, and where the rest stands.</summary>
internal static class WrongWords
{
    public static string Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "netflux" : $"netflux {command.Name}";
        var wrong = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        var what = wrong switch
        {
            // "… as expected type 'System.Nullable`1[System.Double]'" says nothing to a person; numbers are all that is parsed.
            null when parsed.Errors[0].Message.IndexOf(" as expected type", StringComparison.Ordinal) is > 0 and var end => $"{parsed.Errors[0].Message[..end]}: a number is expected",
            null => parsed.Errors[0].Message.TrimEnd('.'),
            ['-', ..] => $"{name} has no option {wrong}{Nearest(wrong, command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)))}",
            _ when command is RootCommand => $"There is no command '{wrong}'{Nearest(wrong, command.Subcommands.Select(sub => sub.Name))}",
            _ => $"'{wrong}' is one word too many for {name}; put text with blanks in quotes",
        };
        return $"{what}; see: {name} --help";
    }

    private static string Nearest(string wrong, IEnumerable<string> known)
    {
        var nearest = known.MinBy(word => Distance(wrong, word))!;
        return Distance(wrong, nearest) <= 2 ? $", but there is {nearest}" : "";
    }

    /// <summary>Letters to add, drop, change or swap with their neighbour (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0) rows[i, j] = i + j;
                else
                {
                    rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }
        return rows[a.Length, b.Length];
    }
}
