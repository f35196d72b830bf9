"""`hammer compare` of saved runs and `hammer ab` of two servers: what differs, what does not, and what
can't be told. The servers differ by far more than any machine's noise."""

import itertools
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from harness import HAMMER, RawServer, Server, hammer, main, read_request

ROOMY = ("--noise", "50%")  # no machine varies as much as that from run to run
LOAD = ("-z", "1s", "-c", 20)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BROKEN = b"HTTP/1.1 500 Broken\r\nContent-Length: 2\r\n\r\nno"


class Compare(unittest.TestCase):
    """Of simulated runs, which no other program disturbs."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.fast = cls.saved("fast", 20, 4)
        cls.again = cls.saved("again", 20, 4)
        cls.slow = cls.saved("slow", 60, 4)

    @classmethod
    def saved(cls, name, delay, count, load=LOAD):
        paths = [str(pathlib.Path(cls.folder.name, f"{name}{i}.json")) for i in range(count)]
        for seed, path in enumerate(paths):
            done = hammer("simulate", "--network", "--delay", f"{delay}ms", "--seed", seed, *load,
                          "--json", path)
            assert done.code == 0, done.errors
        return paths

    def compare(self, before, after, *options):
        return hammer("compare", *before, "--new", *after, *ROOMY, *options)

    def test_slower_is_exit_code_99(self):
        done = self.compare(self.fast, self.slow, "--json", "-")
        self.assertEqual(done.code, 99, done.errors)
        changes = {one["name"]: one["change"] for one in done.json["metrics"]}
        self.assertEqual(changes, {"rate": "worse", "p99": "worse"})
        self.assertEqual(done.json["change"], "worse")
        for one in done.json["metrics"]:
            self.assertEqual((one["runsBefore"], one["runsAfter"]), (4, 4))
            self.assertLessEqual(one["interval"][0], one["ratio"])
            self.assertGreaterEqual(one["interval"][1], one["ratio"])

    def test_faster_is_none(self):
        done = self.compare(self.slow, self.fast, "--strict")
        self.assertEqual(done.code, 0, done.errors)
        self.assertRegex(done.out, r"(?m)^rate .*more$")
        self.assertRegex(done.out, r"(?m)^p99 .*faster$")

    def test_the_same_is_none(self):
        done = self.compare(self.fast, self.again, "--metric", "p50")
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("the same", done.out)

    def test_the_two_dashes_of_the_help(self):
        for words in ((*self.fast, "--", *self.slow, *ROOMY), (*ROOMY, *self.fast, "--", *self.slow)):
            done = hammer("compare", *words)
            self.assertEqual(done.code, 99, done.errors)

    def test_few_runs_cant_tell(self):
        done = self.compare(self.fast[:3], self.slow[:3])
        self.assertEqual(done.code, 0)
        self.assertIn("Can't tell. It takes 4 runs a side at least.", done.out)
        self.assertEqual(self.compare(self.fast[:3], self.slow[:3], "--strict").code, 3)

    def test_other_loads_are_refused(self):
        other = self.saved("other", 20, 1, ("-z", "1s", "-c", 21))
        done = self.compare(self.fast, other)
        self.assertEqual(done.code, 1)
        self.assertIn("are of different loads: -c 20, -c 21", done.errors)

    def test_runs_that_are_not_valid_are_left_out_by_name(self):
        load = ("-n", 20, "-c", 20)
        few, some = self.saved("few", 20, 1, load), self.saved("some", 20, 4, load)
        done = self.compare(few, some, "--strict", "--json", "-")
        self.assertEqual(done.code, 3, done.errors)
        self.assertEqual([one["run"] for one in done.json["leftOut"]], few + some)
        self.assertIn("too few to rely on", done.json["leftOut"][0]["why"])
        self.assertEqual(self.compare(few, some).code, 0)

    def test_a_run_counts_once(self):
        folder = pathlib.Path(self.folder.name)
        link = folder / "link.json"
        link.symlink_to(self.fast[0])
        other = f"{folder}/./{pathlib.Path(self.fast[0]).name}"
        for before, after in (([*self.fast, self.fast[0]], self.slow), (self.fast, self.fast),
                              ([*self.fast, str(link)], self.slow), (self.fast, [*self.slow, other])):
            done = self.compare(before, after)
            self.assertEqual(done.code, 2, done.errors)
            self.assertIn("is given twice", done.errors)
        link.unlink()

    def test_an_input_is_not_overwritten(self):
        before = pathlib.Path(self.slow[1]).read_text()
        done = self.compare(self.fast, self.slow, "--json", self.slow[1])
        self.assertEqual(done.code, 2)
        self.assertIn("is read, and would be overwritten", done.errors)
        done = hammer("report", self.slow[1], "--out", f"csv={self.folder.name}/./slow1.json")
        self.assertEqual(done.code, 2)
        self.assertEqual(pathlib.Path(self.slow[1]).read_text(), before)

    def test_what_else_differs_is_said(self):
        path = pathlib.Path(self.folder.name, "elsewhere.json")
        run = json.loads(pathlib.Path(self.slow[0]).read_text())
        run["environment"]["kernel"] = "5.10.0"
        path.write_text(json.dumps(run))
        done = self.compare(self.fast, [str(path), *self.slow[1:]])
        self.assertIn('Differs, too: kernel: "', done.out)

    def test_what_is_typed_wrong(self):
        for words, wanted in ((["--noise", "5"], "--noise: '5' is not a share"),
                              (["--noise", "0%"], "--noise: '0%' is not"),
                              (["--metric", "errors"], "--metric: 'errors' is not one of"),
                              (["--metric", "p0"], "--metric: 'p0' is not one of"),
                              (["--metric", "succeses"], "did you mean successes?"),
                              (["--metric", "handshake.p99"], "no URL has https"),
                              (["--out", "junit=x"], "are for reports of runs")):
            done = hammer("compare", *self.fast, "--new", *self.slow, *words)
            self.assertEqual(done.code, 2)
            self.assertIn(wanted, done.errors)
            self.assertIn("Try 'hammer compare --help'", done.errors)
        done = hammer("compare", "--", *self.slow)  # a pattern of the shell that matched nothing
        self.assertEqual(done.code, 2)
        self.assertIn("no run stands before --", done.errors)
        done = hammer("compare", *self.fast)
        self.assertEqual(done.code, 2)
        self.assertIn("write --", done.errors)
        self.assertEqual(hammer("compare", "/nowhere.json", "--new", *self.slow).code, 1)


class Ab(unittest.TestCase):
    def compared(self, done):
        """Where other programs take the CPU no run is valid."""
        self.assertTrue(done.json, done.errors)
        if done.json["leftOut"]:
            self.skipTest(f"runs were left out: {done.json['leftOut']}")
        return {one["name"]: one["change"] for one in done.json["metrics"]}

    def test_two_servers_in_turn(self):
        with Server("--delay", "20") as a, Server("--delay", "60") as b:
            done = hammer("ab", "--rounds", 4, *LOAD, *ROOMY, "--json", "-", a.url, b.url)
            self.assertIn("8 runs, alternating, in 9.60 s", done.errors)
            # Each had half of the rounds.
            self.assertGreater(a.stop()["requests"], b.stop()["requests"])
        self.assertEqual(self.compared(done), {"rate": "worse", "p99": "worse"})
        self.assertEqual(done.code, 99)
        self.assertEqual(done.json["metrics"][0]["runsBefore"], 4)

    def test_one_server_twice(self):
        with Server("--delay", "20") as server:
            done = hammer("ab", "--rounds", 4, *LOAD, *ROOMY, "--json", "-", "--metric", "p50",
                          server.url, server.url)
        self.assertEqual(self.compared(done), {"p50": "same"})
        self.assertEqual(done.code, 0)

    def test_both_get_a_body_that_can_be_read_once(self):
        with Server() as a, Server() as b:
            done = hammer("ab", "--rounds", 4, "-n", 20, "-D", "-", a.url, b.url, input="x" * 1000)
            self.assertEqual(done.code, 0, done.errors)
            for server in (a, b):
                self.assertGreater(server.stop()["bytes_in"], 4 * 20 * 1000)

    def test_a_server_that_fails_is_worse(self):
        def behave(connection, _):
            for number in itertools.count():
                if not read_request(connection):
                    return
                time.sleep(0.002)
                connection.sendall(BROKEN if number % 10 < 3 else OK)
        with Server("--delay", "2") as old, RawServer(behave) as new:
            done = hammer("ab", "--rounds", 4, "-n", 200, "-c", 4, "--json", "-", *ROOMY, old.url, new.url)
            self.assertEqual(done.code, 99, done.errors)
            first = done.json["metrics"][0]
            self.assertEqual((first["name"], first["change"]), ("successes", "worse"))
            self.assertAlmostEqual(first["after"], 0.7, delta=0.02)
            self.assertEqual(len(done.json["serverFailed"]), 4)
            self.assertIn("refusals", done.json["serverFailed"][0]["why"])
            done = hammer("ab", "--rounds", 4, "-n", 200, "-c", 4, new.url, new.url)
            self.assertEqual(done.code, 0, done.out)

    def test_a_server_that_answers_nobody(self):
        with Server() as server:
            nothing = f"{server.url}status/404"
            done = hammer("ab", "--rounds", 4, "-n", 50, server.url, nothing)
            self.assertEqual(done.code, 99, done.errors)
            self.assertTrue(done.out.startswith("The new server fails: 0.00% of its requests"), done.out)
            done = hammer("ab", "--rounds", 4, "-n", 50, nothing, nothing)
            self.assertEqual(done.code, 1)
            self.assertIn("status/404 succeeded", done.errors)

    def test_a_server_that_is_down_ends_it_after_its_first_round(self):
        with Server() as server:
            for urls in (("http://127.0.0.1:1/", server.url), (server.url, "http://127.0.0.1:1/")):
                done = hammer("ab", "--rounds", 500, "-n", 50, *urls)
                self.assertEqual(done.code, 1)
                self.assertIn("no connection to 127.0.0.1:1 succeeded: connection refused", done.errors)

    def test_a_signal_ends_it_with_the_table_of_the_rounds_so_far(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            for pause, number in ((0.5, signal.SIGINT), (2.5, signal.SIGTERM)):
                path = pathlib.Path(folder, f"{number}.json")
                words = ["ab", "--rounds", "500", "-z", "1s", "-c", "2", "-q", "100", "--json", str(path),
                         server.url, server.url]
                process = subprocess.Popen([HAMMER, *words], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, text=True)
                process.stderr.readline()  # what it is about to do
                time.sleep(pause)
                process.send_signal(number)
                out, errors = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 128 + number, errors)
                self.assertRegex(out, r"\nInterrupted after \d+ of 1000 runs\.\n")
                self.assertTrue(json.loads(path.read_text())["interrupted"])

    def test_what_is_typed_wrong(self):
        for words in (["http://127.0.0.1:1/"], ["http://a/", "http://b/", "http://c/"],
                      ["--rounds", "3", "http://a/", "http://b/"],
                      ["-z", "500ms", "http://127.0.0.1:1/", "http://127.0.0.1:2/"],
                      ["--threshold", "p99 < 1s", "http://127.0.0.1:1/", "http://127.0.0.1:2/"],
                      ["--metric", "handshake.p99", "http://127.0.0.1:1/", "http://127.0.0.1:2/"],
                      ["--metric", "achieved", "http://127.0.0.1:1/", "http://127.0.0.1:2/"],
                      ["--out", "junit=x", "http://127.0.0.1:1/", "http://127.0.0.1:2/"],
                      ["-o", "x", "http://127.0.0.1:1/", "http://127.0.0.1:2/"]):
            done = hammer("ab", *words)
            self.assertEqual(done.code, 2, done.errors)
            self.assertIn("Try 'hammer ab --help'", done.errors)
            if "--threshold" in words:
                self.assertIn("--threshold: it limits one server's run", done.errors)
        self.assertNotIn("--threshold", hammer("ab", "--help").out)


if __name__ == "__main__":
    main()
