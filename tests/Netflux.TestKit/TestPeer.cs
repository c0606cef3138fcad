namespace Netflux.TestKit;
public sealed class TestPeer { public string Name => ""; }
