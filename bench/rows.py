"""What bench/run measures: the rows, each with its runs and its goals.

A run happens in a network namespace of its own, with a server of its own. It returns the figures of
its contestants: {"wrk": {"rate": 220000.0, "cpu_us": 4.5}}.
"""

import contextlib
import functools
import json
import os
import pathlib
import re
import statistics
import subprocess
import time

import clients
from clients import ab, floor, h2load, hammer, harness, only_child, wrk
from latency import LATENCY
from memory import HELD_ROW, TLS_HELD_ROW
from results import Ratio, Value
from row import (CLOSE, Row, Run, against_nginx, all_ports, server_cost, set_ports, tws_server)
from tls import TLS_ROWS


KEEP_ALIVE = Row(
    "keep-alive", "Clients against nginx (one worker), connections are kept.",
    (against_nginx("hammer", hammer), against_nginx("wrk", wrk), against_nginx("ab", ab, "-k"),
     against_nginx("h2load", h2load), against_nginx("floor", floor, "keep")),
    ("rate", "cpu_us", "cores", "failed"),
    (Ratio("cpu_us", "hammer", ("wrk",), high=0.85),
     Ratio("cpu_us", "hammer", ("floor",), high=1.05),
     Ratio("rate", "hammer", ("wrk", "ab", "h2load"), low=1.05)))

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
def nginx():
    with harness.nginx() as port:
        yield port, only_child()


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
                                  CENSUS, CENSUS_ON, HELD_ROW, LATENCY, THREADS, *TLS_ROWS,
                                  TLS_HELD_ROW)}
