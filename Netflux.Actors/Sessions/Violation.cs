using Netflux.Links;

namespace Netflux.Sessions;

/// <summary>The other side broke a rule: the session is cut off with this code, and the text says which rule.</summary>
internal sealed record Violation(CloseCode Code, string Text)
{
    public static Violation Of(string text) => new(CloseCode.ProtocolViolated, text);
    public static Violation Flooding(string text) => new(CloseCode.Flooding, text);
}
