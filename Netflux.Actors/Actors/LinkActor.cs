using System.Buffers;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Sessions;
using Netflux.Sessions.Handshake;
using Netflux.Wire;

namespace Netflux.Actors;

/// <summary>One link: proves both ends with a handshake, then seals and opens records, where the connection below does not, between the connection below and the peer's session above.</summary>
internal sealed class LinkActor : UntypedActor, IWithTimers
{
    private readonly LinkId _id;
    private readonly BuildLink _build;
    private readonly IRawLink _raw;
    private readonly LinkOptions _options;
    private readonly ILogger _log;
    private readonly CoreDriver<HandshakeFact, HandshakeInstruction> _handshake;
    private readonly Queue<int> _sent = new();       // plaintext lengths of records on their way, for LinkWritten
    private readonly Queue<RawLinkReceived> _early = new(); // records that came between the proof and the owner; at most ReadAhead
    private PeerId? _remote;
    private IRecordProtection? _protection;
    private IActorRef? _owner;
    private bool _closing;

    public LinkActor(LinkId id, BuildLink build, LinkHandshake handshake, LinkOptions options, ILogger log)
    {
        (_id, _build, _raw, _options, _log) = (id, build, build.Raw, options, log);
        _handshake = new(Context, handshake, Carry, log, $"link-{id}/handshake");
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _raw.Start(Self, _options.ReadAhead);
        _handshake.Handle(new HandshakeStarted());
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RawLinkReceived received: HandleReceived(received); break;
            case SendRecord send: HandleSend(send); break;
            case RawLinkWritten written: HandleWritten(written); break;
            case RecordConsumed: _raw.ReadMore(1); break;
            case OwnLink own: HandleOwner(own.Owner); break;
            case CloseLinkWith close: HandleClose(close); break;
            case RawLinkClosed closed: HandleClosed(closed); break;
            case DeadlineDue due: _handshake.HandleDue(due); break;
            case ClosedDue: Context.Stop(Self); break;
            case OwnerDue: if (_owner is null) Close(CloseCode.Done, "nobody took the link"); break;
            case Terminated: Close(CloseCode.Done, "the session is gone"); break;
            default: Unhandled(message); break;
        }
    }

    private sealed record OwnerDue
    {
        public static readonly OwnerDue Instance = new();
    }

    /// <summary>The connection below has not said its last word in time, as when the network that carries it has stopped.</summary>
    private sealed record ClosedDue
    {
        public static readonly ClosedDue Instance = new();
    }

    /// <summary>Links that others carry or may carry have none: the carrier, or the TURN server, is not to blame.</summary>
    private string? DiallersAddress => _build.Role == LinkRole.Listener && _raw.Kind is not (LinkKind.Relayed or LinkKind.DataChannel) ? _raw.RemoteAddress : null;

    private void Carry(HandshakeInstruction instruction)
    {
        switch (instruction)
        {
            case SendHandshake send:
                SendPlain(send.Message.Span);
                break;
            case HandshakeProven proven:
                _handshake.Stop();
                _protection = proven.Keys is { } keys ? new RecordProtection(keys, _build.Role) : new NoRecordProtection();
                _remote = proven.Remote.Id;
                Context.Parent.Tell(new ProvenLink(Self, new LinkProven(_id, _raw.Kind, _build.Role, proven.Remote, proven.RemoteIncarnation, proven.DisplayName, proven.Fresh,
                    _raw.MessageBytesMax - _protection.Overhead), DiallersAddress, _build.Token, _raw.RemoteAddress));
                Timers.StartSingleTimer(OwnerDue.Instance, OwnerDue.Instance, _options.OwnerPatience);
                break;
            case HandshakeFailed failed:
                NetfluxTelemetry.LinksRefused.Add(1, new KeyValuePair<string, object?>("netflux.close_code", (int)failed.Code));
                LinkLog.NotProven(_log, _id, _raw.RemoteAddress, failed.Code, failed.Text);
                _build.Reporter?.Tell(new LinkNotProven(_build.Token, failed.Code, failed.Text, failed.Seen));
                if (failed.TellOther) SendPlain(new CloseMessage(failed.Code, failed.Text).ToBytes());
                Close(failed.Code, failed.Text);
                break;
        }
    }

    private void SendPlain(ReadOnlySpan<byte> message)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(message.Length);
        message.CopyTo(pooled);
        _raw.Send(pooled, message.Length);
    }

    private void HandleReceived(RawLinkReceived received)
    {
        if (_closing)
        {
            ArrayPool<byte>.Shared.Return(received.Pooled);
        }
        else if (_protection is null)
        {
            var message = received.Pooled.AsSpan(0, received.Length).ToArray();
            ArrayPool<byte>.Shared.Return(received.Pooled);
            _raw.ReadMore(1);
            _handshake.Handle(new HandshakeMessageReceived(message));
        }
        else if (_owner is null)
        {
            _early.Enqueue(received);
        }
        else
        {
            OpenRecord(received, _protection, _owner);
        }
    }

    private void OpenRecord(RawLinkReceived received, IRecordProtection protection, IActorRef owner)
    {
        var record = GC.AllocateUninitializedArray<byte>(Math.Max(0, received.Length - protection.Overhead));
        var opened = protection.TryOpen(received.Pooled.AsSpan(0, received.Length), record);
        ArrayPool<byte>.Shared.Return(received.Pooled);
        if (opened) owner.Tell(new RecordReceived(_id, record));
        else Close(CloseCode.SealBroken, "a record did not open under the keys of this link");
    }

    private void HandleSend(SendRecord send)
    {
        if (_closing || _protection is null)
        {
            ArrayPool<byte>.Shared.Return(send.Pooled);
            return;
        }
        _sent.Enqueue(send.Length);
        _raw.Send(send.Pooled, _protection.Seal(send.Pooled, send.Length));
    }

    private void HandleWritten(RawLinkWritten written)
    {
        if (_owner is null || _protection is null) return; // handshake messages
        var plain = 0;
        for (var left = written.Bytes; left > 0 && _sent.TryDequeue(out var length); left -= length + _protection.Overhead) plain += length;
        if (plain > 0) _owner.Tell(new LinkWritten(_id, plain));
    }

    private void HandleOwner(IActorRef owner)
    {
        _owner = owner;
        Context.Watch(owner);
        while (!_closing && _early.TryDequeue(out var received)) OpenRecord(received, _protection!, owner);
    }

    private void HandleClose(CloseLinkWith close)
    {
        if (close.Seen is not null)
        {
            // An older incarnation believes only a sealed word that it was replaced.
            var record = new CloseMessage(close.Code, close.Text, close.Seen).ToRecord();
            var pooled = ArrayPool<byte>.Shared.Rent(record.Length + RecordProtection.OverheadMax);
            record.CopyTo(pooled, 0);
            HandleSend(new SendRecord(pooled, record.Length));
        }
        if (_owner is not null && CutOffs.Counts(close.Code)) Context.Parent.Tell(new LinkCutOff(_remote!.Value, DiallersAddress, close.Code));
        if (_owner is null) _build.Reporter?.Tell(new LinkNotProven(_build.Token, close.Code, close.Text, null)); // refused before anybody took it: as good as not proven
        Close(close.Code, close.Text);
    }

    private void Close(CloseCode code, string text)
    {
        if (_closing) return;
        _closing = true;
        _raw.Close(code, text, abrupt: false);
        Timers.StartSingleTimer(ClosedDue.Instance, ClosedDue.Instance, _options.ClosePatience);
        if (_owner is not null) _owner.Tell(new LinkLost(_id, code, text));
    }

    private void HandleClosed(RawLinkClosed closed)
    {
        if (!_closing)
        {
            if (_owner is not null) _owner.Tell(new LinkLost(_id, closed.Code, closed.Text));
            else if (_protection is null) _build.Reporter?.Tell(new LinkNotProven(_build.Token, closed.Code, closed.Text, null));
            LinkLog.Closed(_log, _id, closed.Code, closed.Text);
        }
        _closing = true;
        Context.Stop(Self);
    }

    protected override void PostStop()
    {
        _handshake.Stop();
        _protection?.Dispose();
        while (_early.TryDequeue(out var received)) ArrayPool<byte>.Shared.Return(received.Pooled);
        _raw.Close(CloseCode.Stopping, "the link has stopped", abrupt: false);
    }
}

internal static partial class LinkLog
{
    [LoggerMessage(EventId = 1100, Level = LogLevel.Information, Message = "Link {Link} to {Address} was not proven: {Code}, {Text}")]
    public static partial void NotProven(ILogger log, LinkId link, string address, CloseCode code, string text);

    [LoggerMessage(EventId = 1101, Level = LogLevel.Debug, Message = "Link {Link} closed: {Code}, {Text}")]
    public static partial void Closed(ILogger log, LinkId link, CloseCode code, string text);
}
