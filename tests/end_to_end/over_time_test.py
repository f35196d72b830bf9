"""Loads that change over time: warm-up, ramps, stages, arrivals by chance. Every request is accounted for in
its stage, and ports end in the second that hammer budget predicts."""

import contextlib
import re
import time
import unittest

from harness import SANITIZED, RawServer, Server, hammer, load, main, read_request, set_kernel

CLIENT_CLOSES = ("--disable-keepalive", "--close-by", "client")


class OverTime(unittest.TestCase):
    def check_part(self, part):
        """A run or a stage."""
        attempts, requests = part["attempts"], part["requests"]
        flying = part["inFlight"]["byPhase"]
        self.assertEqual(attempts["started"], attempts["connected"] + sum(attempts["failed"].values())
                         + flying["connect"])
        self.assertEqual(requests["started"], requests["responses"] + sum(requests["failed"].values())
                         + requests["inFlight"])

    def check_sums(self, run, delta=0.03):
        self.check_part(run)
        for stage in run["stages"]:
            self.check_part(stage)
        for count in (lambda part: part["requests"]["responses"],
                      lambda part: part["attempts"]["connected"],
                      lambda part: sum(part["attempts"]["failed"].values()),
                      lambda part: sum(part["connections"]["closedBy"].values())):
            self.assertEqual(sum(map(count, run["stages"])), count(run))
        if run["rate"]:
            self.assertEqual(sum(stage["rate"]["begun"] for stage in run["stages"]),
                             run["rate"]["begun"])
            self.assertEqual(run["rate"]["due"], run["rate"]["begun"] + run["rate"]["neverBegun"])
        self.assertEqual(len(run["stageVerdicts"]), len(run["stages"]))
        self.assertAlmostEqual(run["time"]["accountedSeconds"] / run["time"]["connectionSeconds"], 1,
                               delta=delta)

    @contextlib.contextmanager
    def thousand_ports(self, listen):
        """A server whose own port is not one of them."""
        set_kernel("ip_local_port_range", "1024 9999")
        self.addCleanup(set_kernel, "ip_local_port_range", "32768 60999")
        with Server(listen=listen) as server:
            set_kernel("ip_local_port_range", "20000 20999")
            set_kernel("tcp_tw_reuse", 0)
            yield server

    def test_a_ramp_has_as_many_requests_as_its_area(self):
        for threads, options, asked in ((1, ("-z", "1s", "-q", "0..800"), 400),
                                        (2, ("-z", "1s", "-q", "600..200"), 400),
                                        (2, ("--stages", "500ms:100,0s:50,1s:50,500ms:30"), 95)):
            with self.subTest(options=options), Server() as server:
                run = load(*options, "-t", threads, "-c", 10, server.url)
                totals = server.stop()
            self.check_sums(run)
            self.assertEqual(run["rate"]["due"], asked)
            self.assertEqual(run["rate"]["asked"], None)
            self.assertEqual(totals["requests"], run["rate"]["begun"])

    def test_stages_have_what_is_due_in_them(self):
        with Server() as server:
            run = load("--stages", "500ms:100,500ms:100,0s:200,500ms:200", "-t", 2, "-c", 10, server.url)
        self.check_sums(run)
        self.assertEqual([stage["from"] for stage in run["stages"]], [0, 0.5, 1])
        self.assertEqual(run["rate"]["due"], 175)
        # Each thread notices a turn by itself, when it has a moment.
        for stage, due in zip(run["stages"], (25, 50, 100)):
            self.assertAlmostEqual(stage["rate"]["due"], due, delta=20)
        self.assertEqual(run["plan"]["profile"]["stages"][0],
                         {"seconds": 0.5, "from": 0, "to": 100})
        self.assertIn(run["verdictStage"], (1, 2, 3))
        self.assertIn(f"Stage {run['verdictStage']} (", run["verdict"]["sentence"])

    def test_what_a_stage_leaves_is_due_in_the_next(self):
        with Server() as server:
            run = load("--stages", "0s:200,1s:200,0s:1,2s:1", "-c", 2, "-t", 1,
                       server.url + "delay/20")
            totals = server.stop()
        self.check_sums(run)
        first, second = run["stages"]
        self.assertGreater(first["rate"]["neverBegun"], 20)
        # 200 and 2, to the last one, though the second stage has more than its own.
        self.assertEqual(run["rate"]["due"], 202)
        self.assertGreater(second["rate"]["due"], first["rate"]["neverBegun"])
        self.assertLessEqual(totals["requests"], run["rate"]["begun"])
        self.assertEqual(run["verdictStage"], 1)

    def test_connections_come_and_go(self):
        with Server() as server:
            run = load("--stages", "0s:2c,1s:10c,0s:3c,1s:3c", "-t", 2, server.url + "delay/5")
            totals = server.stop()
        self.check_sums(run, delta=0.2)  # each ends its request before it goes
        self.assertEqual(run["plan"]["connections"], 10)
        self.assertEqual(run["connections"]["opened"], 10)
        self.assertEqual(run["connections"]["closedBy"]["server"], 0)
        self.assertEqual(run["stages"][1]["inFlight"]["count"], 3)
        self.assertEqual(totals["connections"], 10)
        self.assertEqual(run["requests"]["failed"], {})

    def test_connections_that_all_go_come_back(self):
        with Server() as server:
            run = load("--stages", "0s:3c,500ms:3c,0s:0c,500ms:0c,0s:3c,500ms:3c", "-t", 1,
                       server.url + "delay/5")
        self.check_sums(run, delta=0.2)
        self.assertEqual(run["connections"]["opened"], 6)
        self.assertGreaterEqual(run["summary"]["total"], 1.5)

    def test_a_warm_up_is_not_counted_and_its_connections_go_on(self):
        with Server() as server:
            run = load("-z", "1s", "--warm-up", "1s", "-c", 4, "-t", 2, server.url + "delay/5")
            totals = server.stop()
        self.check_part(run)
        self.assertEqual(run["attempts"]["started"], 0)
        self.assertEqual(run["warmUp"]["connected"], 4)
        self.assertEqual(run["warmUp"]["seconds"], 1)
        self.assertLess(run["summary"]["total"], 1.9)
        self.assertGreater(run["warmUp"]["responses"], 0)
        # All that the server saw is in one or the other, but for what was under way at the end.
        self.assertAlmostEqual(totals["requests"],
                               run["warmUp"]["responses"] + run["requests"]["responses"], delta=4)
        self.assertEqual(sum(sample["requests"] for sample in run["timeline"]),
                         run["requests"]["succeeded"])
        self.assertAlmostEqual(run["time"]["accountedSeconds"] / run["time"]["connectionSeconds"], 1,
                               delta=0.03)

    def test_ports_of_a_warm_up_are_still_held(self):
        with self.thousand_ports("127.0.5.1:0") as server:
            result = hammer("-z", "1s", "--warm-up", "1s", "-q", 200, *CLIENT_CLOSES, server.url)
            text = " ".join(result.out.split())
            held = int(re.search(r"what the kernel held stayed: (\d+) client ports", text)[1])
        self.assertAlmostEqual(held, 200, delta=25)

    def test_a_warm_up_and_a_rate_are_one_schedule(self):
        with Server() as server:
            run = load("-z", "1s", "--warm-up", "500ms", "-q", "100..300", "-c", 5, server.url)
            totals = server.stop()
        self.assertEqual(totals["requests"] + run["rate"]["neverBegun"], 250)
        self.check_sums(run)

    def test_a_dead_target_is_told_of_during_the_warm_up(self):
        result = hammer("--warm-up", "30s", "http://127.0.0.1:1/")
        self.assertEqual(result.code, 1)
        self.assertIn("connection refused", result.errors)

    def test_arrivals_by_chance_are_all_accounted_for(self):
        for jitter in ("uniform", "poisson"):
            with self.subTest(jitter), Server() as server:
                run = load("-z", "1s", "-q", 300, "--jitter", jitter, "--seed", 3, "-t", 2, "-c", 20,
                           server.url)
                totals = server.stop()
            self.check_part(run)
            self.assertAlmostEqual(run["rate"]["due"], 300 * run["summary"]["total"],
                                   delta=100 if jitter == "poisson" else 3)
            self.assertEqual(run["plan"]["arrivals"], jitter)
            self.assertEqual(totals["requests"], run["rate"]["begun"])

    def test_a_standstill_is_in_the_latency_of_a_ramp(self):
        def behave(connection, number):
            count = 0
            while read_request(connection):
                count += 1
                if count == 10:
                    time.sleep(1)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        with RawServer(behave) as server:
            run = load("-z", "2s", "-q", "50..150", "-c", 1, server.url)
        self.assertGreater(run["latencyPercentiles"]["p75"], 0.15)
        self.assertGreater(run["rate"]["begunLate"], 30)

    @unittest.skipIf(SANITIZED, "a sanitizer is too slow to keep to the rate")
    def test_ports_end_in_the_second_that_the_budget_says(self):
        said = hammer("budget", "--json", "-", "--port-count", 1000, "--hold", "60s", "--rate", "0..800",
                      "--duration", "4s").json
        self.assertAlmostEqual(said["exhaustedAtSeconds"], 10 ** 0.5, places=6)
        with self.thousand_ports("127.0.6.1:0") as server:
            run = load("-z", "4s", "-q", "0..800", *CLIENT_CLOSES, server.url)
        self.check_sums(run)
        self.assertEqual(run["attempts"]["connected"], 1000)
        self.assertAlmostEqual(run["attempts"]["firstFailureSeconds"]["EADDRNOTAVAIL"],
                               said["exhaustedAtSeconds"], delta=0.3)
        self.assertAlmostEqual(run["budget"]["exhaustedAtSeconds"], said["exhaustedAtSeconds"], places=6)
        self.assertEqual(run["verdict"]["limitedBy"], "ephemeral-ports")

    def test_the_budget_of_stages(self):
        text = hammer("budget", "--port-count", 4096, "--hold", "60s", "--stages", "8s:1600").out
        self.assertRegex(text, r"\n  stages +used up after 6\.40 s, at 1,280/s\n")
        text = hammer("budget", "--port-count", 4096, "--hold", "1s", "--stages", "8s:1600").out
        self.assertRegex(text, r"\n  stages +hold until their end\n")
        refused = hammer("budget", "--stages", "8s:16c")
        self.assertEqual(refused.code, 2)
        self.assertIn("'8s:16c' has connections", refused.errors)

    def test_a_saved_run_is_the_same(self):
        with Server() as server:
            first = hammer("--json", "-", "--stages", "300ms:100,300ms:100", server.url)
        again = hammer("report", "-", "--out", "json=-", input=first.out)
        self.assertEqual(again.json, first.json)

    def test_a_simulation_plays_them(self):
        run = hammer("simulate", "--stages", "1s:100,1s:300", "--json", "-").json
        self.check_sums(run)
        self.assertEqual(run["rate"]["due"], 250)

    def test_what_is_wrong_is_told_before_anything_is_loaded(self):
        for options, words in (
                (("--stages", "30s:100,oops"), "--stages: 'oops' is not DURATION:RATE"),
                (("-q", "100..x"), "--rate: '100..x' is not two rates"),
                (("-c", "0..0"), "--connections: '0..0' is not two numbers"),
                (("--warm-up", "no"), "--warm-up: 'no' is not a duration"),
                (("ab", "-q", "1..5", "http://127.0.0.1:1/", "http://127.0.0.1:2/"), "ab compares")):
            with self.subTest(options=options):
                result = hammer(*options)
                self.assertEqual(result.code, 2)
                self.assertIn(words, result.errors)
                self.assertEqual(result.errors.strip().count("\n"), 1, result.errors)


if __name__ == "__main__":
    main()
