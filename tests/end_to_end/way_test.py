"""What the way between the two ends does to a run: full links and windows, loss, round trips,
with real queues of the kernel, each beside a case that looks alike and must not be taken for it."""

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

from harness import (RawServer, Server, hammer, main, other_network, others_busy, read_request,
                     require, set_kernel, skip)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def takes_bodies(size, at_once=65536, pause=0):
    """Reads a body of so many bytes for each request, with pauses, and answers."""
    def behave(connection, _):
        head = b""
        while True:
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    return
                head += part
            left = size - len(head.partition(b"\r\n\r\n")[2])
            head = b""
            while left > 0:
                part = connection.recv(min(left, at_once))
                if not part:
                    return
                left -= len(part)
                time.sleep(pause)
            connection.sendall(HEAD % 0)
    return behave


def run(*command):
    paths = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    done = subprocess.run(command, capture_output=True, text=True, env=paths)
    if done.returncode != 0:
        skip(f"{' '.join(command)}: {done.stderr.strip()}")


@contextlib.contextmanager
def narrow(device, *prefix):
    """A link of 20 Mbit/s behind this device, which a slow machine fills, too. Its packets may not
    be larger than the bucket."""
    require("tc")
    run(*prefix, "ip", "link", "set", device, "mtu", "1500")
    run(*prefix, "tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", "20mbit", "burst",
        "20kb", "latency", "50ms")
    try:
        yield
    finally:
        run(*prefix, "tc", "qdisc", "del", "dev", device, "root")


@contextlib.contextmanager
def lossy(*match):
    """2 % of what matches is dropped."""
    require("nft")
    run("nft", "add", "table", "ip", "lossy")
    run("nft", "add", "chain", "ip", "lossy", "way",
        "{ type filter hook input priority 0 ; policy accept ; }")
    run("nft", "add", "rule", "ip", "lossy", "way", *match, "numgen", "random", "mod", "100", "<",
        "2", "drop")
    try:
        yield
    finally:
        run("nft", "delete", "table", "ip", "lossy")


# Packets to 10.78.0.2 come back from there to 10.78.0.1 after so many seconds. A swap of the two
# addresses changes no checksum. The server at 10.78.0.1 is so to be reached as 10.78.0.2.
FAR = textwrap.dedent("""
    import collections, os, select, sys, time
    tun, delay, held = int(sys.argv[1]), float(sys.argv[2]), collections.deque()
    while True:
        wait = max(held[0][0] - time.monotonic(), 0) if held else None
        if select.select([tun], [], [], wait)[0]:
            packet = os.read(tun, 65536)
            if packet[0] >> 4 == 4:
                held.append((time.monotonic() + delay,
                             packet[:12] + packet[16:20] + packet[12:16] + packet[20:]))
        while held and held[0][0] <= time.monotonic():
            os.write(tun, held.popleft()[1])
""")


@contextlib.contextmanager
def far_away(seconds):
    """A way on which each packet takes so long; what listens on 10.78.0.1 is at 10.78.0.2."""
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"far", 0x1001))  # TUNSETIFF, no header
    except OSError as error:
        skip(f"no TUN device can be had here: {error}")
    run("ip", "address", "add", "10.78.0.1/24", "dev", "far")
    run("ip", "link", "set", "far", "up")
    forwarder = subprocess.Popen([sys.executable, "-c", FAR, str(tun), str(seconds)],
                                 pass_fds=[tun])
    try:
        yield
    finally:
        forwarder.kill()
        forwarder.wait()
        os.close(tun)


class Way(unittest.TestCase):
    def setUp(self):
        run("ip", "link", "set", "lo", "mtu", "65536")

    def load(self, *options):
        result = hammer("--json", "-", *options)
        self.assertIn(result.code, (0, 1), result.errors)
        return result.json

    def finding(self, run, which):
        return next((one for one in run["findings"] if one["id"] == which), None)

    def told(self, run):
        return (run["verdict"]["sentence"], run["way"], run["time"]["shares"],
                [(one["id"], one["severity"]) for one in run["findings"]])

    def check_full(self, *options, load=None):
        """Other programs that take the CPU can hide it, so there are three tries."""
        for _ in range(3):
            run = load() if load else self.load(*options)
            found = self.finding(run, "bandwidth")
            if found:
                break
        if not found and others_busy(run) > 0.5:
            self.skipTest("other programs use the CPU")
        self.assertIsNotNone(found, self.told(run))
        self.assertEqual(run["verdict"]["limitedBy"], "bandwidth", self.told(run))
        self.assertFalse(run["verdict"]["valid"])
        self.assertIsNone(self.finding(run, "slow-body"))
        return run, found

    def check_not_full(self, run):
        self.assertIsNone(self.finding(run, "bandwidth"), self.told(run))

    # What the kernel counts.

    def test_numbers_of_the_runs_own_sockets(self):
        with Server() as server:
            run = self.load("-z", "2s", "-c", 7, server.url + "bytes/1000")
            way = run["way"]
            for side in ("client", "server"):
                self.assertEqual(way[side]["sockets"], 7, way)
                self.assertGreater(way[side]["minRtt"], 0)
                self.assertGreaterEqual(way[side]["rtt"], way[side]["minRtt"])
                self.assertGreater(way[side]["segmentsSent"], 7)
                self.assertGreater(way[side]["sendMss"], 500)
            # As of the last look, some time before the end.
            bodies = run["summary"]["totalData"]
            self.assertLessEqual(way["client"]["bytesReceived"], 1.3 * bodies)
            self.assertGreater(way["client"]["bytesReceived"], 0)
            self.assertEqual(way["interface"]["name"], "lo")
            self.assertGreater(way["interface"]["bytesSent"], way["client"]["bytesSent"])
            self.assertTrue(way["all"])
            self.assertIsNone(self.load("-z", "1s", "--no-census", server.url)["way"])

    def test_not_those_of_others(self):
        with Server() as server, contextlib.ExitStack() as stack:
            for _ in range(5):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            way = self.load("-z", "1s", "-c", 3, server.url)["way"]
            self.assertEqual((way["client"]["sockets"], way["server"]["sockets"]), (3, 3))

    def test_no_more_sockets_than_it_says(self):
        with Server() as server:
            way = self.load("-z", "2s", "-c", 3000, server.url + "delay/100")["way"]
            self.assertFalse(way["all"])
            self.assertLess(way["client"]["sockets"] + way["server"]["sockets"], 6000)

    # A full link.

    def test_a_full_link(self):
        for path in ("bytes/100000", "bytes/1000"):
            with self.subTest(path), Server() as server, narrow("lo"):
                _, found = self.check_full("-z", "3s", server.url + path)
                self.assertIn("link is full", found["headline"])
                self.assertIn(found["certainty"], ("measured", "concluded"))

    def test_a_full_link_not_if_it_is_fast(self):
        for path in ("bytes/100000", "bytes/1000"):
            with self.subTest(path), Server() as server:
                self.check_not_full(self.load("-z", "2s", server.url + path))

    def test_a_full_link_not_with_few_requests(self):
        with Server() as server, narrow("lo"):
            self.check_not_full(self.load("-z", "2s", "-c", 1, server.url + "delay/20"))

    def test_an_upload_that_fills_the_link(self):
        size = 200_000
        with RawServer(takes_bodies(size)) as server:
            with narrow("lo"):
                self.check_full(load=lambda: self.upload(size, server.url, connections=10))

    def test_an_upload_not_if_the_server_takes_its_time(self):
        def slow(connection, _):
            while read_request(connection):
                time.sleep(0.06)
                connection.sendall(HEAD % 0)
        with RawServer(slow) as server:
            self.check_not_full(self.load("-z", "2s", "-c", 5, server.url))

    def test_a_full_link_to_another_machine(self):
        with other_network() as there, Server(listen="10.77.0.2:0", prefix=there) as server:
            with narrow("far", *there):
                run, found = self.check_full("-z", "3s", server.url + "bytes/100000")
                self.assertEqual(run["way"]["server"]["sockets"], 0)
                self.assertIn(found["certainty"], ("concluded", "possible"))
            self.check_not_full(self.load("-z", "2s", server.url + "bytes/100000"))

    # What looks alike.

    def test_not_a_body_that_drips(self):
        def drip(connection, _):
            while read_request(connection):
                connection.sendall(HEAD % 100_000)
                for _ in range(10):
                    time.sleep(0.02)
                    connection.sendall(b"x" * 10_000)
        with RawServer(drip) as server:
            run = self.load("-z", "3s", "-c", 10, server.url)
            self.check_not_full(run)
            if others_busy(run) < 0.5:
                self.assertEqual(run["verdict"]["limitedBy"], "slow-body", self.told(run))

    def test_not_nagle(self):
        def pieces(connection, _):
            while read_request(connection):
                connection.sendall(HEAD % 5)
                connection.sendall(b"he")
                connection.sendall(b"llo")
        with RawServer(pieces) as server:
            run = self.load("-z", "3s", "-c", 10, server.url)
            self.check_not_full(run)
            if others_busy(run) < 0.5:
                self.assertEqual(run["verdict"]["limitedBy"], "slow-body", self.told(run))

    # A full window.

    def upload(self, size, url, connections=3):
        with tempfile.NamedTemporaryFile() as body:
            body.write(b"x" * size)
            body.flush()
            return self.load("-z", "3s", "-c", connections, "-m", "POST", "-D", body.name, url)

    def test_a_server_that_reads_slowly(self):
        size = 400_000

        def reads_slowly(connection, _):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            takes_bodies(size, 20_000, 0.02)(connection, _)
        with RawServer(reads_slowly) as server:
            _, found = self.check_full(load=lambda: self.upload(size, server.url))
            self.assertIn("receive window is full: hammer could not send", found["headline"])

    def test_a_send_buffer_that_is_too_small(self):
        size = 1_000_000
        with far_away(0.01), RawServer(takes_bodies(size), address="10.78.0.1") as server:
            url = f"http://10.78.0.2:{server.port}/"
            self.check_not_full(self.upload(size, url, 8))
            set_kernel("tcp_wmem", "4096 8192 8192")
            try:
                _, found = self.check_full(load=lambda: self.upload(size, url, 8))
                self.assertIn("send buffer is too small", found["headline"])
            finally:
                set_kernel("tcp_wmem", "4096 16384 4194304")

    # The round trip.

    def test_round_trip(self):
        with far_away(0.01), Server(listen="10.78.0.1:0") as server:
            run = self.load("-z", "2s", "-c", 5, f"http://10.78.0.2:{server.port}/")
            self.assertEqual(run["verdict"]["limitedBy"], "network-latency", self.told(run))
            self.assertGreater(run["way"]["client"]["minRtt"], 0.02)
            self.assertEqual(run["way"]["interface"]["name"], "far")
            self.check_not_full(run)

    def test_round_trip_not_if_the_server_takes_it(self):
        with Server("--delay", "20") as server:
            run = self.load("-z", "2s", "-c", 5, server.url)
            self.assertIsNone(self.finding(run, "network-latency"))
            self.check_not_full(run)

    # Loss.

    def test_loss(self):
        with Server() as server, lossy("tcp", "sport", str(server.port)):
            run = self.load("-z", "3s", "-c", 20, server.url)
            found = self.finding(run, "packet-loss")
            self.assertIsNotNone(found, self.told(run))
            self.assertIn("the run's connections", found["headline"])
            self.check_not_full(run)

    def test_loss_of_short_connections(self):
        with Server() as server, lossy("tcp", "sport", str(server.port)):
            run = self.load("-z", "3s", "-c", 20, "--disable-keepalive", server.url)
            self.assertIsNotNone(self.finding(run, "packet-loss"), self.told(run))

    def test_loss_not_that_of_others(self):
        """Another program loses packets in the same namespace."""
        with Server() as server, Server() as other, lossy("tcp", "sport", str(other.port)):
            their = threading.Thread(target=hammer, args=("-z", "3s", "-c", 20, other.url))
            their.start()
            for options in ((), ("--disable-keepalive",)):
                run = self.load("-z", "1500ms", "-c", 2, *options, server.url + "delay/5")
                self.assertGreater(run["counters"].get("Tcp.RetransSegs", 0), 10)
                self.assertIsNone(self.finding(run, "packet-loss"), self.told(run))
            their.join()


if __name__ == "__main__":
    main()
