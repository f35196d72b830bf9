"""The ceiling itself: as many connections as there are ports, and the ways around it."""

import itertools
import os
import socket
import subprocess
import time
import unittest

import harness
from harness import LIMIT, Server, hammer, load, main, set_kernel, ss

ARTICLE = (49152, 65535)  # macOS's range: 16,384 ports
SMALL = (20000, 21999)
CLIENT_CLOSES = ("--disable-keepalive", "--close-by", "client")

# The TIME_WAIT sockets of one test must not stand in the way of the next: each has its own target.
addresses = (f"127.0.1.{n}:0" for n in itertools.count(1))


def server_outside(ports):
    """A server whose port is not one of the range, as it would be one less for the client."""
    set_kernel("ip_local_port_range", "1024 9999")
    server = Server(listen=next(addresses))
    set_kernel("ip_local_port_range", f"{ports[0]} {ports[1]}")
    set_kernel("tcp_tw_reuse", 0)
    return server


def run_against_ports(ports, *options):
    with server_outside(ports) as server:
        run = load(*options, server.url)
        run["ss"] = ss(server.port)
        run["totals"] = server.stop()
    return run


class Ceiling(unittest.TestCase):
    def check_exhausted(self, run, ports):
        size = ports[1] - ports[0] + 1
        self.assertEqual(run["requests"]["succeeded"], size)
        self.assertEqual(run["totals"]["requests"], size)
        self.assertEqual(run["connections"]["opened"], size)
        self.assertEqual(list(run["attempts"]["failed"]), ["EADDRNOTAVAIL"])
        self.assertEqual(run["sockets"]["after"]["client"]["TIME_WAIT"], size)
        self.assertEqual(run["sockets"]["after"]["clientPorts"], size)
        self.assertEqual(run["ss"]["client"]["TIME_WAIT"], size)
        self.assertEqual(run["inFlight"]["byPhase"]["backoff"], 50)

    def test_the_client_closes_first(self):
        self.check_exhausted(run_against_ports(SMALL, "-z", "4s", *CLIENT_CLOSES), SMALL)

    @unittest.skipIf(harness.SANITIZED, "takes too long under a sanitizer; see the small range")
    def test_sixteen_thousand(self):
        # 10 s are enough where nothing else runs; a busy machine gets more.
        self.check_exhausted(run_against_ports(ARTICLE, "-z", "20s", *CLIENT_CLOSES), ARTICLE)

    def test_no_ceiling_if_the_server_closes_first(self):
        run = run_against_ports(SMALL, "-n", 5000, "--disable-keepalive", "--close-by", "server")
        self.assertEqual(run["requests"]["succeeded"], 5000)
        self.assertEqual(run["attempts"]["failed"], {})
        self.assertEqual(run["ss"]["client"].get("TIME_WAIT", 0), 0)
        self.assertGreater(run["ss"]["server"]["TIME_WAIT"], 0)

    def test_no_ceiling_and_no_time_wait_by_resets(self):
        for limit in (("-n", 5000), ("-z", "1s")):
            run = run_against_ports(SMALL, *limit, "--disable-keepalive", "--close-by", "reset")
            self.assertEqual(run["attempts"]["failed"], {})
            for side in ("client", "server"):
                self.assertEqual(run["ss"][side].get("TIME_WAIT", 0), 0)
                self.assertEqual(run["sockets"]["after"][side]["TIME_WAIT"], 0)
            if limit[0] == "-n":
                self.assertEqual(run["requests"]["succeeded"], 5000)

    def test_no_ceiling_if_connections_are_kept(self):
        run = run_against_ports((20000, 20099), "-n", 5000)
        self.assertEqual(run["requests"]["succeeded"], 5000)
        self.assertEqual(run["attempts"]["failed"], {})

    def test_no_ceiling_if_hammer_takes_ports_in_turn(self):
        # Ports that were bound are nobody else's for a minute, so no other test has these.
        for options in ((), ("--source", "127.0.0.1,127.0.0.2"), ("-t", 2), ("-q", 20000)):
            with self.subTest(options=options):
                run = run_against_ports((30000, 30399), "-n", 3000, *CLIENT_CLOSES, "--ports",
                                        "rotate", *options)
                self.assertEqual(run["requests"]["succeeded"], 3000)
                self.assertEqual(run["attempts"]["failed"], {})
                self.assertEqual(run["connections"]["opened"], 3000)
                self.assertFalse(run["connections"]["ownPortsGivenUp"])
                self.assertLessEqual(run["ss"]["client"]["TIME_WAIT"], 400)
                self.assertIsNone(run["budget"]["burst"])

    def test_own_ports_are_no_more_than_are_needed(self):
        range_of_it = (33000, 36999)
        run = run_against_ports(range_of_it, "-n", 3000, *CLIENT_CLOSES, "--ports", "rotate")
        self.assertEqual(run["requests"]["succeeded"], 3000)
        self.assertEqual(run["ss"]["client"]["TIME_WAIT"], 1000)
        # What is left is there for everybody else.
        run = run_against_ports(range_of_it, "-n", 2500, *CLIENT_CLOSES)
        self.assertEqual(run["requests"]["succeeded"], 2500)
        self.assertEqual(run["attempts"]["failed"], {})

    def test_own_ports_leave_out_what_others_have(self):
        with server_outside((31000, 31399)) as server:
            listeners = [socket.create_server(("127.0.0.1", port)) for port in range(31200, 31300)]
            try:
                # Half of its 200 ports are taken. Those of connections that the server has yet to end
                # can't be had either, so there must be more of them than connections.
                run = load("-n", 1000, "-c", 20, *CLIENT_CLOSES, "--ports", "rotate", server.url)
            finally:
                for listener in listeners:
                    listener.close()
        self.assertEqual(run["requests"]["succeeded"], 1000)
        self.assertEqual(run["attempts"]["failed"], {})

    def test_own_ports_need_time_stamps_and_enough_of_them(self):
        with server_outside((32000, 32299)) as server:
            options = ("-n", 10, *CLIENT_CLOSES, "--ports", "rotate", server.url)
            few = hammer("-c", 100, *options)
            self.assertEqual(few.code, 1)
            self.assertIn("'rotate' has 150 ports and needs two for each of the 100", few.errors)
            self.addCleanup(set_kernel, "tcp_timestamps", 1)
            set_kernel("tcp_timestamps", 0)
            without = hammer(*options)
        self.assertEqual(without.code, 1)
        self.assertIn("'rotate' needs TCP time stamps", without.errors)

    def test_own_ports_towards_another_machine_with_time_stamps_and_without(self):
        # The other machine is a namespace at the other end of a cable.
        other = subprocess.Popen(["unshare", "-n", "sleep", str(LIMIT)])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        enter = ("nsenter", "-t", str(other.pid), "-n")
        here = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{other.pid}/ns/net") == here:
            time.sleep(0.01)
        cable = subprocess.run(["ip", "link", "add", "tws0", "type", "veth", "peer", "name", "tws1",
                                "netns", str(other.pid)], capture_output=True, text=True)
        if cable.returncode != 0:
            self.skipTest(f"no veth can be made here: {cable.stderr.strip()}")
        for command in (("ip", "address", "add", "192.0.2.1/24", "dev", "tws0"),
                        ("ip", "link", "set", "tws0", "up"),
                        (*enter, "ip", "address", "add", "192.0.2.2/24", "dev", "tws1"),
                        (*enter, "ip", "link", "set", "tws1", "up")):
            subprocess.run(command, check=True)
        set_kernel("ip_local_port_range", "30400 30799")
        for stamps in (1, 0):
            with self.subTest(stamps=stamps):
                subprocess.run([*enter, "sh", "-c",
                                f"echo {stamps} >/proc/sys/net/ipv4/tcp_timestamps"], check=True)
                with Server(listen="192.0.2.2:0", prefix=enter) as server:
                    run = load("-n", 3000 if stamps else 100, *CLIENT_CLOSES, "--ports", "rotate",
                               server.url)
                self.assertEqual(run["connections"]["ownPortsGivenUp"], not stamps)
                self.assertEqual(run["requests"]["succeeded"], 3000 if stamps else 100)
                self.assertEqual(run["attempts"]["failed"], {})

    def test_sources_multiply_it(self):
        run = run_against_ports((20000, 20299), "-z", "2s", *CLIENT_CLOSES,
                                "--source", "127.0.0.0/29")
        self.assertEqual(run["requests"]["succeeded"], 6 * 300)
        self.assertEqual(list(run["attempts"]["failed"]), ["EADDRNOTAVAIL"])

    def test_targets_multiply_it(self):
        with server_outside((20000, 20299)) as other:
            run = run_against_ports((20000, 20299), "-z", "2s", *CLIENT_CLOSES, other.url)
            self.assertEqual(other.stop()["requests"], 300)
        self.assertEqual(run["requests"]["succeeded"], 2 * 300)
        self.assertEqual(run["sockets"]["after"]["client"]["TIME_WAIT"], 2 * 300)

    def test_port_range_narrows_it_for_one_run(self):
        run = run_against_ports(SMALL, "-z", "2s", *CLIENT_CLOSES, "--port-range", "20100-20199")
        self.assertEqual(run["requests"]["succeeded"], 100)
        self.assertEqual(list(run["attempts"]["failed"]), ["EADDRNOTAVAIL"])
        wider = hammer("--port-range", "20100-22000", "http://127.0.0.1:1/")
        self.assertEqual(wider.code, 2)
        self.assertIn("--port-range: '20100-22000' is not within 20000-21999", wider.errors)

    def test_ports_outside_the_range_of_a_run_are_not_its_own(self):
        with server_outside(SMALL) as server:
            for ports in ("20000-20049", "20100-20119"):
                run = load("-z", "1s", *CLIENT_CLOSES, "--port-range", ports, server.url)
            self.assertEqual(run["requests"]["succeeded"], 20)
            self.assertEqual(run["sockets"]["after"]["clientPorts"], 20)
            self.assertEqual(run["sockets"]["after"]["client"]["TIME_WAIT"], 70)
            self.assertEqual(run["budget"]["burst"], 20)

    def test_every_thread_comes_to_every_target(self):
        # One of two targets is gone: no connection may be stuck with it.
        with server_outside(SMALL) as server:
            run = load("-z", "1s", "-c", 4, "-t", 2, server.url, "http://127.0.0.1:1/")
        self.assertEqual(run["inFlight"]["byPhase"]["backoff"], 0)
        self.assertEqual(run["connections"]["peak"], 4)

    def test_the_wildcard_address_leads_to_loopback(self):
        set_kernel("ip_local_port_range", "1024 9999")
        with Server(listen="0.0.0.0:0") as server:
            set_kernel("ip_local_port_range", "20000 21999")
            run = load("-n", 50, *CLIENT_CLOSES, f"http://0.0.0.0:{server.port}/")
        self.assertEqual(run["sockets"]["after"]["client"]["TIME_WAIT"], 50)

    def test_the_report_says_so(self):
        with server_outside((20000, 20099)) as server:
            result = hammer("-z", "1s", *CLIENT_CLOSES, server.url)
        self.assertEqual(result.code, 0)
        self.assertIn("EADDRNOTAVAIL", result.out)
        self.assertIn("100 of 100 (20000-20099)", result.out)
        self.assertRegex(result.out, r"TIME_WAIT +0 +100 ")


if __name__ == "__main__":
    main()
