"""From the figures of all rounds to medians, spreads, goals and tables; pure."""

import dataclasses
import statistics

# figure -> its column's heading, its format
FIGURES = {
    "requests": ("requests", "{:,.0f}"),
    "failed": ("failed", "{:,.0f}"),
    "rate": ("requests/s", "{:,.0f}"),
    "cpu_us": ("CPU µs/request", "{:.2f}"),
    "cores": ("cores busy", "{:.2f}"),
    "server_us": ("server's CPU µs/request", "{:.2f}"),
    "server_cores": ("server's cores busy", "{:.2f}"),
    "busy_cores": ("machine's cores busy", "{:.2f}"),
    "wall_ms": ("wall ms", "{:.1f}"),
    "sockets": ("sockets seen", "{:,.0f}"),
    "peak_mib": ("peak MiB", "{:.1f}"),
    "kib_each": ("KiB per connection", "{:.1f}"),
    "rss_opened_mib": ("MiB once all are open", "{:.1f}"),
    "rss_60_mib": ("MiB after 60 s", "{:.1f}"),
    "growth": ("growth %", "{:.1f}"),
    "p50": ("p50 ms", "{:.2f}"),
    "p99": ("p99 ms", "{:.2f}"),
    "p99.9": ("p99.9 ms", "{:.2f}"),
}


@dataclasses.dataclass(frozen=True)
class Ratio:
    """A figure of one contestant by that of another, round by round: runs of one round are
    neighbours in time. `against`: of several the best one, by its median. Without bounds it is only
    shown."""
    figure: str
    of: str
    against: tuple
    low: float = None
    high: float = None

    def judge(self, runs):
        opponents = {name: statistics.median(runs[name][self.figure]) for name in self.against
                     if self.figure in runs.get(name, {})}
        if not opponents or self.figure not in runs.get(self.of, {}):
            return judged(self, f"{self.title()} / {' or '.join(self.against)}", [])
        best = (max if self.figure == "rate" else min)(opponents, key=opponents.get)
        title = f"{self.title()} / {best}"
        if len(self.against) > 1:
            title += f" (the best of {', '.join(opponents)})"
        pairs = zip(runs[self.of][self.figure], runs[best][self.figure])
        return judged(self, title, [own / other for own, other in pairs if other])

    def title(self):
        return f"{FIGURES[self.figure][0]}: {self.of}"


@dataclasses.dataclass(frozen=True)
class Value:
    """A figure of one contestant as it is; of a count of failures the worst round's."""
    figure: str
    of: str
    low: float = None
    high: float = None

    def judge(self, runs):
        rounds = runs.get(self.of, {}).get(self.figure, [])
        worst = rounds if self.figure != "failed" else [max(rounds)] if rounds else []
        return judged(self, f"{FIGURES[self.figure][0]}: {self.of}", worst)


def judged(goal, title, rounds):
    value = statistics.median(rounds) if rounds else None
    bounded = goal.low is not None or goal.high is not None
    met = None
    if value is not None and bounded:
        met = ((goal.low is None or value >= goal.low) and
               (goal.high is None or value <= goal.high))
    return {"title": title, "value": value, "rounds": rounds, "low": goal.low, "high": goal.high,
            "met": met}


def spread(values):
    """(max - min) / median in %; nothing where that says nothing."""
    middle = statistics.median(values)
    return None if len(values) < 2 or middle == 0 else (max(values) - min(values)) / middle * 100


def of_row(row, runs, disturbed):
    """What the JSON has of a row. `runs`: {contestant: {figure: [one value per round]}};
    `disturbed`: what other programs took during each run."""
    return {
        "name": row.name,
        "what": row.what,
        "contestants": {
            name: {figure: {"median": statistics.median(values), "spreadPercent": spread(values),
                            "rounds": values} for figure, values in figures.items()}
            for name, figures in runs.items()},
        "goals": [goal.judge(runs) for goal in row.goals],
        "disturbed": disturbed}


def table(headings, lines):
    aligned = [":--", *["--:"] * (len(headings) - 1)]
    return "".join("| " + " | ".join(line) + " |\n" for line in (headings, aligned, *lines))


def cell(found, figure):
    if figure not in found:
        return "–"
    text = FIGURES[figure][1].format(found[figure]["median"])
    far = found[figure]["spreadPercent"]
    return text if far is None or figure == "sockets" else f"{text} ({far:.0f} %)"


def bounds(goal):
    if goal["low"] is not None and goal["high"] is not None:
        return f"{goal['low']:g} to {goal['high']:g}"
    if goal["low"] is not None:
        return f"≥ {goal['low']:g}"
    return f"≤ {goal['high']:g}" if goal["high"] is not None else "–"


def measured(goal):
    """The median, and between which values the rounds were."""
    if goal["value"] is None:
        return "not measured"
    low, high = min(goal["rounds"]), max(goal["rounds"])
    return f"{goal['value']:.4g}" + (f" ({low:.3g} to {high:.3g})" if low < high else "")


def markdown_of_row(row, columns):
    verdicts = {True: "met", False: "**not met**", None: "–"}
    lines = [[name, *(cell(found, figure) for figure in columns)]
             for name, found in row["contestants"].items()]
    goals = [[goal["title"], measured(goal), bounds(goal), verdicts[goal["met"]]]
             for goal in row["goals"]]
    return (f"### {row['name']}\n{row['what']}\n\n" +
            table(["", *(FIGURES[figure][0] for figure in columns)], lines) + "\n" +
            table(["goal", "measured", "wanted", ""], goals))


def disturbances(rows):
    """Whether these figures can be trusted, in a sentence."""
    said = []
    for name, who in (("otherWorkCores", "other work"), ("stolenCores", "the hypervisor")):
        cores = [run[name] for row in rows for run in row["disturbed"]]
        if cores:
            said.append(f"{who} {statistics.median(cores):.2f} cores ({max(cores):.2f} at most)")
    return f"Beside it: {', '.join(said)}." if said else ""


def markdown(result, columns):
    """All of it. columns: {row: figures to show}"""
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    head = (f"{machine['cpu']}, {machine['cores']} cores, {machine['memoryGiB']} GiB; Linux "
            f"{result['kernel']}; {versions}. {result['date']}, load average before it "
            f"{result['loadAverageBefore']:.2f}. `{result['command']}`: medians of "
            f"{result['rounds']} alternating rounds of {result['seconds']} s; in brackets the "
            "spread, (max - min) / median. "
            f"Ratios are medians of each round's ratio, with the least and the greatest. {disturbances(result['rows'])}\n")
    return head + "".join("\n" + markdown_of_row(row, columns[row["name"]])
                          for row in result["rows"])
