using CsCheck;
using Netflux.Identity;
using Netflux.Messages;

namespace Netflux.Wire;

public sealed class GraphFrameTests
{
    private static readonly Gen<PeerId> s_ids = Gen.Byte.Array[PeerId.Length].Select(bytes => PeerId.FromBytes(bytes));
    private static readonly Gen<GraphLink> s_links = Gen.Select(s_ids, Gen.Bool, Gen.Bool, (to, relayed, broadcasts) => new GraphLink(to, relayed, broadcasts));

    private static readonly Gen<GraphFrame> s_frames =
        Gen.Select(s_ids.Array[2, GraphFrame.PathMax], Gen.Int[0, 1], Gen.UInt, Gen.Bool, s_links.Array[0, 20], (path, place, number, answers, links) => new GraphFrame(path, place, number, answers ? links : null));

    private static PeerId Id(int number) => PeerId.FromBytes([.. Enumerable.Repeat((byte)number, PeerId.Length)]);

    private static string Describe(in GraphFrame frame) =>
        $"{string.Join(' ', frame.Path)} {frame.Place} {frame.Number} {(frame.Links is { } links ? $"[{string.Join(' ', links)}]" : "asks")}";

    [Fact]
    public void Every_frame_comes_back_and_one_that_is_cut_short_is_none_or_another() => s_frames.Sample(frame =>
    {
        var bytes = frame.ToBytes();
        Assert.True(GraphFrame.TryParse(bytes, out var read));
        Assert.Equal(Describe(frame), Describe(read));
        for (var length = 0; length < bytes.Length; length++)
            if (GraphFrame.TryParse(bytes.AsSpan(0, length), out read)) Assert.NotEqual(Describe(frame), Describe(read));
    }, iter: 200, seed: Environment.GetEnvironmentVariable("SEED"));

    [Fact]
    public void A_path_has_two_members_to_sixteen_none_twice_and_the_place_is_on_it()
    {
        Assert.True(Parses(new([Id(1), Id(2)], 1, 1, null)));
        Assert.False(Parses(new([Id(1)], 0, 1, null)));
        Assert.False(Parses(new([Id(1), Id(2)], 2, 1, null)));
        Assert.False(Parses(new([Id(1), Id(2), Id(1)], 1, 1, null)));
        Assert.True(Parses(new([.. Enumerable.Range(1, 16).Select(Id)], 1, 1, null)));
        Assert.False(Parses(new([.. Enumerable.Range(1, 17).Select(Id)], 1, 1, null)));
    }

    [Fact]
    public void An_answer_has_at_most_400_links()
    {
        Assert.True(GraphFrame.TryParse(new GraphFrame([Id(1), Id(2)], 0, 1, [.. Enumerable.Repeat(new GraphLink(Id(3), true, true), 401)]).ToBytes(), out var cut));
        Assert.Equal(400, cut.Links!.Count);
        var tooMany = new Proto.GraphFrame { Path = Google.Protobuf.ByteString.CopyFrom([.. Id(1).ToArray(), .. Id(2).ToArray()]), Links = new() { Links = Google.Protobuf.ByteString.CopyFrom(new byte[401 * 21]) } };
        Assert.False(GraphFrame.TryParse(Google.Protobuf.MessageExtensions.ToByteArray(tooMany), out _));
    }

    private static bool Parses(in GraphFrame frame) => GraphFrame.TryParse(frame.ToBytes(), out _);
}
