using CsCheck;
using Netflux.Identity;
using Netflux.Messages;
using Netflux.Overlays.Star;

namespace Netflux.Tests.Overlays.Star;

public sealed class StarControlTests
{
    private static readonly Gen<PeerId> s_ids = Gen.Byte.Array[PeerId.Length].Select(bytes => PeerId.FromBytes(bytes));
    private static readonly Gen<ReadOnlyMemory<byte>> s_bytes = Gen.Byte.Array[0, 60].Select(bytes => (ReadOnlyMemory<byte>)bytes);

    private static readonly Gen<StarControl> s_controls = Gen.OneOf<StarControl>(
        s_bytes.Select(record => (StarControl)new StarControl.Reign(record)),
        Gen.Select(Gen.ULong[0, Succession.EpochMax], s_bytes, (epoch, proof) => (StarControl)new StarControl.Orphan(epoch, proof)),
        Gen.Select(Gen.ULong.Array[0, 30], Gen.Bool, (known, was) => (StarControl)new StarControl.Attach(known, was)),
        Gen.Select(s_bytes.Array[0, 5], Gen.ULong.Array[0, 30], Gen.Bool, Gen.Bool, (records, known, begins, ends) => (StarControl)new StarControl.Members(records, known, begins, ends)),
        Gen.Select(s_ids, Gen.Enum<PeerLeavingReason>(), (member, reason) => (StarControl)new StarControl.Gone(member, reason)),
        Gen.Select(s_ids, Gen.Bool, (member, heard) => (StarControl)new StarControl.Silent(member, heard)),
        Gen.Enum<NetfluxError>().Select(why => (StarControl)new StarControl.Refusal(why)),
        Gen.Select(s_ids, s_ids, s_bytes, (from, to, sealedBytes) => (StarControl)new StarControl.Introduction(from, to, sealedBytes)));

    private static string? Seed => Environment.GetEnvironmentVariable("SEED");

    [Fact]
    public void Every_control_comes_back() => s_controls.Sample(control => Assert.Equal(Describe(control), Describe(Read(control.ToBytes())!)), iter: 1_000, seed: Seed);

    [Fact]
    public void What_is_too_much_is_refused()
    {
        Assert.NotNull(Read(new StarControl.Members([.. Enumerable.Repeat(ReadOnlyMemory<byte>.Empty, 400)], new ulong[400], true, true).ToBytes()));
        Assert.Null(Read(new StarControl.Members([.. Enumerable.Repeat(ReadOnlyMemory<byte>.Empty, 401)], new ulong[400], true, true).ToBytes()));
        Assert.NotNull(Read(new StarControl.Attach(new ulong[800], false).ToBytes()));
        Assert.Null(Read(new StarControl.Attach(new ulong[801], false).ToBytes()));
        Assert.NotNull(Read(new StarControl.Reign(new byte[Succession.BytesMax]).ToBytes()));
        Assert.Null(Read(new StarControl.Reign(new byte[Succession.BytesMax + 1]).ToBytes()));
        Assert.Null(Read(new StarControl.Members([new byte[IdentityOptions.MemberBytesMax + 1]], [], true, true).ToBytes()));
        Assert.Null(Read(new StarControl.Orphan(Succession.EpochMax + 1, default).ToBytes()));
        Assert.Null(Read(new StarControl.Orphan(1, new byte[IdentityOptions.MemberBytesMax + 1]).ToBytes()));
        Assert.Null(Read(new StarControl.Introduction(default, default, new byte[StarControl.BytesMax]).ToBytes()));
    }

    [Fact]
    public void The_longest_part_of_a_list_fits()
    {
        var options = new StarOptions();
        var part = new StarControl.Members([.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[IdentityOptions.MemberBytesMax], options.ListPartBytes / IdentityOptions.MemberBytesMax)], new ulong[400], true, true);
        Assert.NotNull(Read(part.ToBytes()));
    }

    [Fact]
    public void Codes_of_a_later_version_are_still_a_leave_and_a_refusal()
    {
        Assert.Equal(PeerLeavingReason.Left, ((StarControl.Gone)Read(new StarControl.Gone(default, (PeerLeavingReason)99).ToBytes())!).Reason);
        Assert.Equal(NetfluxError.NotAdmitted, ((StarControl.Refusal)Read(new StarControl.Refusal((NetfluxError)999).ToBytes())!).Why);
    }

    [Fact]
    public void No_bytes_throw()
    {
        s_controls.Select(control => control.ToBytes()).Sample(bytes =>
        {
            for (var length = 0; length < bytes.Length; length++) Read(bytes[..length]);
            for (var at = 0; at < bytes.Length; at++)
            {
                var bad = (byte[])bytes.Clone();
                bad[at] ^= (byte)(1 << at % 8);
                Read(bad);
            }
        }, iter: 100, seed: Seed);
        Gen.Byte.Array[0, 200].Sample(bytes => { Read(bytes); }, iter: 2_000, seed: Seed);
    }

    private static StarControl? Read(byte[] bytes)
    {
        Assert.Equal(StarControl.TryParse(bytes, out var control), control is not null);
        return control;
    }

    private static string Describe(StarControl control) => control switch
    {
        StarControl.Reign reign => $"reign {Convert.ToHexString(reign.Record.Span)}",
        StarControl.Orphan orphan => $"orphan {orphan.Epoch} {Convert.ToHexString(orphan.Proof.Span)}",
        StarControl.Attach attach => $"attach {string.Join(' ', attach.Known)} {attach.WasMember}",
        StarControl.Members members => $"members {string.Join(' ', members.Records.Select(record => Convert.ToHexString(record.Span)))} {string.Join(' ', members.Known)} {members.Begins} {members.Ends}",
        StarControl.Introduction introduction => $"introduction {introduction.From} {introduction.To} {Convert.ToHexString(introduction.Sealed.Span)}",
        _ => control.ToString(),
    };
}
