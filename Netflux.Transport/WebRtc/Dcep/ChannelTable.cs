using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>The channels by their streams, and which numbers are free. Numbers of the DTLS client are even, those of the server odd (RFC 8832 §6), so that both may open at once.</summary>
internal sealed class ChannelTable(ushort highestId)
{
    private readonly Dictionary<StreamId, DataChannel> _channels = [];
    private readonly int[] _lowest = [0, 1]; // below these every number of that parity is taken

    public int Count => _channels.Count;

    public Dictionary<StreamId, DataChannel>.ValueCollection All => _channels.Values;

    public DataChannel? Find(StreamId id) => _channels.GetValueOrDefault(id);

    public bool TryAdd(StreamId id, DataChannel channel) => id.Value <= highestId && _channels.TryAdd(id, channel);

    /// <summary>Takes the lowest free number of one parity.</summary>
    public bool TryAddFree(bool even, DataChannel channel)
    {
        ref var lowest = ref _lowest[even ? 0 : 1];
        for (; lowest <= highestId; lowest += 2)
        {
            var id = new StreamId((ushort)lowest);
            if (!_channels.TryAdd(id, channel)) continue;
            channel.Id = id;
            return true;
        }
        return false;
    }

    public void Remove(StreamId id)
    {
        if (!_channels.Remove(id)) return;
        ref var lowest = ref _lowest[id.Value & 1];
        lowest = Math.Min(lowest, id.Value);
    }

    public void Clear()
    {
        _channels.Clear();
        (_lowest[0], _lowest[1]) = (0, 1);
    }
}
