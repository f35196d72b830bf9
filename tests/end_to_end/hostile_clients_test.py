"""tws-server among hostile clients and a kernel that says no: it goes on, and nothing is lost."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from harness import HAMMER, HOSTILE_PIECES, LIMIT, Server, load, main, require, reset

OK = b"HTTP/1.1 200 OK\r\n"


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), LIMIT)


def ask(client, target="/"):
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
    return client.recv(65536)


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def settled_open_files(pid):
    """Their number once it has not changed for a fifth of a second."""
    counts = [open_files(pid)]
    while len(counts) < 10 or len(set(counts[-10:])) > 1:
        time.sleep(0.02)
        counts.append(open_files(pid))
    return counts[-1]


class TracedServer(Server):
    """A server whose system calls fail as strace is told; the signal goes to the server itself."""

    def __init__(self, *injections, options=()):
        words = [word for injection in injections for word in ("-e", f"inject={injection}")]
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # a leak check needs to trace, too
        super().__init__(*options, prefix=("strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                           "trace=accept4,recvfrom,sendto", *words))
        self.pid = int(re.search(r"pid (\d+)", self.first_line).group(1))

    def stop(self, number=signal.SIGTERM):
        if self.totals is None:
            os.kill(self.pid, number)
            out, self.errors = self.process.communicate(timeout=LIMIT)
            self.totals = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", out)}
        return self.totals


class Accept(unittest.TestCase):
    def check(self, error, mode="spawn"):
        """Ten clients, one after the other, where every second accept4() fails."""
        with TracedServer(f"accept4:error={error}:when=1+2", options=("--mode", mode)) as server:
            for _ in range(10):
                with connect(server) as client:
                    self.assertIn(OK, ask(client))
        self.assertEqual(server.totals["status_200"], 10)
        self.assertEqual(server.totals["connections"], 10)
        return server

    def test_out_of_descriptors_or_memory_it_pauses_says_so_and_goes_on(self):
        require("strace")
        words = {"EMFILE": "too many open files", "ENFILE": "too many open files in system",
                 "ENOBUFS": "no buffer space available", "ENOMEM": "cannot allocate memory"}
        for error, text in words.items():
            for mode in ("spawn", "sequential") if error == "EMFILE" else ("spawn",):
                server = self.check(error, mode)
                self.assertGreaterEqual(server.totals["accept_errors"], 10)
                self.assertIn(f"tws-server: cannot accept: {text} (1 time so far)", server.errors)
                # Once per second, not once each.
                self.assertLess(len(server.errors.splitlines()), server.totals["accept_errors"])

    def test_a_connection_that_is_gone_already_is_no_error(self):
        require("strace")
        for error in ("ECONNABORTED", "EPROTO", "EINTR"):
            server = self.check(error)
            self.assertEqual(server.totals["accept_errors"], 0)
            self.assertEqual(server.errors, "")

    def test_real_descriptors_run_out_and_come_back(self):
        with Server(prefix=("prlimit", "--nofile=40:40")) as server:
            held = [connect(server) for _ in range(60)]
            answered = [client for client in held if self.is_answered(client)]
            self.assertGreater(len(answered), 10)
            self.assertLess(len(answered), 40)
            for client in answered:  # those that are open are served on
                self.assertIn(OK, ask(client))
            for client in answered:
                client.close()
            waiting = [client for client in held if client not in answered]
            for client in waiting:
                client.settimeout(LIMIT)
                self.assertIn(OK, client.recv(65536))
                client.close()
        self.assertEqual(server.totals["connections"], 60)
        self.assertGreater(server.totals["accept_errors"], 0)
        self.assertIn("too many open files", server.errors)

    def test_clients_that_left_during_a_delay_hold_none(self):
        for mode in ("spawn", "sequential"):
            with Server("--mode", mode, "--delay", "1h", prefix=("prlimit", "--nofile=40:40")) as server:
                for _ in range(60):
                    client = connect(server)
                    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    time.sleep(0.01)  # so that most of the delays have begun
                    reset(client)
                with connect(server) as client:
                    client.sendall(b"no request\r\n\r\n")  # whose answer is not delayed
                    self.assertIn(b"400 Bad Request", client.recv(1000))
            self.assertEqual(server.totals["connections"], 61)
            self.assertEqual(server.totals["closed_by_reset"], 60)

    @staticmethod
    def is_answered(client):
        client.settimeout(0.3)
        try:
            return OK in ask(client)
        except TimeoutError:
            return False


class Stopping(unittest.TestCase):
    def stop_under_load(self, *options, server_options=()):
        """SIGTERM in the middle of a run: what both sides counted."""
        with Server(*server_options) as server:
            running = subprocess.Popen([HAMMER, "-z", "2s", "-c", "20", "--json", "-", *options,
                                        server.url], stdout=subprocess.PIPE, text=True)
            time.sleep(1)
            totals = server.stop()
            self.assertEqual(server.process.returncode, 0)
            return json.loads(running.communicate(timeout=LIMIT)[0]), totals

    def test_no_response_is_lost(self):
        for options in ((), ("--disable-keepalive",), ("--disable-keepalive", "--close-by", "client")):
            run, totals = self.stop_under_load(*options)
            self.assertGreater(totals["status_200"], 0)
            self.assertEqual(run["requests"]["responses"], totals["status_200"], options)
            self.assertEqual(run["statusCodeDistribution"], {"200": totals["status_200"]})

    def test_what_takes_its_time_is_finished(self):
        run, totals = self.stop_under_load("--disable-keepalive", server_options=("--delay", "300ms"))
        self.assertEqual(run["requests"]["responses"], totals["status_200"])
        self.assertEqual(totals["closed_by_server"] + totals["closed_by_client"] +
                         totals["closed_by_reset"], totals["connections"])

    def test_idle_half_sent_and_unread_do_not_hold_it_up(self):
        server = Server("--drain", "1s")
        idle, half, unread = (connect(server) for _ in range(3))
        self.assertIn(OK, ask(idle))
        half.sendall(b"GET / HT")
        unread.sendall(b"GET /bytes/1000000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(OK, unread.recv(100))
        with connect(server) as other:
            self.assertIn(OK, ask(other))  # all of them are accepted
        totals = server.stop()
        self.assertEqual(server.process.returncode, 0)
        self.assertEqual(totals["connections"], 4)
        self.assertEqual(idle.recv(1), b"")
        for client in (idle, half, unread):
            client.close()


class Hostile(unittest.TestCase):
    def test_it_lives_through_a_crowd_and_leaves_nothing_open(self):
        """Resets in every state, half-sent heads and bodies, garbage, clients that never read."""
        with Server("--head-timeout", "1s", "--idle-timeout", "1s", "--write-timeout", "1s") as server:
            with connect(server) as client:
                self.assertIn(OK, ask(client))  # it has read what it wants from /proc
            before = settled_open_files(server.process.pid)
            for number in range(200):
                client = connect(server)
                client.settimeout(0.01)
                try:
                    client.sendall(HOSTILE_PIECES[number % len(HOSTILE_PIECES)])
                    if number % 3 == 0:
                        client.recv(100)
                except OSError:
                    pass  # it was refused, and fast
                (reset(client) if number % 2 else client.close())
            with connect(server) as client:
                self.assertIn(OK, ask(client))
            deadline = time.monotonic() + LIMIT
            while open_files(server.process.pid) > before and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertEqual(open_files(server.process.pid), before)
        totals = server.totals
        self.assertEqual(totals["connections"], 202)
        self.assertEqual(totals["closed_by_server"] + totals["closed_by_client"] +
                         totals["closed_by_reset"], 202)
        self.assertNotIn("uncaught", totals)

    def test_slow_clients_do_not_slow_the_others_down(self):
        """slowhttptest: heads, bodies, slow reading, ranges."""
        require("slowhttptest")
        kinds = {"headers": ["-H", "-i", "1"], "body": ["-B", "-i", "1", "-t", "POST"],
                 "read": ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"],
                 "range": ["-R", "-a", "10", "-b", "3000"]}
        attacks = {}
        with contextlib.ExitStack() as stack:
            for kind, options in kinds.items():
                server = stack.enter_context(Server(
                    "--head-timeout", "2s", "--body-timeout", "2s", "--write-timeout", "2s"))
                url = server.url + ("bytes/1000000" if kind == "read" else "")
                attacks[kind] = server, subprocess.Popen(
                    ["slowhttptest", "-c", "100", "-r", "100", "-l", "4", "-p", "3", *options, "-u",
                     url], stdout=subprocess.DEVNULL)
            time.sleep(1)
            for kind, (server, attack) in attacks.items():
                run = load("-z", "500ms", "-c", 5, server.url)
                self.assertEqual(run["requests"]["failed"], {}, kind)
                self.assertEqual(run["attempts"]["failed"], {}, kind)
                self.assertGreater(run["requests"]["succeeded"], 0, kind)
            for _, attack in attacks.values():
                attack.wait(LIMIT)
        for kind, (server, _) in attacks.items():
            self.assertGreaterEqual(server.totals["connections"], 105, kind)


if __name__ == "__main__":
    main()
