using System.Buffers;

namespace Netflux.Transport.WebRtc.Sctp.Receive;

/// <summary>A message whose beginning has arrived, growing at its end.</summary>
internal struct OpenMessage
{
    private byte[]? _pooled;
    private int _length;

    public PayloadProtocolId Ppid { get; private set; }

    public readonly bool IsOpen => _pooled is not null;

    /// <param name="expected">How long it may become: what the one before it was.</param>
    public void Begin(ReceiveBuffer buffer, PayloadProtocolId ppid, ReadOnlySpan<byte> payload, int expected)
    {
        _pooled = ArrayPool<byte>.Shared.Rent(Math.Max(expected, payload.Length));
        payload.CopyTo(_pooled);
        _length = payload.Length;
        Ppid = ppid;
        buffer.Charge(payload.Length);
    }

    public void Append(ReceiveBuffer buffer, ReadOnlySpan<byte> payload)
    {
        var length = _length + payload.Length;
        if (length > _pooled!.Length) _pooled = ReceiveBuffer.Enlarge(_pooled, _length, Math.Max(length, _pooled.Length * 2));
        payload.CopyTo(_pooled.AsSpan(_length));
        _length = length;
        buffer.ChargeMore(payload.Length);
    }

    public readonly bool HasRoomFor(int bytes, int lengthMax) => bytes <= lengthMax - _length;

    public SctpMessage End(StreamId stream)
    {
        var message = new SctpMessage(stream, Ppid, _pooled!, _length);
        _pooled = null;
        return message;
    }

    public void Drop(ReceiveBuffer buffer)
    {
        if (_pooled is null) return;
        buffer.Drop(_pooled, _length);
        _pooled = null;
    }
}
