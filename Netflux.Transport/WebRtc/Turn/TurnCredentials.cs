using System.Text;
using Netflux.Transport.WebRtc.Stun;

namespace Netflux.Transport.WebRtc.Turn;

/// <summary>
/// The long-term credentials of a client (RFC 8489 §9.2): the server's realm and nonce come with its first refusal, every later request is signed with them.
/// Not done: PASSWORD-ALGORITHMS (§9.2.4), because no server in use asks for SHA-256 keys; MD5 keys are what all of them take.
/// </summary>
internal sealed class TurnCredentials(string username, string password)
{
    private byte[] _realm = [];
    private byte[] _nonce = [];
    private byte[] _key = [];

    public bool AreKnown => _key.Length > 0;

    /// <summary>Takes realm and nonce from a 401 or a 438 (RFC 8489 §9.2.5). False where they are missing, or too long together with the user name.</summary>
    public bool TryLearn(in StunMessage refusal, int bytesMax)
    {
        if (!refusal.TryGet(StunAttributeType.Nonce, out var nonce)) return false;
        if (!refusal.TryGet(StunAttributeType.Realm, out var realm))
        {
            if (!AreKnown) return false;
            realm = _realm;
        }
        if (Encoding.UTF8.GetByteCount(username) + realm.Length + nonce.Length > bytesMax) return false;
        if (!realm.SequenceEqual(_realm) || !AreKnown) (_realm, _key) = (realm.ToArray(), StunIntegrity.LongTermKey(username, Encoding.UTF8.GetString(realm), password));
        _nonce = nonce.ToArray();
        return true;
    }

    public void Sign(ref StunWriter writer)
    {
        if (!AreKnown) return;
        writer.Write(StunAttributeType.Username, username);
        writer.Write(StunAttributeType.Realm, _realm);
        writer.Write(StunAttributeType.Nonce, _nonce);
        writer.WriteIntegrity(_key);
    }

    /// <summary>RFC 8489 §9.2.5: a success without a valid integrity is as if it had not come.</summary>
    public bool Verify(in StunMessage response) => !AreKnown || response.VerifyIntegrity(_key);
}
