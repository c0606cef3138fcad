using Netflux.Core;
using Netflux.Identity;
using Netflux.Links;
using Netflux.Overlays;
using Netflux.Overlays.Relays;
using Netflux.TestKit;
using Netflux.Wire;

namespace Netflux.Tests.Overlays.Relays;

/// <summary>Three members, A – C – B: exchanges told.</summary>
public sealed class RelaysTests
{
    private static readonly PeerId A = OverlayPeople.Keys(1).Id, B = OverlayPeople.Keys(2).Id, C = OverlayPeople.Keys(3).Id;
    private static readonly RelayOptions Options = new();
    private readonly Dictionary<PeerId, Netflux.Overlays.Relays.Relays> _cores = new() { [A] = new(A, true, Options), [B] = new(B, true, Options), [C] = new(C, true, Options) };
    private readonly Dictionary<PeerId, List<RelayInstruction>> _heard = new() { [A] = [], [B] = [], [C] = [] };
    private readonly List<ulong> _untaken = [];
    private bool _takes = true;
    private Instant _now = new(1);

    public RelaysTests()
    {
        foreach (var (one, other) in new[] { (A, C), (C, A), (B, C), (C, B) }) Say(one, new RelayNeighbourUp(other, LinkPath.Direct));
    }

    private void Say(PeerId at, RelayFact fact)
    {
        _cores[at].Handle(fact, _now);
        Carry();
    }

    private void Carry()
    {
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var (id, core) in _cores)
                while (core.TryTake(out var instruction))
                {
                    moved = true;
                    if (instruction is not SendRelay send)
                    {
                        _heard[id].Add(instruction);
                        continue;
                    }
                    if (send.Ticket != 0)
                    {
                        _untaken.Add(send.Ticket);
                        if (_takes) TakeOne();
                    }
                    byte[] body = [.. send.Header.Span, .. send.Record.Span];
                    if (id == C || send.To == C) _cores[send.To].Handle(new RelayFrameReceived(id, body), _now);
                }
        }
    }

    private void TakeOne()
    {
        _cores[C].Handle(new RelayTaken(_untaken[0]), _now);
        _untaken.RemoveAt(0);
    }

    private CircuitId Open()
    {
        Say(A, new OpenCircuit(new CircuitId(1), B, C));
        Assert.Equal([new CircuitOpened(new CircuitId(1), B, C, LinkRole.Dialler)], _heard[A]);
        var accepted = Assert.IsType<CircuitOpened>(Assert.Single(_heard[B]));
        Assert.Equal(new CircuitOpened(accepted.Circuit, A, C, LinkRole.Listener), accepted);
        _heard[A].Clear();
        _heard[B].Clear();
        return accepted.Circuit;
    }

    // A → Open → C → Open → B, B → Opened → C → Opened → A, then messages both ways, then Close.
    [Fact]
    public void A_circuit_opens_carries_both_ways_and_closes()
    {
        var atB = Open();
        Say(A, new WriteCircuit(new CircuitId(1), new byte[] { 1, 2, 3 }));
        Say(B, new WriteCircuit(atB, new byte[] { 4 }));
        Assert.Equal(new byte[] { 1, 2, 3 }, Assert.Single(_heard[B].OfType<CircuitReceived>()).Record.ToArray());
        Assert.Equal(new byte[] { 4 }, Assert.Single(_heard[A].OfType<CircuitReceived>()).Record.ToArray());
        Assert.Equal(3, Assert.Single(_heard[A].OfType<CircuitWritten>()).Bytes);
        Say(B, new CloseCircuit(atB, CloseCode.Done));
        Assert.Equal(CloseCode.Done, Assert.Single(_heard[A].OfType<CircuitClosed>()).Code);
        Assert.Equal(CloseCode.Done, Assert.Single(_heard[B].OfType<CircuitClosed>()).Code);
        Say(A, new WriteCircuit(new CircuitId(1), new byte[] { 9 })); // too late: nothing happens
        Assert.Single(_heard[B].OfType<CircuitReceived>());
    }

    [Fact]
    public void A_writer_stops_at_the_window_until_the_reader_reads()
    {
        var atB = Open();
        var record = new byte[64 * 1024];
        for (var i = 0; i < 10; i++) Say(A, new WriteCircuit(new CircuitId(1), record));
        Assert.Equal(3, _heard[B].OfType<CircuitReceived>().Count()); // 3 × (64 KiB + 64) fit into 256 KiB, 4 do not
        for (var read = 0; read < 10; read++) Say(B, new ReadCircuit(atB, record.Length));
        Assert.Equal(10, _heard[B].OfType<CircuitReceived>().Count());
        Assert.Equal(10 * record.Length, _heard[A].OfType<CircuitWritten>().Sum(written => written.Bytes));
    }

    [Fact]
    public void What_the_carrier_has_not_passed_on_is_not_given_back_to_the_writer()
    {
        _takes = false;
        var atB = Open();
        var record = new byte[64 * 1024];
        for (var i = 0; i < 10; i++) Say(A, new WriteCircuit(new CircuitId(1), record));
        for (var read = 0; read < 3; read++) Say(B, new ReadCircuit(atB, record.Length));
        Assert.Equal(3, _heard[B].OfType<CircuitReceived>().Count()); // the reader's word alone does not count
        while (_untaken.Count > 0) TakeOne();
        Carry();
        Assert.Equal(6, _heard[B].OfType<CircuitReceived>().Count());
    }

    [Fact]
    public void An_end_that_floods_is_cut_off_by_the_carrier()
    {
        Open();
        var header = new RelayHeader(RelayStep.Data, FromCarrier: false, FromOpener: true, B, 1, 0).ToArray();
        byte[] body = [.. header, .. new byte[64 * 1024]];
        for (var i = 0; i < 4; i++) Say(C, new RelayFrameReceived(A, body));
        Assert.Equal(CloseCode.Flooding, Assert.Single(_heard[A].OfType<CircuitClosed>()).Code);
        Assert.Equal(CloseCode.Flooding, Assert.Single(_heard[B].OfType<CircuitClosed>()).Code);
        Assert.Equal(3, _heard[B].OfType<CircuitReceived>().Count());
    }

    [Fact]
    public void A_carrier_that_forges_more_than_was_granted_is_cut_off_by_the_end()
    {
        var atB = Open();
        byte[] body = [.. new RelayHeader(RelayStep.Data, FromCarrier: true, FromOpener: true, A, 1, 0).ToArray(), .. new byte[64 * 1024]];
        for (var i = 0; i < 4; i++) Say(B, new RelayFrameReceived(C, body));
        Assert.Equal(new CircuitClosed(atB, CloseCode.Flooding, "More came through the carrier than was granted."), _heard[B][^1]);
    }

    [Fact]
    public void A_lost_neighbour_closes_its_circuits()
    {
        Open();
        Say(C, new RelayNeighbourGone(B));
        Assert.Equal(CloseCode.RelayClosed, Assert.Single(_heard[A].OfType<CircuitClosed>()).Code);
        Say(B, new RelayNeighbourUp(C, LinkPath.Relayed));
        Assert.Equal(CloseCode.RelayClosed, Assert.Single(_heard[B].OfType<CircuitClosed>()).Code);
        Say(A, new OpenCircuit(new CircuitId(2), B, C));
        Assert.Equal(new CircuitClosed(new CircuitId(2), CloseCode.RelayClosed, "Closed by the far end or the carrier."), _heard[A][^1]);
    }

    [Fact]
    public void A_far_end_that_does_not_answer_is_given_up()
    {
        _cores[C] = new(C, carries: false, Options);
        Say(A, new OpenCircuit(new CircuitId(1), B, C));
        Assert.Equal(CloseCode.RelayClosed, Assert.Single(_heard[A].OfType<CircuitClosed>()).Code); // refused at once
        Say(A, new RelayNeighbourUp(OverlayPeople.Keys(4).Id, LinkPath.Direct));
        var end = new Netflux.Overlays.Relays.Relays(A, true, Options);
        end.Handle(new RelayNeighbourUp(C, LinkPath.Direct), _now);
        end.Handle(new OpenCircuit(new CircuitId(2), B, C), _now); // the frame is lost with its session
        Assert.Equal(_now + Options.OpenTimeout, end.NextDeadline);
        end.HandleDeadline(_now + Options.OpenTimeout);
        Assert.Equal(CloseCode.RelayClosed, Assert.IsType<CircuitClosed>(end.TakeAll()[^1]).Code);
        Assert.Null(end.NextDeadline);
    }

    [Fact]
    public void The_carrier_carries_so_many_and_forgets_the_idle()
    {
        for (var i = 1; i <= 10; i++) Say(A, new OpenCircuit(new CircuitId(i), B, C));
        Assert.Equal(Options.CarriedPerPairMax, _heard[A].OfType<CircuitOpened>().Count());
        Assert.Equal(10 - Options.CarriedPerPairMax, _heard[A].OfType<CircuitClosed>().Count());
        _now += Options.IdleTime;
        _cores[C].HandleDeadline(_now);
        Carry();
        Assert.Equal(10, _heard[A].OfType<CircuitClosed>().Count());
        Assert.Null(_cores[C].NextDeadline);
    }

    [Fact]
    public void Any_bytes_are_borne()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var random = new SeededRandom(seed);
            for (var i = 0; i < 100; i++)
            {
                var body = new byte[random.NextInt32(2 * RelayHeader.Size)];
                random.Fill(body);
                if (body.Length >= RelayHeader.Size)
                {
                    body[0] %= 7;
                    body[1] %= 5;
                    new[] { A, B, C }[random.NextInt32(3)].Write(body.AsSpan(2));
                    body.AsSpan(2 + PeerId.Length, 15).Clear();
                    body[1 + PeerId.Length + 8] = (byte)random.NextInt32(3);
                }
                Say(new[] { A, B, C }[random.NextInt32(3)], new RelayFrameReceived(new[] { A, B, C }[random.NextInt32(3)], body));
                if (i % 10 == 0) Say(A, new OpenCircuit(new CircuitId((long)(seed * 1000) + i), B, C));
            }
        }
    }
}

public sealed class RelayHeaderTests
{
    [Fact]
    public void Every_truncation_is_refused_and_the_whole_is_read_back()
    {
        var header = new RelayHeader(RelayStep.Read, true, false, OverlayPeople.Keys(1).Id, 7, 1UL << 40);
        var bytes = header.ToArray();
        Assert.Equal(RelayHeader.Size, bytes.Length);
        for (var length = 0; length < bytes.Length; length++) Assert.False(RelayHeader.TryParse(bytes.AsSpan(0, length), out _));
        Assert.True(RelayHeader.TryParse(bytes, out var read));
        Assert.Equal(header, read);
        Assert.False(RelayHeader.TryParse([.. bytes, 0], out _)); // only Data is followed by a message
    }
}
