using System.Text;
using CsCheck;
using Netflux.Links;

namespace Netflux.Transport.DataChannels;

public sealed class CloseTextTests
{
    // docs/WIRE.md, "Data channels".
    [Theory]
    [InlineData(4000, "", "4000 ")]
    [InlineData(4016, "The nonce was used before.", "4016 The nonce was used before.")]
    [InlineData(4043, "zu voll, héhé", "4043 zu voll, héhé")]
    public void Code_blank_and_sentence(int code, string sentence, string expected)
    {
        var written = CloseText.Write((CloseCode)code, sentence);
        Assert.Equal(expected, Encoding.UTF8.GetString(written));
        Assert.True(CloseText.TryParse(written, out var readCode, out var read));
        Assert.Equal(((CloseCode)code, sentence), (readCode, read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4000")]
    [InlineData("4000-bye")]
    [InlineData("400 bye")]
    [InlineData("40000 bye")]
    [InlineData("3999 bye")]
    [InlineData("5000 bye")]
    [InlineData("+400 bye")]
    [InlineData("-400 bye")]
    [InlineData(" 400 bye")]
    [InlineData("4e03 bye")]
    [InlineData("abcd bye")]
    [InlineData("٤٠٠٠ bye")]
    public void Other_text_does_not_close_a_link(string text) => Assert.False(CloseText.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void A_sentence_is_as_long_as_a_WebSockets_reason_may_be()
    {
        var longest = CloseText.Write(CloseCode.Done, new string('x', 200));
        Assert.Equal(5 + 123, longest.Length);
        Assert.True(CloseText.TryParse(longest, out _, out var sentence));
        Assert.Equal(new string('x', 123), sentence);
        Assert.False(CloseText.TryParse([.. longest, (byte)'x'], out _, out _));
    }

    [Fact]
    public void A_character_is_not_cut()
    {
        Assert.True(CloseText.TryParse(CloseText.Write(CloseCode.Done, string.Concat(Enumerable.Repeat("é😀", 60))), out _, out var sentence));
        Assert.Equal(string.Concat(Enumerable.Repeat("é😀", 20)) + "é", sentence); // 122 bytes; the next 😀 would make 126
    }

    [Fact]
    public void What_is_written_is_read_and_every_truncation_of_the_code_is_refused() =>
        Gen.Select(Gen.Enum<CloseCode>(), Gen.String).Sample((code, sentence) =>
        {
            var written = CloseText.Write(code, sentence);
            Assert.True(CloseText.TryParse(written, out var read, out var readSentence));
            Assert.Equal(code, read);
            // A lone surrogate has no UTF-8; it is written as the character that stands for what cannot be read.
            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(sentence));
            if (Encoding.UTF8.GetByteCount(expected) <= CloseText.SentenceBytesMax) Assert.Equal(expected, readSentence);
            else Assert.StartsWith(readSentence, expected, StringComparison.Ordinal);
            for (var length = 0; length < 5; length++) Assert.False(CloseText.TryParse(written.AsSpan(0, length), out _, out _));
        });

    [Fact]
    public void No_bytes_throw() => Gen.Byte.Array[0, 140].Sample(bytes => { _ = CloseText.TryParse(bytes, out _, out _); });
}
