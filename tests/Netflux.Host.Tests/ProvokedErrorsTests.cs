using Netflux.TestKit;

namespace Netflux.Host;

public class ProvokedErrorsTests
{
    [Fact]
    public void Every_error_that_belongs_here_is_provoked_by_a_test() => Assert.Empty(ProvokedErrors.MissingIn(typeof(ProvokedErrorsTests).Assembly));
}
