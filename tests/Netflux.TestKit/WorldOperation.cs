using System.Runtime.CompilerServices;

namespace Netflux.TestKit;

/// <summary>
/// Something begun in a world. Awaiting it moves the world until it is done, on the caller's own thread: the test goes on synchronously, and no other
/// thread is involved. Begun operations run beside each other: <c>await world.All(bob.JoinAsync(…), cy.JoinAsync(…))</c>.
/// </summary>
/// <typeparam name="T">What comes out.</typeparam>
public sealed class WorldOperation<T>
{
    private readonly NetfluxWorld _world;

    internal WorldOperation(NetfluxWorld world, Task<T> task) => (_world, Task) = (world, task);

    /// <summary>The same as a task, for combinators. Awaiting the task itself does not move the world: give it to <see cref="NetfluxWorld.Run(System.Threading.Tasks.Task)"/>.</summary>
    public Task<T> Task { get; }

    /// <summary>Whether it is done, with a result or a failure.</summary>
    public bool IsCompleted => Task.IsCompleted;

    /// <summary>Moves the world until it is done, and gives the result or throws the failure.</summary>
    public T Wait()
    {
        _world.MoveUntilDone(Task);
        return Task.GetAwaiter().GetResult();
    }

    /// <summary>For <c>await</c>.</summary>
    public Awaiter GetAwaiter() => new(this);

    /// <summary>For <c>await</c>.</summary>
    public readonly struct Awaiter : ICriticalNotifyCompletion
    {
        private readonly WorldOperation<T> _operation;

        internal Awaiter(WorldOperation<T> operation) => _operation = operation;

        /// <summary>True: outside <see cref="NetfluxWorld.Run(System.Threading.Tasks.Task)"/> asking moves the world until it is.</summary>
        public bool IsCompleted
        {
            get
            {
                if (!_operation._world.IsMoving) _operation._world.MoveUntilDone(_operation.Task);
                return _operation.IsCompleted;
            }
        }

        /// <summary>The result, or the failure as it was thrown.</summary>
        public T GetResult() => _operation.Task.GetAwaiter().GetResult();

        /// <inheritdoc />
        public void OnCompleted(Action continuation) => _operation.Task.GetAwaiter().OnCompleted(continuation);

        /// <inheritdoc />
        public void UnsafeOnCompleted(Action continuation) => _operation.Task.GetAwaiter().UnsafeOnCompleted(continuation);
    }
}
