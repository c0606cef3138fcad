using System.Reflection;

namespace Netflux.Host.Readme;

public class ReadmeTests
{
    private static readonly string s_root = FindRoot();

    [Fact]
    public void The_sample_is_the_code_that_compiles() => Assert.Equal(FromFile(), FromReadme());

    [Theory, InlineData("dotnet run --project Netflux.Host -- demo"), InlineData("dotnet tool restore && dotnet cake --target=Test")]
    public void The_two_commands_stand_alone(string command) => Assert.Contains($"```bash\n{command}\n```", File.ReadAllText(Path.Combine(s_root, "README.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);

    [Fact]
    public void Every_link_leads_to_a_file_of_the_repository()
    {
        foreach (var link in File.ReadAllText(Path.Combine(s_root, "README.md")).Split("](").Skip(1).Select(rest => rest[..rest.IndexOf(')', StringComparison.Ordinal)]))
            Assert.True(link.StartsWith("http", StringComparison.Ordinal) || Path.Exists(Path.Combine(s_root, link)), $"{link} does not exist");
    }

    private static List<string> FromReadme()
    {
        var lines = File.ReadAllLines(Path.Combine(s_root, "README.md"));
        var begin = Array.IndexOf(lines, "```csharp") + 1;
        return Trimmed(lines[begin..Array.IndexOf(lines, "```", begin)]);
    }

    private static List<string> FromFile()
    {
        var lines = File.ReadAllLines(Path.Combine(s_root, "tests", "Netflux.Host.Tests", "Readme", "ChatService.cs"));
        int At(string mark) => Array.FindIndex(lines, line => line.Trim() == mark);
        return Trimmed([.. lines[(At("// README begins") + 1)..At("// README pauses")], .. lines[(At("// README goes on") + 1)..]]);
    }

    private static List<string> Trimmed(IEnumerable<string> lines) => [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(Path.Combine(folder!.FullName, "Netflux.sln"))) folder = folder.Parent;
        return folder.FullName;
    }
}
