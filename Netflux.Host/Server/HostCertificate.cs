using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Netflux.Messages;

namespace Netflux.Host.Server;

/// <summary>The certificate with which a host speaks https: one from files, or one made at start that lives as long as the process.</summary>
internal sealed class HostCertificate : IDisposable
{
    private HostCertificate(X509Certificate2 own, X509Certificate2Collection signers) => (Own, Signers) = (own, signers);

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Those that signed it, which are sent with it: who connects knows the root alone (RFC 8446 §4.4.2).</summary>
    public X509Certificate2Collection Signers { get; }

    public string Fingerprint => FingerprintOf(Own);

    /// <summary>As browsers show it, RFC 8122 §5: SHA-256, in pairs of capitals.</summary>
    public static string FingerprintOf(X509Certificate2 certificate) => string.Join(':', SHA256.HashData(certificate.RawData).Select(octet => octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));

    /// <param name="file">PEM: the certificate and those that signed it, and the key unless <paramref name="keyFile"/> has it.</param>
    /// <param name="keyFile">PEM.</param>
    /// <exception cref="NetfluxException"><see cref="NetfluxError.InvalidOptions"/>: a file cannot be read, or does not hold what it should.</exception>
    public static HostCertificate Read(string file, string? keyFile)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(file, keyFile);
            var signers = new X509Certificate2Collection();
            signers.ImportFromPemFile(file);
            foreach (var self in signers.Where(one => one.RawDataMemory.Span.SequenceEqual(pem.RawDataMemory.Span)).ToList())
            {
                signers.Remove(self);
                self.Dispose();
            }
            return new(Usable(pem), signers);
        }
        // A key that is another certificate's is an ArgumentException.
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new NetfluxException(NetfluxError.InvalidOptions, $"--certificate {file}{(keyFile is null ? "" : $" with --certificate-key {keyFile}")} cannot be used: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    /// <summary>A self-signed one for this machine's names and addresses. Browsers warn of it once; its fingerprint says whether it is the one that was meant.</summary>
    public static HostCertificate Create(string machineName, IEnumerable<IPAddress> addresses, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={machineName}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(machineName);
        foreach (var address in addresses.Append(IPAddress.Loopback).Append(IPAddress.IPv6Loopback).Distinct()) names.AddIpAddress(new IPAddress(address.GetAddressBytes()));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)); // serverAuth, RFC 5280 §4.2.1.12
        // A day before, for clocks that are behind; a year, which no process outlives unseen.
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        return new(Usable(made), []);
    }

    public void Dispose()
    {
        Own.Dispose();
        foreach (var signer in Signers) signer.Dispose();
    }

    // The platform's TLS on Windows takes keys only from a store; through PKCS #12 they come to lie in one.
    private static X509Certificate2 Usable(X509Certificate2 certificate) => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
