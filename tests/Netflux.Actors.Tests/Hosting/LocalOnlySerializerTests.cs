using Akka.Actor;
using Netflux.Hosting;
using Netflux.Messages;

namespace Netflux.Tests.Hosting;

public class LocalOnlySerializerTests() : Akka.TestKit.Xunit2.TestKit(LocalOnlySerializer.Binding)
{
    [Fact]
    public void A_message_that_would_leave_the_process_fails_with_what_to_do_instead()
    {
        var message = new GetPeerId();
        var serializer = Sys.Serialization.FindSerializerFor(message);
        Assert.IsType<LocalOnlySerializer>(serializer);
        var failure = Assert.Throws<NotSupportedException>(() => serializer.ToBinary(message));
        Assert.StartsWith("GetPeerId is for actors of the same process.", failure.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => serializer.FromBinary<GetPeerId>([]));
    }

    [Fact]
    public void Where_serialization_is_verified_local_messages_pass() => Assert.IsAssignableFrom<INoSerializationVerificationNeeded>(new GetPeerId());
}
