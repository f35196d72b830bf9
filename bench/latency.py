"""The row `latency`: hammer's percentiles beside those that are known."""

import json
import re
import subprocess
import sys

import clients
from clients import harness
from results import Ratio
from row import Row, Run, tws_server


def percentiles(of):
    return {name: of[name] * 1000 for name in ("p50", "p99", "p99.9")}


def rated_load(seconds, url):
    """1,000 requests per second, as many as belong to the time: none is on its way at the end."""
    return harness.load("-q", 1000, "-n", 1000 * seconds, "-c", clients.CONNECTIONS, "-t", 1, url)


def known_delays(seconds):
    with subprocess.Popen([sys.executable, str(clients.BENCH / "delays.py")], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            port = int(server.stdout.readline())
            load = rated_load(seconds, f"http://127.0.0.1:{port}/")
            out, _ = server.communicate(timeout=harness.LIMIT)
        finally:
            server.kill()
    if server.returncode != 0:
        raise SystemExit(f"delays.py ended with {server.returncode}")
    truth = json.loads(out)
    if truth.pop("count") != load["requests"]["succeeded"]:
        raise SystemExit("the server's requests are not those of hammer")
    return {"hammer": percentiles(load["latencyPercentiles"]),
            "hammer, from sending": percentiles(load["rate"]["serviceTimePercentiles"]),
            "the server itself": truth}


def delay_20_hammer(seconds):
    with tws_server("--threads", "1") as (port, _):
        load = rated_load(seconds, f"http://127.0.0.1:{port}/delay/20")
    return {"hammer, /delay/20": percentiles(load["latencyPercentiles"]),
            "hammer, /delay/20, from sending": percentiles(load["rate"]["serviceTimePercentiles"]),
            "20 ms": dict.fromkeys(("p50", "p99", "p99.9"), 20.0)}


def delay_20_wrk(seconds):
    """20 connections that wait 20 ms each make as many requests per second."""
    with tws_server("--threads", "1") as (port, _):
        out, _, _ = clients.run(["wrk", "-t1", "-c20", f"-d{seconds}s", "--latency",
                                 f"http://127.0.0.1:{port}/delay/20"], seconds + 60)
    in_ms = {"us": 1e-3, "ms": 1, "s": 1e3}
    lines = re.findall(r"^ +(50|99)% +([\d.]+)(us|ms|s)$", out, re.MULTILINE)
    return {"wrk, /delay/20": {f"p{share}": float(value) * in_ms[unit]
                               for share, value, unit in lines}}


MARKS = ("p50", "p99", "p99.9")
LATENCY = Row(
    "latency", "1,000 requests per second (wrk: 20 connections). The first server has known "
    "delays, 10, 50 and 200 ms; the truth is what it measured itself. The second is tws-server's "
    "`/delay/20`. hammer counts from when a request was due; \"from sending\" leaves out that its "
    "timer was late.",
    (Run("known delays", known_delays, ("hammer",)),
     Run("hammer, /delay/20", delay_20_hammer, ("hammer", "tws-server")),
     Run("wrk, /delay/20", delay_20_wrk, ("wrk", "tws-server"))),
    MARKS,
    (*(Ratio(mark, "hammer", ("the server itself",), low=0.98, high=1.02) for mark in MARKS),
     *(Ratio(mark, "hammer, /delay/20", ("20 ms",), low=0.98, high=1.02) for mark in MARKS)))
