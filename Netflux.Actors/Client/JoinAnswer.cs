namespace Netflux.Client;

/// <summary>How a handler answers a join request.</summary>
public sealed record JoinAnswer
{
    private JoinAnswer(bool accepts, string why) => (Accepts, Why) = (accepts, why);

    /// <summary>This process joins the network through the peer that invited it.</summary>
    public static JoinAnswer Accept { get; } = new(true, "");

    /// <summary>No, with a text for the one who invited.</summary>
    public static JoinAnswer Decline(string why) => new(false, why);

    /// <summary>Whether this is <see cref="Accept"/>.</summary>
    public bool Accepts { get; }

    /// <summary>Why not; empty for <see cref="Accept"/>.</summary>
    public string Why { get; }
}
