"""What a row of bench/run is, and what several rows begin with."""

import contextlib
import dataclasses
import typing

import clients
from clients import harness


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


CLOSE = "Connection: close"


def against_nginx(name, client, *options, needs=None, prepare=lambda: None, server=harness.nginx):
    def measure(seconds):
        with server() as port:
            prepare()
            return {name: client(seconds, port, *options)}
    return Run(name, measure, ("nginx", needs or name))


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


def set_ports(low, high):
    harness.set_kernel("ip_local_port_range", f"{low} {high}")


def all_ports():
    """One request per connection takes ports. The TIME_WAIT is the server's in these runs, but for
    some tens that a client closes; a port that only the server's side holds is given out again.
    With all ports (and tcp_tw_reuse as it is in a new namespace: 2, loopback) wrk and ab were
    within 4 % of what they are without any TIME_WAIT (tcp_max_tw_buckets 1): ports hurt nobody."""
    set_ports(1024, 65535)


@contextlib.contextmanager
def tws_server(*options):
    """Its port and its process."""
    with harness.Server("--mode", "spawn", "--keep-alive", "on", *options) as server:
        yield server.port, server.process.pid
