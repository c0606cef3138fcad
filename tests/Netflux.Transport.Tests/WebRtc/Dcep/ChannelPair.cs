using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Netflux.Core;
using Netflux.TestKit;
using Netflux.Transport.WebRtc.Sctp;

namespace Netflux.Transport.WebRtc.Dcep;

/// <summary>Two sides with their associations, and a path between them on which nothing is lost. What each side is told stands in its <see cref="Side.Heard"/>, in order.</summary>
internal sealed class ChannelPair
{
    public ChannelPair(DataChannelOptions? client = null, DataChannelOptions? server = null, SctpOptions? sctp = null, int seed = 1)
    {
        Client = new(this, client ?? DataChannelOptions.Default, new(sctp ?? SctpOptions.Default, SeededRandom.For((ulong)seed, "client")), isClient: true);
        Server = new(this, server ?? DataChannelOptions.Default, new(sctp ?? SctpOptions.Default, SeededRandom.For((ulong)seed, "server")), isClient: false);
    }

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    public Side Client { get; }

    public Side Server { get; }

    public ChannelPair Connect()
    {
        Client.Start();
        Server.Start();
        Client.Association.Connect(Now);
        Run();
        return this;
    }

    /// <summary>Until nothing more is to be said within a second.</summary>
    public void Run()
    {
        var end = Now + TimeSpan.FromSeconds(1);
        while (true)
        {
            while (Client.Pass(Server) | Server.Pass(Client))
            {
            }
            if (Instant.Earlier(Client.Association.NextDeadline, Server.Association.NextDeadline) is not { } next || next > end) break;
            if (next > Now) Now = next;
            Client.Association.HandleDeadline(Now);
            Server.Association.HandleDeadline(Now);
        }
        Now = end;
    }

    internal sealed class Side(ChannelPair pair, DataChannelOptions options, SctpAssociation association, bool isClient)
    {
        private readonly byte[] _packet = new byte[2000];

        public DataChannels Channels { get; } = new(options);

        public SctpAssociation Association => association;

        public List<string> Heard { get; } = [];

        /// <summary>The other side's channels, in the order of their opening.</summary>
        public List<DataChannel> Met { get; } = [];

        /// <summary>For each chunk of data that was sent, in order, whether it was unordered.</summary>
        public List<bool> SentUnordered { get; } = [];

        /// <summary>Messages are not taken.</summary>
        public bool IsPaused { get; set; }

        /// <summary>Takes the association's events and messages instead of <see cref="Channels"/>: a side that does as it likes.</summary>
        public bool IsRaw { get; set; }

        public void Start() => Channels.Start(association, isClient, 65536, pair.Now);

        public DataChannel Open(string label, ChannelTerms? terms = null) => Channels.Open((terms ?? new()) with { Label = label }, null, pair.Now)!;

        public DataChannelSend Send(DataChannel channel, string text) => Channels.Send(channel, Encoding.UTF8.GetBytes(text), isText: true, pair.Now);

        public DataChannelSend Send(DataChannel channel, byte[] bytes) => Channels.Send(channel, bytes, isText: false, pair.Now);

        public void Close(DataChannel channel) => Channels.Close(channel, pair.Now);

        public bool SendRaw(int stream, PayloadProtocolId ppid, byte[] payload) => association.TrySend(new((ushort)stream), new(ppid), payload, pair.Now);

        public bool Pass(Side other)
        {
            var any = false;
            for (int length; (length = association.WritePacket(_packet, pair.Now)) > 0; any = true)
            {
                NoteChunks(_packet.AsSpan(0, length));
                other.Association.HandlePacket(_packet.AsSpan(0, length), pair.Now);
                other.Drain();
            }
            Drain();
            return any;
        }

        /// <summary>RFC 9260 §3.3.1 and RFC 8260 §2.1: of DATA (0) and I-DATA (64) the flag 4 says unordered.</summary>
        private void NoteChunks(ReadOnlySpan<byte> packet)
        {
            for (var rest = packet[12..]; rest.Length >= 4; rest = rest[Math.Min(BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) + 3 & ~3, rest.Length)..])
                if (rest[0] is 0 or 64) SentUnordered.Add((rest[1] & 4) != 0);
        }

        public void Drain()
        {
            if (IsRaw)
            {
                while (association.TryTake(out var raw)) Heard.Add(raw.ToString());
                while (association.TryReceive(out var message))
                {
                    Heard.Add($"{message.Stream} {message.Ppid} {Convert.ToHexString(message.Payload)}");
                    message.Release();
                }
                return;
            }
            while (association.TryTake(out var happened)) Channels.Handle(happened, pair.Now);
            do
            {
                while (Channels.TryTake(out var told)) Tell(told);
                while (!IsPaused && Channels.TryReceive(out var message, pair.Now))
                {
                    Heard.Add($"{Name(message.Channel)}: {(message.IsText ? Encoding.UTF8.GetString(message.Payload) : Convert.ToHexString(message.Payload))}");
                    ArrayPool<byte>.Shared.Return(message.Pooled);
                }
            }
            while (Channels.HasEvents);
        }

        private void Tell(DataChannelEvent told)
        {
            Heard.Add(told switch
            {
                DataChannelOpened => $"opened {Name(told.Channel)}",
                DataChannelClosed closed => $"closed {Name(told.Channel)}: {closed.Why}",
                _ => $"low {Name(told.Channel)}",
            });
            if (told is DataChannelOpened { Channel.IsOpenedByPeer: true }) Met.Add(told.Channel);
        }

        private static string Name(DataChannel channel) => $"{channel.Id?.ToString() ?? "?"} {channel.Terms.Label}";
    }
}
