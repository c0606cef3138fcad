using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.FullMesh;

/// <summary>The members that we remember, and those that left. Both are bounded; both are in the order of ids, so that every run of a seed is the same.</summary>
internal sealed class MemberBook(FullMeshOptions options, int places)
{
    private readonly record struct Tombstone(Incarnation Incarnation, uint Version, Instant Until);

    private readonly SortedDictionary<PeerId, MeshMember> _members = [];
    private readonly SortedDictionary<PeerId, Tombstone> _left = [];
    private readonly Dictionary<UInt128, MemberRecord> _records = [];

    public IEnumerable<MeshMember> All => _members.Values;

    /// <summary>A copy, for loops that change the book.</summary>
    public List<MeshMember> Snapshot => [.. _members.Values];

    public IEnumerable<(MeshMember Member, MemberLink.Up Link)> Neighbours
    {
        get
        {
            foreach (var member in _members.Values)
                if (member.Link is MemberLink.Up up) yield return (member, up);
        }
    }

    public bool TryFind(PeerId id, [NotNullWhen(true)] out MeshMember? member) => _members.TryGetValue(id, out member);

    /// <summary>
    /// Takes a member into the book. Where it is full, whoever is neither linked nor being connected and would be forgotten first makes room; an unlinked one that a neighbour
    /// vouches for only yields to somebody who came to us in person (<paramref name="inPerson"/>).
    /// </summary>
    public bool TryAdd(MeshMember member, bool inPerson)
    {
        if (_members.Count >= places * options.RememberedPerPlace)
        {
            var victim = _members.Values.Where(other => other.Link is MemberLink.Unlinked && (inPerson || !IsVouchedFor(other.Id))).MinBy(other => other.ForgetAt);
            if (victim is null && inPerson) victim = _members.Values.Where(other => !other.IsUp).MinBy(other => other.ForgetAt);
            if (victim is null) return false;
            Remove(victim.Id);
        }
        _members.Add(member.Id, member);
        return true;
    }

    public void Remove(PeerId id)
    {
        if (!_members.Remove(id, out var member)) return;
        if (member.Record is { } record) _records.Remove(HashOf(record.Record.Span));
        foreach (var (_, link) in Neighbours) link.Talk.Vouches.Remove(id);
    }

    public void SetRecord(MeshMember member, MemberRecord record)
    {
        if (member.Record is { } old) _records.Remove(HashOf(old.Record.Span));
        member.Record = record;
        member.Incarnation = record.Incarnation;
        _records[HashOf(record.Record.Span)] = record;
    }

    /// <summary>Whether exactly these bytes are a record that was verified before.</summary>
    public bool TryFindRecord(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MemberRecord? record) => _records.TryGetValue(HashOf(bytes), out record);

    /// <summary>128 bits of SHA-256: whoever finds two records with the same has only made two of its own.</summary>
    private static UInt128 HashOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Whether a neighbour says that it is linked with this member.</summary>
    public bool IsVouchedFor(PeerId id)
    {
        foreach (var (_, link) in Neighbours)
            if (link.Talk.Vouches.ContainsKey(id)) return true;
        return false;
    }

    /// <summary>How many other members there are, as far as we and our neighbours know.</summary>
    public int CountOthers() => _members.Values.Count(member => member.IsUp || IsVouchedFor(member.Id));

    // ---- Members that left ----

    /// <summary>From now on others' lists do not bring this run of the member back.</summary>
    public void Bury(MeshMember member, Instant now)
    {
        Remove(member.Id);
        if (_left.Count >= places * options.RememberedPerPlace)
            _left.Remove(_left.MinBy(grave => grave.Value.Until).Key);
        _left[member.Id] = new(member.Incarnation, member.Record?.Version ?? 0, now + options.TombstoneTime);
    }

    /// <summary>The member itself came back.</summary>
    public void Unbury(PeerId id) => _left.Remove(id);

    public bool HasLeft(PeerId id, Incarnation incarnation, uint version, Instant now) =>
        _left.TryGetValue(id, out var grave) && grave.Until > now && (incarnation, version).CompareTo((grave.Incarnation, grave.Version)) <= 0;

    /// <summary>Drops graves and words of neighbours that are too old.</summary>
    public void Sweep(Instant now)
    {
        foreach (var id in _left.Where(grave => grave.Value.Until <= now).Select(grave => grave.Key).ToArray()) _left.Remove(id);
        foreach (var (_, link) in Neighbours)
            foreach (var id in link.Talk.Vouches.Where(vouch => vouch.Value <= now).Select(vouch => vouch.Key).ToArray())
                link.Talk.Vouches.Remove(id);
    }

    // ---- The view ----

    /// <summary>SHA-256 over (id, incarnation, version) of ourselves and our neighbours, in the order of ids. Two members with the same view have the same digest.</summary>
    public byte[] DigestView(MemberRecord self)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> entry = stackalloc byte[PeerId.Length + 12];
        foreach (var record in Neighbours.Select(neighbour => neighbour.Member.Record!).Append(self).OrderBy(record => record.Id))
        {
            record.Id.Write(entry);
            BinaryPrimitives.WriteUInt64BigEndian(entry[PeerId.Length..], record.Incarnation.Value);
            BinaryPrimitives.WriteUInt32BigEndian(entry[(PeerId.Length + 8)..], record.Version);
            hash.AppendData(entry);
        }
        return hash.GetHashAndReset();
    }
}
