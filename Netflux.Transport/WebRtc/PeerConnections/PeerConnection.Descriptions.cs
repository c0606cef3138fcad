using System.Diagnostics.CodeAnalysis;
using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Ice;
using Netflux.Transport.WebRtc.Sdp;

namespace Netflux.Transport.WebRtc.PeerConnections;

/// <summary>Offer and answer (RFC 8829), for the one section that there is.</summary>
internal sealed partial class PeerConnection
{
    private readonly List<TrickledCandidate> _earlyCandidates = [];
    private SessionDescription? _local;
    private SessionDescription? _remote;
    private IReadOnlyList<DtlsFingerprint> _fingerprints = [];
    private byte[] _binding = [];
    private bool _isOfferer; // of the first exchange
    private DtlsRole? _dtlsRole;
    private bool _awaitsAnswer;
    private bool _isDescribed; // our description was told: what is found from now on is trickled

    public ReadOnlyMemory<byte> Binding => _binding;

    /// <summary>The largest message that the other side takes.</summary>
    public int SentMessageBytesMax => _remote?.MessageBytesMaxTo(_options.SentMessageBytesMax) ?? _options.SentMessageBytesMax;

    /// <summary>Makes the first offer; further ones are <see cref="RestartIce"/>'s.</summary>
    public void Offer(Instant now)
    {
        if (_state == PeerConnectionState.Closed || _agent is not null) return;
        _isOfferer = true;
        StartIce(IceRole.Controlling, [], now);
        TellOffer();
    }

    /// <summary>RFC 8445 §9, RFC 8839 §4.4.1.1.1: an offer with new credentials. Who answers it restarts as well.</summary>
    public void RestartIce(Instant now)
    {
        if (_state == PeerConnectionState.Closed || _remote is null || _awaitsAnswer) return;
        _agent!.Handle(new RestartBegan(), now);
        DrainAgent(now);
        TellOffer();
    }

    /// <summary>
    /// What the other side described. False, with a sentence that says why, where it cannot be read or does not fit; the connection stays as it was.
    /// </summary>
    public bool TrySetRemoteDescription(bool isOffer, string sdp, Instant now, [NotNullWhen(false)] out string? why)
    {
        if (_state == PeerConnectionState.Closed)
        {
            why = "The connection is closed.";
        }
        else if (isOffer && _awaitsAnswer)
        {
            why = "An offer of our own waits for its answer.";
        }
        else if (!isOffer && !_awaitsAnswer)
        {
            why = "An answer came, but no offer of ours waits for one.";
        }
        else if (!SessionDescription.TryParse(isOffer ? DescriptionType.Offer : DescriptionType.Answer, sdp, out var description, out why))
        {
            why = $"The {(isOffer ? "offer" : "answer")} cannot be used: {why}.";
        }
        else
        {
            why = Refuse(description, out var credentials, out var fingerprints);
            if (why is null) Accept(description, credentials!, fingerprints, now);
        }
        return why is null;
    }

    /// <summary>A candidate that was trickled (RFC 8838). It may overtake the description that it belongs to.</summary>
    public bool TryAddRemoteCandidate(string candidate, Instant now)
    {
        if (!TrickledCandidate.TryParse(candidate, out var trickled, out _)) return false;
        if (_state == PeerConnectionState.Closed) return true;
        if (_agent is null)
        {
            if (_earlyCandidates.Count < _options.EarlyCandidatesMax) _earlyCandidates.Add(trickled);
            return true;
        }
        AddRemoteCandidate(trickled, now);
        DrainAgent(now);
        return true;
    }

    /// <summary>Why a description that can be read does not fit this connection; null where it does.</summary>
    private string? Refuse(SessionDescription description, out IceCredentials? credentials, out List<DtlsFingerprint> fingerprints)
    {
        fingerprints = [];
        foreach (var told in description.Fingerprints)
        {
            if (DtlsFingerprint.TryCreate(told.Hash, told.Value.Span, out var known)) fingerprints.Add(known);
        }
        if (!IceCredentials.TryCreate(description.IceUfrag, description.IcePwd, out credentials)) return "The ICE credentials have another length or alphabet than RFC 8839 allows.";
        if (fingerprints.Count == 0) return "The description has no fingerprint by SHA-256, SHA-384 or SHA-512.";
        // RFC 8842 §5.4: another fingerprint would be another DTLS association, and with it another SCTP association. Not done: no stack asks for it.
        if (_remote is not null && !fingerprints.SequenceEqual(_fingerprints)) return "The certificate's fingerprint has changed, and a connection keeps its certificate.";
        if (description.Type == DescriptionType.Answer && !_local!.Fits(description, out var why)) return $"The answer does not fit the offer: {why}.";
        return null;
    }

    private void Accept(SessionDescription description, IceCredentials credentials, List<DtlsFingerprint> fingerprints, Instant now)
    {
        var isFirst = _remote is null;
        var isOffer = description.Type == DescriptionType.Offer;
        (_remote, _fingerprints, _awaitsAnswer) = (description, fingerprints, false);
        // RFC 8445 §6.1.1: the offerer controls, unless the other side is lite and cannot.
        if (_agent is null) StartIce(description.IsIceLite ? IceRole.Controlling : IceRole.Controlled, description.Candidates, now);
        _agent!.Handle(new RemoteDescription(credentials, description.IsIceLite), now);
        foreach (var candidate in description.Candidates) AddRemoteCandidate(candidate, now);
        foreach (var candidate in _earlyCandidates) AddRemoteCandidate(candidate, now);
        _earlyCandidates.Clear();
        if (description.EndOfCandidates) _agent.Handle(new RemoteCandidatesEnded(), now);
        AddFragment();
        if (isOffer) TellAnswer(description);
        if (isFirst) StartLayers(description, now);
        DrainAgent(now);
        UpdateState("The descriptions are exchanged.");
        if (_route is not null) StartDtls(now);
        while (_dtls is { } dtls && _earlyRecords.TryDequeue(out var records)) OpenRecords(dtls, records, now);
    }

    /// <summary>Who is the DTLS client is known, and whose certificate is to be expected: the layers above ICE are made.</summary>
    private void StartLayers(SessionDescription remote, Instant now)
    {
        var (offer, answer) = _isOfferer ? (_local!, remote) : (remote, _local!);
        SetupRoles.TryNegotiate(offer.Setup, answer.Setup, out var offererIsClient);
        var role = offererIsClient == _isOfferer ? DtlsRole.Client : DtlsRole.Server;
        _dtlsRole = role;
        _dtls = new DtlsConnection(role, _fingerprints, _handshakes, _handshakeProgressed, _options.Dtls);
        if (_fingerprints.FirstOrDefault(one => one.Hash == DtlsHash.Sha256) is { } theirs)
        {
            var ours = _identity.Fingerprint;
            _binding = _isOfferer ? [.. ours.Value, .. theirs.Value] : [.. theirs.Value, .. ours.Value];
        }
        StartAssociation(role, remote.SctpPort, now);
    }

    private void TellOffer()
    {
        Describe(Draft());
        _awaitsAnswer = true;
    }

    private void TellAnswer(SessionDescription offer)
    {
        var answer = Draft().AsAnswerTo(offer);
        // RFC 8842 §5.5: the roles of an association that is there are kept, and a further offer leaves them open.
        if (_dtlsRole is { } role) answer = answer with { Setup = role == DtlsRole.Client ? SetupRole.Active : SetupRole.Passive };
        Describe(answer);
    }

    private SessionDescription Draft()
    {
        AddFragment();
        return new()
        {
            Type = DescriptionType.Offer,
            SessionId = _local?.SessionId ?? _random.NextUInt64() >> 2, // RFC 8829 §5.2.1: below 2⁶³
            SessionVersion = (_local?.SessionVersion ?? 0) + 1,
            IceUfrag = _agent!.LocalCredentials.Ufrag,
            IcePwd = _agent.LocalCredentials.Password,
            IsIce2 = true,
            Fingerprints = [new("sha-256", _identity.Fingerprint.Value.ToArray())],
            Setup = SetupRole.ActPass,
            SctpPort = _options.Sctp.LocalPort,
            MaxMessageBytes = _options.Sctp.ReceivedMessageBytesMax,
        };
    }

    private void Describe(SessionDescription description)
    {
        _local = description with
        {
            Candidates = [.. _agent!.LocalCandidates.Select(LineOf)],
            EndOfCandidates = !IsGathering,
        };
        _isDescribed = true;
        Emit(new TellDescription(_local.Type == DescriptionType.Offer, _local.ToString()));
    }
}
