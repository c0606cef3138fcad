using System.Collections.Concurrent;
using System.Text;
using Netflux.Core;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.PeerConnections;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>
/// Which connection a datagram is for (DESIGN §9). A STUN request names it by our user fragment, a STUN response by the transaction that it answers, and all else
/// by the socket and the remote address, which one connection holds at most (<see cref="HoldRight"/>).
/// </summary>
/// <remarks>Looked into by every receiving thread at once, without a lock and without allocation.</remarks>
internal sealed class RouteTable<TConnection> where TConnection : class
{
    /// <summary>
    /// How long an answer to a STUN request is waited for. Source: RFC 8489 §6.2.1, with its default values the last answer is given up after 39.5 s.
    /// </summary>
    private static readonly TimeSpan s_transactionLifetime = TimeSpan.FromSeconds(40);

    /// <summary>
    /// Transactions remembered; the oldest are forgotten first. Source: arithmetic, 4,096 connections with 16 checks each on the way, 64 bytes each make 4 MiB.
    /// </summary>
    private const int TransactionsMax = 65_536;

    /// <summary>Addresses that one connection may hold; further ones are refused. Source: arithmetic, twice the candidates that a browser with several interfaces tells.</summary>
    private const int AddressesPerConnectionMax = 64;

    private const int FragmentBytesMax = 256; // RFC 8839 §5.4

    private readonly ConcurrentDictionary<string, TConnection> _fragments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Key, Claim> _addresses = new();
    private readonly ConcurrentDictionary<StunTransactionId, TConnection> _transactions = new();
    private readonly Dictionary<TConnection, List<Key>> _held = [];
    private readonly Queue<(Instant Until, StunTransactionId Id)> _transactionsByAge = new();
    private readonly Lock _gate = new();

    private readonly record struct Key(int Socket, TransportAddress Address);

    private sealed record Claim(TConnection Holder, bool IsReserved);

    public int Transactions => _transactions.Count;

    /// <summary>Whom a message is for, as <see cref="DatagramSplitter"/> takes datagrams apart. Null for nobody.</summary>
    public TConnection? Find(int socket, in TransportAddress from, DatagramKind kind, ReadOnlySpan<byte> message)
    {
        if (kind != DatagramKind.Stun) return FindByAddress(socket, from);
        if (!StunMessage.TryParse(message, out var stun)) return null;
        switch (stun.Class)
        {
            case StunClass.Request:
                return IceRouting.TryReadUfrag(stun, out var fragment) ? FindByFragment(fragment) : null;
            case StunClass.Indication:
                return FindByAddress(socket, from); // Data of TURN; keepalives need no answer
            default:
                return FindByTransaction(stun.Id);
        }
    }

    /// <summary>A user fragment of ours names this connection. False where another has it.</summary>
    public bool TryAddFragment(string fragment, TConnection connection) => _fragments.GetOrAdd(fragment, connection) == connection;

    public void RemoveFragment(string fragment, TConnection connection) => _fragments.TryRemove(new(fragment, connection));

    public TConnection? FindByFragment(ReadOnlySpan<byte> fragment)
    {
        if (fragment.Length > FragmentBytesMax || !Ascii.IsValid(fragment)) return null;
        Span<char> characters = stackalloc char[fragment.Length];
        Encoding.ASCII.GetChars(fragment, characters);
        return _fragments.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(characters, out var connection) ? connection : null;
    }

    public TConnection? FindByAddress(int socket, in TransportAddress from) => _addresses.TryGetValue(new(socket, from), out var claim) ? claim.Holder : null;

    /// <summary>Holds the address for this connection, unless another holds it with a right that is not less. Says who lost it.</summary>
    public bool TryClaim(int socket, in TransportAddress address, TConnection connection, HoldRight right, out TConnection? loser)
    {
        var isReserved = right == HoldRight.Reserve;
        var key = new Key(socket, address);
        loser = null;
        lock (_gate)
        {
            if (!_held.TryGetValue(connection, out var held)) _held.Add(connection, held = []);
            if (_addresses.TryGetValue(key, out var claim))
            {
                if (claim.Holder == connection)
                {
                    if (claim.IsReserved && !isReserved) _addresses[key] = claim with { IsReserved = false };
                    return true;
                }
                if (isReserved || !claim.IsReserved && right != HoldRight.Take) return false;
                if (held.Count >= AddressesPerConnectionMax) return false;
                loser = claim.Holder;
                _held[loser].Remove(key);
            }
            else if (held.Count >= AddressesPerConnectionMax)
            {
                return false;
            }
            held.Add(key);
            _addresses[key] = new(connection, isReserved);
            return true;
        }
    }

    public void Release(int socket, in TransportAddress address, TConnection connection)
    {
        var key = new Key(socket, address);
        lock (_gate)
        {
            if (_held.TryGetValue(connection, out var held) && held.Remove(key)) _addresses.TryRemove(key, out _);
        }
    }

    public void AddTransaction(StunTransactionId id, TConnection connection, Instant now)
    {
        lock (_gate)
        {
            while (_transactionsByAge.TryPeek(out var oldest) && (oldest.Until <= now || _transactionsByAge.Count >= TransactionsMax))
            {
                _transactionsByAge.Dequeue();
                _transactions.TryRemove(oldest.Id, out _);
            }
            if (_transactions.TryAdd(id, connection)) _transactionsByAge.Enqueue((now + s_transactionLifetime, id));
        }
    }

    public TConnection? FindByTransaction(StunTransactionId id) => _transactions.TryGetValue(id, out var connection) ? connection : null;

    /// <summary>The connection has ended: nothing leads to it any more. Its transactions run out by themselves; a connection that has ended ignores what comes.</summary>
    public void Remove(TConnection connection, IEnumerable<string> fragments)
    {
        foreach (var fragment in fragments) RemoveFragment(fragment, connection);
        lock (_gate)
        {
            if (!_held.Remove(connection, out var held)) return;
            foreach (var key in held) _addresses.TryRemove(key, out _);
        }
    }
}
