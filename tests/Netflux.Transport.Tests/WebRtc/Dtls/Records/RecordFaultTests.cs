using Netflux.Transport.WebRtc.Dtls.Records;

namespace Netflux.Transport.Tests.WebRtc.Dtls.Records;

/// <summary>
/// Faults that a record layer could have, planted around one that has none, as if it had counted, sealed, read or remembered wrongly: the checks of
/// <see cref="RecordConversation"/> see each of them. Without a fault the same conversations pass.
/// </summary>
public sealed class RecordFaultTests
{
    private const ulong SeedsMax = 20;

    // The ring of the window, 16 words, is gone round more than once.
    private const int Records = 2_500;

    private static void Caught(Action<RecordConversation> plant, string sign)
    {
        for (ulong seed = 0; seed < SeedsMax; seed++)
        {
            var conversation = new RecordConversation(seed);
            plant(conversation);
            if (conversation.Run(Records).Exists(fault => fault.Contains(sign, StringComparison.Ordinal))) return;
        }
        Assert.Fail($"Not one of {SeedsMax} conversations shows it.");
    }

    [Fact]
    public void Nothing_planted_nothing_found()
    {
        for (ulong seed = 0; seed < SeedsMax; seed++)
        {
            var faults = new RecordConversation(seed).Run(Records);
            Assert.True(faults.Count == 0, $"seed {seed}: {string.Join("; ", faults.Take(5))}");
        }
    }

    [Fact]
    public void Ciphers_and_windows_that_stand_in_are_no_faults_themselves()
    {
        for (ulong seed = 0; seed < SeedsMax; seed++)
        {
            var conversation = new RecordConversation(seed) { Ciphers = watch => new FaultyCiphers(watch) };
            var window = new ReplayWindow();
            Assert.Empty(Behind(conversation, sequence => window.IsFresh(sequence), sequence => window.Mark(sequence)).Run(Records));
        }
    }

    [Fact]
    public void A_counter_that_begins_where_the_librarys_began() => Caught(conversation =>
    {
        DtlsRecords? own = null;
        conversation.Sealing = _ => own ??= conversation.MakePair().Client;
    }, "a nonce was used twice");

    [Fact]
    public void A_nonce_that_stands_behind_its_number() => Caught(conversation => conversation.Ciphers = FaultyCiphers.CountingAgain, "a nonce was used twice");

    [Fact]
    public void A_number_that_does_not_go_up() => Caught(conversation => conversation.Sealing = _ => conversation.MakePair().Client, "a nonce was used twice");

    [Fact]
    public void A_window_that_remembers_nothing() => Caught(conversation => Behind(conversation, _ => true, _ => { }), "was opened twice");

    [Fact]
    public void A_window_that_shifts_by_more_than_a_word_holds() => Caught(conversation =>
    {
        // In C#, as on many processors, a shift by 64 is one by 0.
        var (highest, bits) = (0UL, 0UL);
        Behind(conversation, sequence => sequence > highest || (highest - sequence < 64 && (bits >> (int)(highest - sequence) & 1) == 0), sequence =>
        {
            if (sequence > highest) (bits, highest) = (bits << (int)(sequence - highest), sequence);
            bits |= 1UL << (int)(highest - sequence);
        });
    }, "was not opened");

    [Fact]
    public void A_window_that_enters_words_as_it_left_them() => Caught(conversation =>
    {
        // A ring as ours, of which nothing is cleared.
        var (highest, bits) = (0UL, new bool[ReplayWindow.Width + 64]);
        Behind(conversation, sequence => (sequence > highest || highest - sequence < ReplayWindow.Width) && !bits[sequence % (ulong)bits.Length], sequence =>
        {
            highest = Math.Max(highest, sequence);
            bits[sequence % (ulong)bits.Length] = true;
        });
    }, "was not opened");

    [Fact]
    public void A_window_that_moves_for_what_nobody_proved() => Caught(conversation =>
    {
        var window = new ReplayWindow();
        Behind(conversation, sequence =>
        {
            if (!window.IsFresh(sequence)) return false;
            window.Mark(sequence);
            return true;
        }, _ => { });
    }, "was not opened");

    [Fact]
    public void A_tag_that_is_not_checked() => Caught(conversation => conversation.Ciphers = watch => new TaglessCiphers(watch), "with its text changed");

    [Fact]
    public void An_epoch_that_is_not_looked_at() => Caught(conversation =>
    {
        var receiver = conversation.MakePair().Server;
        conversation.Opening = record =>
        {
            if (!DtlsRecordHeader.TryParse(record, out var header)) return null;
            var read = record.ToArray();
            (header with { Number = new(DtlsRecords.Epoch, header.Number.Sequence) }).Write(read);
            return RecordsPair.Open(receiver, read);
        };
    }, "with its epoch changed");

    [Fact]
    public void A_number_that_is_not_authenticated() => Caught(conversation => conversation.Ciphers = watch => new FaultyCiphers(watch, associated: bytes => bytes[..8].Clear()), "with its number changed");

    [Fact]
    public void A_type_that_is_not_authenticated() => Caught(conversation => conversation.Ciphers = watch => new FaultyCiphers(watch, associated: bytes => bytes[8] = 0), "with its type changed");

    /// <summary>Two ends with this fault understand each other, and GCM authenticates the length by itself: only another implementation's record shows it.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void A_length_that_is_not_authenticated(bool isFaulty)
    {
        var ciphers = new FaultyCiphers(AesGcmCiphers.Instance, associated: bytes =>
        {
            if (isFaulty) bytes[11..].Clear();
        });
        Assert.Equal(isFaulty, RecordsPair.Open(new RecordsPair(ciphers: ciphers).Server, Convert.FromHexString(DtlsRecordsTests.Aes128)) is null);
    }

    /// <summary>A receiver with this window in place of its own: the records behind it remember nothing.</summary>
    private static RecordConversation Behind(RecordConversation conversation, Func<ulong, bool> isFresh, Action<ulong> mark)
    {
        conversation.Opening = record =>
        {
            if (!DtlsRecordHeader.TryParse(record, out var header) || header.Number.Epoch != DtlsRecords.Epoch || !isFresh(header.Number.Sequence)) return null;
            var text = RecordsPair.Open(conversation.MakePair().Server, record);
            if (text is not null) mark(header.Number.Sequence);
            return text;
        };
        return conversation;
    }
}
