using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.FullMesh;

/// <summary>
/// How members learn of members. A whole list goes to each new neighbour, news of the new one to the others; now and then the digest of the view goes to one neighbour at random,
/// and where two digests differ, both sides send their lists. Only those with whom the sender is linked are listed: a list is also the sender's word that they are up.
/// </summary>
internal sealed class MemberExchange(Genesis genesis, FullMeshOptions options, MemberBook book, Queue<OverlayInstruction> outbox, IRandomSource random)
{
    private Instant? _digestAt;

    public Instant? NextDeadline => _digestAt;

    /// <summary>Said when there is a first neighbour.</summary>
    public void Begin(Instant now) => _digestAt ??= now + random.Jitter(options.AntiEntropyInterval, options.RetrySpread);

    // ---- Telling ----

    public void SendWhole(PeerId to, MemberRecord self) =>
        outbox.Enqueue(new SendControl(to, MemberControl.WriteList(
            book.Neighbours.Where(neighbour => neighbour.Member.Id != to).Select(neighbour => neighbour.Member.Record!.Record).Prepend(self.Record), whole: true)));

    /// <summary>Tells the other neighbours of a member; also those that told us of it, for now they know that we are linked with it and may carry for it.</summary>
    public void SendNews(MemberRecord news)
    {
        byte[]? body = null;
        foreach (var (member, _) in book.Neighbours)
        {
            if (member.Id == news.Id) continue;
            body ??= MemberControl.WriteList([news.Record], whole: false);
            outbox.Enqueue(new SendControl(member.Id, body));
        }
    }

    public void HandleDeadline(MemberRecord self, Instant now)
    {
        if (_digestAt is not { } due || due > now) return;
        _digestAt = now + random.Jitter(options.AntiEntropyInterval, options.RetrySpread);
        book.Sweep(now);
        var neighbours = book.Neighbours.ToList();
        if (neighbours.Count == 0) return;
        var (chosen, link) = neighbours[random.NextInt32(neighbours.Count)];
        link.Talk.DigestSent = true;
        outbox.Enqueue(new SendControl(chosen.Id, MemberControl.WriteDigest(book.DigestView(self))));
    }

    // ---- Hearing ----

    public void OnDigest(MeshMember from, NeighbourTalk talk, MemberControl.Digest digest, MemberRecord self, Instant now)
    {
        if (!digest.Hash.Span.SequenceEqual(book.DigestView(self)))
        {
            if (talk.ListsAnswered.TryTake(now)) SendWhole(from.Id, self);
            return;
        }
        // The same view is also its word for everybody in it.
        foreach (var (member, _) in book.Neighbours) Vouch(talk, member.Id, from.Id, now);
    }

    /// <summary>Takes what is new into the book; members that are new there are returned.</summary>
    public List<MeshMember> OnList(MeshMember from, NeighbourTalk talk, MemberControl.List list, MemberRecord self, Instant now, DateTimeOffset wallClock)
    {
        var added = new List<MeshMember>();
        if (list.Whole) talk.Vouches.Clear();
        // Twice the places: while several join at the limit, there are more for a moment.
        var readable = Math.Min(list.Records.Count, 2 * genesis.Topology.MaxMembers);
        talk.InvalidRecords += list.Records.Count - readable;
        for (var i = 0; i < readable; i++)
        {
            if (!TryRead(list.Records[i], talk, now, wallClock, out var record)) continue;
            if (record.Id == self.Id || book.HasLeft(record.Id, record.Incarnation, record.Version, now)) continue;
            if (Take(record, now) is { } fresh) added.Add(fresh);
            Vouch(talk, record.Id, from.Id, now);
        }
        if (list.Whole && talk.DigestSent)
        {
            talk.DigestSent = false;
            SendWhole(from.Id, self);
        }
        return added;
    }

    private bool TryRead(ReadOnlyMemory<byte> bytes, NeighbourTalk talk, Instant now, DateTimeOffset wallClock, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MemberRecord? record)
    {
        record = null;
        if (bytes.Length > options.RecordBytesMax)
        {
            talk.InvalidRecords++;
            return false;
        }
        // Most records of a list are known to the byte; those are not verified again.
        if (book.TryFindRecord(bytes.Span, out record)) return true;
        if (!talk.Verifications.TryTake(now)) return false;
        if (MemberRecord.TryParse(bytes, genesis, wallClock, out record, out _)) return true;
        talk.InvalidRecords++;
        return false;
    }

    /// <summary>Returns the member where it was not in the book before.</summary>
    private MeshMember? Take(MemberRecord record, Instant now)
    {
        if (book.TryFind(record.Id, out var member))
        {
            // While it is up, a newer run is for its session to notice.
            if (member.IsUp && record.Incarnation != member.Incarnation) return null;
            if (member.Record is { } known && !record.IsNewerThan(known)) return null;
            var restarted = record.Incarnation > member.Incarnation;
            book.SetRecord(member, record);
            if (restarted && member.Link is MemberLink.Unlinked)
            {
                member.Link = new MemberLink.Unlinked(now, 0);
                member.OfflineRetriesLeft = null;
                member.ForgetAt = now + options.UnreachedMemory;
            }
            return null;
        }
        member = new MeshMember(record.Card, record.Incarnation, new MemberLink.Unlinked(now, 0), now + options.UnreachedMemory);
        if (!book.TryAdd(member, inPerson: false)) return null;
        book.SetRecord(member, record);
        return member;
    }

    private void Vouch(NeighbourTalk talk, PeerId member, PeerId neighbour, Instant now)
    {
        if (member == neighbour) return;
        if (talk.Vouches.Count >= 2 * genesis.Topology.MaxMembers && !talk.Vouches.ContainsKey(member)) return;
        talk.Vouches[member] = now + options.VouchTime;
    }
}
