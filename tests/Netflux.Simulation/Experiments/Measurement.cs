using System.Globalization;

namespace Netflux.Simulation.Experiments;

/// <summary>What one experiment came to with one seed.</summary>
internal sealed record Measurement(string Experiment, int Nodes, string Parameter, ulong Seed, IReadOnlyList<(string Name, double Value)> Figures)
{
    public double? Find(string name)
    {
        foreach (var figure in Figures)
        {
            if (figure.Name == name) return figure.Value;
        }
        return null;
    }
}

/// <summary>Raw results, one figure in a line of a CSV file. What is there already is not measured again, so a long run can be continued.</summary>
internal sealed class Measurements
{
    private const string Header = "experiment,nodes,parameter,seed,figure,value";

    private readonly List<Measurement> _all = [];
    private readonly string? _file;

    public Measurements(string? file)
    {
        _file = file;
        if (file is null || !File.Exists(file)) return;
        foreach (var group in File.ReadLines(file).Skip(1).Select(line => line.Split(',')).Where(fields => fields.Length == 6).GroupBy(fields => (fields[0], fields[1], fields[2], fields[3])))
        {
            _all.Add(new Measurement(group.Key.Item1, int.Parse(group.Key.Item2, CultureInfo.InvariantCulture), group.Key.Item3, ulong.Parse(group.Key.Item4, CultureInfo.InvariantCulture),
                [.. group.Select(fields => (fields[4], double.Parse(fields[5], CultureInfo.InvariantCulture)))]));
        }
    }

    public IReadOnlyList<Measurement> All => _all;

    public bool Contains(Experiment experiment) =>
        _all.Exists(one => one.Experiment == experiment.Name && one.Nodes == experiment.Nodes && one.Parameter == experiment.Parameter && one.Seed == experiment.Seed);

    public void Add(Measurement measurement)
    {
        _all.Add(measurement);
        if (_file is null) return;
        if (!File.Exists(_file)) File.WriteAllText(_file, Header + "\n");
        File.AppendAllLines(_file, measurement.Figures.Select(figure =>
            string.Create(CultureInfo.InvariantCulture, $"{measurement.Experiment},{measurement.Nodes},{measurement.Parameter},{measurement.Seed},{figure.Name},{figure.Value:G9}")));
    }
}

/// <summary>Something to measure with one seed.</summary>
internal sealed record Experiment(string Name, int Nodes, string Parameter, ulong Seed, Func<IReadOnlyList<(string Name, double Value)>> Run)
{
    public Measurement Measure() => new(Name, Nodes, Parameter, Seed, Run());
}
