using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Netflux.ChainPeer;

/// <summary>
/// Numbered messages, each with the hash of the one before: number (8 bytes), SHA-256 of the whole message before (32 bytes, zeros in the first), filling.
/// One that is lost, doubled, moved or changed breaks the chain.
/// </summary>
public sealed class MessageChain
{
    public const int BytesMin = 8 + SHA256.HashSizeInBytes;

    private readonly byte[] _last = new byte[SHA256.HashSizeInBytes];
    private long _number;

    /// <summary>The number of the last message.</summary>
    public long Number => Volatile.Read(ref _number);

    public byte[] Next(int bytes)
    {
        var message = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, BytesMin));
        BinaryPrimitives.WriteInt64BigEndian(message, _number + 1);
        _last.CopyTo(message, 8);
        message.AsSpan(BytesMin).Fill((byte)(_number + 1));
        SHA256.HashData(message, _last);
        Volatile.Write(ref _number, _number + 1);
        return message;
    }

    /// <summary>What is wrong with the next message; null where it continues the chain.</summary>
    public string? Verify(ReadOnlySpan<byte> message)
    {
        if (message.Length < BytesMin) return $"{message.Length} bytes after message {_number}";
        var number = BinaryPrimitives.ReadInt64BigEndian(message);
        if (number != _number + 1) return $"message {number} after message {_number}";
        if (!message[8..BytesMin].SequenceEqual(_last)) return $"message {number} does not follow what came as {_number}";
        if (message[BytesMin..].ContainsAnyExcept((byte)number)) return $"message {number} was changed";
        SHA256.HashData(message, _last);
        Volatile.Write(ref _number, number);
        return null;
    }
}
