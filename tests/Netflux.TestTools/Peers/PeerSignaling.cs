namespace Netflux.TestTools.Peers;

/// <summary>Carries descriptions and candidates between two peer programs, for all connections between them.</summary>
public static class PeerSignaling
{
    public static void Join(PeerProgram one, PeerProgram other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        one.SignalHappened = signal => Carry(signal, other);
        other.SignalHappened = signal => Carry(signal, one);
    }

    /// <summary>One connection from one to the other: offered, answered, and its first channel open at both. Milliseconds that the offerer waited.</summary>
    public static async Task<double> ConnectAsync(PeerProgram offerer, PeerProgram answerer, string id)
    {
        ArgumentNullException.ThrowIfNull(offerer);
        ArgumentNullException.ThrowIfNull(answerer);
        var opened = answerer.WaitAsync("opened", id);
        var open = await offerer.AskAsync(new { t = "connect", id }, "open", id);
        await opened;
        return open.Number("ms");
    }

    /// <summary>Hands a description or a candidate of one program to another.</summary>
    public static void Carry(PeerEvent signal, PeerProgram to)
    {
        ArgumentNullException.ThrowIfNull(signal);
        ArgumentNullException.ThrowIfNull(to);
        if (signal.Kind == "desc") to.Tell(new { t = "desc", id = signal.Id, type = signal.Text("type"), sdp = signal.Text("sdp") });
        else to.Tell(new { t = "cand", id = signal.Id, c = signal.Json.GetProperty("c") });
    }
}
