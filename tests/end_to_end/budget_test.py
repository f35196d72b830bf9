"""hammer limits and hammer budget: what they say is what the kernel has and does."""

import itertools
import os
import unittest

from harness import Server, hammer, load, main, set_kernel

CLIENT_CLOSES = ("--disable-keepalive", "--close-by", "client")
addresses = (f"127.0.3.{n}:0" for n in itertools.count(1))


def budget(*options):
    result = hammer("budget", "--json", "-", *options)
    assert result.code == 0, result.errors
    return result.json


class Limits(unittest.TestCase):
    def test_are_the_kernels(self):
        set_kernel("ip_local_port_range", "30000 30999")
        set_kernel("ip_local_reserved_ports", "30000-30009,40000")
        set_kernel("tcp_tw_reuse", 1)
        self.addCleanup(set_kernel, "ip_local_reserved_ports", "\n")
        limits = hammer("limits", "--json", "-").json
        values = {name: limit["value"] for name, limit in limits["limits"].items()}
        self.assertEqual(values["source ports"], "30000-30999")
        self.assertEqual(values["reserved"], "11")
        self.assertEqual(values["usable"], "990")
        self.assertEqual(values["reuse of TIME_WAIT"], "on")
        self.assertEqual(limits["clientClosesElsewhere"]["holdSeconds"], 1)
        text = hammer("limits").out
        self.assertIn("/proc/sys/net/ipv4/ip_local_port_range", text)
        # The places are real ones.
        for limit in limits["limits"].values():
            if limit["source"].startswith("/proc/") and limit["value"] is not None:
                self.assertTrue(os.path.exists(limit["source"]), limit["source"])
        set_kernel("tcp_tw_reuse", 2)
        limits = hammer("limits", "--json", "-").json
        self.assertEqual(limits["clientClosesLoopback"]["holdSeconds"], 1)
        self.assertEqual(limits["clientClosesElsewhere"]["holdSeconds"], 60)
        set_kernel("tcp_timestamps", 0)
        self.addCleanup(set_kernel, "tcp_timestamps", 1)
        limits = hammer("limits", "--json", "-").json
        self.assertEqual(limits["clientClosesLoopback"]["holdSeconds"], 60)


class Predictions(unittest.TestCase):
    """Predicted beside measured, to the connection."""

    def measured(self, *options, ports, reuse=0, seconds=2):
        set_kernel("ip_local_port_range", "1024 9999")
        with Server(listen=next(addresses)) as server:
            set_kernel("ip_local_port_range", ports)
            set_kernel("tcp_tw_reuse", reuse)
            return load("-z", f"{seconds}s", *CLIENT_CLOSES, *options, server.url)

    def test_a_burst(self):
        predicted = budget("--port-range", "20000-20499", "--hold", "60s", "--duration", "2s")
        run = self.measured(ports="20000 20499")
        self.assertEqual(predicted["burst"], 500)
        self.assertEqual(run["requests"]["succeeded"], predicted["mostConnections"])

    def test_a_burst_with_reserved_and_held_ports(self):
        set_kernel("ip_local_reserved_ports", "20000-20009")
        self.addCleanup(set_kernel, "ip_local_reserved_ports", "\n")
        with Server(listen="127.0.4.1:20100"):  # somebody else's port within the range
            run = self.measured(ports="20000 20499")
        self.assertEqual(run["requests"]["succeeded"], 500 - 10 - 1)
        self.assertEqual(run["budget"]["burst"], 500 - 10 - 1)
        self.assertEqual(run["limits"]["heldPorts"], 1)

    def test_sources(self):
        predicted = budget("--ports", "300", "--sources", "6", "--hold", "60s", "--duration", "2s")
        run = self.measured("--source", "127.0.0.0/29", ports="20000 20299")
        self.assertEqual(run["requests"]["succeeded"], predicted["mostConnections"])

    def test_what_comes_back(self):
        # 200 ports, each again after 1 s: far below what the machine can do.
        predicted = budget("--ports", "200", "--hold", "1s", "--duration", "4s")
        run = self.measured(ports="20000 20199", reuse=2, seconds=4)
        self.assertLessEqual(run["requests"]["succeeded"], predicted["mostConnections"])
        self.assertGreater(run["requests"]["succeeded"], predicted["burst"])

    def test_the_line_before_a_run(self):
        set_kernel("ip_local_port_range", "1024 9999")
        with Server(listen=next(addresses)) as server:
            set_kernel("ip_local_port_range", "20000 20499")
            set_kernel("tcp_tw_reuse", 0)
            for options in ([], ["--disable-keepalive"]):  # nothing is used up
                self.assertEqual(hammer("-n", 10, "-c", 5, *options, server.url).errors, "")
            fits = hammer("-n", 100, *CLIENT_CLOSES, server.url)
            self.assertIn("connections, then 8 per second, as each is held for 60.0 s", fits.errors)
            self.assertNotIn("are asked for", fits.errors)
            too_many = hammer("-n", 600, "-z", "1s", *CLIENT_CLOSES, server.url)
            self.assertIn("of them held already", too_many.errors)
            self.assertIn("600 connections are asked for", too_many.errors)


class OnPaper(unittest.TestCase):
    def test_systems(self):
        self.assertEqual(budget("--system", "linux")["burst"], 28232)
        self.assertEqual(budget("--system", "macos")["burst"], 16384)
        self.assertAlmostEqual(budget("--system", "conntrack")["sustainedPerSecond"], 2184.53, 2)
        needed = budget("--system", "linux", "--rate", "1000")
        self.assertEqual((needed["sourcesNeeded"], needed["exhaustedAtSeconds"]), (3, 28.232))
        free = budget("--hold", "0", "--rate", "100k")
        self.assertIsNone(free["burst"])
        self.assertIn("no ceiling", hammer("budget", "--hold", "0").out)
        self.assertIn("1221 connections per second and thread",
                      hammer("budget", "--ports", 16384, "--search-cost", "0.1us").out)

    def test_bad_input(self):
        for arguments, *words in [
            (["--system", "bsd"], "--system", "'bsd'", "linux, linux-loopback, macos, conntrack"),
            (["--ports", "0"], "--ports", "'0'"),
            (["--rate", "0"], "--rate", "'0'"),
            (["--port-range", "9-2"], "--port-range", "'9-2'"),
            (["--ports", "5", "--port-range", "1-2"], "--ports"),
            (["--system", "macos", "--targets", "2"], "--targets", "'2'"),
            (["--system", "conntrack", "--sources", "2"], "--sources", "'2'"),
            (["--hold", "soon"], "--hold", "'soon'"),
        ]:
            result = hammer("budget", *arguments)
            self.assertEqual((result.code, result.out), (2, ""), arguments)
            for word in words:
                self.assertIn(word, result.errors.splitlines()[0])


if __name__ == "__main__":
    main()
