using Netflux.Core;
using Netflux.Identity;

namespace Netflux.Overlays.Gossip.HyParView;

/// <summary>Members that are known without a link to them (paper §4.1). What does not fit takes a random one's place.</summary>
internal sealed class PassiveView(int capacity, IRandomSource random)
{
    private readonly List<Contact> _contacts = [];

    public IReadOnlyList<Contact> Contacts => _contacts;

    /// <summary>Changes whenever somebody new comes in.</summary>
    public int Version { get; private set; }

    public bool Contains(PeerId id) => IndexOf(id) >= 0;

    /// <summary>A member that is known already keeps its place, with the newer contact.</summary>
    /// <param name="giveAway">Whom to forget first where the view is full: those that the other side was just told of (§4.4).</param>
    public void Add(Contact contact, Queue<PeerId>? giveAway = null)
    {
        var at = IndexOf(contact.Id);
        if (at >= 0)
        {
            if (contact.Rank > _contacts[at].Rank) _contacts[at] = contact;
            return;
        }
        if (_contacts.Count >= capacity) MakeRoom(giveAway);
        if (_contacts.Count >= capacity) return;
        _contacts.Add(contact);
        Version++;
    }

    public void Remove(PeerId id)
    {
        var at = IndexOf(id);
        if (at >= 0) RemoveAt(at);
    }

    public int IndexOf(PeerId id)
    {
        for (var i = 0; i < _contacts.Count; i++)
        {
            if (_contacts[i].Id == id) return i;
        }
        return -1;
    }

    private void MakeRoom(Queue<PeerId>? giveAway)
    {
        while (giveAway is not null && giveAway.TryDequeue(out var id))
        {
            var at = IndexOf(id);
            if (at < 0) continue;
            RemoveAt(at);
            return;
        }
        if (_contacts.Count > 0) RemoveAt(random.NextInt32(_contacts.Count));
    }

    private void RemoveAt(int index)
    {
        _contacts[index] = _contacts[^1];
        _contacts.RemoveAt(_contacts.Count - 1);
    }
}
