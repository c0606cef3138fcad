namespace Netflux.Host.Cli;

/// <summary>Rows in columns: the first is the head, words stand left and numbers right.</summary>
internal static class TextTable
{
    public static IEnumerable<string> Lines(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        bool[] right = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Skip(1).All(row => row[column].All(c => char.IsAsciiDigit(c) || c == '.')))];
        foreach (var row in rows) yield return string.Join("  ", row.Select((cell, column) => right[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();
    }
}
