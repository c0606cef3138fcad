using Netflux.Core;

namespace Netflux.Transport.WebRtc.Sctp.Send;

/// <summary>RFC 9260 §7.2 to the letter, to compare with.</summary>
internal sealed class RenoCongestionControl(CongestionParameters parameters) : ICongestionControl
{
    private long _threshold = long.MaxValue;
    private long _partial;

    public long Window { get; private set; } = parameters.InitialWindow;

    public void HandleAcknowledged(in AcknowledgedSample sample)
    {
        if (sample.InRecovery || !sample.WindowLimited) return;
        if (Window <= _threshold) Window += Math.Min(sample.AcknowledgedBytes, parameters.PacketBytes);
        else if ((_partial += sample.AcknowledgedBytes) >= Window)
        {
            _partial -= Window;
            Window += parameters.PacketBytes;
        }
    }

    public void HandleLossEpisode(in AcknowledgedSample sample) => Window = _threshold = Math.Max(Window / 2, parameters.WindowMin);

    public void HandleTimeout(Instant now, long flight)
    {
        _threshold = Math.Max(Window / 2, parameters.WindowMin);
        Window = parameters.PacketBytes;
    }

    public void HandleIdle(int timeouts) => Window = Math.Min(Window, parameters.InitialWindow);

    public void HandleSpuriousLoss()
    {
    }
}
