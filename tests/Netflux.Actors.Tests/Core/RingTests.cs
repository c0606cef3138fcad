using CsCheck;

namespace Netflux.Core;

public sealed class RingTests
{
    [Fact]
    public void It_does_what_a_list_does() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int).Array[0, 300].Sample(steps =>
        {
            var (ring, list) = (new Ring<int>(), new List<int>());
            foreach (var (step, value) in steps)
            {
                switch (step)
                {
                    case < 6:
                        ring.Enqueue(value);
                        list.Add(value);
                        break;
                    case < 8:
                        Assert.Equal(list.Count > 0, ring.TryDequeue(out var taken));
                        Assert.Equal(list.FirstOrDefault(), taken);
                        if (list.Count > 0) list.RemoveAt(0);
                        break;
                    case 8 when value % 3 == 0:
                        ring.Keep(item => item % 2 == 0);
                        list.RemoveAll(item => item % 2 != 0);
                        break;
                    case 9 when value % 16 == 0:
                        ring.Clear();
                        list.Clear();
                        break;
                }
                Assert.Equal(list, Enumerable.Range(0, ring.Count).Select(place => ring[place]));
            }
        }, iter: 500, seed: Environment.GetEnvironmentVariable("SEED"));

    [Fact]
    public void A_burst_is_given_back_and_the_ring_goes_on()
    {
        var ring = new Ring<string>();
        for (var i = 0; i < 5_000; i++) ring.Enqueue("x");
        while (ring.TryDequeue(out _)) { }
        ring.Enqueue("y");
        Assert.Equal("y", ring.Dequeue());
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Dequeue());
    }
}
