"""hammer search: it finds what a server can do where that is known by construction, and says so where
something else stops it. Rates are so low, and so far from what is known, that no machine's noise moves
them."""

import concurrent.futures
import json
import pathlib
import signal
import subprocess
import time
import unittest

from harness import HAMMER, LIMIT, RawServer, Server, hammer, main, read_request, require_module

# One second each, and no more time at the end: exact enough for bounds that are far apart.
SHORT = ("-z", "1s", "--hold", "1s", "--precision", "50%", "--json", "-")


def search(*words):
    return hammer("search", *SHORT, *words)


def seven_at_a_time():
    """Seven connections of 20 ms each: 350 per second."""
    with Server("--delay", "20", "--max-connections", "7", "--threads", "1") as server:
        return search("--slo", "p99 < 120ms", "--slo", "errors < 1%", "--from", 200,
                      "--precision", "100%", "--disable-keepalive", server.url)


def one_after_the_other():
    """50 per second."""
    with Server("--delay", "20", "--mode", "sequential") as server:
        return search("--slo", "p99 < 100ms", server.url)


def two_connections():
    """The server would do more; two connections of 100 ms can't ask for more than 20 per second."""
    with Server("--delay", "100") as server:
        return search("--slo", "p99 < 500ms", "-c", 2, server.url)


def no_limit():
    with Server() as server:
        return search("--slo", "p99 < 2s", "--to", 100, server.url)


def refusals_from_200():
    """Answers 503 to what comes within 5 ms of the request before: 200 per second, paced evenly."""
    last = [0.0]

    def behave(connection, _):
        while read_request(connection):
            now = time.monotonic()
            status = b"200 OK" if now - last[0] >= 0.003 else b"503 Later"
            last[0] = now
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    with RawServer(behave) as server:
        return search("--slo", "errors < 40%", "--from", 200, "-c", 4, server.url)


def for_nine_seconds():
    with Server() as server:
        return search("--slo", "p99 < 500ms", "--max-time", "9s", server.url)


def without_json():
    with Server() as server:
        return hammer("search", *SHORT[:-2], "--slo", "p99 < 2s", "--to", 100, server.url)


# What other programs take of this machine.
DISTURBED = ("machine-cpu", "client-cpu", "client-quota")


class Search(unittest.TestCase):
    """All at the same time: they hardly use the CPU."""

    @classmethod
    def setUpClass(cls):
        searches = (seven_at_a_time, one_after_the_other, two_connections, no_limit,
                    refusals_from_200, for_nine_seconds, without_json)
        with concurrent.futures.ThreadPoolExecutor(len(searches)) as pool:
            cls.made = dict(zip(searches, pool.map(lambda one: one(), searches)))

    def of(self, one):
        made = self.made[one]
        self.assertIsNotNone(made.json, made.errors)
        return made, made.json

    def check_that_the_server_stops_it(self, made, code):
        stop = made.json["stop"]
        if stop["limitedBy"] in DISTURBED or (stop["limitedBy"] == "rate" and not stop["isServers"]):
            code = 3
        else:
            self.assertTrue(stop["isServers"], stop)
        self.assertEqual(made.code, code, made.errors)

    def test_the_bounds_contain_what_the_server_can_do(self):
        made, found = self.of(seven_at_a_time)
        if found["end"] != "found":
            self.skipTest(f"this machine had something else to do: {found['rates']}")
        self.assertLess(found["lower"], 350)
        self.assertGreater(found["upper"], 300)
        self.assertTrue(found["lowerWasHeld"])
        self.check_that_the_server_stops_it(made, 0)
        upper = [one for one in found["rates"] if one["rate"] == found["upper"]]
        self.assertGreaterEqual(upper[0]["trials"], 8)
        self.assertIn(found["stop"]["rate"],
                      [one["rate"] for one in found["rates"] if one["holds"] in ("no", "sometimes")])

    def test_its_numbers_agree(self):
        for one in set(self.made) - {without_json}:
            with self.subTest(one.__name__):
                _, found = self.of(one)
                self.assertEqual(found["schema"], "hammer-search/1")
                rates = [row["rate"] for row in found["rates"]]
                self.assertEqual(rates, sorted(set(rates)))
                for row in found["rates"]:
                    trials = [t for t in found["trials"] if t["rate"] == row["rate"]]
                    self.assertEqual(row["trials"], len(trials))
                    self.assertGreaterEqual(row["trials"], 1 if row["holds"] == "unknown" else 3)
                    self.assertEqual(row["trialsHeld"], sum(t["holds"] for t in trials))
                    self.assertEqual(row["neverBegun"], sum(t["neverBegun"] for t in trials))
                    self.assertEqual(row["secondsHeld"] + row["secondsMissed"],
                                     sum(t["seconds"] for t in trials))
                for trial in found["trials"]:
                    self.assertEqual(trial["holds"], trial["missed"] == "nothing")
                    # Of each trial all requests are due.
                    self.assertEqual(trial["due"], round(trial["rate"] * trial["seconds"]))
                self.assertEqual(found["trials"][0]["rate"], found["from"])

    def test_the_first_rate_is_too_much(self):
        made, found = self.of(one_after_the_other)
        self.check_that_the_server_stops_it(made, 99)
        self.assertEqual((found["end"], found["lower"], found["upper"]), ("noneHolds", None, 100))
        self.assertEqual(len(found["trials"]), 3)

    def test_hammers_own_connections_are_no_capacity_of_the_server(self):
        made, found = self.of(two_connections)
        self.assertEqual(made.code, 3, made.out)
        self.assertTrue(found["stop"]["lacksConnections"])
        self.assertFalse(found["stop"]["isServers"])
        self.assertEqual(found["rates"][0]["missed"], "neverBegun")

    def test_every_rate_holds(self):
        made, found = self.of(no_limit)
        self.assertEqual(made.code, 0, made.out)
        self.assertEqual((found["end"], found["lower"], found["upper"]), ("allHold", 100, None))
        self.assertIsNone(found["stop"])
        self.assertTrue(found["trials"][-1]["isHold"])

    def test_a_server_that_refuses_is_the_limit(self):
        made, found = self.of(refusals_from_200)
        self.assertEqual(found["stop"]["limitedBy"], "refusals")
        self.assertTrue(found["stop"]["isServers"])
        self.assertLess(found["lower"] or 0, 400)

    def test_its_time_ends_it(self):
        made, found = self.of(for_nine_seconds)
        self.assertEqual(found["end"], "noTime", made.errors)
        self.assertLess(found["seconds"], 10)
        self.assertEqual((found["lower"], found["lowerWasHeld"], made.code), (100, True, 0))

    def test_the_text(self):
        made = self.made[without_json]
        self.assertEqual(made.code, 0, made.errors)
        self.assertIn("100/s holds, also for 1.00 s. That is the highest rate", made.out)
        self.assertRegex(made.out, r"(?m)^ +100  4 of 4 .* held at the end$")

    def test_the_json_fits_the_schema(self):
        require_module("jsonschema")
        import jsonschema
        path = pathlib.Path(__file__).resolve().parents[2] / "docs/hammer.schema.json"
        schema = json.loads(path.read_text())
        one = jsonschema.Draft202012Validator({**schema["$defs"]["search"], "$defs": schema["$defs"]})
        for each in set(self.made) - {without_json}:
            one.validate(self.of(each)[1])


class Ending(unittest.TestCase):
    def test_a_signal_ends_it_with_what_is_known(self):
        with Server() as server:
            made = subprocess.Popen([HAMMER, "search", "--slo", "p99 < 2s", "-z", "1s", "--json",
                                     "-", server.url], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
            self.assertIn("trials of 1.00 s", made.stderr.readline())
            time.sleep(2)
            made.send_signal(signal.SIGINT)
            out, _ = made.communicate(timeout=LIMIT)
        self.assertEqual(made.returncode, 128 + signal.SIGINT)
        found = json.loads(out)
        self.assertEqual(found["end"], "stopped")
        # The trial under way says nothing.
        self.assertLessEqual(len(found["trials"]), 2)
        self.assertIsNone(found["lower"])

    def test_nobody_is_there(self):
        with Server() as server:
            url = server.url
        made = search("--slo", "p99 < 2s", url)
        self.assertEqual((made.code, made.out), (1, ""))
        self.assertIn(f"no request to {url} succeeded: ", made.errors)


if __name__ == "__main__":
    main()
