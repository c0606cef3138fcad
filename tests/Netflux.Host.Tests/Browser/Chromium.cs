using System.Net.WebSockets;
using System.Text.Json;
using Netflux.TestTools;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Support.UI;

namespace Netflux.Host.Browser;

/// <summary>Headless Chromium, and its tabs as a person uses them.</summary>
internal sealed class Chromium : IDisposable
{
    // The page is fast; the machine that runs all tests at once may not be. What must be fast is asserted where it is said.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The issue's flags for running as root. Host candidates are shown as addresses, because a container has nobody who answers for .local names; and tabs that are not looked at keep
    // the priority of their process, because a machine that runs all tests at once would starve them.
    private static readonly string[] s_flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-features=WebRtcHideLocalIpsWithMdns", "--ignore-certificate-errors", "--disable-renderer-backgrounding", "--window-size=1200,800",
    ];

    // Runs before the page's own scripts: what the page connects with can be asked afterwards, whatever the page itself says of it.
    private const string Watching = """
        globalThis.watched = { RTCPeerConnection: [], WebSocket: [] };
        for (const [name, made] of Object.entries(watched)) globalThis[name] = class extends globalThis[name] {
          constructor(...options) { super(...options); made.push(this); }
        };
        """;

    private readonly ChromeDriver _driver;
    private readonly List<ChromeDriver> _attached = [];
    private readonly string _first;
    private bool _firstTaken;

    /// <param name="flags">Others than those that every test needs.</param>
    public Chromium(params string[] flags)
    {
        var options = new ChromeOptions { BinaryLocation = Installed.PathOf(Tool.Chromium) };
        options.AddArguments([.. s_flags, .. flags]);
        _driver = Drive(options);
        _first = _driver.CurrentWindowHandle;
    }

    /// <summary>A new tab with this page.</summary>
    public Tab Open(string url)
    {
        var handle = _first;
        if (_firstTaken)
        {
            _driver.SwitchTo().Window(_first).SwitchTo().NewWindow(WindowType.Tab);
            handle = _driver.CurrentWindowHandle;
        }
        _firstTaken = true;
        _driver.ExecuteCdpCommand("Page.addScriptToEvaluateOnNewDocument", new() { ["source"] = Watching });
        _driver.Navigate().GoToUrl(url);
        return new(_driver, handle);
    }

    /// <summary>What "Duplicate" in the menu of a tab does: the same address, and a copy of the tab's sessionStorage.</summary>
    public Tab Duplicate(Tab tab)
    {
        var before = _driver.WindowHandles.ToHashSet();
        tab.Run("window.open(location.href)");
        return new(_driver, _driver.WindowHandles.Single(handle => !before.Contains(handle)));
    }

    /// <summary>What "Reload" does on the page that says that a tab has crashed. Its driver has given such a tab up, so another is attached to the browser.</summary>
    public async Task<Tab> ReviveAsync(Tab crashed)
    {
        var address = (string)((Dictionary<string, object>)_driver.Capabilities.GetCapability("goog:chromeOptions")!)["debuggerAddress"];
        using (var patience = new CancellationTokenSource(Patience))
        using (var devTools = new ClientWebSocket())
        {
            await devTools.ConnectAsync(new($"ws://{address}/devtools/page/{crashed.Handle}"), patience.Token);
            await devTools.SendAsync("""{"id":1,"method":"Page.reload"}"""u8.ToArray(), WebSocketMessageType.Text, true, patience.Token);
            await devTools.ReceiveAsync(new byte[1 << 16], patience.Token); // that it does
        }
        var driver = Drive(new ChromeOptions { DebuggerAddress = address });
        _attached.Add(driver);
        return new(driver, crashed.Handle);
    }

    public void Dispose()
    {
        foreach (var driver in _attached) driver.Quit();
        _driver.Quit();
    }

    private static ChromeDriver Drive(ChromeOptions options)
    {
        var program = Installed.PathOf(Tool.ChromeDriver);
        return new(ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(program), Path.GetFileName(program)), options, Patience);
    }
}

/// <summary>One tab with the demonstration page.</summary>
internal sealed class Tab(ChromeDriver driver, string handle)
{
    public string Handle => handle;

    public string Id => (string)Run("return netflux.self.id")!;

    public string Log => Text(".log");

    public string Text(string selector) => (string)Run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)!;

    /// <summary>How many other members the page shows.</summary>
    public int Members => Convert.ToInt32(Run("return document.querySelectorAll('.people li').length"), System.Globalization.CultureInfo.InvariantCulture);

    public object? Run(string script, params object[] arguments)
    {
        driver.SwitchTo().Window(handle);
        return driver.ExecuteScript(script, arguments);
    }

    /// <summary>Waits for something that the page comes to show.</summary>
    public void Until(string what, Func<Tab, bool> holds, TimeSpan? patience = null)
    {
        var wait = new WebDriverWait(new SystemClock(), driver, patience ?? Chromium.Patience, TimeSpan.FromMilliseconds(100)) { Message = $"Never so: {what}." };
        wait.IgnoreExceptionTypes(typeof(JavaScriptException));
        try { wait.Until(_ => holds(this)); }
        catch (WebDriverTimeoutException late) { throw new Xunit.Sdk.XunitException($"{late.Message} The page shows: {Text("body")}"); }
    }

    public Tab Join(string name, string network = "demo")
    {
        Until("the page asks for a name", tab => tab.IsShown("#welcome"));
        foreach (var (field, text) in new[] { ("name", name), ("network", network) })
        {
            var input = driver.FindElement(By.Id(field));
            input.Clear();
            input.SendKeys(text);
        }
        driver.FindElement(By.CssSelector("#join button")).Click();
        // A machine that is busy may need longer than a join has; a person then clicks again.
        Until($"{name} has joined", tab =>
        {
            if (tab.IsShown("#failure")) tab.Click("#join button");
            return tab.IsShown("#chat");
        });
        return this;
    }

    public void Say(string text)
    {
        driver.SwitchTo().Window(handle);
        driver.FindElement(By.CssSelector(".composer .text")).SendKeys(text + Keys.Enter);
    }

    /// <summary>Says what was copied from elsewhere. (A long text that is typed keeps the page's timers waiting: browsers serve keys first.)</summary>
    public void Paste(string text)
    {
        driver.SwitchTo().Window(handle);
        var input = driver.FindElement(By.CssSelector(".composer .text"));
        input.Click();
        driver.ExecuteCdpCommand("Input.insertText", new() { ["text"] = text });
        input.SendKeys(Keys.Enter);
    }

    public void Hears(string text) => Until($"it hears '{text}'", tab => tab.Log.Contains(text, StringComparison.Ordinal));

    public void Click(string selector)
    {
        driver.SwitchTo().Window(handle);
        driver.FindElement(By.CssSelector(selector)).Click();
    }

    public void Choose(string selector, string option)
    {
        driver.SwitchTo().Window(handle);
        driver.FindElements(By.CssSelector($"{selector} option")).Single(found => found.Text == option).Click();
    }

    public bool IsShown(string selector) => Run("const found = document.querySelector(arguments[0]); return found !== null && found.checkVisibility()", selector) is true;

    public void Reload()
    {
        driver.SwitchTo().Window(handle);
        driver.Navigate().Refresh();
    }

    /// <summary>Its renderer dies, as one that the system kills.</summary>
    public void Kill()
    {
        driver.SwitchTo().Window(handle);
        try { driver.ExecuteCdpCommand("Page.crash", []); }
        catch (WebDriverException) { } // the tab has crashed, as it should
    }

    /// <summary>Whether these are all members, and a data channel to each is open.</summary>
    public bool IsLinkedByDataChannelsWith(params string[] names)
    {
        var links = Links();
        return names.Order().SequenceEqual(links.Keys.Order()) && links.Values.All(link => link is { Kind: "dataChannel", DataChannel: { PairState: "succeeded", Channel: "netflux", ChannelState: "open" } });
    }

    /// <summary>The connections of the page with servers and peers that listen, which are open.</summary>
    public IReadOnlyList<string> OpenWebSockets =>
        [.. ((IReadOnlyCollection<object>)Run("return watched.WebSocket.filter(socket => socket.readyState === WebSocket.OPEN).map(socket => new URL(socket.url).pathname)")!).Cast<string>()];

    public void Resize(int width, int height) => driver.ExecuteCdpCommand("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 2, ["mobile"] = true });

    /// <summary>How the page says that it is linked with each member, and beside it what <c>getStats()</c> of the browser says of the connection with the same addresses.</summary>
    public IReadOnlyDictionary<string, TabLink> Links()
    {
        driver.SwitchTo().Window(handle);
        var json = (string)driver.ExecuteAsyncScript("""
            const done = arguments[arguments.length - 1], network = netflux.rooms[0].network;
            const address = candidate => `${candidate.candidateType} ${candidate.protocol} ${candidate.address.includes(':') ? `[${candidate.address}]` : candidate.address}:${candidate.port}`;
            const measure = async connection => {
              const stats = await connection.getStats(), all = [...stats.values()], channel = all.find(stat => stat.type === 'data-channel');
              const pair = stats.get(all.find(stat => stat.type === 'transport')?.selectedCandidatePairId);
              return pair && channel && {
                local: address(stats.get(pair.localCandidateId)), remote: address(stats.get(pair.remoteCandidateId)), pairState: pair.state, roundTripMs: 1000 * pair.currentRoundTripTime,
                channel: channel.label, channelState: channel.state, bytesSent: channel.bytesSent, bytesReceived: channel.bytesReceived,
              };
            };
            const all = async () => {
              const measured = await Promise.all(watched.RTCPeerConnection.filter(connection => connection.connectionState === 'connected').map(measure));
              return Promise.all(network.members.map(async ({ id, name }) => {
                const report = await network.linkReport(id);
                return { name, kind: report?.kind ?? 'none', dataChannel: measured.find(found => found && found.local === report?.pair?.local && found.remote === report?.pair?.remote) ?? null };
              }));
            };
            all().then(links => done(JSON.stringify(links)), error => done(String(error)));
            """)!;
        return JsonSerializer.Deserialize<List<TabLink>>(json, JsonSerializerOptions.Web)!.ToDictionary(link => link.Name);
    }

    /// <summary>Kept with the test's results: artifacts/screenshots.</summary>
    public void Screenshot(string name)
    {
        driver.SwitchTo().Window(handle);
        var folder = Directory.CreateDirectory(Path.Combine(Installed.Repository, "artifacts", "screenshots")).FullName;
        driver.GetScreenshot().SaveAsFile(Path.Combine(folder, $"{name}.png"));
    }
}

/// <summary>How a tab is linked with one member.</summary>
/// <param name="Kind">As the page says.</param>
internal sealed record TabLink(string Name, string Kind, TabDataChannel? DataChannel);

/// <summary>What <c>getStats()</c> says of a connection: its selected pair of candidates, and its channel.</summary>
internal sealed record TabDataChannel(string Local, string Remote, string PairState, double RoundTripMs, string Channel, string ChannelState, long BytesSent, long BytesReceived);
