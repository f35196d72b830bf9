"""A saved run loses nothing: `hammer explain` of it gives byte for byte the report of the run itself, and
saved again it is the same file."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from harness import HAMMER, LIMIT, FaultServer, Server, hammer, main, set_kernel


class Saved(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "run.json")
        self.again = pathlib.Path(folder.name, "again.json")

    def check(self, text):
        """`text` is the report of the run that is saved; its JSON is returned."""
        explained = hammer("explain", self.path, "--json", self.again)
        self.assertEqual(explained.code, 0, explained.errors)
        self.assertEqual(explained.out, text)
        self.assertEqual(self.again.read_text(), self.path.read_text())
        return json.loads(self.path.read_text())

    def check_run(self, *arguments, codes=(0,)):
        run = hammer(*arguments, "--json", self.path)
        self.assertIn(run.code, codes, run.errors)
        return self.check(run.out)

    def test_kept_and_closed_by_either_side(self):
        with Server("--threads", "2") as server:
            self.check_run("-z", "500ms", "-c", 5, server.url)
            for side in ("server", "client", "reset"):
                run = self.check_run("-n", 300, "-c", 5, "--disable-keepalive", "--close-by", side,
                                     server.url)
                self.assertEqual(run["plan"]["closeBy"], side)
            self.check_run("-n", 100, "-c", 5, "--requests-per-connection", 3, server.url)

    def test_a_rate_that_is_kept_and_one_that_is_missed(self):
        with Server("--threads", "2") as server:
            self.check_run("-z", "500ms", "-q", 100, "-c", 5, server.url)
            run = self.check_run("-z", "500ms", "-q", 1000, "-c", 2, server.url + "delay/20")
            self.assertGreater(run["rate"]["neverBegun"], 0)

    def test_headers_and_body(self):
        with Server() as server:
            run = self.check_run("-n", 3, "-m", "PUT", "-H", "X-Word: caf\u00e9", "-H", "A: b", "-d",
                                 "line\nline", server.url + "echo")
            self.assertEqual(run["plan"]["headers"], [["X-Word", "caf\u00e9"], ["A", "b"]])
            self.assertEqual(run["plan"]["body"], "line\nline")

    def test_a_body_of_any_bytes(self):
        body = self.path.with_name("body")
        body.write_bytes(b"\xff\x00\xfe")
        with Server() as server:
            run = self.check_run("-n", 3, "-D", body, server.url + "echo")
            self.assertEqual(run["plan"]["body"], {"base64": "/wD+"})

    def test_ports_sources_targets_and_waiting(self):
        set_kernel("ip_local_reserved_ports", "40000-40009,50003")
        with Server(listen="127.0.5.1:0") as one, Server(listen="127.0.5.2:0") as other:
            run = self.check_run("-z", "500ms", "-c", 4, "--disable-keepalive", "--close-by", "client",
                                 "--port-range", "50000-50019", "--source", "127.0.5.3,127.0.5.4",
                                 "--wait-drain=5s", one.url, other.url)
            self.assertEqual(run["limits"]["reserved"],
                             [{"low": 40000, "high": 40009}, {"low": 50003, "high": 50003}])
            self.assertIn("EADDRNOTAVAIL", run["attempts"]["failed"])
            self.assertEqual(run["plan"]["waitDrainSeconds"], 5)
            self.check_run("-n", 10, "--no-census", one.url)
        set_kernel("ip_local_reserved_ports", "")

    def test_failures(self):
        with FaultServer() as faults:
            for fault in ("reset", "short-body", "busy", "garbage", "stale"):
                run = self.check_run("-n", 20, "-c", 2, faults.at(fault))
                self.assertTrue(run["requests"]["responses"] or run["requests"]["failed"], fault)
            self.check_run("-z", "300ms", "--timeout", "100ms", faults.at("silence"), faults.at("ok"))

    def test_nobody_there(self):
        self.check_run("-z", "200ms", "http://127.0.0.1:1/", codes=(1,))

    def test_interrupted(self):
        with Server() as server:
            run = subprocess.Popen([HAMMER, "-z", "1m", "--json", self.path, server.url], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            time.sleep(0.5)
            run.send_signal(signal.SIGTERM)
            text, _ = run.communicate(timeout=LIMIT)
            self.assertEqual(run.returncode, 128 + signal.SIGTERM)
            self.assertEqual(self.check(text)["signal"], "SIGTERM")

    def test_as_the_server_sees_it(self):
        with Server("--admin", "127.0.0.1:0") as server:
            run = self.check_run("-z", "1200ms", "-c", 5, "--server-admin", server.admin, server.url)
            self.assertGreater(run["serverSide"]["answers"], 0)

    def test_simulated(self):
        for system in ("macos-12", "linux"):
            run = hammer("simulate", "--os", system, "-z", "3s", "-c", 5, "--disable-keepalive",
                         "--close-by", "client", "--port-range", "50000-50499", "--json", self.path)
            self.assertEqual(run.code, 0, run.errors)
            self.check(run.out)

    def test_samples_add_up(self):
        with Server("--threads", "2") as server:
            run = self.check_run("-z", "500ms", "-c", 5, server.url)
        counts = [sample["latency"]["count"] for sample in run["timeline"] if sample["latency"]]
        self.assertEqual(sum(counts), run["requests"]["succeeded"])
        self.assertEqual(sum(counts), run["histograms"]["latency"]["count"])


if __name__ == "__main__":
    main()
