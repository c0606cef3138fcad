using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netflux.Host.Server;

/// <summary>A certificate of a server on this machine, as an authority issues it: root, intermediate, leaf. In PEM files of a folder that goes with this.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-certificates-").FullName;

    public TestCertificates()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var root = Authority("test root", rootKey).CreateSelfSigned(from, to);
        using var middle = Authority("test intermediate", middleKey).Create(root, from, to, [1]).CopyWithPrivateKey(middleKey);
        var request = new CertificateRequest("CN=test server", leafKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.Create(middle, from, to, [2]);
        Fingerprint = HostCertificate.FingerprintOf(leaf);
        MiddleFingerprint = HostCertificate.FingerprintOf(middle);
        Root = Write("root.pem", root.ExportCertificatePem());
        Chain = Write("chain.pem", leaf.ExportCertificatePem(), middle.ExportCertificatePem());
        Key = Write("key.pem", leafKey.ExportPkcs8PrivateKeyPem());
        ChainAndKey = Write("chain-and-key.pem", leaf.ExportCertificatePem(), middle.ExportCertificatePem(), leafKey.ExportPkcs8PrivateKeyPem());
        OtherKey = Write("other-key.pem", middleKey.ExportPkcs8PrivateKeyPem());
        Nothing = Write("nothing.pem", "no certificate");
    }

    /// <summary>Of the leaf, as a host tells it.</summary>
    public string Fingerprint { get; }

    public string MiddleFingerprint { get; }

    public string Root { get; }

    public string Chain { get; }

    public string Key { get; }

    public string ChainAndKey { get; }

    public string OtherKey { get; }

    public string Nothing { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private string Write(string name, params string[] pem)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path, pem);
        return path;
    }
}
