namespace Netflux.Messages;

/// <summary>The names by which servers keep networks: 1 to 64 ASCII letters, digits, '-', '_' and '.', beginning with a letter or digit.</summary>
internal static class DoorName
{
    /// <summary>Guess: what a person still types.</summary>
    public const int LengthMax = 64;

    public const string Rule = "1 to 64 letters a–z, digits, '-', '_' or '.', beginning with a letter or digit";

    /// <summary>Whether the text is a name, in whichever case.</summary>
    public static bool IsValid(string text) =>
        text.Length is > 0 and <= LengthMax && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>Names do not differ by case: this is how they are compared, stored and written.</summary>
    public static string Fold(string name) => name.ToLowerInvariant();
}
