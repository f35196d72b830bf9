"""The rows of `bench/run --before DIR`: this build beside an older one, at the same work.

DIR has the older hammer and tws-server; TWS_BEFORE hands it on to the process of each run. A client
is measured against one nginx; a server is under this build's hammer.
"""

import os
import pathlib

import clients
import rows
from results import Ratio

BUILDS = {"now": clients.BIN, "before": pathlib.Path(os.environ.get("TWS_BEFORE", ""))}
WORSE_AT_MOST = 1.02


def hammer_of(build):
    clients.PATHS["hammer"] = str(build / "hammer")


def server_of(build):
    rows.harness.SERVER = str(build / "tws-server")


def row(name, what, figure, choose, run):
    def of(build):
        def measure(seconds):
            choose(BUILDS[build])  # for this process alone
            (figures,) = run.measure(seconds).values()
            return {build: figures}
        return rows.Run(build, measure, run.needs)
    return rows.Row(name, what, tuple(map(of, BUILDS)), ("rate", figure, "failed"),
                    (Ratio(figure, "now", ("before",), high=WORSE_AT_MOST),))


def client_row(name, what, *options):
    return row(name, what, "cpu_us", hammer_of, rows.against_nginx(
        "hammer", rows.hammer, *options, prepare=rows.all_ports))


def server_row(name, what, *options):
    return row(name, what, "server_us", server_of, rows.server_cost(
        "tws-server", rows.one_thread, "hammer", rows.hammer, options, rows.all_ports))


ROWS = {one.name: one for one in (
    client_row("keep-alive", "hammer against nginx, connections are kept."),
    client_row("server-closes", "hammer against nginx, one request per connection; the server "
               "closes.", "--disable-keepalive"),
    row("client-closes", "hammer against nginx, one request per connection; hammer closes, and "
        "takes source ports in turn.", "cpu_us", hammer_of, rows.CLIENT_CLOSES.runs[0]),
    client_row("client-resets", "hammer against nginx, one request per connection; hammer ends it "
               "with a RST.", "--disable-keepalive", "--close-by", "reset"),
    server_row("server", "tws-server under hammer, connections are kept."),
    server_row("server-close", "tws-server under hammer, one request per connection; the server "
               "closes.", "--disable-keepalive"))}
