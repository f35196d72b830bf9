"""Whether the load got through, and what the way took: on real servers that refuse, fail, stop, hang
and starve, each beside a case that looks alike and must not be taken for it."""

import contextlib
import json
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import HAMMER, LIMIT, Server, hammer, main, others_busy, set_kernel
from odd_servers import ODD, WORKERS
from real_servers import python


@contextlib.contextmanager
def odd(program, *arguments):
    """The URL of such a server."""
    with python(program, *arguments) as port:
        yield f"http://127.0.0.1:{port}/"


def severities(run):
    return {finding["id"]: finding["severity"] for finding in run["findings"]}


class Outcome(unittest.TestCase):
    def setUp(self):
        set_kernel("ip_local_port_range", "1024 65535")

    def load(self, *options):
        result = hammer("--json", "-", *options)
        self.assertIn(result.code, (0, 1), result.errors)
        return result.json

    def check(self, run, limited_by, valid=False):
        verdict = run["verdict"]
        self.assertEqual((verdict["limitedBy"], verdict["valid"]), (limited_by, valid),
                         (verdict["sentence"], severities(run)))

    def check_got_through(self, run):
        found = severities(run)
        for one in ("failures", "refusals", "server-gone", "starved", "stall", "wrong-protocol"):
            self.assertNotIn(one, found)
        self.assertNotIn("did not get through", run["verdict"]["sentence"])

    def test_a_healthy_server_has_none_of_these(self):
        with Server() as server:
            self.check_got_through(self.load("-z", "1s", server.url))
            self.check_got_through(self.load("-z", "1s", "--disable-keepalive", server.url))
            self.check_got_through(self.load("-z", "2s", "-q", 20, server.url))
        with Server("--delay", "400") as slow:  # all answers come in waves
            self.check_got_through(self.load("-z", "3s", slow.url))

    def test_refusals(self):
        with Server() as server:
            run = self.load("-z", "1s", f"{server.url}status/403")
            self.check(run, "refusals")
            self.assertIn(" 0 of ", run["verdict"]["sentence"])
            self.assertEqual(hammer("-z", "1s", "--strict", f"{server.url}status/403").code, 3)
        with odd(ODD, "every other is 500") as url:
            self.check(self.load("-z", "1s", url), "refusals")

    def test_refusals_not_where_they_are_what_was_asked(self):
        with Server() as server:
            run = self.load("-z", "1s", "--ok", "2xx,403", f"{server.url}status/403")
            self.check_got_through(run)
            self.assertEqual(run["requests"]["succeeded"], run["requests"]["responses"])
            # And a 200 is none then.
            self.check(self.load("-z", "1s", "--ok", "403", server.url), "refusals")

    def test_server_gone(self):
        with Server() as server:
            process = subprocess.Popen([HAMMER, "-z", "4s", "--json", "-", server.url],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(1.5)
            server.process.kill()
            server.process.communicate()
            server.totals = {}
            out, _ = process.communicate(timeout=LIMIT)
        run = json.loads(out)
        self.check(run, "server-gone")
        self.assertIn("failures", severities(run))

    def test_server_gone_where_all_connections_hang(self):
        with odd(ODD, "every tenth hangs") as url:
            run = self.load("-z", "2s", url)
        self.check(run, "server-gone")

    def test_a_server_that_is_new_at_the_end_is_not_gone(self):
        # Nobody answers in the first half: the successes come later.
        with Server() as server:
            server.process.send_signal(signal.SIGSTOP)
            threading.Timer(1, server.process.send_signal, (signal.SIGCONT,)).start()
            run = self.load("-z", "3s", server.url)
        self.assertNotIn("server-gone", severities(run))

    def test_stall(self):
        with Server("--delay", "1") as server:
            def stop():
                server.process.send_signal(signal.SIGSTOP)
                threading.Timer(1, server.process.send_signal, (signal.SIGCONT,)).start()
            threading.Timer(1.5, stop).start()
            run = self.load("-z", "5s", server.url)
        self.assertIn("stall", severities(run), run["verdict"])

    def test_starved(self):
        with Server("--max-connections", "10", "--delay", "20") as server:
            self.check(self.load("-z", "3s", server.url), "starved")
            run = self.load("-z", "3s", "-c", 10, server.url)
        self.check_got_through(run)

    def test_a_dead_target_among_two(self):
        with Server() as server, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            dead = f"127.0.0.1:{nobody.getsockname()[1]}"
            run = self.load("-z", "1s", server.url, f"http://{dead}/")
            self.check(run, "failures")
            self.assertIn(dead, run["findings"][0]["why"])
            self.assertEqual(run["connections"]["byTarget"][1]["connected"], 0)
            with Server() as other:
                self.check_got_through(self.load("-z", "1s", server.url, other.url))

    def test_failures(self):
        with odd(ODD, "closes without an answer") as url:
            self.check(self.load("-z", "1s", url), "failures")

    def test_wrong_protocol(self):
        with odd(ODD, "TLS") as url:
            run = self.load("-z", "1s", url)
        self.check(run, "wrong-protocol")
        self.assertIn("TLS", run["findings"][0]["headline"])
        self.assertEqual(run["requests"]["unreadable"][0]["bytes"].encode("latin-1")[:2], b"\x15\x03")

    def test_server_keeps_open(self):
        with odd(ODD, "leaves the FIN to the client") as url:
            self.check(self.load("-z", "2s", "-c", 10, "--disable-keepalive", url),
                       "server-keeps-open")
        with odd(ODD, "closes itself") as url:
            run = self.load("-z", "2s", "-c", 10, "--disable-keepalive", url)
        self.assertNotIn("server-keeps-open", severities(run))

    def test_too_little_is_not_valid(self):
        with Server() as server:
            for options in (("-n", 5), ("-z", "200ms")):
                run = self.load(*options, server.url)
                self.assertFalse(run["verdict"]["valid"])
                self.assertIn("to rely on", run["verdict"]["sentence"])
                self.assertEqual(hammer("--strict", *options, server.url).code, 3)

    def test_files_that_are_just_enough_are_no_limit(self):
        with Server("--delay", "20", prefix=("prlimit", "--nofile=64:64")) as server:
            run = self.load("-z", "2s", server.url)
        self.assertNotIn("open-files", severities(run))

    def test_who_asked_to_close(self):
        with Server() as server:
            run = self.load("-z", "1s", "-H", "Connection: close", server.url)
        self.assertNotIn("connections-not-kept", severities(run))

    def test_no_address(self):
        with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w", encoding="ascii") as setting:
            setting.write("1")
        run = self.load("-z", "1s", "http://[::1]:8080/")
        self.assertEqual(run["verdict"]["limitedBy"], "no-address", run["verdict"])
        self.assertNotIn("ephemeral-ports", severities(run))


class Proved(unittest.TestCase):
    """--prove: what the trials settle. On a machine whose CPU others take nothing can be concluded."""

    def setUp(self):
        set_kernel("ip_local_port_range", "1024 65535")

    def proved(self, url, *options):
        run = hammer("--json", "-", "-z", "2s", "--prove", *options, url).json
        others = others_busy(run)
        if others > 0.5:
            self.skipTest(f"other programs use {others:.1f} cores of this machine")
        return run

    def test_a_pool_of_workers(self):
        for times in ("20", "5,35"):
            with odd(WORKERS, 4, times) as url:
                run = self.proved(url, "-c", 20)
            self.assertEqual([trial["change"] for trial in run["trials"]], ["-c 40", "-c 10", "-c 1"])
            self.assertEqual(run["verdict"]["limitedBy"], "fixed-concurrency", run["verdict"])
            self.assertEqual(run["findings"][0]["certainty"], "measured")

    def test_one_at_a_time(self):
        with Server("--mode", "sequential", "--delay", "10") as server:
            run = self.proved(server.url, "-c", 10)
        self.assertEqual(run["verdict"]["limitedBy"], "server-sequential", run["verdict"])

    def test_a_server_that_serves_all_at_once(self):
        with Server("--delay", "20") as server:
            run = self.proved(server.url, "-c", 10)
        self.assertEqual(run["verdict"]["limitedBy"], "server-latency", run["verdict"])
        self.assertEqual(run["findings"][0]["certainty"], "measured")

    def test_says_what_it_will_do_and_where_there_is_nothing_to_try(self):
        with Server() as server:
            done = hammer("-n", 100, "--prove", "-q", 1000, server.url)
            self.assertIn("--prove: nothing to try", done.errors)
        with Server("--delay", "20") as server:
            done = hammer("-z", "1s", "-c", 10, "--prove", server.url)
        self.assertIn("--prove: 3 runs more, in all 3.60 s: -c 20, -c 5, -c 1", done.errors)
        self.assertIn("Trials after the run (--prove):\n  -c 20 ", done.out)

    def test_of_a_saved_run(self):
        with tempfile.TemporaryDirectory() as folder, Server("--delay", "20") as server:
            path = f"{folder}/run.json"
            hammer("-z", "1s", "-c", 10, "--json", path, server.url)
            again = hammer("prove", "--json", "-", path)
            self.assertEqual(again.code, 0, again.errors)
            self.assertEqual(len(again.json["trials"]), 3)
            self.assertEqual(hammer("simulate", "-z", "1s", "--json", path).code, 0)
            simulated = hammer("prove", path)
            self.assertEqual(simulated.code, 1)
            self.assertIn("a simulated run has no server", simulated.errors)


if __name__ == "__main__":
    main()
