"""hammer, tws-server, ss and the kernel's counters must tell the same story, to the last
connection."""

import itertools
import unittest

from harness import Server, counters, load, main, not_zero, ss


class Agreement(unittest.TestCase):
    def check_sums(self, run):
        """What holds for every run."""
        attempts, requests = run["attempts"], run["requests"]
        phases = run["inFlight"]["byPhase"]
        self.assertEqual(attempts["started"], attempts["connected"] +
                         sum(attempts["failed"].values()) + phases["connect"])
        self.assertEqual(requests["started"], requests["responses"] +
                         sum(requests["failed"].values()) + phases["write"] + phases["wait"] +
                         phases["read"])
        self.assertEqual(sum(run["connections"]["closedBy"].values()), attempts["connected"])
        self.assertEqual(sum(run["statusCodeDistribution"].values()), requests["responses"])
        self.assertEqual(sum(sample["requests"] for sample in run["timeline"]),
                         requests["succeeded"])
        self.assertEqual(sum(run["responseTimeHistogram"].values()), requests["succeeded"])

    def run_counted(self, server_options, *options, connections=10):
        """A run with a number of requests, so that nothing is in flight at its end."""
        with Server(*server_options) as server:
            before = counters()
            run = load("-c", connections, "-t", 2, *options, server.url)
            after = counters()
            seen = ss(server.port)
            totals = server.stop()
        self.check_sums(run)
        self.assertEqual(run["inFlight"]["count"], 0)
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(totals["requests"], run["requests"]["succeeded"])
        self.assertEqual(totals["status_200"], run["requests"]["succeeded"])
        self.assertEqual(totals["connections"], run["connections"]["opened"])
        for name in ("ActiveOpens", "PassiveOpens"):
            moved = after[f"Tcp.{name}"] - before[f"Tcp.{name}"]
            self.assertEqual(moved, run["connections"]["opened"], name)
            self.assertEqual(run["counters"][f"Tcp.{name}"], moved)
        run["moved"] = {name: after[name] - before[name] for name in after}
        run["ss"] = seen
        run["totals"] = totals
        return run

    def test_keep_alive(self):
        run = self.run_counted([], "-n", 2000)
        self.assertEqual(run["connections"]["opened"], 10)
        self.assertEqual(run["requests"]["succeeded"], 2000)
        self.assertEqual(run["connections"]["closedBy"], {"client": 10, "server": 0, "reset": 0})
        self.assertEqual(run["totals"]["closed_by_client"], 10)

    def test_one_request_per_connection_by_each_closer(self):
        for mode, closer in itertools.product(("sequential", "spawn"),
                                              ("server", "client", "reset")):
            with self.subTest(mode=mode, closer=closer):
                # With --close-by server the server must not keep, else it must not close first.
                keep = ["--keep-alive", "on"] if closer != "server" else []
                run = self.run_counted(["--mode", mode, *keep], "-n", 500, "--disable-keepalive",
                                       "--close-by", closer)
                self.assertEqual(run["connections"]["opened"], 500)
                self.assertEqual(run["connections"]["closedBy"][closer], 500)
                self.assertEqual(run["totals"][f"closed_by_{closer}"], 500)
                # TIME_WAIT is on the side that closed first, and nowhere after a reset.
                waiting = {"server": (0, 500), "client": (500, 0), "reset": (0, 0)}[closer]
                for sockets in (run["ss"], run["sockets"]["after"]):
                    found = tuple(sockets[side].get("TIME_WAIT", 0) for side in ("client", "server"))
                    self.assertEqual(found, waiting)
                self.assertEqual(run["moved"]["TcpExt.TW"], sum(waiting))
                self.assertEqual(run["moved"]["TcpExt.TCPAbortOnData"],
                                 500 if closer == "reset" else 0)

    def test_the_server_may_leave_it_to_the_client_to_close(self):
        run = self.run_counted(["--keep-alive", "off", "--close-by", "client"], "-n", 300,
                               "--disable-keepalive", "--close-by", "client")
        self.assertEqual(run["connections"]["closedBy"]["client"], 300)
        self.assertEqual(run["totals"]["closed_by_client"], 300)
        self.assertEqual(run["ss"]["client"].get("TIME_WAIT", 0), 300)

    def test_requests_per_connection(self):
        # One connection, so that none is left with a part of its ten at the end.
        run = self.run_counted([], "-n", 1000, "--requests-per-connection", 10, connections=1)
        self.assertEqual(run["connections"]["opened"], 100)
        self.assertEqual(run["connections"]["closedBy"]["server"], 100)

    def test_sequential_closes_by_itself(self):
        run = self.run_counted(["--mode", "sequential"], "-n", 300)
        self.assertEqual(run["connections"]["opened"], 300)
        self.assertEqual(run["connections"]["closedBy"]["server"], 300)

    def test_a_run_by_time_differs_by_what_was_in_flight_and_no_more(self):
        for options in ([], ["--disable-keepalive"],
                        ["--disable-keepalive", "--close-by", "client"],
                        ["--disable-keepalive", "--close-by", "reset"]):
            for mode in (["--mode", "spawn"], ["--mode", "sequential", "--keep-alive", "on"],
                         ["--mode", "sequential"]):
                with self.subTest(options=options, mode=mode), Server(*mode) as server:
                    run = load("-z", "1s", *options, server.url)
                    seen = not_zero(ss(server.port))
                    totals = server.stop()
                    self.check_sums(run)
                    missing = totals["requests"] - run["requests"]["succeeded"]
                    self.assertGreaterEqual(missing, 0)
                    self.assertLessEqual(missing, run["inFlight"]["count"])
                    self.assertGreater(run["requests"]["succeeded"], 0)
                    # A sequential server may have a backlog that it never accepted.
                    self.assertLessEqual(totals["connections"], run["connections"]["opened"])
                    if mode[1] == "spawn":
                        self.assertEqual(totals["connections"], run["connections"]["opened"])
                    # What was in flight may still have been on its way to TIME_WAIT.
                    for side in ("client", "server"):
                        later = (seen[side].get("TIME_WAIT", 0) -
                                 run["sockets"]["after"][side]["TIME_WAIT"])
                        self.assertIn(later, range(run["inFlight"]["count"] + 1), side)
                    self.assertLess(abs(run["time"]["accountedSeconds"] /
                                        run["time"]["connectionSeconds"] - 1), 0.01)


if __name__ == "__main__":
    main()
