using System.Globalization;
using System.Net;
using System.Text;
using Netflux.Simulation.Experiments;
using Netflux.Simulation.Measures;

namespace Netflux.Simulation.Pictures;

/// <summary>One curve of a chart.</summary>
internal sealed record Curve(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>An HTML page with curves, complete in itself: SVG inside, nothing from elsewhere.</summary>
internal sealed class CurvePage(string title)
{
    private const int Width = 640, Height = 300, Left = 60, Right = 20, Top = 20, Bottom = 45;
    private static readonly string[] s_colours = ["#c33", "#36c", "#2a2", "#a60", "#808", "#088"];

    private readonly StringBuilder _body = new();

    /// <summary>The curves of a scenario: broadcast by broadcast.</summary>
    public static string Of(string scenario, IReadOnlyList<(ulong Seed, IReadOnlyList<BroadcastPoint> Points)> runs)
    {
        var page = new CurvePage($"Scenario {scenario}");
        Curve[] Curves(Func<BroadcastPoint, double> y) => [.. runs.Take(s_colours.Length).Select(run => new Curve(string.Create(CultureInfo.InvariantCulture, $"seed {run.Seed}"), [.. run.Points.Select(point => (point.AtSeconds, y(point)))]))];
        page.Add("Reached of those that were there, in percent", "seconds", Curves(point => 100 * point.Reached));
        page.Add("Hops to the last", "seconds", Curves(point => point.LastHop));
        page.Add("Redundancy: copies too many for each delivery", "seconds", Curves(point => point.Redundancy));
        return page.ToString();
    }

    /// <summary>The curves of the papers: over the share that failed at once.</summary>
    public static string Of(Measurements measurements)
    {
        var page = new CurvePage("Gossip under failures");
        foreach (var nodes in measurements.All.Where(one => one.Experiment == PaperExperiments.FailureName).Select(one => one.Nodes).Distinct().Order())
        {
            Curve Of(string name, string figure, double factor) => new(name, [.. measurements.All.Where(one => one.Experiment == PaperExperiments.FailureName && one.Nodes == nodes)
                .GroupBy(one => double.Parse(one.Parameter, CultureInfo.InvariantCulture)).OrderBy(group => group.Key).Select(group => (group.Key, factor * group.Average(one => one.Find(figure) ?? 0)))]);
            var members = string.Create(CultureInfo.InvariantCulture, $"of {nodes:N0} members");
            page.Add($"Reliability {members}, in percent", "percent failed at once", [Of("right after, within 5 s", "soon", 100), Of("right after, at all", "at_last", 100), Of("healed", "healed", 100)]);
            page.Add($"Hops to the last {members}", "percent failed at once", [Of("before", "hop_before", 1), Of("right after", "hop_after", 1), Of("healed", "hop_healed", 1)]);
            page.Add($"Redundancy {members}", "percent failed at once", [Of("before", "redundancy_before", 1), Of("right after", "redundancy_after", 1), Of("healed", "redundancy_healed", 1)]);
        }
        return page.ToString();
    }

    public void Add(string name, string xName, IReadOnlyList<Curve> curves)
    {
        var points = curves.SelectMany(curve => curve.Points).ToList();
        if (points.Count == 0) return;
        var (xMin, xMax, yMax) = (points.Min(point => point.X), points.Max(point => point.X), Nice(points.Max(point => point.Y)));
        double X(double x) => Left + (x - xMin) / Math.Max(1e-9, xMax - xMin) * (Width - Left - Right);
        double Y(double y) => Height - Bottom - y / yMax * (Height - Top - Bottom);

        _body.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(name)}</h2>\n<svg viewBox=\"0 0 {Width} {Height + 20 * curves.Count}\" width=\"{Width}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        for (var line = 0; line <= 4; line++)
        {
            var (x, y) = (xMin + (xMax - xMin) * line / 4, yMax * line / 4);
            _body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">{y:0.##}</text><text x=\"{X(x):F1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{x:0.#}</text>\n");
        }
        _body.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(xName)}</text>\n");
        for (var i = 0; i < curves.Count; i++)
        {
            var colour = s_colours[i % s_colours.Length];
            _body.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{string.Join(' ', curves[i].Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):F1},{Y(point.Y):F1}")))}\"/><text x=\"{Left}\" y=\"{Height + 12 + 20 * i}\" fill=\"{colour}\">{WebUtility.HtmlEncode(curves[i].Name)}</text>\n");
        }
        _body.Append("</svg>\n");
    }

    /// <summary>The next of 1, 2, 5, 10 …</summary>
    private static double Nice(double most)
    {
        if (most <= 0) return 1;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(most)));
        foreach (var factor in new[] { 1, 2, 5 })
        {
            if (most <= factor * unit) return factor * unit;
        }
        return 10 * unit;
    }

    public override string ToString() => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>{WebUtility.HtmlEncode(title)}</title><style>body {"{"} font-family: sans-serif; margin: 2em; max-width: 50em {"}"}</style></head>
        <body>
        <h1>{WebUtility.HtmlEncode(title)}</h1>
        {_body}</body>
        </html>

        """;
}
