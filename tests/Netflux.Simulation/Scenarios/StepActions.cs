using Netflux.Overlays.Gossip;

namespace Netflux.Simulation.Scenarios;

/// <summary>How each step is done.</summary>
internal static class StepActions
{
    public static void Begin(World world, ScenarioStep step)
    {
        switch (step.Do)
        {
            case ScenarioAction.Broadcast: Broadcast(world, step); break;
            case ScenarioAction.Crash: Crash(world, step); break;
            case ScenarioAction.Leave: foreach (var node in Draw(world, step.Share)) node.Leave(); break;
            case ScenarioAction.Partition: Partition(world, step); break;
            case ScenarioAction.Churn: Repeat(world, step, () => CrashOne(world, step)); break;
        }
    }

    private static void Repeat(World world, ScenarioStep step, Action action)
    {
        for (var round = 0; round < step.Count; round++) world.Time.After(TimeSpan.FromMilliseconds(round * step.EveryMs), action);
    }

    private static void Broadcast(World world, ScenarioStep step)
    {
        var one = world.DrawAlive();
        Repeat(world, step, () =>
        {
            switch (step.From)
            {
                case Sender.All: foreach (var node in world.Alive.Where(node => node.JoinedAt is not null).ToArray()) node.Broadcast(ScenarioRun.Payload); break;
                case Sender.One when one is { IsAlive: true }: one.Broadcast(ScenarioRun.Payload); break;
                default: world.DrawAlive()?.Broadcast(ScenarioRun.Payload); break;
            }
        });
    }

    private static void Crash(World world, ScenarioStep step)
    {
        foreach (var node in Draw(world, step.Share)) Crash(world, node, step);
    }

    private static void CrashOne(World world, ScenarioStep step)
    {
        // One stays, so that there is a network to come back to.
        if (world.Alive.Count() > world.Nodes.Count / 3 && world.DrawAlive() is { } node) Crash(world, node, step);
    }

    private static void Crash(World world, SimulatedNode node, ScenarioStep step)
    {
        node.Crash();
        if (step.RestartMs > 0) world.Time.After(TimeSpan.FromMilliseconds(step.RestartMs), () => node.Start(world.DrawContacts(node)));
    }

    private static void Partition(World world, ScenarioStep step)
    {
        HashSet<int> part = [.. Draw(world, step.Share).Select(node => node.Number)];
        world.Network.Cut((from, to) => part.Contains(from) != part.Contains(to) && (!step.OneWay || part.Contains(from)));
        world.Time.After(TimeSpan.FromSeconds(step.Seconds), world.Network.Heal);
    }

    private static List<SimulatedNode> Draw(World world, double share)
    {
        List<SimulatedNode> alive = [.. world.Alive];
        var count = (int)Math.Round(alive.Count * share);
        for (var i = 0; i < count; i++)
        {
            var other = i + world.Random.Next(alive.Count - i);
            (alive[i], alive[other]) = (alive[other], alive[i]);
        }
        return alive[..count];
    }
}
