using Netflux.Core;
using System.Security.Cryptography;
using System.Text;

namespace Netflux.Identity;

public class MemberMapTests
{
    private static readonly PeerId s_low = PeerId.FromBytes([.. Enumerable.Range(1, 20).Select(i => (byte)i)]);
    private static readonly PeerId s_sameBucket = PeerId.FromBytes([1, .. Enumerable.Repeat((byte)0xff, 19)]);
    private static readonly PeerId s_other = PeerId.FromBytes([.. Enumerable.Range(0x21, 20).Select(i => (byte)i)]);

    private static string RootOf(params (PeerId Id, byte[] Record)[] entries)
    {
        var map = new MemberMap();
        foreach (var (id, record) in entries) map.Put(id, record);
        Assert.Equal(entries.Length, map.Count);
        return Hex(map);
    }

    private static string Hex(MemberMap map) => Convert.ToHexStringLower(map.Root.Span);

    // docs/WIRE.md, "The map of members", has the same; computed by another program.
    [Fact]
    public void The_vectors()
    {
        Assert.Equal("d01e747e3eac511926f2a16551d4d2ca0c7df0b177b940af04af3ba349eb268a", RootOf());
        Assert.Equal("67b302bfe7baa3ba74134b0d23b199d55a31ca2816e6beec2861ac873ce2816d", RootOf((s_low, [0xaa, 0xbb, 0xcc])));
        Assert.Equal("93af4f73c414ad69ee3a6b19251174e3c1daaf75fad0d1f16efa4dae2ac41dc3", RootOf((s_low, [0xaa, 0xbb, 0xcc]), (s_sameBucket, [0xdd]), (s_other, [])));
        Assert.Equal("93af4f73c414ad69ee3a6b19251174e3c1daaf75fad0d1f16efa4dae2ac41dc3", RootOf((s_other, []), (s_sameBucket, [0xdd]), (s_low, [0xaa, 0xbb, 0xcc])));
    }

    [Fact]
    public void What_was_changed_and_changed_back_has_the_same_root()
    {
        var map = new MemberMap();
        var empty = Hex(map);
        map.Put(s_low, new byte[] { 1 });
        var one = map.Root;
        var kept = one.ToArray();
        map.Put(s_sameBucket, new byte[] { 2 });
        map.Put(s_low, new byte[] { 3 });
        map.Remove(s_sameBucket);
        map.Remove(s_other); // that is not in it
        Assert.NotEqual(Convert.ToHexStringLower(kept), Hex(map));
        map.Put(s_low, new byte[] { 1 });
        Assert.Equal(Convert.ToHexStringLower(kept), Hex(map));
        Assert.Equal(kept, one.ToArray()); // what was given out stays what it was
        map.Clear();
        Assert.Equal((empty, 0), (Hex(map), map.Count));
    }

    [Fact]
    public void Each_step_is_the_root_of_all_that_is_in_it_then()
    {
        var (map, model, random) = (new MemberMap(), new SortedDictionary<PeerId, byte[]>(), new TestKit.SeededRandom(5));
        for (var step = 0; step < 300; step++)
        {
            var bytes = new byte[PeerId.Length];
            random.Fill(bytes);
            bytes[0] %= 3;
            var id = step % 3 > 0 && model.Count > 0 ? model.Keys.ElementAt(random.NextInt32(model.Count)) : PeerId.FromBytes(bytes);
            if (step % 3 == 1 && model.Remove(id)) map.Remove(id);
            else map.Put(id, model[id] = [.. bytes]);
            Assert.Equal((Naive(model), model.Count), (Hex(map), map.Count));
        }
    }

    private static string Naive(SortedDictionary<PeerId, byte[]> model)
    {
        var buckets = Enumerable.Range(0, 256).SelectMany(bucket => Hash("netflux map bucket v1", [.. model.Where(entry => entry.Key.ToArray()[0] == bucket).SelectMany(entry => Hash("netflux map leaf v1", [.. entry.Key.ToArray(), .. entry.Value]))]));
        return Convert.ToHexStringLower(Hash("netflux map root v1", [.. buckets]));
    }

    private static byte[] Hash(string tag, byte[] bytes) => SHA256.HashData([.. Encoding.ASCII.GetBytes(tag), 0, .. bytes]);
}
