"""What bench/run measures: the rows, each with its runs and its goals.

A run happens in a network namespace of its own, with a server of its own. It returns the figures of
its contestants: {"wrk": {"rate": 220000.0, "cpu_us": 4.5}}.
"""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import clients
from clients import ab, floor, h2load, hammer, harness, only_child, wrk
from results import Ratio, Value


@dataclasses.dataclass(frozen=True)
class Run:
    name: str
    measure: typing.Callable[[int], dict]  # seconds -> {contestant: {figure: value}}
    needs: tuple = ()  # programs
    rounds: int = 10**6  # at most


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    what: str
    runs: tuple
    columns: tuple  # the figures that its table shows
    goals: tuple


def set_ports(low, high):
    harness.set_kernel("ip_local_port_range", f"{low} {high}")


def all_ports():
    """One request per connection takes ports. The TIME_WAIT is the server's in these runs, but for
    some tens that a client closes; a port that only the server's side holds is given out again.
    With all ports (and tcp_tw_reuse as it is in a new namespace: 2, loopback) wrk and ab were
    within 4 % of what they are without any TIME_WAIT (tcp_max_tw_buckets 1): ports hurt nobody."""
    set_ports(1024, 65535)


def against_nginx(name, client, *options, needs=None, prepare=lambda: None):
    def measure(seconds):
        with harness.nginx() as port:
            prepare()
            return {name: client(seconds, port, *options)}
    return Run(name, measure, ("nginx", needs or name))


KEEP_ALIVE = Row(
    "keep-alive", "Clients against nginx (one worker), connections are kept.",
    (against_nginx("hammer", hammer), against_nginx("wrk", wrk), against_nginx("ab", ab, "-k"),
     against_nginx("h2load", h2load), against_nginx("floor", floor, "keep")),
    ("rate", "cpu_us", "cores", "failed"),
    (Ratio("cpu_us", "hammer", ("wrk",), high=0.85),
     Ratio("cpu_us", "hammer", ("floor",), high=1.05),
     Ratio("rate", "hammer", ("wrk", "ab", "h2load"), low=1.05)))

CLOSE = "Connection: close"
SERVER_CLOSES = Row(
    "server-closes", "Clients against nginx (one worker), one request per connection; the server "
    "closes.",
    (against_nginx("hammer", hammer, "--disable-keepalive", prepare=all_ports),
     against_nginx("wrk", wrk, CLOSE, prepare=all_ports),
     against_nginx("ab", ab, prepare=all_ports),
     against_nginx("floor", floor, "close", prepare=all_ports)),
    ("rate", "cpu_us", "cores", "failed"),
    (Ratio("cpu_us", "hammer", ("wrk", "ab"), high=0.85),
     Ratio("cpu_us", "hammer", ("floor",), high=1.05)))

CENSUS_ON = Row(
    "census-on", "hammer against nginx, connections are kept: with its census and timeline, and "
    "with `--no-census`.",
    (against_nginx("with census", hammer, needs="hammer"),
     against_nginx("without", hammer, "--no-census", needs="hammer")),
    ("rate", "cpu_us", "failed"),
    (Ratio("rate", "with census", ("without",), low=0.98),
     Ratio("cpu_us", "with census", ("without",))))


def client_closes(name, client, *options, rounds=10**6, at_least=0):
    def measure(seconds):
        # The server's own port must not be one of the client's.
        set_ports(1024, 9999)
        with harness.nginx() as port:
            set_ports(49152, 65535)
            harness.set_kernel("tcp_tw_reuse", 0)
            return {name: client(max(seconds, at_least), port, *options)}
    return Run(name, measure, ("nginx", re.split("[ ,]", name)[0]), rounds)


HAMMER_CLOSES = ("--disable-keepalive", "--close-by", "client")
CLIENT_CLOSES = Row(
    "client-closes", "One request per connection against nginx; the client closes. 16,384 source "
    "ports (49152-65535), no reuse of TIME_WAIT. `--ports kernel` runs once and for 15 s at least: "
    "it ends at 16,384.",
    (client_closes("hammer --ports rotate", hammer, *HAMMER_CLOSES, "--ports", "rotate",
                   "--port-range", "49152-65535"),
     client_closes("floor, ports in turn", floor, "client", "--ports", "49152-65535"),
     client_closes("floor, reset", floor, "reset"),
     client_closes("hammer --ports kernel", hammer, *HAMMER_CLOSES, rounds=1, at_least=15)),
    ("requests", "rate", "cpu_us", "failed"),
    (Ratio("rate", "hammer --ports rotate", ("floor, reset",), low=0.95),
     Ratio("rate", "hammer --ports rotate", ("floor, ports in turn",)),
     Value("failed", "hammer --ports rotate", high=0)))


@contextlib.contextmanager
def tws_server(*options):
    """Its port and its process."""
    with harness.Server("--mode", "spawn", "--keep-alive", "on", *options) as server:
        yield server.port, server.process.pid


@contextlib.contextmanager
def nginx():
    with harness.nginx() as port:
        yield port, only_child()


def server_cost(server_name, server, client_name, client, options=(), prepare=lambda: None):
    name = f"{server_name} under {client_name}"

    def measure(seconds):
        with server() as (port, pid):
            prepare()
            before = clients.on_cpu(pid)
            load = client(seconds, port, *options)
            load["server_us"] = (clients.on_cpu(pid) - before) / load["requests"] * 1e6
            return {name: load}
    return Run(name, measure, (server_name, client_name))


one_thread = functools.partial(tws_server, "--threads", "1")


def server_row(name, what, wrk_options, hammer_options, prepare=lambda: None):
    return Row(
        name, what,
        tuple(server_cost(server_name, server, client_name, client, options, prepare)
              for client_name, client, options in (("wrk", wrk, wrk_options),
                                                   ("hammer", hammer, hammer_options))
              for server_name, server in (("tws-server", one_thread), ("nginx", nginx))),
        ("rate", "server_us", "failed"),
        tuple(Ratio("server_us", f"tws-server under {client}", (f"nginx under {client}",), high=0.9)
              for client in ("wrk", "hammer")))


SERVER = server_row(
    "server", "tws-server (one thread) beside nginx (one worker), connections are kept.", (), ())
SERVER_CLOSE = server_row(
    "server-close", "tws-server (one thread) beside nginx (one worker), one request per "
    "connection; the server closes.", (CLOSE,), ("--disable-keepalive",), all_ports)


TIME_WAITS = 60000
LOOKS = 10  # of each program in one run


def wall_ms(command):
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - began) * 1000


def census(_):
    harness.set_kernel("tcp_tw_reuse", 0)
    # What is over this number gets no TIME_WAIT. It follows the machine's memory.
    if int(pathlib.Path("/proc/sys/net/ipv4/tcp_max_tw_buckets").read_text()) < 2 * TIME_WAITS:
        harness.set_kernel("tcp_max_tw_buckets", 2 * TIME_WAITS)
    with harness.Server("--mode", "spawn") as server:
        # Six source addresses: with one, connect() would search long for the last free ports.
        made = harness.load("-n", TIME_WAITS, "-t", 1, "-c", clients.CONNECTIONS, *HAMMER_CLOSES,
                            "--source", "127.0.0.0/29", "--no-census", server.url)
        hammers = [clients.PATHS["hammer"], "census", "--port", str(server.port)]

        def seen():
            """Sockets that each of the two sees, all of them."""
            sides = json.loads(subprocess.run([*hammers, "--json", "-"], check=True, text=True,
                                              capture_output=True).stdout)
            lines = subprocess.run(["ss", "-Htan"], check=True, text=True,
                                   capture_output=True).stdout
            return (sum(sides["client"].values()) + sum(sides["server"].values()),
                    len(lines.splitlines()))
        before = seen()
        looks = [(wall_ms(hammers), wall_ms(["ss", "-tan"])) for _ in range(LOOKS)]
        after = seen()
    # The server's listening socket is one more.
    if {*before, *after} != {TIME_WAITS + 1}:
        raise SystemExit(f"{made['requests']['succeeded']} connections were made; hammer census "
                         f"and ss saw {before} sockets before and {after} after")
    return {name: {"wall_ms": statistics.median(times), "sockets": count}
            for name, times, count in zip(("hammer census", "ss -tan"), zip(*looks), after)}


CENSUS = Row(
    "census", f"{TIME_WAITS:,} sockets in TIME_WAIT: the wall time of `hammer census --port P` and "
    f"of `ss -tan`, in turns, the medians of {LOOKS} each.",
    (Run("census", census, ("hammer", "tws-server", "ss")),), ("wall_ms", "sockets"),
    (Ratio("wall_ms", "hammer census", ("ss -tan",), high=0.35),))


HELD = 10000
HELD_SECONDS = 62
OPEN_FILES = HELD + 200  # of each program


def note_memory(figures, pid, age):
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
    for second in (10, 60):
        if age >= second:
            figures.setdefault(f"rss_{second}_mib", int(sizes["VmRSS"]) / 1024)


def held(_):
    """2,000 requests per second open the 10,000 connections in 5 s, and go on with them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < OPEN_FILES:
        raise SystemExit(f"a process may have {most} open files at most (ulimit -Hn); {OPEN_FILES} "
                         "are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
    command = [clients.PATHS["hammer"], "-z", f"{HELD_SECONDS}s", "-c", str(HELD), "-q", "2000",
               "-t", "1", "--json", "-"]
    with tws_server("--threads", "1") as (port, server_pid), tempfile.TemporaryFile("w+") as out:
        began = time.monotonic()
        load = subprocess.Popen([*command, f"http://127.0.0.1:{port}/"], stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.DEVNULL)
        seen = {"hammer": {}, "tws-server": {}}
        try:
            # To the very end: the report is long, and takes memory, too.
            while load.poll() is None and time.monotonic() < began + HELD_SECONDS + harness.LIMIT:
                for figures, pid in zip(seen.values(), (load.pid, server_pid)):
                    note_memory(figures, pid, time.monotonic() - began)
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
        figures["growth"] = (figures["rss_60_mib"] / figures["rss_10_mib"] - 1) * 100
    seen["hammer"]["failed"] = clients.count_hammer(report)[1]
    seen["both"] = {"peak_mib": sum(figures["peak_mib"] for figures in seen.values())}
    return seen


HELD_ROW = Row(
    "held", f"{HELD:,} connections at 2,000 requests per second against tws-server, one thread "
    "each: resident memory. It takes a minute, and runs once.",
    (Run("held", held, ("hammer", "tws-server"), rounds=1),),
    ("peak_mib", "rss_10_mib", "rss_60_mib", "growth", "failed"),
    (Value("peak_mib", "both", high=100), Value("growth", "hammer", low=-2, high=2)))


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


def threads(name, count, cores=None):
    """hammer with so many threads, against as many servers of one thread; all on so many cores."""
    def measure(seconds):
        if cores is not None:
            available = sorted(os.sched_getaffinity(0))
            if len(available) < cores:
                raise SystemExit(f"there are {len(available)} cores; {cores} are needed")
            os.sched_setaffinity(0, available[:cores])
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(tws_server("--threads", "1")) for _ in range(count)]
            pids = [pid for _, pid in servers]
            before, began = sum(map(clients.on_cpu, pids)), time.monotonic()
            machine_before = clients.machine_seconds()["busy"]
            urls = [f"http://127.0.0.1:{port}/" for port, _ in servers]
            command = clients.hammer_command(seconds, urls, (), threads=count)
            load = clients.figures(command, seconds, clients.count_hammer)
            wall = time.monotonic() - began
            load["server_cores"] = (sum(map(clients.on_cpu, pids)) - before) / wall
            load["busy_cores"] = (clients.machine_seconds()["busy"] - machine_before) / wall
        return {name: load}
    return Run(name, measure, ("hammer", "tws-server"))


THREADS = Row(
    "threads", "hammer with one thread against one tws-server, and with two against two of them "
    "(one thread each), connections are kept. Where everything runs on one core, and then twice of "
    "it on two, the ratio is hammer's own. On any core of a machine that has two, one thread and "
    "its server keep both busy already: nothing is left for a second thread.",
    (threads("-t 1, all on one core", 1, cores=1), threads("-t 2, all on two cores", 2, cores=2),
     threads("-t 1, any core", 1), threads("-t 2, any core", 2)),
    ("rate", "cpu_us", "cores", "server_cores", "busy_cores", "failed"),
    (Ratio("rate", "-t 2, all on two cores", ("-t 1, all on one core",), low=1.7),
     Ratio("rate", "-t 2, any core", ("-t 1, any core",)),
     Ratio("cpu_us", "-t 2, all on two cores", ("-t 1, all on one core",))))

ROWS = {row.name: row for row in (KEEP_ALIVE, SERVER_CLOSES, CLIENT_CLOSES, SERVER, SERVER_CLOSE,
                                  CENSUS, CENSUS_ON, HELD_ROW, LATENCY, THREADS)}
