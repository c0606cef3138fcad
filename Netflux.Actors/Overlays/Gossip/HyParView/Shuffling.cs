using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>Keeps passive views fresh: random walks that exchange some of them (paper §4.4).</summary>
internal sealed class Shuffling(HyParViewOptions options, IRandomSource random, ActiveView active, PassiveView passive, Queue<HyParViewInstruction> outbox)
{
    private uint _number;
    private Queue<PeerId>? _offered; // of the SHUFFLE that is not answered yet

    public void Begin(Contact self)
    {
        if (active.Draw(self.Id, self.Id) is not { } target) return;
        var ofPassive = Sample(passive.Contacts, options.ShufflePassive, target.Id);
        Contact[] contacts = [self, .. Sample([.. active.Neighbors.Select(neighbor => neighbor.Contact)], options.ShuffleActive, target.Id), .. ofPassive];
        _offered = new Queue<PeerId>(ofPassive.Select(contact => contact.Id));
        outbox.Enqueue(new SendViewMessage(target.Id, new HyParViewMessage.Shuffle(++_number, options.ShuffleWalk, [], contacts)));
    }

    public void OnShuffle(PeerId self, PeerId from, HyParViewMessage.Shuffle shuffle)
    {
        if (shuffle.Path.Count >= options.ShuffleWalk) return;
        var origin = shuffle.Path.Count > 0 ? shuffle.Path[0] : from;
        var ttl = Math.Clamp(shuffle.Ttl, 1, options.ShuffleWalk) - 1;
        if (ttl > 0 && active.Draw(from, origin) is { } next)
        {
            outbox.Enqueue(new SendViewMessage(next.Id, shuffle with { Ttl = ttl, Path = [.. shuffle.Path, from] }));
            return;
        }
        if (origin == self) return;
        // "a number of nodes from its passive view equal to the number of nodes received" (§4.4).
        var given = Sample(passive.Contacts, Math.Min(shuffle.Contacts.Count, options.ContactsMax), origin);
        outbox.Enqueue(new SendViewMessage(from, new HyParViewMessage.ShuffleReply(shuffle.Number, shuffle.Path, given)));
        Integrate(self, shuffle.Contacts, new Queue<PeerId>(given.Select(contact => contact.Id)));
    }

    public void OnShuffleReply(PeerId self, HyParViewMessage.ShuffleReply reply)
    {
        if (reply.Path.Count > options.ShuffleWalk) return;
        if (reply.Path.Count > 0)
        {
            if (active.Find(reply.Path[^1]) is { } back) outbox.Enqueue(new SendViewMessage(back.Id, reply with { Path = [.. reply.Path.Take(reply.Path.Count - 1)] }));
            return;
        }
        if (_offered is null || reply.Number != _number) return;
        Integrate(self, reply.Contacts, _offered);
        _offered = null;
    }

    private void Integrate(PeerId self, IReadOnlyList<Contact> contacts, Queue<PeerId> giveAway)
    {
        foreach (var contact in contacts.Take(options.ContactsMax))
        {
            if (contact.Id == self) continue;
            if (active.Find(contact.Id) is not { } neighbor) passive.Add(contact, giveAway);
            else if (contact.Rank > neighbor.Contact.Rank) neighbor.Contact = contact;
        }
    }

    private List<Contact> Sample(IReadOnlyList<Contact> from, int count, PeerId but)
    {
        List<Contact> pool = [.. from.Where(contact => contact.Id != but)];
        for (var i = 0; i < pool.Count && i < count; i++)
        {
            var other = i + random.NextInt32(pool.Count - i);
            (pool[i], pool[other]) = (pool[other], pool[i]);
        }
        if (pool.Count > count) pool.RemoveRange(count, pool.Count - count);
        return pool;
    }
}
