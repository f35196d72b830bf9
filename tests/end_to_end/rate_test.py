"""hammer -q: requests are sent when they are due, all of them are accounted for, and the latency of one
that had to wait counts from then."""

import time
import unittest

from harness import RawServer, Server, hammer, load, main, read_request, set_kernel


class Rate(unittest.TestCase):
    def check_sums(self, run):
        rate, requests, attempts = run["rate"], run["requests"], run["attempts"]
        self.assertEqual(rate["due"], rate["begun"] + rate["neverBegun"])
        self.assertLessEqual(rate["begunLate"], rate["begun"])
        # Each that was begun became a request, or an attempt that failed or was in flight.
        self.assertEqual(rate["begun"], requests["started"] + sum(attempts["failed"].values()) +
                         run["inFlight"]["byPhase"]["connect"])
        self.assertAlmostEqual(run["time"]["accountedSeconds"] / run["time"]["connectionSeconds"],
                               1, delta=0.01)

    def test_every_request_of_the_schedule_is_due_and_no_more(self):
        for threads, rate in ((1, 200), (2, 333), (2, 0.9)):
            with self.subTest(rate=rate), Server() as server:
                run = load("-z", "2s", "-q", rate, "-t", threads, "-c", 10, server.url)
                self.check_sums(run)
                self.assertEqual(run["rate"]["asked"], rate)
                # Each thread notices the end by itself: the first at 2 s or later, the last at `total`.
                by = [int(rate * seconds + 0.5) for seconds in (2, run["summary"]["total"])]
                self.assertIn(run["rate"]["due"], range(by[0], by[1] + 1) if threads > 1 else by[1:])
                self.assertEqual(run["requests"]["failed"], {})

    def test_a_number_of_requests(self):
        with Server() as server:
            run = load("-n", 11, "-q", 100, "-t", 2, "-c", 4, server.url)
            totals = server.stop()
        self.check_sums(run)
        self.assertEqual((run["rate"]["due"], run["requests"]["succeeded"]), (11, 11))
        self.assertEqual(totals["requests"], 11)
        # The last one is due after 105 ms: not before.
        self.assertGreaterEqual(run["summary"]["total"], 0.105)

    def test_one_request_per_connection(self):
        for closer in ("server", "client", "reset"):
            with self.subTest(closer=closer), Server() as server:
                run = load("-n", 50, "-q", 1000, "--disable-keepalive", "--close-by", closer,
                           server.url)
                self.check_sums(run)
                self.assertEqual(run["connections"]["opened"], 50)
                self.assertEqual(run["requests"]["succeeded"], 50)

    def test_a_standstill_is_in_the_latency_of_all_that_fell_due_in_it(self):
        def behave(connection, number):
            count = 0
            while read_request(connection):
                count += 1
                if count == 10:
                    time.sleep(1)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        with RawServer(behave) as server:
            run = load("-z", "2s", "-q", 100, "-c", 1, server.url)
        self.check_sums(run)
        # About 100 of 200 requests fell due during that second, and waited half of it on average.
        # Without a rate it would be one slow response of all.
        self.assertGreater(run["latencyPercentiles"]["p75"], 0.2)
        self.assertGreater(run["rate"]["begunLate"], 50)
        # The server itself was slow once.
        self.assertLess(run["rate"]["serviceTimePercentiles"]["p95"],
                        run["latencyPercentiles"]["p95"])

    def test_what_was_never_sent_is_counted_and_is_not_fast(self):
        with Server() as server:
            run = load("-z", "1s", "-q", 200, "-c", 2, server.url + "delay/100")
            totals = server.stop()
        self.check_sums(run)
        rate = run["rate"]
        self.assertGreater(rate["neverBegun"], 100)
        self.assertEqual(rate["due"], int(200 * run["summary"]["total"] + 0.5))
        self.assertGreater(rate["oldestNeverBegunSeconds"], 0.5)
        self.assertTrue(run["latencyLowerBound"]["p90"])
        self.assertGreater(run["latencyPercentiles"]["p90"], 0.5)
        self.assertLess(rate["serviceTimePercentiles"]["p50"], 0.5)
        finding = [one for one in run["findings"] if one["id"] == "rate"][0]
        self.assertEqual(finding["severity"], "warning")
        self.assertNotEqual(run["verdict"]["limitedBy"], "rate")
        self.assertLessEqual(totals["requests"], rate["begun"])

    def test_a_rate_that_is_kept_is_the_verdict_and_one_that_nobody_asked_for_is_not(self):
        with Server() as server:
            for options, limited_by_rate in ((["-q", 20], True), ([], False)):
                run = load("-z", "2s", *options, server.url)
                self.assertEqual(run["verdict"]["limitedBy"] == "rate", limited_by_rate, run["rate"])
                self.assertEqual(run["rate"] is None, not limited_by_rate)
            text = hammer("-z", "2s", "-q", 20, server.url).out
        self.assertIn("20 requests per second were asked for and sent, 40 of 40 answered", text)

    def test_a_rate_that_nobody_answers_is_not_kept(self):
        with Server() as server:
            for options, target in ((("--timeout", "100ms"), "delay/1000"), ((), "status/500")):
                with self.subTest(target=target):
                    result = hammer("--strict", "--json", "-", "-z", "1s", "-q", 20, *options,
                                    server.url + target)
                    verdict = result.json["verdict"]
                    self.assertNotEqual(verdict["limitedBy"], "rate")
                    self.assertFalse(verdict["rateIsServers"])
                    finding = [one for one in result.json["findings"] if one["id"] == "rate"][0]
                    self.assertIn("of 20 that were due", finding["headline"])
        too_slow = hammer("-q", "0.1", "-z", "1s")
        self.assertEqual(too_slow.code, 2)
        self.assertIn("--rate: '0.1' is too low: no request would be due in 1.00 s", too_slow.errors)

    def test_a_connection_that_the_server_closes_meanwhile_costs_no_request(self):
        def behave(connection, number):
            if read_request(connection):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        with RawServer(behave) as server:
            run = load("-n", 20, "-q", 100, "-c", 2, server.url)
        self.check_sums(run)
        self.assertEqual(run["requests"]["succeeded"], 20)
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(run["requests"]["sentAgain"], 18)

    def test_ports_that_last_and_ports_that_do_not(self):
        set_kernel("tcp_tw_reuse", 0)
        with Server() as server:
            self.addCleanup(set_kernel, "ip_local_port_range", "32768 60999")
            set_kernel("ip_local_port_range", "50000 50099")
            options = ("-z", "1s", "--disable-keepalive", "--close-by", "client", "--no-progress",
                       server.url)
            short = hammer("-q", 50, *options)
            self.assertIn("50/s would use them up after 2.00 s, which this run does not reach",
                          short.errors)
            self.assertNotIn("EADDRNOTAVAIL", short.out)
            long = hammer("-q", 200, "--json", "-", *options)
        self.check_sums(long.json)
        self.assertEqual(long.json["verdict"]["limitedBy"], "ephemeral-ports")
        self.assertIn("200/s would use them up after", long.errors)


if __name__ == "__main__":
    main()
