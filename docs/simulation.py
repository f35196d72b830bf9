#!/usr/bin/env python3
"""Makes the tables of simulation.md anew: the article, the lab beside its simulation, a large one.

docs/simulation.py [--hammer build/release/src/hammer] [--from LAB.json] [--only TABLE]
With --from a saved `hammer lab --json` is simulated, and no lab is run.
"""

import argparse
import base64
import json
import math
import pathlib
import re
import shlex
import subprocess
import zlib

DOCS = pathlib.Path(__file__).resolve().parent
PAGE = DOCS / "simulation.md"
BLOCK = re.compile(r"(<!-- simulation:(\S+) -->\n).*?(<!-- /simulation -->)", re.DOTALL)

ARTICLE = "--os macos-12 -z 10s -c 50 --disable-keepalive --connect-timeout 75s --mode sequential"


def simulate(hammer, options):
    done = subprocess.run([hammer, "simulate", *shlex.split(options), "--json", "-"], text=True,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def rates(run):
    """Responses per second of each sample."""
    before, all_rates = 0, []
    for sample in run["timeline"]:
        if sample["t"] > before:
            all_rates.append(sample["requests"] / (sample["t"] - before))
        before = sample["t"]
    return all_rates


def search_cost(run):
    """Seconds for each port, of a run that searches through half of the range at its end."""
    late = sorted(rates(run)[-20:-1])[9]
    return (1 / late - 1 / max(rates(run))) / (run["limits"]["usablePorts"] / 2)


def options_of(run, per_port=1e-7, per_second=None):
    """Those of `hammer simulate` for what a real run on Linux did.

    How many requests the machine can make per second is taken from the run's best tenth of a second
    where it is not given: bursts do not depend on it."""
    plan, limits = run["plan"], run["limits"]
    loopback = all(target["address"].startswith("127.") for target in run["targets"])
    each = 1 / max(per_second or max(rates(run)), 1)
    words = ["--os linux", f"-c {plan['connections']} -t 1",
             f"-z {plan['durationSeconds']}s" if plan["durationSeconds"] else "",
             f"-n {plan['requests']}" if plan["requests"] else "",
             f"-q {plan['rate']}" if plan["rate"] else "",
             f"--requests-per-connection {plan['requestsPerConnection']}"
             if plan["requestsPerConnection"] else "",
             f"--close-by {plan['closeBy']} --ports {plan['ports']}",
             f"--system-port-range {limits['portLow']}-{limits['portHigh']}",
             f"--port-range {plan['portRange']['low']}-{plan['portRange']['high']}"
             if plan["portRange"] else "",
             f"--sources {plan['sourceAddresses']} --targets {len(plan['urls'])}",
             "" if loopback else "--network",
             f"--tw-reuse {('off', 'on', 'loopback').index(limits['reuse'])}",
             f"--tw-reuse-delay {round(1000 * limits['reuseDelaySeconds'])}ms",
             f"--max-tw-buckets {limits['maxTimeWait']}",
             f"--connection-cost {round(0.8e9 * each)}ns --request-cost {round(0.2e9 * each)}ns",
             f"--search-cost {round(1e9 * per_port)}ns"]
    return " ".join(word for word in words if word)


def connections_until_the_fall(run):
    """As the lab counts them: until the rate fell for good, to a quarter of the best or less."""
    per_sample = rates(run)
    fast = len(per_sample)
    while fast and per_sample[fast - 1] < max(per_sample) / 4:
        fast -= 1
    return sum(sample["requests"] for sample in run["timeline"][:fast])


def compared(scenario, simulated):
    """What a scenario is about, measured and simulated; None: that there is no failure."""
    run = scenario["run"]
    if scenario["predicted"] is None:
        return None
    if scenario["name"] == "linux-no-reuse":
        return connections_until_the_fall(run), connections_until_the_fall(simulated)
    return run["attempts"]["connected"], simulated["attempts"]["connected"]


def lab_table(hammer, lab):
    scenarios = [one for one in lab["scenarios"] if not one["skipped"]]
    # What a look at a port costs is the machine's.
    per_port = next((search_cost(one["run"]) for one in scenarios if one["name"] == "linux-no-reuse"),
                    1e-7)
    # With few ports no tenth of a second shows what the machine can do; another run's does.
    fastest = {}
    for one in scenarios:
        kind = one["run"]["plan"]["requestsPerConnection"]
        fastest[kind] = max(fastest.get(kind, 0), *rates(one["run"]))
    rows = ["| scenario | real kernel | simulated | | limited by, real | simulated |",
            "|---|---|---|---|---|---|"]
    for one in scenarios:
        kind = one["run"]["plan"]["requestsPerConnection"]
        simulated = simulate(hammer, options_of(one["run"], per_port, fastest[kind]))
        both = compared(one, simulated)
        if both is None:
            cells = [str(sum(run["attempts"]["failed"].values()) or "no failure")
                     for run in (one["run"], simulated)] + [""]
        else:
            error = both[1] / both[0] - 1
            cells = [f"{both[0]:,}", f"{both[1]:,}", "exact" if error == 0 else f"{100 * error:+.1f} %"]
        rows.append(f"| {one['name']} | {' | '.join(cells)} | {one['limitedBy']} | "
                    f"{simulated['verdict']['limitedBy']} |")
    return "\n".join(rows) + f"\n\nOne look at a port took {1e9 * per_port:.0f} ns on this machine.\n"


def article_table(hammer):
    notes = []
    rows = ["| | expected | mean of 1,000 seeds | its standard error | deviation | expected |",
            "|---|---|---|---|---|---|"]
    for system, p in (("macos-11", 1 / 2), ("macos-12", 1 / 4)):
        options = ARTICLE.replace("macos-12", system)
        many = simulate(hammer, f"{options} --repeat 1000")
        one = many["quantities"]["responses"]
        rows.append(f"| {system} | 16,384 + {50 * p / (1 - p):.2f} | {one['mean']:,.2f} | "
                    f"{one['standardError']:.2f} | {one['deviation']:.2f} | "
                    f"{math.sqrt(50 * p) / (1 - p):.2f} |")
        limited = ", ".join(f"{name} {count:,}" for name, count in many["limitedBy"].items())
        notes.append(f"{system}: at most {many['quantities']['failedAttempts']['max']:.0f} failed "
                     f"attempts in a run; limited by {limited}.")
    return "\n".join(rows) + "\n\n" + "\n".join(notes) + "\n"


def buckets(hdr):
    """(value in the middle, count) of each bucket of a histogram of three digits in HdrHistogram V2."""
    counts, index = zlib.decompress(base64.b64decode(hdr)[8:])[40:], 0
    while counts:
        number = size = 0
        while True:
            byte = counts[size]
            number |= (byte if size == 8 else byte & 127) << 7 * size
            size += 1
            if byte < 128 or size == 9:
                break
        counts = counts[size:]
        number = number >> 1 ^ -(number & 1)
        if number > 0:
            shift = max(index // 1024 - 1, 0)
            yield ((index - shift * 1024) << shift) + (1 << shift) // 2, number
        index += -number if number < 0 else 1


def second_run_table(hammer):
    """What a second run looks like, by how long after the first one it begins."""
    rows = ["| begins after | responses | slower than 25 ms | their mean | the slowest |",
            "|---|---|---|---|---|"]
    for after in (5, 10, 14, 16, 18, 19, 20, 21, 25, 35):
        run = simulate(hammer, f"{ARTICLE} --again-after {after}s --seed 3")
        slow = [(value / 1e9, count) for value, count in buckets(run["histograms"]["latency"]["hdr"])
                if value > 25e6]
        number = sum(count for _, count in slow)
        mean = f"{sum(v * n for v, n in slow) / number:.2f} s" if number else "-"
        slowest = f"{run['summary']['slowest']:.2f} s" if number else "-"
        responses = run["statusCodeDistribution"].get("200", 0)
        rows.append(f"| {after} s | {responses:,} | {number} | {mean} | {slowest} |")
    return "\n".join(rows) + "\n"


LARGE = ("--network -z 10m -q 200k -c 4000 -t 16 --connection-cost 0 --request-cost 0 --delay 5ms "
         "--disable-keepalive --close-by client --targets 64")


def large_table(hammer):
    """A load balancer that nobody can load here, and its remedies."""
    rows = ["| besides | answered | never sent | TIME_WAIT at the end | limited by |", "|---|---|---|---|---|"]
    for words in ("--sources 16", "--sources 16 --max-tw-buckets 20M", "--sources 8 --max-tw-buckets 20M",
                  "--sources 8 --max-tw-buckets 20M --port-range 32768-60999",
                  "--sources 8 --max-tw-buckets 20M --system-port-range 1024-65535",
                  "--sources 8 --max-tw-buckets 20M --tw-reuse 1"):
        run = simulate(hammer, f"{LARGE} {words}")
        waiting = run["sockets"]["after"]["client"].get("TIME_WAIT", 0)
        overflows = run["counters"].get("TcpExt.TCPTimeWaitOverflow", 0)
        thrown = f", {overflows:,} thrown away" if overflows else ""
        rows.append(f"| `{words}` | {run['requests']['responses']:,} | {run['rate']['neverBegun']:,} | "
                    f"{waiting:,}{thrown} | {run['verdict']['limitedBy']} |")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hammer", default="build/release/src/hammer")
    parser.add_argument("--from", dest="lab", help="a saved hammer lab --json")
    parser.add_argument("--only", help="the table of this name")
    asked = parser.parse_args()
    if asked.lab:
        lab = json.loads(pathlib.Path(asked.lab).read_text())
    else:
        done = subprocess.run([asked.hammer, "lab", "--json", "-", "--no-progress"], text=True,
                              stdout=subprocess.PIPE, check=False)
        lab = json.loads(done.stdout)
    tables = {"lab": lambda: lab_table(asked.hammer, lab),
              "article": lambda: article_table(asked.hammer),
              "second-run": lambda: second_run_table(asked.hammer),
              "large": lambda: large_table(asked.hammer)}
    text = PAGE.read_text()
    PAGE.write_text(BLOCK.sub(
        lambda block: block[0] if asked.only not in (None, block[2])
        else block[1] + tables[block[2]]() + block[3], text))


if __name__ == "__main__":
    main()
