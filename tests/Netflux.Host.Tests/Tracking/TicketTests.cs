using System.Text.Json;
using Netflux.Host.Cli;
using Netflux.Host.Faults;
using Netflux.Identity;
using Netflux.Io;

namespace Netflux.Host.Tracking;

/// <summary>Tickets as the command writes and shows them, to a host that redeems them from its store.</summary>
[Trait("Category", "Rim")]
public sealed class TicketTests : IDisposable
{
    private const string ByInvitation = """{"type":"full-mesh","join":"invite"}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("netflux-tickets").FullName;
    private readonly int _port = FaultRig.FreePort();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Written_before_the_host_was_killed_it_lets_in_whom_it_is_to_afterwards()
    {
        string ticket, forCy;
        string cyId;
        using (var cy = IdentityFile.OpenOrCreate(PathOf("cy.pem"), DateTimeOffset.UtcNow)) cyId = cy.Keys.Card.Id.ToString();
        await using (var host = await HostAsync())
        {
            Assert.Equal(0, (await RunAsync("create", "club", "ann", "--tracker", Server, "--topology", ByInvitation)).ExitCode);
            var refused = await RunAsync("join", "club", "bob", "--tracker", Server);
            Assert.Equal((1, "notAdmitted"), (refused.ExitCode, Error(refused)));

            var written = await RunAsync("ticket", "club", "ann", "--tracker", Server, "--uses", "1", "--expires", "2d");
            Assert.Equal(0, written.ExitCode);
            var said = JsonDocument.Parse(written.Output).RootElement;
            Assert.Equal(("ticket", 1, false), (said.Text("event"), said.GetProperty("uses").GetInt32(), said.GetProperty("mayInvite").GetBoolean()));
            Assert.InRange(said.GetProperty("expires").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromDays(2) - NetfluxProcess.Patience, TimeSpan.FromDays(2));
            ticket = said.Text("ticket");
            var plain = await NetfluxProcess.RunAsync(["ticket", "club", "--tracker", Server, "--name", "ann", "--identity", PathOf("ann.pem"), "--for", cyId, "--may-invite"]);
            Assert.Equal(0, plain.ExitCode);
            forCy = plain.Output.Trim();
            Assert.True(Ticket.TryParse(forCy, out var read, out var why), why);
            Assert.Equal((cyId, true), (read.Holder.ToString(), read.MayInvite));
            host.Kill();
            await host.ExitAsync();
        }
        await using var again = await HostAsync();
        await using (var bob = Join("bob", ticket))
        {
            var joined = await bob.ExpectAsync("joined");
            Assert.Equal("ann", Assert.Single(joined.GetProperty("remembered").EnumerateArray()).Text("name"));

            // Members take each other's admissions.
            await using var cy = Join("cy", forCy);
            Assert.Equal("bob", Assert.Single((await cy.ExpectAsync("joined")).GetProperty("members").EnumerateArray()).Text("name"));
            await cy.SayAsync("hello");
            Assert.Equal("hello", (await Talk.HeardAsync(bob)).Text);
        }
        Assert.Equal("ticketUsedUp", Error(await RunAsync("join", "club", "eve", "--tracker", Server, "--ticket", ticket)));
        Assert.Equal("ticketInvalid", Error(await RunAsync("join", "club", "eve", "--tracker", Server, "--ticket", forCy)));

        again.Kill();
        await again.ExitAsync();
        await using var third = await HostAsync();
        Assert.Equal("ticketUsedUp", Error(await RunAsync("join", "club", "eve", "--tracker", Server, "--ticket", ticket)));
        Assert.Equal(0, (await RunAsync("join", "club", "bob", "--tracker", Server, "--ticket", ticket)).ExitCode);     // counts once
        Assert.Equal(0, (await RunAsync("join", "club", "bob", "--tracker", Server)).ExitCode);                        // and is a member
    }

    [Fact]
    public async Task What_is_written_wrongly_is_one_plain_sentence()
    {
        foreach (var (arguments, text) in new (string[], string)[]
        {
            (["join", "club", "--tracker", Server, "--ticket", "lobby"], "--ticket: This is no ticket: one begins with netflux-ticket-."),
            (["ticket", "club", "--tracker", Server, "--for", "bob"], "--for is 'bob'; expected is the id of a peer, 32 characters of a–z and 2–7."),
            (["ticket", "club", "--tracker", Server, "--expires", "soon"], "--expires is 'soon'; expected is a time such as 30m, 12h or 2d."),
            (["ticket", "club", "--tracker", Server, "--expires", "-2d"], "--expires is '-2d'; expected is a time such as 30m, 12h or 2d."),
        })
        {
            var wrong = await NetfluxProcess.RunAsync(arguments);
            Assert.Equal((2, text), (wrong.ExitCode, wrong.Errors.Trim()));
        }
    }

    private async Task<NetfluxProcess> HostAsync()
    {
        var host = NetfluxProcess.Start("host", "--urls", $"http://127.0.0.1:{_port}", "--data", Path.Combine(_folder, "store"), "--json");
        await host.ExpectAsync("listening");
        return host;
    }

    private string Server => $"ws://127.0.0.1:{_port}";

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string command, string network, string name, params string[] more) =>
        NetfluxProcess.RunAsync([command, network, "--name", name, "--identity", PathOf(name + ".pem"), "--json", .. more]);

    private NetfluxProcess Join(string name, string ticket) => NetfluxProcess.Start("join", "club", "--tracker", Server, "--name", name, "--identity", PathOf(name + ".pem"), "--ticket", ticket, "--json");

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static string Error((int ExitCode, string Output, string Errors) run) => JsonDocument.Parse(run.Output.Split('\n')[^1]).RootElement.Text("code");
}
