"""--threshold on real servers: it passes, fails and knows nothing where it must, over the whole run and in
a window, and ends a run early."""

import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from harness import (HAMMER, LIMIT, RawServer, Server, hammer, main, others_busy, read_request,
                     set_kernel)

FAILED, UNKNOWN = 99, 3
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"


def thresholds(*limits):
    return [word for limit in limits for word in ("--threshold", limit)]


def answers(reply):
    """A server whose answers are `reply(number of the request, seconds since the first)`: bytes, which may
    take a while."""
    state = {"count": 0, "begin": None}

    def behave(connection, _):
        while read_request(connection):
            state["count"] += 1
            state["begin"] = state["begin"] or time.monotonic()
            connection.sendall(reply(state["count"], time.monotonic() - state["begin"]))
    return RawServer(behave)


class Thresholds(unittest.TestCase):
    def setUp(self):
        set_kernel("ip_local_port_range", "1024 65535")

    def run_with(self, *arguments):
        """Exit code, outcomes by threshold, and the run."""
        result = hammer("--json", "-", *arguments)
        self.assertIsNotNone(result.json, result.errors)
        outcomes = {one["threshold"]: one for one in result.json["outcomes"]}
        return result.code, outcomes, result.json

    def skip_if_others_took_the_cpu(self, run):
        verdict = run["verdict"]
        is_servers = verdict["latencyIsServers"] and verdict["rateIsServers"]
        if not is_servers and verdict["limitedBy"] != "rate" and others_busy(run) > 0.5:
            self.skipTest("others use the CPU: " + verdict["sentence"])

    def check(self, outcomes, expected):
        self.assertEqual({limit: one["result"] for limit, one in outcomes.items()}, expected,
                         json.dumps(outcomes, indent=1))

    def test_a_known_distribution(self):
        # One answer in twenty takes 300 ms, the others 20 ms.
        def reply(number, _):
            time.sleep(0.3 if number % 20 == 0 else 0.02)
            return OK
        limits = {"p50 < 150ms": "pass", "p99 < 250ms": "fail", "p99 >= 300ms": "pass",
                  "max < 20s": "pass", "min >= 20ms": "pass", "min < 20ms": "fail",
                  "errors < 1%": "pass", "successes >= 400": "pass", "successes > 400": "fail",
                  "status.200 >= 100%": "pass", "status.5xx > 0": "fail", "attempts <= 4": "pass"}
        with answers(reply) as server:
            code, outcomes, run = self.run_with("-n", 400, "-c", 4, *thresholds(*limits), server.url)
        self.skip_if_others_took_the_cpu(run)
        self.check(outcomes, limits)
        self.assertEqual(code, FAILED)
        p99 = outcomes["p99 < 250ms"]
        self.assertEqual((p99["limit"], p99["unit"], p99["relation"]), (0.25, "seconds", "<"))
        self.assertGreaterEqual(p99["value"], 0.3)
        self.assertAlmostEqual(p99["margin"], 0.25 - p99["value"])
        self.assertEqual(p99["value"], run["latencyPercentiles"]["p99"])

    def test_a_pass_is_0_and_without_thresholds_nothing_is_said(self):
        with Server("--delay", "5") as server:
            code, outcomes, _ = self.run_with("-n", 500, "-c", 2, *thresholds("errors < 1%"), server.url)
            self.check(outcomes, {"errors < 1%": "pass"})
            self.assertEqual(code, 0)
            plain = hammer("-n", 100, server.url)
            self.assertEqual(plain.code, 0)
            self.assertNotIn("Thresholds:", plain.out)
            text = hammer("-n", 500, "-c", 2, *thresholds("errors < 1%"), server.url)
            self.assertRegex(text.out, r"\nThresholds:\n  pass     errors < 1%\n +0.00%, 1.00% below "
                                       r"the limit\n$")
            self.assertIn("--threshold 'errors < 1%'", text.out.splitlines()[0])

    def test_fast_refusals_pass_no_latency(self):
        with Server() as server:
            code, outcomes, _ = self.run_with(
                "-n", 2000, *thresholds("p99 < 250ms", "rate > 1/s"), f"{server.url}status/503")
            self.check(outcomes, {"p99 < 250ms": "unknown", "rate > 1/s": "fail"})
            self.assertIsNone(outcomes["p99 < 250ms"]["value"])
            code, outcomes, _ = self.run_with("-n", 2000, *thresholds("p99 < 250ms"),
                                              f"{server.url}status/503")
            self.assertEqual(code, UNKNOWN)
            code, outcomes, _ = self.run_with("-n", 2000, *thresholds("p99 < 250ms", "errors < 1%"),
                                              f"{server.url}status/503")
            self.check(outcomes, {"p99 < 250ms": "unknown", "errors < 1%": "fail"})
            self.assertEqual(code, FAILED)

    def test_half_of_the_requests_pass_no_latency(self):
        with answers(lambda number, _: OK if number % 2 else BUSY) as server:
            code, outcomes, _ = self.run_with("-n", 1000, "-c", 4, *thresholds("p99 < 20s"), server.url)
            self.check(outcomes, {"p99 < 20s": "unknown"})
            self.assertIn("successes alone", outcomes["p99 < 20s"]["why"])
            self.assertEqual(code, UNKNOWN)

    def test_failing_for_a_while_shows_in_a_window(self):
        # 503 from the 2nd second to the 3rd of five.
        def reply(_, seconds):
            time.sleep(0.01)
            return BUSY if 1.5 <= seconds < 2.5 else OK
        limits = {"errors < 60% over 1s": "fail", "errors < 60%": "pass", "errors > 60%": "fail",
                  "errors < 60% over 4s": "pass"}
        with answers(reply) as server:
            code, outcomes, run = self.run_with("-z", "5s", "-c", 4, *thresholds(*limits), server.url)
        self.check(outcomes, limits)
        self.assertEqual(code, FAILED)
        self.assertGreater(outcomes["errors < 60% over 1s"]["value"], 0.6)
        self.assertGreater(outcomes["errors < 60% over 1s"]["windowEnd"], 1.5)
        self.assertIsNone(run["stoppedBy"])
        self.assertGreater(run["summary"]["total"], 4.9)

    def test_a_broken_limit_ends_the_run(self):
        limit = "errors < 50% over 1s abort"
        with answers(lambda _, seconds: time.sleep(0.01) or (BUSY if seconds > 1.5 else OK)) as server:
            code, outcomes, run = self.run_with("-z", "40s", "-c", 4, *thresholds(limit), server.url)
        self.check(outcomes, {limit: "fail"})
        self.assertEqual(code, FAILED)
        self.assertEqual(run["stoppedBy"], limit)
        self.assertLess(run["summary"]["total"], 30)
        self.assertFalse(run["interrupted"])

    def test_not_before_its_time(self):
        with answers(lambda *_: time.sleep(0.01) or BUSY) as server:
            code, outcomes, run = self.run_with(
                "-n", 200, "-c", 4, *thresholds("errors < 50% abort after 1m"), server.url)
            self.assertIsNone(run["stoppedBy"])
            self.assertEqual(code, FAILED)
            said = hammer("-z", "30s", "-c", 4, *thresholds("errors < 50% abort after 1s"), server.url)
        self.assertEqual(said.code, FAILED)
        self.assertIn("by --threshold 'errors < 50% abort after 1s'.", said.out)

    def test_a_run_that_runs_out_of_ports_is_unknown(self):
        with Server(listen="127.0.5.1:0") as server:
            code, outcomes, run = self.run_with(
                "-z", "2s", "-c", 4, "--disable-keepalive", "--close-by", "client", "--port-range",
                "50000-50099", "--source", "127.0.5.2",
                *thresholds("errors < 1%", "rate > 1/s", "successes > 1", "achieved > 1%"), "-q", 1000,
                server.url)
        self.assertIn("EADDRNOTAVAIL", run["attempts"]["failed"])
        for limit, one in outcomes.items():
            self.assertEqual(one["result"], "unknown", (limit, one))
            self.assertIsNotNone(one["value"])
        self.assertIn("never left this machine", outcomes["errors < 1%"]["why"])
        self.assertEqual(code, UNKNOWN)

    def test_a_server_that_hangs_has_no_errors_and_passes_nothing(self):
        with answers(lambda number, _: OK if number < 200 else time.sleep(LIMIT) or OK) as server:
            code, outcomes, run = self.run_with("-z", "2s", "-c", 4, *thresholds("errors < 1%", "p99 < 1s"),
                                                server.url)
        self.assertEqual(run["requests"]["failed"], {})
        self.check(outcomes, {"errors < 1%": "unknown", "p99 < 1s": outcomes["p99 < 1s"]["result"]})
        self.assertNotEqual(outcomes["p99 < 1s"]["result"], "pass")
        self.assertNotEqual(code, 0)

    def test_an_interrupted_run_is_unknown(self):
        with Server("--delay", "5") as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.json")
            run = subprocess.Popen([HAMMER, "-z", "1m", "--json", path, *thresholds("errors < 1%"),
                                    server.url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True)
            time.sleep(1)
            run.send_signal(signal.SIGINT)
            text, _ = run.communicate(timeout=LIMIT)
            self.assertEqual(run.returncode, 128 + signal.SIGINT)
            self.assertIn("  unknown  errors < 1%\n", text)
            self.assertIn("the run was interrupted", text)
            self.assertEqual(json.loads(path.read_text())["outcomes"][0]["result"], "unknown")

    def test_a_rate_that_is_kept_and_one_that_is_not(self):
        with Server("--delay", "5") as server:
            _, outcomes, run = self.run_with("-z", "2s", "-q", 100, "-c", 20,
                                             *thresholds("achieved > 90%", "p90 < 20s"), server.url)
            self.skip_if_others_took_the_cpu(run)
            self.check(outcomes, {"achieved > 90%": "pass", "p90 < 20s": "pass"})
        with Server("--delay", "200") as slow:
            code, outcomes, _ = self.run_with("-z", "2s", "-q", 1000, "-c", 2,
                                              *thresholds("achieved > 90%"), slow.url)
            self.assertNotEqual(outcomes["achieved > 90%"]["result"], "pass")
            self.assertNotEqual(code, 0)

    def test_a_saved_run_is_judged_again(self):
        with Server("--delay", "5") as server, tempfile.TemporaryDirectory() as folder:
            path, again = pathlib.Path(folder, "run.json"), pathlib.Path(folder, "again.json")
            first = hammer("-n", 500, "-c", 2, *thresholds("successes > 500", "errors < 1%"), "--json",
                           path, server.url)
            self.assertEqual(first.code, FAILED)
            explained = hammer("explain", "--json", again, path)
            self.assertEqual((explained.code, explained.out), (FAILED, first.out))
            self.assertEqual(again.read_text(), path.read_text())
            # By other limits.
            other = hammer("explain", *thresholds("successes >= 500"), path)
            self.assertEqual(other.code, 0, other.out)
            self.assertNotIn("errors < 1%\n", other.out)
            self.assertEqual(hammer("explain", *thresholds("achieved > 1%"), path).code, 2)
            both = hammer("report", *thresholds("successes >= 500"), path, path)
            self.assertEqual((both.code, both.out.count("Thresholds:")), (0, 2))
            self.assertEqual([line for line in both.out.splitlines() if line.startswith("==")],
                             ["== run ==", "== run (2) =="])
            self.assertNotIn("==", other.out)
            damaged = json.loads(path.read_text())
            damaged["plan"]["thresholds"] = ["p99 < 1"]
            path.write_text(json.dumps(damaged))
            self.assertIn("damaged: --threshold: 'p99 < 1'", hammer("explain", path).errors)

    def test_a_bad_limit_is_refused_before_any_load(self):
        with RawServer(lambda *_: None) as server:
            for limit, words in (("p(99) < 250ms", "k6's p(99) is p99 here"),
                                 ("p99 < 250", "needs a unit"), ("foo < 1", "'foo' is not one of pN"),
                                 ("achieved > 1%", "needs --rate"),
                                 ("errors < 1% over 1m", "shorter than the window"),
                                 ("errors < 1% abort after 1m", "is over before"),
                                 ("status.6xx < 1", "not a status from 100 to 599"),
                                 ("error < 1%", "did you mean errors?"),
                                 ("p99 < 250ms overr 1s", "'overr': did you mean over?"),
                                 ("p99 < 0ms", "a time is longer than 0")):
                refused = hammer(*thresholds(limit), server.url)
                self.assertEqual(refused.code, 2)
                self.assertIn(words, refused.errors)
                self.assertEqual(refused.errors.count("\n"), 2)
            self.assertEqual(server.accepted, 0)

    def test_nobody_there(self):
        result = hammer("-z", "300ms", *thresholds("errors < 1%"), "http://127.0.0.1:1/")
        self.assertEqual(result.code, 1)
        self.assertIn("  fail     errors < 1%\n", result.out)
        # The saved run has the same exit code.
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.json")
            hammer("-z", "300ms", "--json", path, "http://127.0.0.1:1/")
            for command in ("report", "explain"):
                self.assertEqual(hammer(command, path).code, 0)
                saved = hammer(command, path, *thresholds("errors < 1%"))
                self.assertEqual(saved.code, 1)
                self.assertIn("connection refused", saved.errors)

    def test_who_is_quiet_says_why_it_failed(self):
        with Server() as server:
            quiet = hammer("-n", 200, *thresholds("errors < 1%", "attempts < 1"), "--output-format", "quiet",
                           server.url)
        self.assertEqual(quiet.code, FAILED)
        self.assertEqual((quiet.out, quiet.errors), ("", "hammer: threshold 'attempts < 1': fail\n"))


if __name__ == "__main__":
    main()
