using Microsoft.Extensions.Logging;

namespace Netflux.Transport.WebRtc.Io;

/// <summary>One UDP port and the certificate behind it, for all connections of a process.</summary>
internal sealed class RtcPort : IDisposable
{
    /// <summary>The port is bound at once; an address in use throws <see cref="System.Net.Sockets.SocketException"/>.</summary>
    public static RtcPort Create(RtcPortOptions options, ILoggerFactory loggers) => throw new NotImplementedException();

    /// <summary>The UDP port.</summary>
    public int Port => throw new NotImplementedException();

    /// <summary>A connection in the state new. Null where the port has as many as it may, or is disposed.</summary>
    public RtcConnection? NewConnection(IRtcListener listener, RtcConnectionOptions options) => throw new NotImplementedException();

    /// <summary>Closes every connection and the sockets.</summary>
    public void Dispose() => throw new NotImplementedException();
}
