#!/usr/bin/env python3
"""Makes the figures of stuck-at-16k.md and of the README anew: runs the lab, draws the charts, writes the outputs.

docs/figures.py [--hammer build/release/src/hammer] [--from LAB.json]
With --from nothing is run: a saved `hammer lab --json` is drawn, and only its table is not written.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent
PAGES = (DOCS / "stuck-at-16k.md", DOCS.parent / "README.md")
BLOCK = re.compile(r"(<!-- lab:(\S+)(?: ([^:>]+): ([^>]+?))? -->\n).*?(<!-- /lab -->)", re.DOTALL)

STYLE = """<style>
  text { font: 12px sans-serif; fill: #24292f; }
  .title { font-weight: bold; }
  .axis, .grid { stroke: #8c959f; stroke-width: 1; fill: none; }
  .grid { stroke-dasharray: 2 3; }
  .one { stroke: #0969da; fill: none; stroke-width: 2; }
  .two { stroke: #bc4c00; fill: none; stroke-width: 2; }
  .t1 { fill: #0969da; } .t2 { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .axis, .grid { stroke: #6e7681; }
    .one { stroke: #58a6ff; } .two { stroke: #f0883e; }
    .t1 { fill: #58a6ff; } .t2 { fill: #f0883e; }
  }
</style>"""
WIDTH, LEFT, RIGHT = 720, 70, 20


class Panel:
    """A chart from (0, 0) to (longest, highest), in a strip of the picture."""

    def __init__(self, top, height, longest, highest, title):
        self.top, self.height, self.longest, self.highest = top, height, longest, highest
        self.parts = [f'<text class="title" x="{LEFT}" y="{top - 10}">{title}</text>']
        bottom = top + height
        for share in (0, 0.5, 1):
            y = bottom - height * share
            self.parts.append(f'<path class="{"grid" if share else "axis"}" '
                              f'd="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            self.parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                              f'{highest * share:,.0f}</text>')
        step = max(1, round(longest / 10))
        for second in range(0, int(longest) + 1, step):
            self.parts.append(f'<text x="{self.x(second):.1f}" y="{bottom + 18}" '
                              f'text-anchor="middle">{second} s</text>')

    def x(self, t):
        return LEFT + (WIDTH - LEFT - RIGHT) * t / self.longest

    def y(self, value):
        return self.top + self.height * (1 - min(value / self.highest, 1))

    def line(self, points, name):
        path = "L".join(f"{self.x(t):.1f} {self.y(value):.1f}" for t, value in points)
        self.parts.append(f'<path class="{name}" d="M{path}"/>')

    def mark(self, value, words):
        y = self.y(value)
        self.parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        self.parts.append(f'<text x="{WIDTH - RIGHT}" y="{y + 15:.1f}" text-anchor="end">{words}</text>')

    def say(self, t, value, words, name, dy=-8, anchor="start"):
        self.parts.append(f'<text class="{name}" x="{self.x(t):.1f}" y="{self.y(value) + dy:.1f}" '
                          f'text-anchor="{anchor}">{words}</text>')


def picture(height, *panels):
    body = "\n".join(part for panel in panels for part in panel.parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}">\n{STYLE}\n{body}\n</svg>\n')


def rates(run):
    before, points = 0, []
    for sample in run["timeline"]:
        if sample["t"] - before >= 0.05:
            points.append((sample["t"], sample["requests"] / (sample["t"] - before)))
        before = sample["t"]
    return points


def at(points, t):
    """The point of a curve at this time or just before."""
    return [point for point in points if point[0] <= t][-1]


def made(run):
    total, points = 0, [(0, 0)]
    for sample in run["timeline"]:
        total += sample["requests"]
        points.append((sample["t"], total))
    return points


def draw_ceiling(run):
    length = run["summary"]["total"]
    fast = rates(run)
    upper = Panel(40, 120, length, max(rate for _, rate in fast), "requests per second")
    upper.line(fast, "one")
    ports = run["limits"]["usablePorts"]
    lower = Panel(220, 120, length, ports,
                  f"client ports in use, of {ports:,}: each connection holds one for a minute")
    # There are more samples of the connections made than censuses.
    lower.line(made(run), "two")
    lower.mark(ports / 2, "half of the range: from here on the kernel searches")
    return picture(375, upper, lower)


def draw_search(searching, straight):
    length = max(run["summary"]["total"] for run in (searching, straight))
    ports = straight["limits"]["usablePorts"]
    panel = Panel(40, 240, length, ports, "connections made, client closes first, no reuse")
    panel.line(made(searching), "one")
    panel.line(made(straight) + [(length, made(straight)[-1][1])], "two")
    panel.mark(ports / 2, f"half of the range: {ports // 2:,}")
    # A curve that rises leaves room above it, on its left.
    panel.say(*at(made(searching), length * 0.6), "linux-no-reuse: the kernel searches", "t1", -10,
              "end")
    panel.say(length * 0.45, ports, "no-search: --port-range", "t2", 18)
    return picture(315, panel)


def sections(text, names):
    """The sections of a report whose headings begin with one of the names."""
    return "\n\n".join(part for part in text.strip().split("\n\n")
                       if any(part.startswith(name) for name in names))


def explain(hammer, run):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(run, file)
        file.flush()
        return subprocess.run([hammer, "explain", file.name], check=True, capture_output=True,
                              text=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hammer", default=str(DOCS.parent / "build/release/src/hammer"))
    parser.add_argument("--from", dest="saved", type=pathlib.Path)
    options = parser.parse_args()

    table = None
    if options.saved:
        lab = json.loads(options.saved.read_text())
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "lab.json")
            table = subprocess.run([options.hammer, "lab", "--json", str(file)], check=False,
                                   stdout=subprocess.PIPE, text=True).stdout
            lab = json.loads(file.read_text())
    runs = {one["name"]: one["run"] for one in lab["scenarios"]}

    (DOCS / "figures/sixteen-thousand.svg").write_text(draw_ceiling(runs["sixteen-thousand"]))
    (DOCS / "figures/search.svg").write_text(draw_search(runs["linux-no-reuse"], runs["no-search"]))

    def block(match):
        head, kind, scenario, names, end = match.groups()
        if kind == "table":
            output = table
        else:
            output = sections(explain(options.hammer, runs[scenario]), names.split(", "))
        if output is None:
            return match[0]
        return f"{head}```\n{output.rstrip()}\n```\n{end}"

    moved = []
    for page in PAGES:
        old = page.read_text()
        new = BLOCK.sub(block, old)
        page.write_text(new)
        before = set(old.splitlines())
        moved += [line for line in new.splitlines() if line not in before]
    print("\n".join(["moved:", *moved]) if moved else "nothing moved")


if __name__ == "__main__":
    main()
