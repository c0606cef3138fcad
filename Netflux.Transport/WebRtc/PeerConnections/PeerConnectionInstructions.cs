using Netflux.Transport.WebRtc.Dcep;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>What a connection wants done, or told to its owner. Bytes for the network are asked for with <see cref="PeerConnection.TryTakeDatagram"/>, messages with <see cref="PeerConnection.TryReceive"/>.</summary>
internal abstract record PeerConnectionInstruction;

internal sealed record TellDescription(bool IsOffer, string Sdp) : PeerConnectionInstruction;

/// <param name="Candidate"><c>candidate:…</c>, or empty for the end of candidates.</param>
internal sealed record TellCandidate(string Candidate) : PeerConnectionInstruction;

internal sealed record TellState(PeerConnectionState State, string Why) : PeerConnectionInstruction;

internal sealed record TellChannelOpened(DataChannel Channel) : PeerConnectionInstruction;

internal sealed record TellBufferedAmountLow(DataChannel Channel) : PeerConnectionInstruction;

internal sealed record TellChannelClosed(DataChannel Channel) : PeerConnectionInstruction;

/// <summary>The addresses behind a name are wanted: a STUN or TURN server's, or a browser's <c>.local</c>. Answered by <see cref="PeerConnection.HandleNameResolved"/>.</summary>
internal sealed record ResolveName(string Name) : PeerConnectionInstruction;
