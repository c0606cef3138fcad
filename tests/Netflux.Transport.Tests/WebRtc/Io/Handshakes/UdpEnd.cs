using System.Net;
using System.Net.Sockets;
using Netflux.Core;
using Netflux.Transport.WebRtc.Dtls;
using Netflux.Transport.WebRtc.Dtls.Records;
using Netflux.Transport.WebRtc.Io.Handshakes;

namespace Netflux.Transport.Tests.WebRtc.Io.Handshakes;

/// <summary>One side over a real socket of the loopback interface, for software of others at the other end.</summary>
internal sealed class UdpEnd : IDisposable
{
    private readonly object _lock = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Thread _thread;
    private EndPoint? _remote;

    public UdpEnd(DtlsRole role, DtlsIdentity identity, DtlsFingerprint remote, int? remotePort)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (remotePort is { } port) _remote = new IPEndPoint(IPAddress.Loopback, port);
        Connection = new(role, [remote], new DtlsHandshakes(identity, DtlsOptions.Default, AesGcmCiphers.Instance), Progress, DtlsOptions.Default);
        _thread = new(Receive) { IsBackground = true };
        _thread.Start();
        lock (_lock) Connection.Start(Instant.Zero);
        Progress();
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public DtlsConnection Connection { get; }

    public List<DtlsEvent> Events { get; } = [];

    public List<byte[]> Received { get; } = [];

    public void Send(ReadOnlySpan<byte> plaintext)
    {
        lock (_lock)
        {
            var buffer = new byte[DtlsConnection.Headroom + plaintext.Length + DtlsConnection.Tailroom];
            plaintext.CopyTo(buffer.AsSpan(DtlsConnection.Headroom));
            _socket.SendTo(buffer.AsSpan(0, Connection.Protect(buffer, plaintext.Length)), _remote!);
        }
    }

    public void Close()
    {
        lock (_lock) Connection.Close(Instant.Zero);
        Progress();
    }

    public void WaitUntil(Func<UdpEnd, bool> holds)
    {
        lock (_lock)
            while (!holds(this))
                if (!Monitor.Wait(_lock, TimeSpan.FromSeconds(20))) Assert.Fail($"Nothing happens any more: {string.Join(", ", Events)}.");
    }

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Progress()
    {
        lock (_lock)
        {
            Connection.HandleProgress(Instant.Zero);
            while (Connection.TryTakeDatagram(out var datagram)) _socket.SendTo(datagram.Span, _remote!);
            while (Connection.TryTake(out var happened)) Events.Add(happened);
            Monitor.PulseAll(_lock);
        }
    }

    private void Receive()
    {
        var buffer = new byte[65_536];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            int length;
            try
            {
                length = _socket.ReceiveFrom(buffer, ref from);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionRefused)
            {
                continue;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            lock (_lock)
            {
                _remote = from;
                var rest = buffer.AsSpan(0, length);
                while (Connection.TryOpen(ref rest, Instant.Zero, out var plaintext)) Received.Add(plaintext.ToArray());
            }
            Progress();
        }
    }
}
