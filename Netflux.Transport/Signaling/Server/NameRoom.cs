using Netflux.Core;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Signaling;

namespace Netflux.Transport.Signaling.Server;

/// <summary>A name: the first registration wins, others receive its genesis, and who means another network is told so.</summary>
internal sealed class NameRoom(string name) : IRoom
{
    private Genesis? _genesis;

    public bool IsOver => _genesis is null;

    public Instant? NextDeadline => null; // the network tells when it is forgotten

    public void Handle(RoomMessage message, IRoomOutlet outlet)
    {
        switch (message)
        {
            case EnterDoor enter: HandleEnter(enter, outlet); break;
            case ReleaseName release when release.Network == _genesis?.Network: _genesis = null; break;
            case ReleaseName: break;
            default: throw new ArgumentOutOfRangeException(nameof(message), message, null);
        }
    }

    public void HandleDeadline(IRoomOutlet outlet)
    {
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
        outlet.Tell(RoomId.Of(_genesis!.Network), enter with { Known = _genesis });
    }
}
