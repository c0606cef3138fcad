using System.Diagnostics;
using System.Globalization;
using System.Text;
using Netflux.TestTools;
using Netflux.Transport.WebRtc.Dtls;

namespace Netflux.Transport.Tests.WebRtc.Io.Handshakes;

/// <summary>Against OpenSSL's commands, in both roles.</summary>
[Trait("Category", "Rim")]
public sealed class OpenSslTests : IDisposable
{
    private readonly DtlsIdentity _own = DtlsIdentity.Create(DateTimeOffset.UtcNow);
    private readonly DtlsIdentity _theirs = DtlsIdentity.Create(DateTimeOffset.UtcNow);
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-openssl").FullName;
    private readonly List<string> _lines = [];
    private Process? _openssl;

    public static TheoryData<string> Suites => ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"];

    [RequiresTheory(Tool.OpenSsl), MemberData(nameof(Suites))]
    public void A_server_of_OpenSSL_is_connected_to(string suite)
    {
        Run($"s_server -dtls1_2 -accept 127.0.0.1:0 -Verify 1 -cipher {suite} {Credentials()}");
        var accepting = WaitForLine("ACCEPT");
        using var end = new UdpEnd(DtlsRole.Client, _own, _theirs.Fingerprint, int.Parse(accepting[(accepting.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        Talk(end);
        end.Close();
        WaitForLine("DONE");
    }

    [RequiresTheory(Tool.OpenSsl), MemberData(nameof(Suites))]
    public void A_client_of_OpenSSL_is_served(string suite)
    {
        using var end = new UdpEnd(DtlsRole.Server, _own, _theirs.Fingerprint, null);
        Run($"s_client -dtls1_2 -connect 127.0.0.1:{end.Port} -cipher {suite} {Credentials()}");
        Talk(end);
        _openssl!.StandardInput.Write("Q\n");
        _openssl.StandardInput.Flush();
        end.WaitUntil(one => one.Events.Count > 1);
        Assert.Equal(new DtlsClosed(), end.Events[1]);
    }

    [RequiresFact(Tool.OpenSsl)]
    public void A_client_without_the_extended_master_secret_is_refused()
    {
        // OpenSSL leaves the extension out where its configuration says so.
        var configuration = Path.Combine(_folder, "openssl.cnf");
        File.WriteAllText(configuration, "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -ExtendedMasterSecret\n");
        using var end = new UdpEnd(DtlsRole.Server, _own, _theirs.Fingerprint, null);
        Run($"s_client -dtls1_2 -connect 127.0.0.1:{end.Port} {Credentials()}", configuration);
        end.WaitUntil(one => one.Events.Count > 0);
        Assert.Equal([new DtlsFailed(new DtlsNoExtendedMasterSecret())], end.Events);
    }

    [RequiresFact(Tool.OpenSsl)]
    public void A_client_without_a_certificate_is_refused()
    {
        using var end = new UdpEnd(DtlsRole.Server, _own, _theirs.Fingerprint, null);
        Run($"s_client -dtls1_2 -connect 127.0.0.1:{end.Port}");
        end.WaitUntil(one => one.Events.Count > 0);
        Assert.Equal([new DtlsFailed(new DtlsFingerprintMismatch())], end.Events);
    }

    public void Dispose()
    {
        if (_openssl is not null)
        {
            if (!_openssl.HasExited) _openssl.Kill();
            _openssl.WaitForExit();
            _openssl.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
        _own.Dispose();
        _theirs.Dispose();
    }

    // In both directions.
    private void Talk(UdpEnd end)
    {
        end.WaitUntil(one => one.Events.Count > 0);
        Assert.IsType<DtlsConnected>(end.Events[0]);
        end.Send("of ours\n"u8);
        WaitForLine("of ours");
        _openssl!.StandardInput.Write("of theirs\n");
        _openssl.StandardInput.Flush();
        end.WaitUntil(one => one.Received.Count > 0);
        Assert.Equal("of theirs\n", Encoding.UTF8.GetString(end.Received[0]));
    }

    private string Credentials()
    {
        var (certificate, key) = (Path.Combine(_folder, "certificate.pem"), Path.Combine(_folder, "key.pem"));
        File.WriteAllText(certificate, new string(System.Security.Cryptography.PemEncoding.Write("CERTIFICATE", _theirs.Certificate.Span)));
        File.WriteAllText(key, _theirs.Key.ExportPkcs8PrivateKeyPem());
        return $"-cert {certificate} -key {key}";
    }

    private void Run(string arguments, string? configuration = null)
    {
        var start = new ProcessStartInfo(Installed.PathOf(Tool.OpenSsl), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (configuration is not null) start.Environment["OPENSSL_CONF"] = configuration;
        _openssl = Process.Start(start)!;
        _openssl.OutputDataReceived += (_, line) => OnLine(line.Data);
        _openssl.BeginOutputReadLine();
        _openssl.BeginErrorReadLine();
    }

    private string WaitForLine(string text)
    {
        lock (_lines)
        {
            while (true)
            {
                if (_lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is { } found) return found;
                if (!Monitor.Wait(_lines, TimeSpan.FromSeconds(20))) Assert.Fail($"OpenSSL does not say '{text}', but: {string.Join(" | ", _lines)}");
            }
        }
    }

    private void OnLine(string? line)
    {
        lock (_lines)
        {
            if (line is not null) _lines.Add(line);
            Monitor.PulseAll(_lines);
        }
    }
}
