"""Source ports: what is said before a run and what comes, what a run leaves behind, and the trials of
what is offered against a ceiling.

All of it counts connections, which the kernel's rules fix; none of it depends on how fast the machine
is, as long as it uses the ports up.
"""

import contextlib
import itertools
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import Server, hammer, load, main, other_network, set_kernel

CLIENT_CLOSES = ("--disable-keepalive", "--close-by", "client")
addresses = (f"127.0.5.{n}:0" for n in itertools.count(1))  # each with fresh tuples
next_port = 10000


def setUpModule():
    # All tests together leave more TIME_WAIT than the table holds by default, on a fast machine.
    set_kernel("tcp_max_tw_buckets", 4_000_000)


def fresh_range(size):
    """Ports that no other test has: "12000 12299". What was bound is nobody's for a minute."""
    global next_port
    first, next_port = next_port, next_port + size
    return f"{first} {first + size - 1}"


def number(text):
    return int(text.replace(",", ""))


@contextlib.contextmanager
def server_outside(ports, reuse=0, listen=None, **options):
    """A server whose port is not one of `ports`, which then are the system's; its URL."""
    set_kernel("ip_local_port_range", "1024 9999")
    with Server(listen=listen or next(addresses), **options) as server:
        set_kernel("ip_local_port_range", ports)
        set_kernel("tcp_tw_reuse", reuse)
        yield server.url


def said(errors):
    """The sentence before a run: (burst, fewest per second, most per second), or nothing."""
    found = re.search(r"source ports.*: ([\d,]+) connections, then ([\d.,]+)(?: to ([\d.,]+))? per "
                      r"second", errors)
    if not found:
        return None
    burst, fewest, most = found.groups()
    rate = [float(text.replace(",", "")) for text in (fewest, most or fewest)]
    return (number(burst), *rate)


class WhatIsSaidComes(unittest.TestCase):
    """The sentence before the run, and the report's budget, against the connections that were made."""

    SECONDS = 2.5  # so that no port comes back just at the end

    def check(self, ports, reuse, options=(), listen=None):
        with server_outside(ports, reuse, listen) as url:
            result = hammer("-z", f"{self.SECONDS}s", *CLIENT_CLOSES, "--json", "-", *options, url)
        words = said(result.errors)
        run = result.json
        made = run["connections"]["opened"]
        failed = run["attempts"]["failed"]
        if words is None:
            self.assertNotIn("EADDRNOTAVAIL", failed)
            return
        burst, fewest, most = words
        self.assertEqual(run["budget"]["burst"], burst)
        self.assertLessEqual(set(failed), {"EADDRNOTAVAIL"})
        hold = run["budget"]["holdSeconds"]
        later = max(self.SECONDS - hold, 0)
        rounds = int(self.SECONDS / hold)  # ports come back all at once
        self.assertLessEqual(made, 1.1 * (burst + max(most * later, rounds * most * hold)))
        if failed:  # the ports were used up
            self.assertGreaterEqual(made, 0.9 * (burst + fewest * later if later else burst))

    def test_over_a_grid_of_settings(self):
        own = ("ip", "address", "add", "192.0.2.9/32", "dev", "lo")
        subprocess.run(own, check=True)
        ranges = [fresh_range(size) for size in (300, 999, 2000)]
        # All pairs of settings; all triples would take twice the time.
        listens = itertools.cycle((None, "192.0.2.9:0"))
        for (ports, reuse), listen in zip(itertools.product(ranges, (0, 1, 2)), listens):
            with self.subTest(ports=ports, reuse=reuse, listen=listen):
                self.check(ports, reuse, listen=listen)

    def test_with_sources_ranges_and_other_ways_to_close(self):
        ports = fresh_range(500)
        first = int(ports.split()[0])
        for options in (("--source", "127.3.0.0/29"), ("--source", "127.4.0.1,127.4.0.2", "-t", 2),
                        ("--port-range", f"{first + 100}-{first + 299}"), ("--close-by", "server"),
                        ("--close-by", "reset"), ("--ports", "rotate")):
            for reuse in (0, 2):
                with self.subTest(options=options, reuse=reuse):
                    self.check(ports, reuse, options)


class WhatARunLeaves(unittest.TestCase):
    def test_ports_that_were_bound_are_not_promised_to_the_next_run(self):
        with server_outside(fresh_range(1000)) as url:
            rotated = load("-n", 3000, *CLIENT_CLOSES, "--ports", "rotate", url)
            self.assertEqual(rotated["requests"]["succeeded"], 3000)
            limits = hammer("limits", "--json", "-").json["limits"]
            if limits["heldPorts"] == 0:
                self.skipTest("this kernel does not tell which ports were bound")
            result = hammer("-z", "1s", *CLIENT_CLOSES, "--json", "-", url)
            burst = said(result.errors)[0]
            self.assertEqual(burst, limits["usablePorts"])
            self.assertEqual(result.json["connections"]["opened"], burst)

    def test_ports_that_connect_chose_are_taken_for_who_binds_them(self):
        with server_outside(fresh_range(1000)) as url:
            load("-n", 1000, *CLIENT_CLOSES, url)
            rotate = ("-z", "1s", *CLIENT_CLOSES, "--ports", "rotate", url)
            again = hammer("--json", "-", *rotate)
            self.assertEqual(again.code, 1)
            self.assertEqual(again.json["verdict"]["limitedBy"], "ephemeral-ports")
            self.assertIn("EADDRINUSE", again.json["findings"][0]["headline"])
            self.assertNotIn("firewall", again.out)
            remedies = [remedy["do"] for remedy in again.json["findings"][0]["remedies"]]
            self.assertEqual(remedies, ["--wait-drain", "--source 127.1.0.1"])
            # It does what it says.
            other = load("-n", 3000, "--source", "127.1.0.1", *rotate[2:])
            self.assertEqual(other["requests"]["succeeded"], 3000)

    def test_another_source_address_is_another_client(self):
        # Its ports are free, whatever the first one left; nothing to wait for either.
        with server_outside(fresh_range(500)) as url:
            load("-n", 500, *CLIENT_CLOSES, "--source", "127.5.0.1", url)
            result = hammer("-z", "1s", *CLIENT_CLOSES, "--source", "127.5.0.2", "--wait-drain=1s",
                            "--json", "-", url)
            self.assertEqual(said(result.errors)[0], 500)
            self.assertEqual(result.json["connections"]["opened"], 500)
            same = hammer("-z", "1s", *CLIENT_CLOSES, "--source", "127.5.0.1", "--wait-drain=1s", url)
            self.assertEqual(same.code, 1)
            self.assertIn("there are still 500 ports in TIME_WAIT", same.errors)

    def test_the_line_of_ports_counts_each_source_address(self):
        ports = fresh_range(100)
        with server_outside(ports) as url:
            out = hammer("-z", "1s", *CLIENT_CLOSES, "--source", "127.6.0.0/29", url).out
            self.assertIn(f"Client ports in use: 600 of 600 ({ports.replace(' ', '-')}, 6 times), "
                          "100.00%", out)
            self.assertIn("600 of 600 (100 ports x 6 source addresses)", " ".join(out.split()))

    def test_a_search_that_every_call_makes(self):
        with server_outside("35000 64999") as url:
            load("-n", 16000, *CLIENT_CLOSES, url)
            run = load("-z", "2s", *CLIENT_CLOSES, url)
            self.assertEqual(run["verdict"]["limitedBy"], "port-search")
            self.assertIn("from the start", run["findings"][0]["headline"])

    def test_a_connection_with_oneself_is_none(self):
        ports = fresh_range(10)
        set_kernel("ip_local_port_range", ports)
        for _ in range(3):
            result = hammer("-z", "300ms", "-c", 3, "--json", "-",
                            f"http://127.0.0.1:{ports.split()[0]}/")
            self.assertEqual(result.code, 1)
            self.assertEqual(result.json["verdict"]["limitedBy"], "unreachable")
            self.assertEqual(set(result.json["attempts"]["failed"]), {"ECONNREFUSED"})
            self.assertEqual(result.json["requests"]["failed"], {})

    def test_nothing_comes_back_without_the_servers_time_stamps(self):
        with other_network() as there:
            for stamps in (1, 0):
                subprocess.run([*there, "sh", "-c",
                                f"echo {stamps} >/proc/sys/net/ipv4/tcp_timestamps"], check=True)
                with self.subTest(stamps=stamps), server_outside(
                        fresh_range(500), 1, listen="10.77.0.2:0", prefix=there) as url:
                    run = load("-z", "3s", *CLIENT_CLOSES, url)
                    verdict = run["verdict"]["limitedBy"]
                    if stamps:
                        self.assertEqual(verdict, "time-wait-reuse")
                        self.assertGreater(run["connections"]["opened"], 900)
                    else:
                        self.assertEqual(verdict, "ephemeral-ports")
                        self.assertEqual(run["connections"]["opened"], 500)
                        self.assertIn("the server has them off", run["findings"][0]["why"])


class Proved(unittest.TestCase):
    """--prove tries each remedy that needs no root, and each comes to what it says."""

    def proved(self, ports, reuse, *options, limited_by, listen=None):
        with server_outside(ports, reuse, listen) as url:
            result = hammer("--json", "-", "-z", "2s", *CLIENT_CLOSES, "--prove", *options, url)
        run = result.json
        self.assertEqual(run["verdict"]["limitedBy"], limited_by, run["verdict"])
        return run, result.errors

    def check_trials(self, run, *wanted):
        tried = {trial["remedy"]: trial for trial in run["trials"]}
        for remedy in wanted:
            self.assertTrue(any(remedy in name for name in tried), (remedy, list(tried)))
        for trial in run["trials"]:
            with self.subTest(trial=trial["change"]):
                self.assertIn(trial["fared"], ("asPredicted", "portsLeft"), trial)
                if trial["predicted"]["ceiling"]:
                    self.assertLessEqual(trial["connected"], 1.1 * trial["predicted"]["most"])
                    if trial["withoutPort"]:
                        self.assertGreaterEqual(trial["connected"],
                                                0.9 * trial["predicted"]["fewest"])
                else:
                    self.assertLessEqual(trial["withoutPort"], trial["connected"] / 100)
        # What was tried is in the finding.
        measured = {remedy["do"]: remedy["measured"] for remedy in run["findings"][0]["remedies"]}
        for name in tried:
            if name in measured:
                self.assertIn("connections in", measured[name])

    def test_ports_that_are_held(self):
        ports = fresh_range(800)
        first = int(ports.split()[0])
        run, errors = self.proved(ports, 0, "--port-range", f"{first + 100}-{first + 399}",
                                  limited_by="ephemeral-ports")
        self.check_trials(run, "--disable-keepalive", "--close-by server", "--close-by reset",
                          "--ports rotate", "--source", "leave out --port-range")
        self.assertRegex(errors, r"--prove: \d runs more, in all [\d.]+ s: ")
        self.assertIn("not tried: sysctl", errors)
        wide = [trial for trial in run["trials"] if "port-range" in trial["remedy"]][0]
        self.assertEqual((wide["predicted"]["most"], wide["connected"]), (800, 800))
        # Nothing of it is in the run's own numbers.
        self.assertEqual(run["connections"]["opened"], 300)

    def test_ports_that_come_back(self):
        run, _ = self.proved(fresh_range(300), 2, limited_by="time-wait-reuse")
        self.check_trials(run, "--disable-keepalive", "--close-by server", "--close-by reset",
                          "--ports rotate", "--source")

    def test_where_the_run_holds_the_only_ports_nothing_is_tried(self):
        subprocess.run(("ip", "address", "add", "192.0.2.8/32", "dev", "lo"), check=True)
        run, errors = self.proved(fresh_range(300), 2, limited_by="ephemeral-ports",
                                  listen="192.0.2.8:0")
        self.assertEqual(run["trials"], [])
        self.assertIn("not tried: --wait-drain --close-by server: the run's ports are held", errors)
        self.assertIn("nothing to try", errors)

    def test_of_a_saved_run(self):
        with tempfile.TemporaryDirectory() as folder, server_outside(fresh_range(300)) as url:
            path = pathlib.Path(folder, "run.json")
            hammer("--json", path, "-z", "1s", *CLIENT_CLOSES, url)
            result = hammer("prove", "--json", "-", path)
            self.assertEqual(result.code, 0, result.errors)
            self.check_trials(result.json, "--close-by server")
            text = hammer("prove", path).out
            self.assertIn("predicted  no ceiling", text)
            self.assertIn("; measured: ", " ".join(text.split()))


if __name__ == "__main__":
    main()
