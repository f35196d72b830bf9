"""Servers, systems and networks in which a load test finds itself, each with what is true of it.

`must` is what the verdict has to be limited by, or any of several that are true. `may` is what it may
say if it calls that possible only, or `none`. `valid` is whether the run measured the
server doing what was asked. `says` is a regular expression that the verdict must match, or it is
silent; `never` one that nothing in the report may match.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import typing
import unittest

from harness import Server, nginx, set_kernel
from odd_servers import DEAF, FORKS, ODD, READS_SLOWLY, SYNCS, THREADS, WORKERS
from real_servers import (apache, burning, certificate, gunicorn, haproxy, node, openssl_server,
                          python)


@dataclasses.dataclass(frozen=True)
class Situation:
    name: str
    server: typing.Callable  # a context manager; yields the options of hammer that it needs
    options: str
    must: str
    may: str = "none"
    valid: bool | None = None
    never: str = ""
    says: str = ""

    @property
    def words(self):
        return self.options.split()


def url(port, path=""):
    return [f"http://127.0.0.1:{port}/{path}"]


def of(make, *arguments, path="", **kwargs):
    """A server whose context yields its port."""
    @contextlib.contextmanager
    def server():
        with make(*arguments, **kwargs) as port:
            yield url(port, path)
    return server


def tws(*options, path="", stop_after=None, stop_for=None, kill_after=None, **kwargs):
    """tws-server; `stop_after` stops it for `stop_for` seconds, `kill_after` kills it."""
    @contextlib.contextmanager
    def server():
        with Server(*options, **kwargs) as made:
            timers = []
            if stop_after:
                timers = [threading.Timer(stop_after, made.process.send_signal, (signal.SIGSTOP,)),
                          threading.Timer(stop_after + stop_for, made.process.send_signal,
                                          (signal.SIGCONT,))]
            if kill_after:
                timers = [threading.Timer(kill_after, made.process.kill)]
            for timer in timers:
                timer.start()
            yield [made.url + path]
            for timer in timers:
                timer.join()
            if kill_after or "prefix" in kwargs:  # unshare does not pass SIGTERM on
                made.process.kill()
                made.process.communicate()
                made.totals = {}
    return server


def with_setup(setup, server):
    """`setup` prepares the namespace."""
    @contextlib.contextmanager
    def both():
        with setup(), server() as words:
            yield words
    return both


def changed_later(server, setup):
    """The same once the server runs."""
    @contextlib.contextmanager
    def both():
        with server() as words, setup():
            yield words
    return both


def kernel(**settings):
    @contextlib.contextmanager
    def set_all():
        for name, value in settings.items():
            set_kernel(name, value)
        yield
    return set_all


def command(*words):
    @contextlib.contextmanager
    def run():
        subprocess.run(words, check=True)
        yield
    return run


def firewall(rule):
    @contextlib.contextmanager
    def run():
        for words in ("add table inet lab",
                      "add chain inet lab in { type filter hook input priority 0; }",
                      f"add rule inet lab in {rule}"):
            subprocess.run(["nft", words], check=True)
        yield
    return run


def uploads_to(server):
    @contextlib.contextmanager
    def with_body():
        with server() as words, tempfile.NamedTemporaryFile() as body:
            body.write(b"x" * 200_000)
            body.flush()
            yield ["-D", body.name, *words]
    return with_body


@contextlib.contextmanager
def two_targets_one_dead():
    import socket
    with Server() as alive, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield [alive.url, *url(nobody.getsockname()[1])]


@contextlib.contextmanager
def two_targets_one_slow():
    with Server("--delay", "5") as fast, Server("--delay", "50") as slow:
        yield [fast.url, slow.url]


@contextlib.contextmanager
def nobody_listens():
    import socket
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield url(nobody.getsockname()[1])


@contextlib.contextmanager
def self_connect():
    """The target's port is in the range, and nobody listens there."""
    set_kernel("ip_local_port_range", "50000 50099")
    yield url(50050)


@contextlib.contextmanager
def nginx_tls():
    with certificate() as (cert, key), nginx(
            f"ssl_certificate {cert}; ssl_certificate_key {key}; location / {{ return 204; }}",
            listen="ssl") as port:
        yield url(port)


@contextlib.contextmanager
def haproxy_tls():
    with certificate() as (cert, key):
        both = pathlib.Path(cert).with_name("both.pem")
        both.write_text(pathlib.Path(cert).read_text() + pathlib.Path(key).read_text())
        with haproxy("server a 127.0.0.1:9", listen=f"ssl crt {both}") as port:
            yield url(port)


def proxied(upstream, *, keep=False):
    """nginx before a server of `upstream`. It closes each connection to it first, or keeps them."""
    @contextlib.contextmanager
    def server():
        with upstream() as words:
            address = words[0].split("/")[2]
            pool = f"upstream behind {{ server {address}; {'keepalive 64;' if keep else ''} }}"
            with nginx("location / { proxy_pass http://behind; proxy_http_version 1.1; "
                       'proxy_set_header Connection ""; }', http=pool) as port:
                yield url(port)
    return server


def behind_haproxy(upstream, *, each=0, server_options="", options=""):
    """haproxy before a server of `upstream`, `each` connections at a time."""
    @contextlib.contextmanager
    def server():
        with upstream() as words:
            address = words[0].split("/")[2]
            limit = f"maxconn {each}" if each else ""
            with haproxy(f"{options}\n  server a {address} {limit} {server_options}") as port:
                yield url(port)
    return server


def behind_apache(upstream, directives):
    @contextlib.contextmanager
    def server():
        with upstream() as words, apache(f"ProxyPass / {words[0]}\n{directives}",
                                         modules=("proxy", "proxy_http")) as port:
            yield url(port)
    return server


@contextlib.contextmanager
def hogs():
    with burning(2):
        yield


@contextlib.contextmanager
def niced_hogs():
    with burning(2, nice=19):
        yield


CGROUP = pathlib.Path("/sys/fs/cgroup/cpu")


@contextlib.contextmanager
def quota(cores):
    """What to put before a command so that it runs under such a quota (cgroup version 1)."""
    group = CGROUP / f"tws_score_{os.getpid()}"
    try:
        group.mkdir()
        (group / "cpu.cfs_quota_us").write_text(str(int(cores * 100_000)))
    except OSError as error:
        raise unittest.SkipTest(f"no CPU quota can be set here: {error}") from error
    try:
        yield ("sh", "-c", f"echo $$ >{group}/cgroup.procs && exec \"$@\"", "sh")
    finally:
        for _ in range(100):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.05)


@contextlib.contextmanager
def server_under_quota():
    with quota(0.2) as prefix, Server(prefix=prefix) as server:
        yield [server.url]


@contextlib.contextmanager
def hammer_under_quota():
    with quota(0.4) as prefix, nginx() as port:
        yield [*url(port), prefix]


@contextlib.contextmanager
def hammer_with_a_roomy_quota():
    with quota(1.5) as prefix, Server("--delay", "20") as server:
        yield [server.url, prefix]


@contextlib.contextmanager
def blind():
    """hammer without /proc."""
    with Server("--delay", "20") as server:
        yield [server.url, ("unshare", "-m", "sh", "-c",
                            'mount -t tmpfs none /proc && exec "$@"', "sh")]


@contextlib.contextmanager
def used_up_before():
    """Ports 50000-50499 are in TIME_WAIT towards this server already."""
    set_kernel("ip_local_port_range", "50000 50499")
    set_kernel("tcp_tw_reuse", 0)
    from harness import hammer
    with Server() as server:
        before = hammer("-z", "1s", *CLIENT_CLOSES.split(), server.url)
        assert before.code == 0, before.errors
        yield [server.url]


CLUSTER = """
if (cluster.isPrimary) { for (let i = 0; i < 2; i++) cluster.fork(); }
else http.createServer((request, response) => { burn(%d); setTimeout(() => response.end('x'), %d); })
  .listen(port, '127.0.0.1');"""
BURNS = "http.createServer((request, response) => { burn(3); response.end('x'); }).listen(port, '127.0.0.1');"
LOCKS = """
let line = Promise.resolve();
http.createServer((request, response) => {
  line = line.then(() => new Promise(done => setTimeout(() => { response.end('x'); done(); }, 10)));
}).listen(port, '127.0.0.1');"""
WAITS = """http.createServer((request, response) => setTimeout(() => response.end('x'), %s))
  .listen(port, '127.0.0.1');"""
EXITS = """http.createServer((request, response) => response.end('x')).listen(port, '127.0.0.1');
setTimeout(() => process.exit(1), 1800);"""

CLIENT_CLOSES = "--disable-keepalive --close-by client"
FULL = "server-cpu machine-cpu client-cpu"  # on one machine with few cores any of them is true
SLOW = "server-latency none"
PROMISES = r"twice the rate|up to [\d,]+ responses per second"
LIMITED_AT_200 = "limit_req_zone $server_addr zone=all:1m rate=200r/s;"
# Ports of the namespace: enough for every situation that is not about them.
ROOM = kernel(ip_local_port_range="1024 65535")
PORTS_1000 = kernel(ip_local_port_range="50000 50999", tcp_tw_reuse=0)

SITUATIONS = [
    # Did the load get through?
    Situation("nginx refuses above its rate (limit_req)", of(
        nginx, "location / { limit_req zone=all; try_files /nothing =204; }",
        http=LIMITED_AT_200), "-z 2s", "refusals", valid=False),
    Situation("every answer is 403", tws(path="status/403"), "-z 2s", "refusals", valid=False),
    Situation("403 is what was asked (--ok 403)", tws(path="status/403"), "-z 2s --ok 403", FULL,
              valid=None, never="refus"),
    Situation("every other answer is 500", of(python, ODD, "every other is 500"), "-z 2s",
              "refusals", valid=False),
    Situation("one answer in 400 is 500", of(python, ODD, "one in 400 is 500"), "-z 2s", FULL,
              never="did not get through"),
    Situation("503 from the second second on", of(python, ODD, "503 after a second"), "-z 3s",
              "refusals server-gone", valid=False),
    Situation("redirects", of(python, ODD, "301"), "-z 2s", FULL, never="refus"),
    Situation("nginx before an upstream that is down", of(
        nginx, "location / { proxy_pass http://127.0.0.1:9; }"), "-z 2s", "refusals", valid=False,
              never="upstream-ports"),
    Situation("haproxy without a server", of(haproxy, "http-request deny deny_status 503"), "-z 2s",
              "refusals", valid=False),
    Situation("tws-server is killed on the way", tws(kill_after=1.5), "-z 4s", "server-gone",
              valid=False),
    Situation("node exits on the way", of(node, EXITS), "-z 4s", "server-gone", valid=False),
    Situation("every tenth request is never answered", of(python, ODD, "every tenth hangs"), "-z 2s",
              "server-gone starved", valid=False),
    Situation("a listener that never accepts", of(python, DEAF), "-z 3s",
              "unreachable starved server-gone failures listen-queue", may="", valid=False),
    Situation("nobody listens", nobody_listens, "-z 1s", "unreachable", valid=False),
    Situation("a firewall drops the SYNs", with_setup(
        firewall("tcp flags & (syn | ack) == syn drop"), tws()), "-z 3s --connect-timeout 1s",
              "unreachable", valid=False),
    Situation("two targets, one of them dead", two_targets_one_dead, "-z 2s", "failures",
              valid=False),
    Situation("10 connections at most, 50 asked for", tws("--max-connections", "10", "--delay", "20"),
              "-z 3s", "starved", valid=False),
    Situation("apache prefork: 4 workers hold kept connections", of(
        apache, "MaxRequestWorkers 4\nServerLimit 4\nStartServers 4\nKeepAlive On\n"
        "MaxKeepAliveRequests 0\nKeepAliveTimeout 60"), "-z 3s -c 20", "starved", valid=False),
    Situation("nginx without enough worker_connections", of(nginx, connections=20), "-z 2s",
              "failures starved open-files server-gone " + FULL, may="connections-not-kept"),
    Situation("every third connection is reset", of(python, ODD, "every third is reset"), "-z 2s",
              "failures", valid=False),
    Situation("bodies are cut", of(python, ODD, "truncated"), "-z 2s", "failures", valid=False),
    Situation("closed without an answer", of(python, ODD, "closes without an answer"), "-z 1s",
              "failures", valid=False),
    Situation("http to nginx's TLS port", nginx_tls, "-z 1s", "wrong-protocol refusals", valid=False),
    Situation("http to openssl's TLS port", of(openssl_server), "-z 1s", "wrong-protocol failures",
              valid=False),
    Situation("http to haproxy's TLS port", haproxy_tls, "-z 1s", "wrong-protocol failures",
              valid=False),
    Situation("http to SSH", of(python, ODD, "SSH"), "-z 1s", "wrong-protocol", valid=False),
    Situation("5 requests", tws(), "-n 5", "none " + FULL, valid=False),
    Situation("200 ms", tws(), "-z 200ms", "none " + FULL, valid=False),

    # More connections, more rate?
    Situation("gunicorn, 4 workers of 20 ms", of(gunicorn, "time.sleep(0.02)", "-w", "4"), "-z 3s",
              "fixed-concurrency", never=PROMISES),
    Situation("the same with --prove", of(gunicorn, "time.sleep(0.02)", "-w", "4"),
              "-z 2s --prove", "fixed-concurrency", may="", valid=True, never=PROMISES),
    Situation("gunicorn, 4 workers of 5 or 35 ms", of(
        gunicorn, "time.sleep(random.choice((0.005, 0.035)))", "-w", "4"), "-z 3s",
              "fixed-concurrency", never=PROMISES + "|one request at a time"),
    Situation("the same, --prove", of(
        gunicorn, "time.sleep(random.choice((0.005, 0.035)))", "-w", "4"), "-z 2s --prove",
              "fixed-concurrency", may="", valid=True, never="one request at a time"),
    Situation("gunicorn, 8 threads of 20 ms, --prove", of(
        gunicorn, "time.sleep(0.02)", "-w", "1", "--threads", "8"), "-z 2s --prove",
              "fixed-concurrency", may="", valid=True),
    Situation("haproxy, 4 at a time to a server of 20 ms, --prove", behind_haproxy(
        tws("--delay", "20"), each=4), "-z 2s --prove", "fixed-concurrency", may="", valid=True),
    Situation("apache prefork, 4 workers before a server of 20 ms, --prove", behind_apache(
        tws("--delay", "20"), "MaxRequestWorkers 4\nServerLimit 4\nStartServers 4\nKeepAlive Off"),
              "-z 2s --prove -c 20", "fixed-concurrency", may="", valid=True),
    Situation("nginx delays above its rate (limit_req burst)", of(
        nginx, "location / { limit_req zone=all burst=1000; try_files /nothing =204; }",
        http=LIMITED_AT_200), "-z 3s", "fixed-concurrency", never=PROMISES),
    Situation("the same, by --prove", of(
        nginx, "location / { limit_req zone=all burst=1000; try_files /nothing =204; }",
        http=LIMITED_AT_200), "-z 2s --prove", "fixed-concurrency server-sequential", may="",
              valid=True, never=PROMISES + "|it answers one request at a time"),
    Situation("nginx before a node of one busy core", proxied(of(node, BURNS)), "-z 3s -c 20",
              "server-cpu fixed-concurrency machine-cpu", never=PROMISES + "|is idle|both ends"),
    Situation("the same proved", proxied(of(node, BURNS)), "-z 2s -c 20 --prove",
              "server-cpu fixed-concurrency server-sequential machine-cpu", may="",
              never=PROMISES + "|is idle"),
    Situation("tws-server of 20 ms", tws("--delay", "20"), "-z 2s", "server-latency", valid=True,
              never=r"\((drift|unequal-latency)\)"),
    Situation("tws-server of 20 ms, --prove", tws("--delay", "20"), "-z 2s --prove",
              "server-latency", may="", valid=True),
    Situation("node that waits 10 to 40 ms, --prove", of(node, WAITS % "10 + 30 * Math.random()"),
              "-z 2s --prove", "server-latency", may="", valid=True),
    Situation("nine answers of 1 ms, one of 100 ms", of(python, ODD, "mostly fast"), "-z 3s -c 10",
              "server-latency none", may="fixed-concurrency", valid=True, never=PROMISES),
    Situation("one request at a time, --prove", tws("--mode", "sequential", "--delay", "10"),
              "-z 2s -c 10 --prove", "server-sequential", may="", valid=True),
    Situation("node with a lock of 10 ms, --prove", of(node, LOCKS), "-z 2s -c 10 --prove",
              "server-sequential", may="fixed-concurrency", valid=True),

    # What a mean hides.
    Situation("two targets of 5 and 50 ms", two_targets_one_slow, "-z 3s", SLOW, may="",
              says=r"\(unequal-latency\)", never=PROMISES + "|stand in line"),
    Situation("one worker of four is slow", of(python, ODD, "a quarter of connections is slow"),
              "-z 3s -c 20", SLOW, may="", says=r"\(unequal-latency\)",
              never=PROMISES + "|stand in line"),
    Situation("answers of 5 ms, from then on of 20 ms", of(python, ODD, "slow after 3 s"), "-z 4s -c 10",
              SLOW, may="fixed-concurrency", says=r"\(drift\)", never=PROMISES),
    Situation("answers of 20 ms, from then on of 5 ms", of(python, ODD, "fast after 3 s"), "-z 4s -c 10",
              SLOW, may="fixed-concurrency", says=r"\(drift\)", never=PROMISES),
    Situation("20 workers of 100 ms, -q 230", of(python, WORKERS, 20, 100),
              "-z 5s -c 200 -q 230 --disable-keepalive", "none", may="", says=r"did not keep up",
              never="the rate is the plan's own"),
    Situation("20 workers of 100 ms, -q 100", of(python, WORKERS, 20, 100),
              "-z 4s -c 200 -q 100 --disable-keepalive", "rate", may="", never="did not keep up"),
    Situation("one answer in 300 never comes", of(python, ODD, "one in 300 hangs"), "-z 4s -c 20",
              "server-gone starved", may="", valid=False, never="or was stopped\\."),

    # Who is busy?
    Situation("gunicorn, 4 workers of 5 ms of CPU", of(gunicorn, "burn(0.005)", "-w", "4"), "-z 3s",
              "server-cpu", valid=True, never="another machine"),
    Situation("python threads under one lock", of(python, THREADS, 2, 0, 0), "-z 3s", "server-cpu",
              valid=True, never=PROMISES + "|one request at a time"),
    Situation("node's cluster, busy", of(node, CLUSTER % (3, 0)), "-z 3s", "server-cpu machine-cpu",
              never=PROMISES),
    Situation("node's cluster that waits", of(node, CLUSTER % (0, 20)), "-z 3s", SLOW, valid=True),
    Situation("node, 3 ms of CPU", of(node, BURNS), "-z 3s", "server-cpu", valid=True),
    Situation("a thread that spins beside a server of 20 ms", of(python, THREADS, 0, 20, 1),
              "-z 3s -c 10", SLOW, may="server-cpu"),
    Situation("a thread that spins beside a server of 20 ms, --prove", of(
        python, THREADS, 0, 20, 1), "-z 2s -c 10 --prove", SLOW, may=""),
    Situation("a process for each connection", of(python, FORKS, 3), "-z 3s -c 20",
              "server-cpu machine-cpu", may=""),
    Situation("the same on one core of two", of(python, FORKS, 3, prefix=("taskset", "-c", "0")),
              "-z 3s -c 20", "server-cpu", may="machine-cpu"),
    Situation("a server under a quota of 0.2 cores", server_under_quota, "-z 3s", "server-quota",
              never=PROMISES),
    Situation("hammer under a quota of 0.4 cores", hammer_under_quota, "-z 3s", "client-quota",
              may="", valid=False),
    Situation("hammer under a quota with room", hammer_with_a_roomy_quota, "-z 3s", SLOW, may="",
              valid=True),
    Situation("a server in another PID namespace", tws(
        "--delay", "20", prefix=("unshare", "-p", "-f", "--kill-child")), "-z 3s", SLOW, valid=True,
              never="one request at a time"),
    Situation("hammer sees neither /proc nor counters", blind, "-z 2s", SLOW,
              never=r"ports.* had room|server's CPU is idle"),
    Situation("niced programs beside it", with_setup(niced_hogs, tws("--delay", "20")), "-z 3s",
              SLOW, valid=True, never="no CPU left"),
    Situation("busy programs beside a busy server", with_setup(hogs, of(nginx)), "-z 3s",
              "machine-cpu client-cpu", valid=False),
    Situation("apache event, a static file", of(
        apache, "KeepAlive On\nMaxKeepAliveRequests 0", mpm="event"), "-z 3s", FULL),
    Situation("nginx, a short answer", of(nginx), "-z 3s", FULL),
    Situation("haproxy before nginx", behind_haproxy(of(nginx), options="option http-keep-alive"),
              "-z 3s", FULL),

    # The way.
    Situation("50 Mbit/s, bodies of 100 kB", with_setup(command(
        "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "50mbit", "burst", "128kb",
        "latency", "50ms"), tws(path="bytes/100000")), "-z 4s", "bandwidth", may="slow-body",
              valid=False),
    Situation("50 Mbit/s, bodies of 19 bytes", with_setup(command(
        "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "50mbit", "burst", "128kb",
        "latency", "50ms"), tws("--delay", "20")), "-z 3s", SLOW, valid=True),
    Situation("2 % of the packets are lost", with_setup(firewall(
        "tcp sport != 1 numgen random mod 100 < 2 drop"), tws("--delay", "1")), "-z 4s",
              "packet-loss", may="", valid=False),
    Situation("head and body apart, with Nagle", of(python, ODD, "in pieces"), "-z 3s", "slow-body",
              may=""),
    Situation("a body that drips", of(python, ODD, "drips"), "-z 3s", "slow-body", may=""),
    Situation("an upload that the server reads slowly", uploads_to(of(python, READS_SLOWLY)),
              "-z 4s -c 10", "bandwidth", may="", valid=True),
    Situation("a disk that is slow to sync", of(python, SYNCS), "-z 3s -c 10",
              "server-latency fixed-concurrency server-sequential", may="none server-cpu",
              never=PROMISES),
    Situation("100 ms of pause each second", of(python, ODD, "stands still 100 ms each second"),
              "-z 4s -c 10", SLOW, may="fixed-concurrency server-cpu"),
    Situation("the server is stopped for a second", tws("--delay", "1", stop_after=1.5, stop_for=1),
              "-z 5s", "stall", may="server-latency " + FULL),
    Situation("a pause of a second, -q 20", tws(stop_after=1.5, stop_for=1), "-z 5s -q 20",
              "stall rate none", may="", never="latency is not the server's"),
    Situation("the same pause, -q 600", tws(stop_after=1.5, stop_for=1), "-z 5s -q 600",
              "stall rate none", may="", never="latency is not the server's"),

    # Ports and connections.
    Situation("1,000 source ports, the client closes", with_setup(PORTS_1000, tws()),
              f"-z 3s {CLIENT_CLOSES}", "ephemeral-ports", may="", valid=False),
    Situation("1,000 source ports, the server closes", with_setup(PORTS_1000, tws()),
              "-z 3s --disable-keepalive", FULL, may="", never="ephemeral"),
    Situation("100 source ports, 200 connections", with_setup(
        kernel(ip_local_port_range="50000 50099"), tws("--delay", "20")), "-z 2s -c 200",
              "ephemeral-ports", may="", valid=False),
    Situation("a remedy right after the ports were used up", used_up_before,
              "-z 1s --disable-keepalive --ports rotate", "ephemeral-ports",
              may="port-search", valid=False, never="firewall"),
    Situation("kept connections right after the ports were used up", used_up_before, "-z 1s",
              "ephemeral-ports", may="", valid=False),
    Situation("tcp_tw_reuse=1", with_setup(kernel(
        ip_local_port_range="50000 50499", tcp_tw_reuse=1), tws()), f"-z 4s {CLIENT_CLOSES}",
              "time-wait-reuse", may="", valid=False),
    Situation("no IPv6", with_setup(command(
        "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"), lambda: contextlib.nullcontext(
            ["http://[::1]:8080/"])), "-z 1s", "no-address", may="", valid=False),
    Situation("all ports are reserved", changed_later(tws(), kernel(
        ip_local_port_range="50000 50099", ip_local_reserved_ports="50000-50099")), "-z 1s",
              "no-address ephemeral-ports", may="", valid=False),
    Situation("the target's port is in the range, nobody listens", self_connect, "-z 2s",
              "unreachable", may="", valid=False),
    Situation("nginx without upstream keep-alive, 1,000 ports", with_setup(
        PORTS_1000, proxied(tws())), "-z 3s", "upstream-ports", may="", valid=False),
    Situation("nginx with upstream keep-alive, 1,000 ports", with_setup(
        PORTS_1000, proxied(tws(), keep=True)), "-z 3s", FULL, never="upstream-ports"),
    Situation("just enough files", tws("--delay", "20", prefix=("prlimit", "--nofile=64:64")),
              "-z 3s", SLOW, valid=True, never="file descriptors"),
    Situation("too few files", tws("--delay", "20", prefix=("prlimit", "--nofile=32:32")), "-z 3s",
              "open-files", may="", valid=False),
    Situation("-H 'Connection: close'", tws(), "-z 2s -H Connection:close", FULL,
              never="does not keep"),
    Situation("CRLF behind each body", of(python, ODD, "CRLF behind the body"), "-z 2s", FULL,
              never="server does not keep"),
    Situation("the FIN is left to the client", of(python, ODD, "leaves the FIN to the client"),
              "-z 3s -c 10 --disable-keepalive", "server-keeps-open", may="", valid=False),
    Situation("the server closes at once", of(python, ODD, "closes itself"),
              "-z 2s -c 10 --disable-keepalive", FULL + " " + SLOW, may=""),
]


def score(situation, verdict, report, certainty):
    """right, silent, misleading or wrong. `certainty` is that of the finding, or nothing."""
    said, valid_is_right = verdict["limitedBy"], situation.valid in (None, verdict["valid"])
    if situation.never and re.search(situation.never, report):
        return "misleading"
    if said in situation.must.split():
        if valid_is_right and not re.search(situation.says, verdict["sentence"]):
            return "silent"
        return "right" if valid_is_right else "misleading"
    if said in situation.may.split():
        trusted = situation.valid is False and verdict["valid"]
        return "silent" if certainty in (None, "possible") and not trusted else "misleading"
    return "wrong"
