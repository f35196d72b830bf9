"""The row `held`: what many connections take of memory."""

import functools
import json
import pathlib
import re
import resource
import subprocess
import tempfile
import time

import clients
from clients import harness
from results import Value
from row import Row, Run, tws_server

HELD = 10000
HELD_SECONDS = 62
OPEN_FILES = HELD + 200  # of each program


def note_memory(figures, pid, age, opened):
    """Peak and present resident memory; nothing is changed once the process has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return
    sizes = dict(re.findall(r"^(VmHWM|VmRSS):\s+(\d+) kB$", status, re.MULTILINE))
    if "VmRSS" not in sizes:
        return  # a zombie
    # The kernel brings VmHWM up to date when memory shrinks: it can be behind.
    peak = max(map(int, sizes.values())) / 1024
    figures["peak_mib"] = max(peak, figures.get("peak_mib", 0))
    for name, second in (("rss_opened_mib", opened), ("rss_60_mib", 60)):
        if age >= second:
            figures.setdefault(name, int(sizes["VmRSS"]) / 1024)


def held(_, scheme="http", server_options=(), options=(), rate=2000):
    """So many requests per second open the 10,000 connections, and go on with them."""
    opened = HELD / rate + 5  # seconds, with some to spare
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < OPEN_FILES:
        raise SystemExit(f"a process may have {most} open files at most (ulimit -Hn); {OPEN_FILES} "
                         "are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
    command = [clients.PATHS["hammer"], "-z", f"{HELD_SECONDS}s", "-c", str(HELD), "-q", str(rate),
               "-t", "1", *options, "--json", "-"]
    with tws_server("--threads", "1", *server_options) as (port, server_pid), tempfile.TemporaryFile("w+") as out:
        began = time.monotonic()
        load = subprocess.Popen([*command, f"{scheme}://127.0.0.1:{port}/"], stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.DEVNULL)
        seen = {"hammer": {}, "tws-server": {}}
        try:
            # To the very end: the report is long, and takes memory, too.
            while load.poll() is None and time.monotonic() < began + HELD_SECONDS + harness.LIMIT:
                for figures, pid in zip(seen.values(), (load.pid, server_pid)):
                    note_memory(figures, pid, time.monotonic() - began, opened)
                time.sleep(0.02)
        finally:
            load.kill()
            load.wait()
        out.seek(0)
        report = out.read()
    if not report:
        raise SystemExit(f"hammer ended with {load.returncode}")
    peak = json.loads(report)["connections"]["peak"]
    if peak != HELD:
        raise SystemExit(f"{peak} connections were open, not {HELD}")
    for figures in seen.values():
        figures["growth"] = (figures["rss_60_mib"] / figures["rss_opened_mib"] - 1) * 100
        figures["kib_each"] = figures["peak_mib"] * 1024 / HELD
    seen["hammer"]["failed"] = clients.count_hammer(report)[1]
    seen["both"] = {"peak_mib": sum(figures["peak_mib"] for figures in seen.values())}
    return seen


HELD_ROW = Row(
    "held", f"{HELD:,} connections at 2,000 requests per second against tws-server, one thread "
    "each: resident memory. It takes a minute, and runs once.",
    (Run("held", held, ("hammer", "tws-server"), rounds=1),),
    ("peak_mib", "rss_opened_mib", "rss_60_mib", "growth", "failed"),
    (Value("peak_mib", "both", high=100), Value("growth", "hammer", low=-2, high=2)))

TLS_HELD_ROW = Row(
    "tls-held", "The same with TLS (1.3) at 300 requests per second, which leaves the CPU time for the "
    "handshakes; what a connection takes is the peak by their number.",
    (Run("held", functools.partial(held, scheme="https", server_options=("--tls-self-signed",),
                                   options=("-k",), rate=300), ("hammer", "tws-server"), rounds=1),),
    ("peak_mib", "kib_each", "rss_opened_mib", "rss_60_mib", "growth", "failed"),
    (Value("kib_each", "hammer", high=24), Value("growth", "hammer", low=-2, high=2)))
