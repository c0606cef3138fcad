using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>A name: the first registration wins, others receive its genesis, and who means another network is told so.</summary>
internal sealed class NameRoom(string name) : IRoom
{
    private Genesis? _genesis;
    private bool _isStored;

    public bool IsOver => _genesis is null || _isStored;

    public Instant? NextDeadline => null; // the network tells when it is forgotten

    public void Handle(RoomMessage message, IRoomOutlet outlet)
    {
        switch (message)
        {
            case EnterDoor enter: HandleEnter(enter, outlet); break;
            case ReleaseName release when release.Network == _genesis?.Network: Release(outlet); break;
            case ReleaseName: break;
            case KeepName keep when _genesis is null || _genesis.Network == keep.Genesis.Network: Keep(keep.Genesis, outlet); break;
            case KeepName or NodeGone: break;
            default: throw new ArgumentOutOfRangeException(nameof(message), message, null);
        }
    }

    public void HandleDeadline(IRoomOutlet outlet)
    {
    }

    public void Recover(RoomEvent happened)
    {
        switch (happened)
        {
            case NameTaken taken: (_genesis, _isStored) = (RoomEvents.Read(taken.Genesis), true); break;
            case NameReleased: (_genesis, _isStored) = (null, false); break;
        }
    }

    public IEnumerable<RoomEvent> Compact() => _isStored ? [new NameTaken(_genesis!.Record)] : [];

    private void Keep(Genesis genesis, IRoomOutlet outlet)
    {
        if (_isStored) return;
        (_genesis, _isStored) = (genesis, true);
        outlet.Store(new NameTaken(genesis.Record));
    }

    private void Release(IRoomOutlet outlet)
    {
        if (_isStored) outlet.Store(new NameReleased());
        (_genesis, _isStored) = (null, false);
    }

    private void HandleEnter(EnterDoor enter, IRoomOutlet outlet)
    {
        switch (_genesis, enter.Offered, enter.Mode)
        {
            case (null, null, _):
                outlet.Reply(enter.Who.Connection, new RoomRefused(enter.Request, NetfluxError.NetworkNotFound, $"No network is called '{name}' here. Create it, or ask for the right name."));
                return;
            // To join with a genesis says which network is meant: after a restart of this server its members register it again.
            case (not null, { } offered, DoorMode.Create or DoorMode.Join) when offered.Network != _genesis.Network:
                outlet.Reply(enter.Who.Connection, new RoomRefused(enter.Request, NetfluxError.NameTaken, $"Another network is called '{name}' here. Take another name."));
                return;
            case (null, { } offered, _):
                _genesis = offered;
                break;
        }
        if (enter.Track) Keep(_genesis!, outlet);
        // A name that is remembered stands for a network that is, also where the server died between the two.
        outlet.Tell(RoomId.Of(_genesis!.Network), enter with { Known = _genesis, Track = _isStored });
    }
}
