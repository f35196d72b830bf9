"""Runs the real programs for the end-to-end tests, in a network namespace of their own.

A namespace has its own ports, TIME_WAIT table, counters and settings, so that tests can set what
they need, count to the last connection and leave nothing behind. It needs no root (unshare -rn).
Where there is none, the tests are skipped, saying so; under CI they must run.
"""

import contextlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN = pathlib.Path(os.environ.get("TWS_BIN", "build/dev/src")).resolve()
HAMMER = str(BIN / "hammer")
SERVER = str(BIN / "tws-server")
SANITIZED = os.environ.get("TWS_SANITIZED", "") not in ("", "OFF")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
LIMIT = 60  # seconds that any program may take before it counts as hanging
# What --os takes, in the order of --help.
KNOWN_SYSTEMS = ["macos-11", "macos-12", "macos-13", "macos-14", "macos-15", "linux", "linux-6.13",
                 "freebsd-14"]


# What hostile clients send before they fall silent, never read or leave.
HOSTILE_PIECES = [
    b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\x16\x03\x01", b"\r\n\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc",
    b"GET /bytes/100000000 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 50,
    b"GET /bytes/1000 HTTP/1.1\r\nHost: a\r\n\r\n" * 50,
    b"GET /delay/100 HTTP/1.1\r\nHost: a\r\n\r\n", b"A" * 100_000]


def main():
    """Runs the calling file's tests inside a fresh namespace."""
    if os.environ.get("TWS_NAMESPACE") is None:
        probe = subprocess.run(["unshare", "-rn", "true"], capture_output=True)
        if probe.returncode != 0:
            print("no network namespace can be had here:", probe.stderr.decode().strip())
            sys.exit(1 if os.environ.get("CI") else SKIPPED)
        os.environ["TWS_NAMESPACE"] = "entered"
        os.execvp("unshare", ["unshare", "-rn", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    unittest.main(verbosity=2)


def skip(why):
    """Skips a test for want of something; under CI it fails instead."""
    if os.environ.get("CI"):
        raise AssertionError(why)
    raise unittest.SkipTest(why)


def require(*programs):
    for program in programs:
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None:
            skip(f"{program} is not installed")


def require_module(name):
    if importlib.util.find_spec(name) is None:
        skip(f"Python's {name} is not installed")


def set_kernel(name, value):
    pathlib.Path("/proc/sys/net/ipv4", name).write_text(str(value))


def counters():
    """The kernel's TCP counters: {"Tcp.ActiveOpens": n, "TcpExt.TW": n, ...}"""
    found = {}
    for path in ("/proc/net/snmp", "/proc/net/netstat"):
        lines = pathlib.Path(path).read_text().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            group = names.split(":")[0]
            for name, value in zip(names.split()[1:], values.split()[1:]):
                found[f"{group}.{name}"] = int(value)
    return found


STATES = {"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
          "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
          "UNCONN": "CLOSE", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK",
          "LISTEN": "LISTEN", "CLOSING": "CLOSING"}


def ss(port, prefix=()):
    """What ss sees: {"client": {"TIME_WAIT": n}, "server": {...}}, only what is not zero."""
    seen = {"client": {}, "server": {}}
    for side, direction in (("client", "dport"), ("server", "sport")):
        rows = subprocess.run([*prefix, "ss", "-Htan", f"{direction} = :{port}"], check=True,
                              capture_output=True, text=True).stdout.splitlines()
        for row in rows:
            state = STATES[row.split()[0]]
            seen[side][state] = seen[side].get(state, 0) + 1
    return seen


def not_zero(sockets):
    return {side: {state: n for state, n in sockets[side].items() if n}
            for side in ("client", "server")}


class Server:
    """A tws-server on a free port; `totals` are its own, once it has been stopped."""

    def __init__(self, *options, listen="127.0.0.1:0", prefix=()):
        self.process = subprocess.Popen([*prefix, SERVER, "--listen", listen, *options], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.first_line = self.process.stdout.readline()
        self.address = re.match(r"tws-server listening on (\S+?),? \(", self.first_line).group(1)
        self.url = f"{'https' if ', TLS, ' in self.first_line else 'http'}://{self.address}/"
        self.certificate_line = (
            self.process.stdout.readline() if "--tls-self-signed" in options else "")
        admin = re.search(r", admin on (\S+)$", self.first_line)
        self.admin = f"http://{admin.group(1)}/" if admin else None
        self.port = int(self.address.rsplit(":", 1)[1])
        self.totals = None
        self.errors = ""

    def stop(self, number=signal.SIGTERM):
        if self.totals is None:
            self.process.send_signal(number)
            out, self.errors = self.process.communicate(timeout=LIMIT)
            words = re.findall(r"(\w+)=(\d+)", out)
            self.totals = {name: int(value) for name, value in words}
        return self.totals

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def others_busy(run):
    """The cores that neither hammer nor its servers used."""
    cpu = run["cpu"]
    return (cpu["machine"]["busy"] or 0) - cpu["hammer"]["busy"] - sum(
        server["busy"] for server in cpu["servers"])


class Result:
    def __init__(self, code, out, errors):
        self.code, self.out, self.errors = code, out, errors
        self.json = json.loads(out) if out.startswith("{") else None


def hammer(*arguments, timeout=LIMIT, **kwargs):
    done = subprocess.run([HAMMER, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, **kwargs)
    return Result(done.returncode, done.stdout, done.stderr)


def load(*arguments, **kwargs):
    """A run that must succeed; its JSON."""
    result = hammer("--json", "-", *arguments, **kwargs)
    if result.code != 0:
        raise AssertionError(f"exit code {result.code}: {result.errors}")
    return result.json


def peak_memory(*arguments):
    """A run's exit code, and the most memory that hammer had meanwhile, in bytes."""
    run = subprocess.Popen([HAMMER, *map(str, arguments)], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return run.returncode, usage.ru_maxrss * 1024


class FaultServer:
    """tests/end_to_end/fault_server.py on a free port; `at(path)` is one of its faults."""

    def __init__(self):
        script = pathlib.Path(__file__).with_name("fault_server.py")
        self.process = subprocess.Popen([sys.executable, script], text=True,
                                        stdout=subprocess.PIPE)
        self.address = re.search(r"listening on (\S+)", self.process.stdout.readline()).group(1)

    def at(self, path):
        return f"http://{self.address}/{path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=LIMIT)


@contextlib.contextmanager
def other_network():
    """A second network namespace, at 10.77.0.2 while this one is 10.77.0.1; yields what to put before
    a command so that it runs there."""
    with subprocess.Popen(["unshare", "-n", "sleep", "3600"]) as holder:
        there = ("nsenter", f"--net=/proc/{holder.pid}/ns/net")
        own = os.readlink("/proc/self/ns/net")
        try:
            while os.readlink(f"/proc/{holder.pid}/ns/net") == own:
                time.sleep(0.01)
            for command in (
                    ("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns",
                     str(holder.pid)),
                    ("ip", "address", "add", "10.77.0.1/24", "dev", "near"),
                    ("ip", "link", "set", "near", "up"),
                    (*there, "ip", "address", "add", "10.77.0.2/24", "dev", "far"),
                    (*there, "ip", "link", "set", "far", "up"),
                    (*there, "ip", "link", "set", "lo", "up")):
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode != 0:
                    skip(f"two joined networks can't be had here: {done.stderr.strip()}")
            yield there
        finally:
            holder.kill()


class RawServer:
    """Does to each connection what a function says: `behave(connection, number)`."""

    def __init__(self, behave, backlog=128, address="127.0.0.1"):
        self.listener = socket.socket()
        self.listener.bind((address, 0))
        self.listener.listen(backlog)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://{address}:{self.port}/"
        self.behave = behave
        self.accepted = 0
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection, self.accepted),
                             daemon=True).start()

    def _serve(self, connection, number):
        with connection, contextlib.suppress(OSError):
            self.behave(connection, number)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # close() alone does not wake accept() up.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(LIMIT)


def read_request(connection):
    """The next request's head; empty at the end."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(4096)
        if not part:
            return b""
        head += part
    return head


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(port, process):
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"{process.args[0]} does not listen")


@contextlib.contextmanager
def program(*command):
    """A server that is not ours, stopped at the end. `{port}` in its words is a free one."""
    port = free_port()
    process = subprocess.Popen([word.format(port=port) for word in command],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_listening(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(LIMIT)


@contextlib.contextmanager
def nginx(location="location / { return 200 'Hello from nginx!!\\n'; }", *, http="", listen="",
          connections=4096):
    """nginx with one worker; 19 bytes for every request. `http` stands before its server, `listen`
    behind the address."""
    require("nginx")
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "nginx.conf")
        port = free_port()
        config.write_text(f"""
            # In the namespace there is no other user than this root.
            user root; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
            events {{ worker_connections {connections}; }}
            http {{
              access_log off; keepalive_requests 1000000000;
              client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
              fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
              {http}
              server {{ listen 127.0.0.1:{port} {listen}; {location} }}
            }}""")
        path = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        process = subprocess.Popen([path, "-p", folder, "-e", f"{folder}/error.log", "-c",
                                    str(config)], stderr=subprocess.DEVNULL)
        try:
            wait_until_listening(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(LIMIT)
