using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Netflux.Host.Browser;

/// <summary>One file for browsers: its bytes lie in the assembly, so that the command needs no directory beside it.</summary>
/// <param name="Path">As it is asked for, such as <c>/netflux.js</c>.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Tag">A strong validator (RFC 9110 §8.8.3): a hash of the bytes.</param>
internal sealed record BrowserFile(string Path, string ContentType, byte[] Bytes, EntityTagHeaderValue Tag);

/// <summary>The files of <c>wwwroot</c> that browsers may have: the browser peer, and the demonstration page.</summary>
internal static class BrowserFiles
{
    public const string Page = "/index.html";
    private const string ResourcePrefix = "wwwroot/";

    public static readonly IReadOnlyDictionary<string, BrowserFile> All = Read().ToDictionary(file => file.Path, StringComparer.Ordinal);

    private static IEnumerable<BrowserFile> Read()
    {
        var assembly = typeof(BrowserFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\"");
            yield return new BrowserFile("/" + name[ResourcePrefix.Length..].Replace('\\', '/'), ContentTypeOf(name), bytes, tag);
        }
    }

    private static string ContentTypeOf(string name) => System.IO.Path.GetExtension(name) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".html" => "text/html; charset=utf-8",
        ".svg" => "image/svg+xml",
        var extension => throw new InvalidOperationException($"What {extension} files are is not known; {name} is one."),
    };
}
