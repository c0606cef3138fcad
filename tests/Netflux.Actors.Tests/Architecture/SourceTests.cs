namespace Netflux.Tests.Architecture;

/// <summary>What holds of the source files themselves.</summary>
public class SourceTests
{
    internal static string Root { get; } = FindRoot();

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.Empty(Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Where(IsOurs).Where(file => File.ReadLines(file).Count() > 500).Select(file => Path.GetRelativePath(Root, file)));

    internal static bool IsOurs(string file) =>
        !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(folder => folder is "obj" or "bin" or "artifacts" or "node_modules" || folder.StartsWith('.'));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Netflux.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run inside the repository; Netflux.sln was not found above them.");
    }
}
