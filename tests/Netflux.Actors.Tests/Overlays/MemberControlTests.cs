using CsCheck;
using Netflux.Identity;

namespace Netflux.Overlays;

public sealed class MemberControlTests
{
    private static readonly PeerId s_from = PeerId.FromBytes([.. Enumerable.Repeat((byte)1, 20)]), s_to = PeerId.FromBytes([.. Enumerable.Repeat((byte)2, 20)]);

    [Fact]
    public void Lists_digests_and_introductions_come_back()
    {
        Gen.Select(Gen.Byte.Array[0, 40].Array[0, 5], Gen.Bool, Gen.Byte.Array[32], Gen.Byte.Array[0, 100]).Sample((records, whole, hash, sealedBytes) =>
        {
            var list = Assert.IsType<MemberControl.List>(Read(MemberControl.WriteList(records.Select(record => (ReadOnlyMemory<byte>)record), whole)));
            Assert.Equal((whole, records.Length), (list.Whole, list.Records.Count));
            Assert.All(list.Records.Zip(records), pair => Assert.Equal(pair.Second, pair.First.ToArray()));
            Assert.Equal(hash, Assert.IsType<MemberControl.Digest>(Read(MemberControl.WriteDigest(hash))).Hash.ToArray());
            var introduction = Assert.IsType<MemberControl.Introduction>(Read(MemberControl.WriteIntroduction(s_from, s_to, sealedBytes)));
            Assert.Equal((s_from, s_to), (introduction.From, introduction.To));
            Assert.Equal(sealedBytes, introduction.Sealed.ToArray());
        }, iter: 200, seed: Environment.GetEnvironmentVariable("SEED"));
    }

    [Fact]
    public void A_digest_of_another_length_is_refused()
    {
        Assert.Null(Read(MemberControl.WriteDigest(new byte[31])));
        Assert.Null(Read(MemberControl.WriteDigest(new byte[33])));
    }

    [Fact]
    public void No_bytes_throw()
    {
        byte[][] good = [MemberControl.WriteList([new byte[9], new byte[300]], true), MemberControl.WriteDigest(new byte[32]), MemberControl.WriteIntroduction(s_from, s_to, new byte[50])];
        foreach (var bytes in good)
        {
            for (var length = 0; length < bytes.Length; length++) Assert.Null(Read(bytes[..length]));
            for (var at = 0; at < bytes.Length; at++)
            {
                var bad = (byte[])bytes.Clone();
                bad[at] ^= (byte)(1 << at % 8);
                Read(bad);
            }
        }
        Gen.Byte.Array[0, 200].Sample(bytes => { Read(bytes); }, iter: 2_000, seed: Environment.GetEnvironmentVariable("SEED"));
    }

    private static MemberControl? Read(byte[] bytes)
    {
        Assert.Equal(MemberControl.TryParse(bytes, out var control), control is not null);
        return control;
    }
}
