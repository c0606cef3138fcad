using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Netflux.Transport.WebSockets;

/// <summary>
/// The memory that the listener's Kestrel reads sockets into, in blocks of the size of a record. Kestrel's own blocks have 4 KiB, so that a record of 65 KiB takes
/// seventeen reads of the socket; with these it takes one or two. A connection holds blocks only while bytes wait in it.
/// </summary>
internal sealed class LinkMemory : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockBytes = 64 << 10;
    private const int KeptMax = 64;         // guess: 4 MiB, the reads of some dozens of busy links; what is above goes to the garbage collector

    private readonly ConcurrentQueue<Block> _kept = new();

    public override int MaxBufferSize => BlockBytes;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        return _kept.TryDequeue(out var block) ? block.Rented() : new Block(this);
    }

    protected override void Dispose(bool disposing) => _kept.Clear();

    private void Return(Block block)
    {
        if (_kept.Count < KeptMax) _kept.Enqueue(block);
    }

    private sealed class Block(LinkMemory pool) : IMemoryOwner<byte>
    {
        private int _returned;

        // Pinned, as the kernel writes into it.
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public Block Rented()
        {
            _returned = 0;
            return this;
        }

        /// <summary>A second call changes nothing: a block that was kept twice would be given to two connections.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0) pool.Return(this);
        }
    }
}
