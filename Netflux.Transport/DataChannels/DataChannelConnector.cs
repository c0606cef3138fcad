using System.Net.Sockets;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Transport.WebRtc.Io;
using Netflux.Transport.WebRtc.PeerConnections;

namespace Netflux.Transport.DataChannels;

/// <summary>Opens links over data channels. All of a process share one UDP port, which is bound when it is needed first.</summary>
internal sealed class DataChannelConnector(DataChannelOptions options, ILoggerFactory logging) : IPeerConnector, IDisposable
{
    private readonly Lazy<RtcPort> _port = new(() => RtcPort.Create(options.Port, logging));
    private readonly ILogger _log = logging.CreateLogger("Netflux.DataChannels");

    /// <summary>Binds the port now, so that one that cannot be had is found out at the start.</summary>
    /// <exception cref="SocketException">It cannot be had.</exception>
    public void Bind() => _ = _port.Value;

    public IPeerConnection Offer(OfferId connection, IActorRef asker) => Begin(new(options, connection, asker, _log), offer: null, asker);

    public IPeerConnection Answer(OfferId connection, string offer, IActorRef asker) => Begin(new(options, connection, asker, _log), offer, asker);

    private OpeningDataChannel Begin(OpeningDataChannel opening, string? offer, IActorRef asker)
    {
        RtcPort port;
        try
        {
            port = _port.Value;
        }
        catch (SocketException failure)
        {
            opening.Fail($"No UDP port could be opened: {failure.Message}.");
            return opening;
        }
        opening.Begin(port.NewConnection(opening, options.Connection), offer);
        return opening;
    }

    public void Dispose()
    {
        if (_port.IsValueCreated) _port.Value.Dispose();
    }
}

internal static partial class DataChannelLog
{
    [LoggerMessage(EventId = 2200, Level = LogLevel.Debug, Message = "Data channel {Connection}: {State}, {Why}")]
    public static partial void State(ILogger log, OfferId connection, PeerConnectionState state, string why);
}
