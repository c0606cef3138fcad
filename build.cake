// The one build language of Netflux: dotnet cake --target=NAME. CONTRIBUTING.md lists the targets; CI calls Test.
using System.Globalization;
using System.Xml.Linq;

var target = Argument("target", "Test");
var configuration = Argument("configuration", "Debug");
var filter = Argument("filter", "");
var arguments = Argument("args", "demo");
var seeds = Argument("seeds", 2000);

const string Solution = "Netflux.sln";
var artifacts = Directory("artifacts");
var results = artifacts + Directory("test-results");
var plainLine = "";

Setup(_ => Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "1"));

Task("Clean")
    .Does(() =>
    {
        DotNetClean(Solution, new DotNetCleanSettings { Configuration = configuration, Verbosity = DotNetVerbosity.Quiet });
        CleanDirectory(artifacts);
    });

Task("Restore")
    .Does(() => DotNetRestore(Solution, new DotNetRestoreSettings { Verbosity = DotNetVerbosity.Quiet }));

Task("Build")
    .IsDependentOn("Restore")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration, NoRestore = true, Verbosity = DotNetVerbosity.Quiet }));

Task("Test")
    .Description("All test projects, one after the other; their results are counted from the trx files.")
    .IsDependentOn("Build")
    .Does(() =>
    {
        CleanDirectory(results);
        var broken = new List<string>();
        foreach (var project in GetFiles("tests/**/*.csproj").Where(IsTestProject).OrderBy(file => file.FullPath, StringComparer.Ordinal))
        {
            var name = project.GetFilenameWithoutExtension().ToString();
            var arguments = new ProcessArgumentBuilder().Append("test").AppendQuoted(project.FullPath).Append("--no-build").Append("--configuration").Append(configuration)
                .Append("--verbosity").Append("quiet").Append("--results-directory").AppendQuoted(MakeAbsolute(results).FullPath).Append("--logger").AppendQuoted($"trx;LogFileName={name}.trx")
                .Append("--logger").AppendQuoted("console;verbosity=minimal"); // says why a test failed
            arguments.Append("--filter").AppendQuoted(filter.Length > 0 ? filter : "Category!=Soak");
            var exit = StartProcess("dotnet", new ProcessSettings { Arguments = arguments });
            // A test host that crashes leaves no results, or not all of them: its exit code counts, too.
            if (exit != 0) broken.Add(name);
        }
        var (passed, failed, skipped) = Count(GetFiles($"{results}/*.trx"));
        plainLine = string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed") + (skipped > 0 ? string.Create(CultureInfo.InvariantCulture, $", {skipped} skipped") : "");
        if (failed > 0 || broken.Count > 0) throw new CakeException($"Tests failed in {string.Join(", ", broken)}.");
        if (passed == 0) throw new CakeException("No test ran.");
    });

Task("Soak")
    .Description("The long tests, which Test leaves out: many seeds, many cycles.")
    .IsDependentOn("Build")
    .Does(() =>
    {
        foreach (var project in GetFiles("tests/**/*.csproj").Where(IsTestProject))
            DotNetTest(project.FullPath, new DotNetTestSettings
            {
                Configuration = configuration, NoBuild = true, Filter = filter.Length > 0 ? filter : "Category=Soak",
            });
    });

Task("Simulate")
    .Description("Every scenario of gossip with many seeds: dotnet cake --target=Simulate --seeds=10000. The results are in artifacts/simulation.")
    .IsDependentOn("Restore")
    .Does(() =>
    {
        var simulation = artifacts + Directory("simulation");
        EnsureDirectoryExists(simulation);
        foreach (var scenario in GetFiles("tests/Netflux.Simulation/Scenarios/*.json"))
        {
            var name = scenario.GetFilenameWithoutExtension().ToString();
            DotNetRun("Netflux.Host/Netflux.Host.csproj", $"simulate {name} --seeds {seeds} --csv {simulation}/{name}.csv", new DotNetRunSettings { Configuration = "Release", NoRestore = true });
        }
    });

Task("Peers")
    .Description("Installs what the tests of WebRTC run of others' software: Debian packages (as root), npm packages, and pion's peer.")
    .Does(() =>
    {
        if (StartProcess("bash", "tests/Netflux.Benchmarks/peers/install.sh") != 0) throw new CakeException("What the peers need could not be installed.");
    });

Task("Bench")
    .Description("The benchmarks, in Release: dotnet cake --target=Bench --args=\"--filter *\".")
    .Does(() => DotNetRun("tests/Netflux.Benchmarks/Netflux.Benchmarks.csproj", HasArgument("args") ? arguments : "--filter *", new DotNetRunSettings { Configuration = "Release" }));

Task("Pack")
    .Description("The packages, in artifacts/packages.")
    .IsDependentOn("Restore")
    .Does(() =>
    {
        foreach (var project in new[] { "Netflux.Actors", "Netflux.Transport", "tests/Netflux.TestKit", "Netflux.Host" })
            DotNetPack(project, new DotNetPackSettings { Configuration = "Release", NoRestore = true, OutputDirectory = artifacts + Directory("packages") });
    });

Task("Run")
    .Description("The netflux command: dotnet cake --target=Run --args=\"chat lobby\"; without arguments the demonstration.")
    .Does(() => DotNetRun("Netflux.Host/Netflux.Host.csproj", arguments, new DotNetRunSettings { Configuration = configuration }));

bool IsTestProject(FilePath project) => System.IO.File.ReadAllText(project.FullPath).Contains("<IsTestProject>true</IsTestProject>", StringComparison.Ordinal);

(int Passed, int Failed, int Skipped) Count(FilePathCollection files)
{
    var (passed, failed, skipped) = (0, 0, 0);
    foreach (var file in files)
    {
        XNamespace trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
        foreach (var result in XDocument.Load(file.FullPath).Descendants(trx + "UnitTestResult"))
            switch ((string)result.Attribute("outcome"))
            {
                case "Passed": passed++; break;
                case "NotExecuted": skipped++; break;
                default: failed++; break;
            }
    }
    return (passed, failed, skipped);
}

// The counts are the last line, below Cake's own summary and whatever failed.
var succeeded = true;
try { RunTarget(target); }
catch (Exception failure) { Error(failure.GetBaseException().Message); succeeded = false; }
if (plainLine.Length > 0) Console.WriteLine(plainLine);
if (!succeeded) Environment.Exit(1);
