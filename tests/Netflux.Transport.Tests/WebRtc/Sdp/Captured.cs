namespace Netflux.Transport.WebRtc.Sdp;

internal static class Captured
{
    public static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "WebRtc", "Sdp", "Captured");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));
}
