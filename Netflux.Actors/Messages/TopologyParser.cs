using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Netflux.Identity;

namespace Netflux.Messages;

/// <summary>
/// Reads a topology's JSON: strictly for a creator, who is told of every slip; forgivingly for one who joins, since a later version may have created the network.
/// Total: no text makes it throw.
/// </summary>
internal static class TopologyParser
{
    private static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    public static bool TryParse(string json, [NotNullWhen(true)] out Topology? topology, [NotNullWhen(false)] out string? why) =>
        TryParse(json, strict: true, out topology, out _, out why);

    /// <param name="needsNewer">On failure: whether a later version of Netflux may understand it.</param>
    public static bool TryParseFromGenesis(string json, [NotNullWhen(true)] out Topology? topology, out bool needsNewer, [NotNullWhen(false)] out string? why) =>
        TryParse(json, strict: false, out topology, out needsNewer, out why);

    private static bool TryParse(string json, bool strict, [NotNullWhen(true)] out Topology? topology, out bool needsNewer, [NotNullWhen(false)] out string? why)
    {
        topology = null;
        needsNewer = false;
        if (!TryDocument(json, out var document, out why)) return false;
        using (document)
        {
            if (!TryType(document.RootElement, strict, out var type, out needsNewer, out why)) return false;
            var read = new Topology { Json = json, Type = type };
            foreach (var number in TopologyFields.Numbers)
                if (number.Of(type) is { } range) read = number.Set(read, range.Default);
            if (!TryFields(document.RootElement, strict, ref read, out needsNewer, out why)) return false;
            if (read.SuspectAfter <= read.PingAfter)
            {
                why = string.Create(CultureInfo.InvariantCulture, $"$.suspectAfterMs: expected more than pingAfterMs ({read.PingAfter.TotalMilliseconds}), found {read.SuspectAfter.TotalMilliseconds}.");
                return false;
            }
            if (!TryGrowth(document.RootElement, strict, ref read, out why)) return false;
            topology = read;
            return true;
        }
    }

    private static bool TryDocument(string json, [NotNullWhen(true)] out JsonDocument? document, [NotNullWhen(false)] out string? why)
    {
        document = null;
        if (json is null) return Fail("$: expected a JSON object, found nothing.", out why);
        try
        {
            if (json.Length > IdentityOptions.TopologyJsonBytesMax || s_strictUtf8.GetByteCount(json) > IdentityOptions.TopologyJsonBytesMax)
                return Fail($"$: expected at most {IdentityOptions.TopologyJsonBytesMax} bytes.", out why);
            document = JsonDocument.Parse(s_strictUtf8.GetBytes(json));
        }
        catch (EncoderFallbackException)
        {
            return Fail("$: expected Unicode text, found half of a surrogate pair.", out why);
        }
        catch (JsonException e)
        {
            return Fail($"$: expected JSON; line {((e.LineNumber ?? 0) + 1).ToString(CultureInfo.InvariantCulture)}, byte {((e.BytePositionInLine ?? 0) + 1).ToString(CultureInfo.InvariantCulture)} is not.", out why);
        }
        why = null;
        if (document.RootElement.ValueKind == JsonValueKind.Object) return true;
        why = $"$: expected an object such as {{\"type\":\"full-mesh\"}}, found {Found(document.RootElement)}.";
        document.Dispose();
        document = null;
        return false;
    }

    /// <summary>The type comes first, wherever it stands, since the others' bounds depend on it; so do the names, of which each may be there once.</summary>
    private static bool TryType(JsonElement root, bool strict, out TopologyType type, out bool needsNewer, [NotNullWhen(false)] out string? why)
    {
        (type, needsNewer) = (default, false);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        JsonElement? found = null;
        foreach (var property in root.EnumerateObject())
        {
            if (!TryName(property, out var name)) return Fail("$: expected names in Unicode, found half of a surrogate pair.", out why);
            if (!seen.Add(name)) return Fail($"{Path(name)}: expected once, found twice.", out why);
            if (name == TopologyFields.Type) found = property.Value;
        }
        if (found is not { } value) return Fail($"$.type: expected {OneOf(TopologyFields.Types)}, found nothing.", out why);
        var index = TryText(value, out var text) ? Array.IndexOf(TopologyFields.Types, text) : -1;
        type = (TopologyType)index;
        why = null;
        if (index >= 0) return true;
        if (!strict && text is not null)
        {
            needsNewer = true;
            return Fail($"$.type: this version of Netflux knows {OneOf(TopologyFields.Types)}, found {Quote(text)}; a newer version may know it.", out why);
        }
        return Fail($"$.type: expected {OneOf(TopologyFields.Types)}, found {Found(value)}{(text is null ? "." : Hint(text, TopologyFields.Types))}", out why);
    }

    private static bool TryFields(JsonElement root, bool strict, ref Topology topology, out bool needsNewer, [NotNullWhen(false)] out string? why)
    {
        needsNewer = false;
        foreach (var property in root.EnumerateObject())
        {
            if (TryName(property, out var name) && !TryField(name, property.Value, strict, ref topology, out needsNewer, out why)) return false;
        }
        why = null;
        return true;
    }

    private static bool TryField(string name, JsonElement value, bool strict, ref Topology topology, out bool needsNewer, [NotNullWhen(false)] out string? why)
    {
        needsNewer = false;
        why = null;
        var types = TopologyFields.TypesWith(name);
        if (types.Count == 0) return !strict || Fail($"{Path(name)}: not a field of a topology{Hint(name, NamesFor(topology.Type))}", out why);
        // A later version may give a field to more types; to who joins it is one that is not known.
        if (!types.Contains(topology.Type)) return !strict || Fail($"{Path(name)}: only for {OneOf([.. types.Select(NameOf)])}.", out why);
        if (TopologyFields.Numbers.FirstOrDefault(f => f.Name == name) is { } number) return TryNumber(number, value, ref topology, out why);
        if (name == TopologyFields.Hub) return TryHub(value, ref topology, out why);
        if (name == TopologyFields.Grow) return TryGrow(value, strict, ref topology, out needsNewer, out why);
        if (name == TopologyFields.Critical) return TryCritical(value, topology.Type, strict, out needsNewer, out why);
        var word = TopologyFields.Words.First(f => f.Name == name);
        var index = TryText(value, out var text) ? Array.IndexOf(word.Words, text) : -1;
        if (index < 0) return Fail($"{Path(name)}: expected {OneOf(word.Words)}, found {Found(value)}{(text is null ? "." : Hint(text, word.Words))}", out why);
        topology = word.Set(topology, index);
        return true;
    }

    private static bool TryGrow(JsonElement value, bool strict, ref Topology topology, out bool needsNewer, [NotNullWhen(false)] out string? why)
    {
        why = null;
        var isKnown = TryText(value, out var text) && text == NameOf(TopologyType.Gossip);
        needsNewer = !isKnown && !strict && text is not null;
        if (!isKnown) return Fail($"$.grow: expected {OneOf([NameOf(TopologyType.Gossip)])}, found {Found(value)}{(needsNewer ? "; a newer version may know it." : ".")}", out why);
        topology = topology with { Grow = TopologyType.Gossip };
        return true;
    }

    private static bool TryGrowth(JsonElement root, bool strict, ref Topology topology, [NotNullWhen(false)] out string? why)
    {
        why = null;
        var isGiven = root.TryGetProperty(TopologyFields.GrowAt, out _);
        if (strict && isGiven && topology.Grow is null) return Fail("$.growAt: expected beside \"grow\", which says what the network becomes; found without it.", out why);
        if (topology.Grow is null || topology.GrowAt <= topology.MaxMembers) return true;
        if (strict && isGiven) return Fail(string.Create(CultureInfo.InvariantCulture, $"$.growAt: expected at most maxMembers ({topology.MaxMembers}), found {topology.GrowAt}."), out why);
        topology = topology with { GrowAt = topology.MaxMembers };
        return true;
    }

    private static bool TryNumber(TopologyNumber number, JsonElement value, ref Topology topology, [NotNullWhen(false)] out string? why)
    {
        why = null;
        var range = number.Of(topology.Type)!;
        // A number with a fraction or an exponent is none: other readers might round it elsewhere.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var n) || n < range.Min || n > range.Max)
            return Fail($"{Path(number.Name)}: expected a whole number from {range}, found {Found(value)}.", out why);
        topology = number.Set(topology, n);
        return true;
    }

    private static bool TryHub(JsonElement value, ref Topology topology, [NotNullWhen(false)] out string? why)
    {
        why = null;
        if (!TryText(value, out var text) || !PeerId.TryParse(text, out var hub)) return Fail($"$.hub: expected the id of a peer, 32 characters of a-z and 2-7, found {Found(value)}.", out why);
        topology = topology with { Hub = hub };
        return true;
    }

    private static bool TryCritical(JsonElement value, TopologyType type, bool strict, out bool needsNewer, [NotNullWhen(false)] out string? why)
    {
        needsNewer = false;
        why = null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > TopologyFields.CriticalMax)
            return Fail($"$.critical: expected an array of at most {TopologyFields.CriticalMax} names of fields, found {Found(value)}.", out why);
        var at = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in value.EnumerateArray())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"$.critical[{at++}]");
            if (!TryText(item, out var name)) return Fail($"{path}: expected the name of a field, found {Found(item)}.", out why);
            if (!seen.Add(name)) return Fail($"{path}: expected once, found {Quote(name)} twice.", out why);
            var types = TopologyFields.TypesWith(name);
            if (types.Contains(type)) continue;
            if (strict && types.Count > 0) return Fail($"{path}: {Quote(name)} is only for {OneOf([.. types.Select(NameOf)])}.", out why);
            if (strict) return Fail($"{path}: expected the name of a field, found {Quote(name)}{Hint(name, NamesFor(type))}", out why);
            needsNewer = true;
            return Fail($"{path}: the network requires that {Quote(name)} is understood, which this version of Netflux does not know; a newer version may.", out why);
        }
        return true;
    }

    private static string NameOf(TopologyType type) => TopologyFields.Types[(int)type];

    private static IReadOnlyList<string> NamesFor(TopologyType type) => [.. TopologyFields.Names.Where(name => TopologyFields.TypesWith(name).Contains(type))];

    // ---- Words for people ----

    private static bool Fail(string reason, out string why)
    {
        why = reason;
        return false;
    }

    private static string Path(string name) => IsPlainName(name) ? "$." + Shorten(name) : $"$[{Quote(name)}]";

    private static bool IsPlainName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    // Hostile text ends up in logs and terminals: escaped, and cut at 40 characters.
    private static string Quote(string text) => JsonSerializer.Serialize(Shorten(text), TopologyJson.Default.String);

    private static string Shorten(string text)
    {
        if (text.Length <= 40) return text;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[39]) ? 39 : 40), "…");
    }

    private static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => TryText(value, out var text) ? Quote(text) : "text that is not Unicode",
        _ => Shorten(value.GetRawText()),
    };

    private static string OneOf(string[] words)
    {
        var last = $"\"{words[^1]}\"";
        return words.Length == 1 ? last : $"{string.Join(", ", words.Take(words.Length - 1).Select(w => $"\"{w}\""))} or {last}";
    }

    private static string Hint(string text, IReadOnlyList<string> known)
    {
        var nearest = known.MinBy(k => Distance(text, k))!;
        return Distance(text, nearest) <= Math.Max(2, nearest.Length / 2) ? $"; did you mean \"{nearest}\"?" : $"; known are {string.Join(", ", known)}.";
    }

    /// <summary>Levenshtein's distance without regard to case, over at most the first 40 characters.</summary>
    private static int Distance(string left, string right)
    {
        var (a, b) = (Shorten(left).ToUpperInvariant(), right.ToUpperInvariant());
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    // ---- System.Text.Json throws on an escaped half of a surrogate pair, and has no form that does not ----

    private static bool TryName(JsonProperty property, [NotNullWhen(true)] out string? name)
    {
        try
        {
            name = property.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            name = null;
            return false;
        }
    }

    private static bool TryText(JsonElement value, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (value.ValueKind != JsonValueKind.String) return false;
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>For writing one string without reflection.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class TopologyJson : System.Text.Json.Serialization.JsonSerializerContext;
