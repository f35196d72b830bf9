"""The clients: how each is called, what it says it did, and what the kernel says it cost.

All have one thread and 50 connections. The time of a run is that of the whole process, and so is
its CPU (user and system): they include start and end, which a client cannot leave out of its sums.
"""

import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time

BENCH = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("TWS_BIN", BENCH.parent / "build/release/src")).resolve()
sys.path.insert(0, str(BENCH.parent / "tests/end_to_end"))
import harness  # noqa: E402, F401

CONNECTIONS = 50
PATHS = {"hammer": str(BIN / "hammer"), "tws-server": str(BIN / "tws-server"),
         "floor": str(BIN.parent / "bench/floor"),
         "floor_tls": str(BIN.parent / "bench/floor_tls")}


def run(command, limit):
    """Runs a program to its end: what it printed, its wall and CPU seconds."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        late = threading.Timer(limit, process.kill)
        late.start()
        try:
            # wait4() is the only one to say what this child cost.
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            late.cancel()
            if process.returncode is None:
                process.kill()
                process.wait()
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            why = (errors.read() or out.read()).strip()
            name = pathlib.Path(command[0]).name
            raise SystemExit(f"{name} ended with {process.returncode}: {why}")
        return out.read(), wall, usage.ru_utime + usage.ru_stime


def figures(command, seconds, count):
    """The figures of a client that runs for so long; count(output): requests, and what failed."""
    out, wall, cpu = run(command, seconds + 60)
    requests, failed = count(out)
    if requests == 0:
        raise SystemExit(f"{pathlib.Path(command[0]).name}: no request was answered")
    return {"requests": requests, "failed": failed, "rate": requests / wall,
            "cpu_us": cpu / requests * 1e6, "cores": cpu / wall}


def number(pattern, text):
    """The number in a program's output; 0 where the line is left out."""
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def hammer_command(seconds, urls, options, threads=1):
    return [PATHS["hammer"], "-z", f"{seconds}s", "-c", str(CONNECTIONS), "-t", str(threads),
            *options, "--json", "-", *urls]


def count_hammer(out):
    report = json.loads(out)
    return (report["requests"]["succeeded"],
            sum(report["attempts"]["failed"].values()) +
            sum(report["requests"]["failed"].values()))


def hammer(seconds, port, *options, scheme="http"):
    return figures(hammer_command(seconds, [f"{scheme}://127.0.0.1:{port}/"], options), seconds,
                   count_hammer)


def wrk(seconds, port, *headers, scheme="http"):
    def count(out):
        errors = re.search(
            r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
        return (number(r"(\d+) requests in", out),
                sum(map(int, errors.groups())) if errors else 0)
    options = [word for header in headers for word in ("-H", header)]
    return figures(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *options,
                    f"{scheme}://127.0.0.1:{port}/"], seconds, count)


def ab(seconds, port, *options, scheme="http"):
    def count(out):
        return number(r"Complete requests: +(\d+)", out), number(r"Failed requests: +(\d+)", out)
    # -t alone would stop at 50,000 requests.
    return figures(["ab", "-q", *options, "-c", str(CONNECTIONS), "-t", str(seconds), "-n",
                    "100000000", f"{scheme}://127.0.0.1:{port}/"], seconds, count)


def h2load(seconds, port, scheme="http"):
    def count(out):
        return number(r"(\d+) succeeded", out), number(r"succeeded, (\d+) failed", out)
    return figures(["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", "-D", str(seconds),
                    f"{scheme}://127.0.0.1:{port}/"], seconds, count)


def floor(seconds, port, mode, *options, program="floor"):
    def count(out):
        return number(r"(\d+) requests", out), number(r"(\d+) failed", out)
    return figures([PATHS[program], str(port), str(seconds), mode, "--connections",
                    str(CONNECTIONS), *options], seconds, count)


def on_cpu(pid):
    """The CPU seconds of a process so far, from nanoseconds: ticks would be too coarse."""
    seconds = 0.0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        seconds += int((thread / "schedstat").read_text().split()[0]) / 1e9
    return seconds


def machine_seconds():
    """Core-seconds of the whole machine since it started: busy, and given to others by a hypervisor
    (proc_stat(5))."""
    text = pathlib.Path("/proc/stat").read_text()
    ticks = [int(word) / os.sysconf("SC_CLK_TCK") for word in text.split()[1:9]]
    user, nice, system, _, _, irq, softirq, stolen = ticks
    return {"busy": user + nice + system + irq + softirq, "stolen": stolen}


def own_seconds():
    """Of this process and of all that it has waited for."""
    return sum(usage.ru_utime + usage.ru_stime for usage in
               map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def watched(measure, seconds):
    """What a run measured, and what else happened on the machine meanwhile, in cores: work of other
    programs; and interrupts, where the kernel does not count them as the interrupted program's."""
    before, own, began = machine_seconds(), own_seconds(), time.monotonic()
    measured = measure(seconds)
    wall = time.monotonic() - began
    after = machine_seconds()
    others = after["busy"] - before["busy"] - (own_seconds() - own)
    return {"contestants": measured, "otherWorkCores": max(others / wall, 0),
            "stolenCores": (after["stolen"] - before["stolen"]) / wall}


def only_child():
    """The process that this one has started: nginx, of which harness.nginx() gives the port."""
    children = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it has ended meanwhile
        if int(text.rsplit(")", 1)[1].split()[1]) == os.getpid():
            children.append(int(stat.parent.name))
    if len(children) != 1:
        raise SystemExit(f"one child was expected, there are {len(children)}")
    return children[0]
