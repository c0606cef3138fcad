namespace Netflux.TestKit;

/// <summary>A world did not do what the test wanted. The text ends with the seed and how to repeat.</summary>
public sealed class NetfluxWorldException : Exception
{
    /// <summary>A failure with its text.</summary>
    public NetfluxWorldException(string message) : base(message) { }

    /// <summary>A failure with its text and its cause.</summary>
    public NetfluxWorldException(string message, Exception inner) : base(message, inner) { }
}
