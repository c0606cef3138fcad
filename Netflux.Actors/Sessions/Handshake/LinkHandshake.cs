using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Wire;

namespace Netflux.Sessions.Handshake;

/// <summary>
/// Hello and Proof, DESIGN §5 (the SIGMA pattern): each side proves its key over what both said and over what names the connection: the authority that was dialled, or both ends' certificates.
/// So neither a server nor a relay can stand in between.
/// <code>
/// dialler            listener
///   Hello  ──────────→
///          ←────────── Hello
///          ←────────── Proof
///   Proof  ──────────→        both: proven, records follow
/// </code>
/// </summary>
internal sealed class LinkHandshake(LinkRole role, HandshakeContext context, ProofHistory proofs) : IProtocolCore<HandshakeFact, HandshakeInstruction>
{
    private readonly Queue<HandshakeInstruction> _instructions = new();
    private State _state = new NotStarted();

    /// <summary>How far the handshake is.</summary>
    private abstract record State;

    private sealed record NotStarted : State;

    private sealed record HelloAwaited(OwnHello? Own, Instant Deadline) : State;

    private sealed record ProofAwaited(HelloMessage Remote, LinkTranscript Transcript, byte[] Secret, Instant Deadline) : State;

    private sealed record Over : State;

    private sealed record OwnHello(byte[] Bytes, IEphemeralKey Ephemeral);

    public Instant? NextDeadline => _state switch
    {
        HelloAwaited awaited => awaited.Deadline,
        ProofAwaited awaited => awaited.Deadline,
        _ => null,
    };

    public bool TryTake([NotNullWhen(true)] out HandshakeInstruction? instruction) => _instructions.TryDequeue(out instruction);

    public void Handle(HandshakeFact fact, Instant now)
    {
        switch (_state, fact)
        {
            case (NotStarted, HandshakeStarted):
                var own = role == LinkRole.Dialler ? CreateHello(context.AuthorityDialled ?? "") : null;
                if (own is not null) _instructions.Enqueue(new SendHandshake(own.Bytes));
                _state = new HelloAwaited(own, now + context.Options.Timeout);
                break;
            case (HelloAwaited awaited, HandshakeMessageReceived received):
                OnMessage(received.Message.Span, FrameKind.Hello, message => OnHello(message, awaited));
                break;
            case (ProofAwaited awaited, HandshakeMessageReceived received):
                OnMessage(received.Message.Span, FrameKind.Proof, message => OnProof(message, awaited));
                break;
        }
    }

    public void HandleDeadline(Instant now)
    {
        if (NextDeadline is { } deadline && now >= deadline) Fail(CloseCode.HandshakeTimeout, "The handshake took too long.");
    }

    private delegate void MessageHandler(ReadOnlySpan<byte> message);

    private void OnMessage(ReadOnlySpan<byte> message, FrameKind due, MessageHandler handle)
    {
        if (CloseMessage.TryParse(message, out var close)) Fail(close.Code, close.Text, tellOther: false, close.SeenIncarnation);
        else if (message.Length == 0 || message[0] != (byte)due) Fail(CloseCode.HandshakeExpected, $"{due} was due.");
        else handle(message);
    }

    private void OnHello(ReadOnlySpan<byte> message, HelloAwaited awaited)
    {
        if (!HelloMessage.TryParse(message, out var remote))
        {
            Fail(CloseCode.HelloInvalid, "The Hello cannot be read.");
            return;
        }
        if (Refuse(remote) is { } refusal)
        {
            Fail(refusal.Code, refusal.Text);
            return;
        }
        // The listener has waited until now: nothing is computed for those who do not even say Hello.
        var own = awaited.Own ?? CreateHello("");
        var secret = new byte[32];
        using (own.Ephemeral)
        {
            if (!own.Ephemeral.TryAgree(remote.EphemeralPoint.Span, secret))
            {
                Fail(CloseCode.HelloInvalid, "The ephemeral key is not a point of the curve.");
                return;
            }
        }
        var transcript = role == LinkRole.Dialler
            ? new LinkTranscript(own.Bytes, message, Binding(context.AuthorityDialled ?? ""))
            : new LinkTranscript(message, own.Bytes, Binding(remote.Authority));
        _state = new ProofAwaited(remote, transcript, secret, awaited.Deadline);
        if (role == LinkRole.Dialler) return;
        _instructions.Enqueue(new SendHandshake(own.Bytes));
        SendProof(transcript);
    }

    private (CloseCode Code, string Text)? Refuse(HelloMessage remote)
    {
        var options = context.Options;
        if (Math.Min(remote.VersionMax, options.VersionMax) < Math.Max(remote.VersionMin, options.VersionMin))
            return (CloseCode.VersionNotSupported, $"Version {options.VersionMin} to {options.VersionMax} is spoken here.");
        if (remote.Card.Id == context.Keys.Id) return (CloseCode.Self, "A peer does not link to itself.");
        if (context.Expected is { } expected && remote.Card.Id != expected) return (CloseCode.WrongPeer, "Another peer was expected.");
        if (role == LinkRole.Listener && !IsOurs(remote.Authority)) return (CloseCode.AuthorityMismatch, "The authority that was dialled is not ours.");
        if (proofs.Contains(remote.Nonce.Span)) return (CloseCode.ProofReplayed, "The nonce was used before.");
        return null;
    }

    private ReadOnlySpan<byte> Binding(string authority) => context.Binding is { } binding ? binding.Span : LinkTranscript.BindingOf(authority);

    private bool IsOurs(string authority) => context.OwnsAuthority is { } owns ? owns(authority) : authority.Length == 0;

    private void OnProof(ReadOnlySpan<byte> message, ProofAwaited awaited)
    {
        if (!ProofMessage.TryParse(message, out var signature))
        {
            Fail(CloseCode.ProofInvalid, "The Proof cannot be read.");
            return;
        }
        if (proofs.Contains(signature.Span))
        {
            Fail(CloseCode.ProofReplayed, "The proof was used before.");
            return;
        }
        var otherRole = role == LinkRole.Dialler ? LinkRole.Listener : LinkRole.Dialler;
        if (!SignedRecords.Verify(awaited.Remote.Card.SigningPoint, LinkTranscript.ProofPurpose, awaited.Transcript.ToBeSigned(otherRole), signature.Span))
        {
            Fail(CloseCode.ProofInvalid, "The signature does not hold for this link.");
            return;
        }
        // Both are remembered only now, so that nobody can fill the history, or spoil another's nonce, without a key.
        if (!proofs.TryAdd(awaited.Remote.Nonce.Span) | !proofs.TryAdd(signature.Span))
        {
            Fail(CloseCode.ProofReplayed, "The proof was used before.");
            return;
        }
        if (role == LinkRole.Dialler) SendProof(awaited.Transcript);
        var remote = awaited.Remote;
        var keys = context.Binding is null ? RecordKeys.Derive(awaited.Secret, awaited.Transcript) : null;
        _instructions.Enqueue(new HandshakeProven(remote.Card, remote.Incarnation, remote.DisplayName, awaited.Transcript.FreshSession(awaited.Secret), keys));
        CryptographicOperations.ZeroMemory(awaited.Secret);
        _state = new Over();
    }

    private OwnHello CreateHello(string authority)
    {
        var nonce = new byte[HelloMessage.NonceLength];
        context.Random.Fill(nonce);
        var ephemeral = context.EphemeralKeys.Create();
        var hello = new HelloMessage(context.Options.VersionMin, context.Options.VersionMax, context.Keys.Card, context.Incarnation, nonce, ephemeral.PublicPoint.ToArray(), 0, context.DisplayName, authority);
        return new OwnHello(hello.ToBytes(), ephemeral);
    }

    private void SendProof(LinkTranscript transcript) =>
        _instructions.Enqueue(new SendHandshake(ProofMessage.ToBytes(context.Keys.Sign(LinkTranscript.ProofPurpose, transcript.ToBeSigned(role)))));

    private void Fail(CloseCode code, string text, bool tellOther = true, Incarnation? seen = null)
    {
        if (_state is HelloAwaited { Own.Ephemeral: { } ephemeral }) ephemeral.Dispose();
        if (_state is ProofAwaited { Secret: { } secret }) CryptographicOperations.ZeroMemory(secret);
        _state = new Over();
        _instructions.Enqueue(new HandshakeFailed(code, text, tellOther, seen));
    }
}
