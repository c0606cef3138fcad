using System.Collections.Concurrent;

namespace Netflux.Simulation.Experiments;

/// <summary>Measures what is not measured yet.</summary>
internal static class ExperimentRuns
{
    /// <param name="atOnce">How many run side by side. One, where memory is measured.</param>
    /// <param name="tell">Is told each that is done, with how many of how many are.</param>
    public static void Measure(IEnumerable<Experiment> experiments, Measurements into, int atOnce, Action<Measurement, int, int> tell, CancellationToken stop)
    {
        Experiment[] left = [.. experiments.Where(experiment => !into.Contains(experiment))];
        var gate = new Lock();
        var done = 0;
        Parallel.ForEach(Partitioner.Create(left, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop }, experiment =>
        {
            var measurement = experiment.Measure();
            lock (gate)
            {
                into.Add(measurement);
                tell(measurement, ++done, left.Length);
            }
        });
    }
}
