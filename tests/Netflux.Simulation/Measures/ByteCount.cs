namespace Netflux.Simulation.Measures;

/// <summary>What the cores say to each other, and what it comes to on links: records, and the bytes in them.</summary>
internal sealed class ByteCount : IWatcher
{
    public long Messages { get; private set; }
    public long Records { get; private set; }
    public long Bytes { get; private set; }

    public void HandleMessage(int from, SimulatedNode to, object message) => Messages++;

    public void HandleRecord(int from, int to, int bytes)
    {
        Records++;
        Bytes += bytes;
    }
}
