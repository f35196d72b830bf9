"""hammer limits and hammer budget: what they say is what the kernel has and does."""

import contextlib
import itertools
import os
import pathlib
import re
import shlex
import unittest

from harness import KNOWN_SYSTEMS, Server, hammer, load, main, set_kernel

KNOWN = "one of " + ", ".join(KNOWN_SYSTEMS)
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
        values = limits["limits"]
        self.assertEqual((values["portLow"], values["portHigh"]), (30000, 30999))
        self.assertEqual(values["reservedPorts"], 11)
        self.assertEqual(values["usablePorts"], 990)
        self.assertEqual(values["reuse"], "on")
        self.assertEqual(limits["clientClosesElsewhere"]["holdSeconds"], 1)
        text = hammer("limits").out
        self.assertIn("/proc/sys/net/ipv4/ip_local_port_range", text)
        # The places are real ones.
        for name, place in limits["readFrom"].items():
            if place.startswith("/proc/") and (name == "ports" or values[name] is not None):
                self.assertTrue(os.path.exists(place), place)
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

    @contextlib.contextmanager
    def servers(self, count, ports, reuse=0):
        """Their URLs; their own ports are outside of the range."""
        set_kernel("ip_local_port_range", "1024 9999")
        with contextlib.ExitStack() as stack:
            urls = [stack.enter_context(Server(listen=next(addresses))).url for _ in range(count)]
            set_kernel("ip_local_port_range", ports)
            set_kernel("tcp_tw_reuse", reuse)
            yield urls

    def measured(self, *options, ports, reuse=0, seconds=2, targets=1):
        with self.servers(targets, ports, reuse) as urls:
            return load("-z", f"{seconds}s", *CLIENT_CLOSES, *options, *urls)

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

    def test_one_report_has_one_total(self):
        # With a listener in the range, which neither the line before the run nor the report counts.
        with Server(listen="127.0.4.1:20100"), self.servers(1, "20000 20499") as urls:
            for options in ([], ["--port-range", "20000-20499"]):
                result = hammer("-z", "1s", *CLIENT_CLOSES, *options, *urls)
                self.assertIn("hammer: 499 source ports", result.errors)
                self.assertIn("Client ports in use: 499 of 499 (20000-20499), 100.00%", result.out)
                self.assertIn("499 of 499", result.out.split("Seen:", 1)[-1])

    def test_sources(self):
        predicted = budget("--port-count", "300", "--sources", "6", "--hold", "60s", "--duration", "2s")
        run = self.measured("--source", "127.0.0.0/29", ports="20000 20299")
        self.assertEqual(run["requests"]["succeeded"], predicted["mostConnections"])

    def test_targets(self):
        predicted = budget("--port-count", "300", "--targets", "3", "--hold", "60s", "--duration", "2s")
        run = self.measured(ports="20000 20299", targets=3)
        self.assertEqual(run["requests"]["succeeded"], predicted["mostConnections"])

    def test_sources_and_targets(self):
        predicted = budget("--port-count", "100", "--sources", "6", "--targets", "2", "--hold", "60s",
                           "--duration", "2s")
        run = self.measured("--source", "127.0.0.0/29", ports="20000 20099", targets=2)
        self.assertEqual(predicted["burst"], 1200)
        self.assertEqual(run["requests"]["succeeded"], predicted["mostConnections"])

    def test_an_odd_range(self):
        # Each search leaves one port out, not always the same; with IP_LOCAL_PORT_RANGE none.
        burst = budget("--port-count", "301", "--hold", "60s")["burst"]
        run = self.measured(ports="20000 20300")
        self.assertIn(run["requests"]["succeeded"], (burst - 1, burst))
        run = self.measured("--port-range", "20000-20300", ports="20000 20300")
        self.assertEqual(run["requests"]["succeeded"], burst)

    def test_a_part_of_the_range(self):
        # IP_LOCAL_PORT_RANGE: fewer ports, and no search that gets slow.
        set_kernel("ip_local_reserved_ports", "20090-20120")
        self.addCleanup(set_kernel, "ip_local_reserved_ports", "\n")
        predicted = budget("--port-range", "20000-20089", "--hold", "60s")
        run = self.measured("--port-range", "20000-20099", ports="20000 20499")
        self.assertEqual(predicted["burst"], 90)
        self.assertEqual(run["requests"]["succeeded"], 90)
        for said in (predicted, run["budget"]):
            self.assertEqual((said["burst"], said["searchSlowFrom"]), (90, None))

    def test_no_ceiling_if_the_server_closes(self):
        self.assertIsNone(budget("--port-count", "100", "--hold", "0")["burst"])
        with self.servers(1, "20000 20099") as urls:
            run = load("-n", 3000, "--disable-keepalive", *urls)
        self.assertEqual(run["requests"]["succeeded"], 3000)
        self.assertEqual(run["attempts"]["failed"], {})
        self.assertIsNone(run["budget"]["burst"])

    def test_what_comes_back(self):
        # 200 ports, each again after 1 s: the kernel's limit, far below what the machine can do.
        predicted = budget("--port-count", "200", "--hold", "1s", "--duration", "4s")
        made = self.measured(ports="20000 20199", reuse=2, seconds=4)["requests"]["succeeded"]
        self.assertLessEqual(made, predicted["mostConnections"])
        self.assertAlmostEqual(made, 4 * predicted["sustainedPerSecond"], delta=0.1 * made)

    def test_what_an_earlier_run_left(self):
        # It is held with each source address, not only once for each port.
        with self.servers(1, "20000 20199") as urls:
            options = ("-z", "1s", *CLIENT_CLOSES, "--source", "127.0.0.0/29", "--json", "-", *urls)
            self.assertEqual(hammer(*options).json["requests"]["succeeded"], 1200)
            again = hammer(*options)
            self.assertEqual(again.json["requests"]["succeeded"], 0)
            self.assertEqual(again.json["budget"]["burst"], 0)
            self.assertIn("1,200 of them held already: 0 connections", again.errors)

    def test_the_line_before_a_run(self):
        set_kernel("ip_local_port_range", "1024 9999")
        with Server(listen=next(addresses)) as server:
            set_kernel("ip_local_port_range", "20000 20499")
            set_kernel("tcp_tw_reuse", 0)
            for options in ([], ["--disable-keepalive"]):  # nothing is used up
                self.assertEqual(hammer("-n", 10, "-c", 5, *options, server.url).errors, "")
            fits = hammer("-n", 100, *CLIENT_CLOSES, server.url)
            self.assertIn("connections, then 8.3 per second, as each is held for 60.0 s", fits.errors)
            self.assertNotIn("are asked for", fits.errors)
            too_many = hammer("-n", 600, "-z", "1s", *CLIENT_CLOSES, server.url)
            self.assertIn("of them held already", too_many.errors)
            self.assertIn("600 connections are asked for", too_many.errors)


class OnPaper(unittest.TestCase):
    def test_systems(self):
        text = hammer("budget", "--help").out
        for system, burst, hold, on_loopback in [
            ("linux", 28232, 60, 1), ("linux-6.13", 28232, 60, 1), ("macos-11", 16384, 30, 30),
            ("macos-12", 16384, 30, 30), ("macos-13", 16384, 30, 30), ("macos-14", 16384, 30, 30),
            ("macos-15", 16384, 30, 30), ("freebsd-14", 55536, 60, 0)]:
            self.assertIn(system, text)
            there = budget("--os", system)
            self.assertEqual((there["burst"], there["holdSeconds"]), (burst, hold), system)
            self.assertEqual(budget("--os", system, "--loopback")["holdSeconds"], on_loopback, system)
        self.assertAlmostEqual(budget("--conntrack")["sustainedPerSecond"], 2184.53, 2)
        needed = budget("--os", "linux", "--rate", "1000")
        self.assertEqual((needed["sourcesNeeded"], needed["exhaustedAtSeconds"]), (3, 28.232))
        free = budget("--hold", "0", "--rate", "100k")
        self.assertIsNone(free["burst"])
        self.assertIn("no ceiling", hammer("budget", "--hold", "0").out)
        self.assertIn("1,221 connections per second and thread",
                      hammer("budget", "--port-count", 16384, "--search-cost", "0.1us").out)

    def test_old_names_work_and_are_not_advertised(self):
        for old, new in [(["--system", "linux"], ["--os", "linux"]),
                         (["--system", "linux-loopback"], ["--os", "linux", "--loopback"]),
                         (["--system", "macos"], ["--os", "macos-12"]),
                         (["--system", "freebsd-14"], ["--os", "freebsd-14"]),
                         (["--system", "conntrack"], ["--conntrack"]),
                         (["--system", "conntrack", "--ports", "1000000"], ["--conntrack=1000000"]),
                         (["--ports", "500"], ["--port-count", "500"])]:
            self.assertEqual(budget(*old, "--rate", "10k"), budget(*new, "--rate", "10k"), old)
        text = hammer("budget", "--help").out
        for word in ("--system", "--ports", "linux-loopback"):
            self.assertNotIn(word, text)

    def test_what_the_documentation_shows(self):
        page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "budget.md"
        shown = re.findall(r"^\$ hammer (budget .+)\n((?:(?!```).*\n)*)", page.read_text(),
                           re.MULTILINE)
        self.assertGreater(len(shown), 3)
        for command, output in shown:
            self.assertEqual(hammer(*shlex.split(command)).out, output)

    def test_tables_lives_and_what_is_held(self):
        table = budget("--conntrack=1000000", "--rate", "10k")
        self.assertEqual((table["tuples"], table["exhaustedAtSeconds"]), (1000000, 100))
        self.assertEqual((table["sourcesNeeded"], table["targetsNeeded"]), (None, None))
        lives = budget("--port-count", "100", "--hold", "0", "--life", "10s", "--rate", "11")
        self.assertEqual((lives["sustainedPerSecond"], lives["sourcesNeeded"]), (10, 2))
        held = budget("--port-count", "1000", "--hold", "60s", "--held", "900", "--rate", "10")
        self.assertEqual((held["burst"], held["exhaustedAtSeconds"]), (100, 10))

    def test_bad_input(self):
        for arguments, *words in [
            (["--os", "bsd"], "--os", "'bsd'", KNOWN),
            (["--os", "macos"], "--os", "'macos'", KNOWN),
            (["--os", "conntrack"], "--os", "'conntrack'", KNOWN),
            (["--system", "bsd"], "--system", "'bsd'", KNOWN),
            (["--os", "linux", "--system", "linux"], "can't be used with"),
            (["--os", "linux", "--conntrack"], "can't be used with"),
            (["--conntrack", "--port-count", "5"], "can't be used with"),
            (["--system", "linux", "--conntrack"], "--system can't be used with"),
            (["--ports", "5", "--port-count", "5"], "--ports can't be used with"),
            (["--conntrack=0"], "--conntrack", "'0'", "from 1 to 1000000000"),
            (["--port-count", "0"], "--port-count", "'0'", "from 1 to 65535"),
            (["--port-count", "65536"], "--port-count", "'65536'", "from 1 to 65535"),
            (["--ports", "65536"], "--ports", "'65536'", "from 1 to 65535"),
            (["--held", "x"], "--held", "'x'"),
            (["--life", "x"], "--life", "'x'"),
            (["--duration", "0"], "--duration", "'0'"),
            (["--rate", "0.5"], "--rate", "'0.5'", "a whole number"),
            (["--rate", "0"], "--rate", "'0'"),
            (["--port-range", "9-2"], "--port-range", "'9-2'"),
            (["--port-count", "5", "--port-range", "1-2"], "--port-count"),
            (["--ports", "5", "--port-range", "1-2"], "--ports"),
            (["--os", "macos-12", "--targets", "2"], "--targets", "'2'", "with --os macos-12"),
            (["--system", "macos", "--targets", "2"], "--targets", "'2'", "with --system macos"),
            (["--conntrack", "--sources", "2"], "--sources", "'2'", "with --conntrack"),
            (["--hold", "soon"], "--hold", "'soon'"),
        ]:
            result = hammer("budget", *arguments)
            self.assertEqual((result.code, result.out), (2, ""), arguments)
            for word in words:
                self.assertIn(word, result.errors.splitlines()[0])


if __name__ == "__main__":
    main()
