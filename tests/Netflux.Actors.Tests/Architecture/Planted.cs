// What ArrowTests must see: references that a pure folder may not have, in each place where one can hide.
#pragma warning disable CA1812, CA1822, IDE0130
namespace Planted.Actors
{
    internal sealed class Actor
    {
        public int Answer() => 42;
    }
}

namespace Planted.Core
{
    internal sealed class InItsSignature
    {
        public object? Give(Planted.Actors.Actor actor) => actor;
    }

    internal sealed class InItsBody
    {
        public object Give() => new Planted.Actors.Actor();
    }

    internal sealed class InItsLambda
    {
        public Func<object> Give() => () => new Planted.Actors.Actor().Answer();
    }
}
