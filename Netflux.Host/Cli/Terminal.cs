using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Netflux.Messages;

namespace Netflux.Host.Cli;

/// <summary>
/// The one place that speaks to the person or program outside: standard output in sentences or, with <c>--json</c>, one JSON object per event and line;
/// errors in one sentence on standard error.
/// </summary>
internal sealed class Terminal : IDisposable
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly Stream _output;
    private readonly TextWriter _errors;
    private readonly Stream _input;
    private readonly CancellationTokenSource _closed = new();

    public Terminal(Stream output, TextWriter errors, Stream input, bool json) => (_output, _errors, _input, IsJson) = (output, errors, input, json);

    public bool IsJson { get; }

    /// <summary>Cancelled when whoever read the output has gone (a broken pipe): there is nobody left to work for.</summary>
    public CancellationToken Closed => _closed.Token;

    public static Terminal Open(bool json) => new(StandardOutput(), Console.Error, Console.OpenStandardInput(), json);

    /// <summary>Writes a sentence; with <c>--json</c> the event alone counts.</summary>
    public void Say(string sentence)
    {
        if (!IsJson) Write(Encoding.UTF8.GetBytes(Printable(sentence) + "\n"));
    }

    /// <summary>Writes an event: the object with <c>--json</c>, else the sentence, where there is one.</summary>
    public void Tell(string name, string? sentence, Action<Utf8JsonWriter> fields)
    {
        if (!IsJson)
        {
            if (sentence is not null) Say(sentence);
            return;
        }
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_json))
        {
            writer.WriteStartObject();
            writer.WriteString("event", name);
            fields(writer);
            writer.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        Write(buffer.ToArray());
    }

    /// <summary>One plain sentence on standard error; with <c>--json</c> also the event.</summary>
    public void Fail(string code, string text)
    {
        lock (_gate) _errors.WriteLine(Printable(text));
        if (IsJson) Tell("error", null, json => { json.WriteString("code", code); json.WriteString("text", text); });
    }

    /// <summary>A bar on standard error, where a person watches it; gone when all is done.</summary>
    public void ShowProgress(int done, int of)
    {
        const int Width = 40;
        if (IsJson || Console.IsErrorRedirected) return;
        var filled = of == 0 ? Width : Width * done / of;
        var bar = string.Create(CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string('.', Width - filled)}] {done} of {of}");
        lock (_gate) _errors.Write(done < of ? $"\r{bar}" : $"\r{new string(' ', bar.Length)}\r");
    }

    public void Fail(NetfluxException failure) => Fail(CodeOf(failure.Error), failure.Message);

    /// <summary>The lines of standard input, until it ends.</summary>
    public ChannelReader<string> ReadLines()
    {
        // A bounded channel: what the network does not take yet stays in the pipe.
        var lines = Channel.CreateBounded<string>(16);
        // Reading a terminal blocks and cannot be cancelled, so it has a thread of its own, which ends with the process.
        new Thread(() =>
        {
            try
            {
                using var reader = new StreamReader(_input, new UTF8Encoding(false));
                while (reader.ReadLine() is { } line)
                    if (!lines.Writer.TryWrite(line)) lines.Writer.WriteAsync(line).AsTask().GetAwaiter().GetResult();
                lines.Writer.TryComplete();
            }
            catch (Exception failure) when (failure is IOException or ChannelClosedException or ObjectDisposedException)
            {
                lines.Writer.TryComplete(); // an input that breaks has ended
            }
        }) { IsBackground = true, Name = "standard input" }.Start();
        return lines.Reader;
    }

    /// <summary>What peers send is shown, never obeyed: characters that move the cursor or turn the text's direction are replaced.</summary>
    public static string Printable(string text) => text.Any(IsObeyed) ? string.Concat(text.Select(c => IsObeyed(c) ? '\ufffd' : c)) : text;

    // Beside control characters those that turn the direction of text (UAX #9 §2), which can hide who speaks.
    private static bool IsObeyed(char c) => char.IsControl(c) && c != '\t' || c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069';

    public static string CodeOf(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public void Dispose() => _closed.Dispose();

    private void Write(byte[] bytes)
    {
        lock (_gate)
        {
            if (_closed.IsCancellationRequested) return;
            try
            {
                _output.Write(bytes);
                _output.Flush();
                return;
            }
            catch (IOException) { }
        }
        _closed.Cancel();
    }

    // The console's own stream hides a broken pipe on Unix; a stream over the descriptor tells. That one, however, writes into a file at places of its own counting,
    // so two programs that share the file would write over each other; a file does not break, and takes the console's.
    private static Stream StandardOutput()
    {
        if (OperatingSystem.IsWindows()) return Console.OpenStandardOutput();
        var descriptor = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return descriptor.CanSeek ? Console.OpenStandardOutput() : descriptor;
    }
}
