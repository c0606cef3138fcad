using System.Reflection;
using PublicApiGenerator;

namespace Netflux.Tests.Architecture;

/// <summary>The public surface is an approved text file: what users can come to depend on never changes unseen. <c>APPROVE=1</c> writes it anew.</summary>
public class PublicSurfaceTests
{
    [Theory, InlineData("Netflux.Actors"), InlineData("Netflux.Transport"), InlineData("Netflux.TestKit")]
    public void The_public_surface_is_the_approved_one(string assembly)
    {
        var surface = Assembly.Load(assembly).GeneratePublicApi(new() { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n");
        var file = Path.Combine(SourceTests.Root, "tests", "Netflux.Actors.Tests", "Architecture", $"{assembly}.approved.txt");
        if (Environment.GetEnvironmentVariable("APPROVE") == "1") File.WriteAllText(file, surface);
        Assert.True(File.Exists(file), $"{file} is missing: run the test once with APPROVE=1 and look at what it wrote.");
        Assert.Equal(File.ReadAllText(file).ReplaceLineEndings("\n"), surface);
    }
}
