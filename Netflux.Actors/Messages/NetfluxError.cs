namespace Netflux.Messages;

/// <summary>Why a request failed. The numbers also travel on the wire, so they never change.</summary>
public enum NetfluxError
{
    /// <summary>The topology JSON is not valid; the text names the JSON path, what was expected and the nearest known name.</summary>
    InvalidTopology = 1,
    /// <summary>An address or URL is not of the form that the request takes.</summary>
    InvalidAddress = 2,
    /// <summary>This process is not a member of the network.</summary>
    NotAMember = 3,
    /// <summary>This process is a member of the network already, or is joining it.</summary>
    AlreadyMember = 4,
    /// <summary>The peer is not connected, or not a member of the network.</summary>
    UnknownPeer = 5,
    /// <summary>The server keeps no network by this name or id, and the request did not say to create it.</summary>
    NetworkNotFound = 6,
    /// <summary>The server keeps another network under this name.</summary>
    NameTaken = 7,
    /// <summary>The network has as many members as its topology allows.</summary>
    NetworkFull = 8,
    /// <summary>The network's join policy does not let this peer in.</summary>
    NotAdmitted = 9,
    /// <summary>No connection to the server could be made.</summary>
    ServerUnreachable = 10,
    /// <summary>What answers at the address is not a Netflux signaling server.</summary>
    NotASignalingServer = 11,
    /// <summary>The server introduces peers but does not remember networks.</summary>
    TrackingNotSupported = 12,
    /// <summary>No version of the protocol is spoken by both sides.</summary>
    VersionNotSupported = 13,
    /// <summary>The server refused for a limit of rate, size or number; the text says which and when to try again.</summary>
    ServerBusy = 14,
    /// <summary>No link to the peer, or to any member of the network, could be made.</summary>
    PeerUnreachable = 15,
    /// <summary>The request's deadline passed. What finishes later is undone.</summary>
    TimedOut = 16,
    /// <summary>The request was withdrawn by <see cref="CancelRequest"/>.</summary>
    Cancelled = 17,
    /// <summary>No open request has this id.</summary>
    UnknownRequest = 18,
    /// <summary>The payload is above the network's limit.</summary>
    MessageTooLarge = 19,
    /// <summary>More was told than the send window allows; the message was not sent.</summary>
    SendWindowExceeded = 20,
    /// <summary>The peer cannot be disconnected while networks are shared with it.</summary>
    SharedNetworks = 21,
    /// <summary>Another running process uses the identity file.</summary>
    IdentityInUse = 22,
    /// <summary>The identity file is damaged, or others can read it. It was left as it was.</summary>
    IdentityInvalid = 23,
    /// <summary>Somebody else answers join requests in this process already.</summary>
    AnswererTaken = 24,
    /// <summary>A newer incarnation of this identity has taken its place; this one stays away.</summary>
    Replaced = 25,
    /// <summary>An exception inside Netflux ended the network or the peer; it is in the log. Please report it.</summary>
    Faulted = 26,
    /// <summary>Netflux is shutting down.</summary>
    Stopping = 27,
    /// <summary>An option is out of its range; the text names the setting.</summary>
    InvalidOptions = 28,
    /// <summary>More is open at once (networks, requests, subscriptions) than the options allow.</summary>
    TooMany = 29,
    /// <summary>The topology fixes who is the hub of the star, and that peer cannot be reached; nobody takes its place. The text names it.</summary>
    HubUnreachable = 30,
    /// <summary>The server asks for an access token: this process has none for it, or it does not take the one that it was shown.</summary>
    AccessDenied = 31,
    /// <summary>The ticket is none, or not for this peer, this network or this server, or its issuer may not let anybody in; the text says which.</summary>
    TicketInvalid = 32,
    /// <summary>The ticket's time is over; the text has its end and the server's clock.</summary>
    TicketExpired = 33,
    /// <summary>The ticket has let in as many peers as it may.</summary>
    TicketUsedUp = 34,
    /// <summary>The wish to join waits at the tracking server until a member decides. The same request later learns what came of it.</summary>
    ApprovalAwaited = 35,
    /// <summary>A member declined the wish to join; the text is the member's, where it gave one.</summary>
    ApprovalDeclined = 36,
}
