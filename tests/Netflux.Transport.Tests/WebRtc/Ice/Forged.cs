using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Ice;

/// <summary>Messages of agents that are not ours: other implementations, faulty ones, strangers.</summary>
internal static class Forged
{
    /// <summary>A check to a party, as its peer would send it: whose password, which ufrag, and more may be wrong.</summary>
    public static byte[] Check(IceParty to, string? password = null, string? ufrag = null, bool controlling = true, ulong tieBreaker = 1, bool useCandidate = false, uint priority = 1_845_501_695, ushort? unknown = null)
    {
        var buffer = new byte[300];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, new StunTransactionId(0xABCD, 7));
        writer.Write(StunAttributeType.Username, $"{ufrag ?? to.Agent.LocalCredentials.Ufrag}:them");
        writer.Write(StunAttributeType.Priority, priority);
        writer.Write(controlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, tieBreaker);
        if (useCandidate) writer.WriteFlag(StunAttributeType.UseCandidate);
        if (unknown is { } type) writer.WriteFlag((StunAttributeType)type);
        writer.WriteIntegrity(StunIntegrity.ShortTermKey(password ?? to.Agent.LocalCredentials.Password));
        writer.WriteFingerprint();
        return writer.Written.ToArray();
    }

    /// <summary>The same message with other attributes, signed again.</summary>
    /// <param name="change">The type that takes the place of this one; null leaves it out.</param>
    public static byte[] Rewrite(byte[] bytes, string password, Func<StunAttributeType, StunAttributeType?> change, bool addUseCandidate = false)
    {
        Assert.True(StunMessage.TryParse(bytes, out var message));
        var buffer = new byte[bytes.Length + 32];
        var writer = new StunWriter(buffer, message.Class, message.Method, message.Id);
        foreach (var attribute in message.Attributes)
        {
            if (attribute.Type is StunAttributeType.MessageIntegrity or StunAttributeType.Fingerprint) continue;
            if (change(attribute.Type) is { } type) writer.Write(type, attribute.Value);
        }
        if (addUseCandidate && !message.Has(StunAttributeType.UseCandidate)) writer.WriteFlag(StunAttributeType.UseCandidate);
        writer.WriteIntegrity(StunIntegrity.ShortTermKey(password));
        writer.WriteFingerprint();
        return writer.Written.ToArray();
    }

    public static bool IsRequest(ReadOnlySpan<byte> bytes) => StunMessage.TryParse(bytes, out var message) && message.Class == StunClass.Request;

    public static StunErrorCode? ErrorOf(StunSent sent, string? password = null)
    {
        if (!StunMessage.TryParse(sent.Message, out var message) || message.Class != StunClass.ErrorResponse || !message.TryGetError(out var code, out _)) return null;
        Assert.True(message.HasFingerprint());
        Assert.Equal(password is not null, message.Has(StunAttributeType.MessageIntegrity));
        if (password is not null) Assert.True(message.VerifyIntegrity(StunIntegrity.ShortTermKey(password)));
        return code;
    }
}
