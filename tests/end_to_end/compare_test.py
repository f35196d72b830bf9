"""`hammer compare` of saved runs and `hammer ab` of two servers: what differs, what does not, and what
can't be told. The servers differ by far more than any machine's noise."""

import json
import pathlib
import tempfile
import unittest

from harness import Server, hammer, main

ROOMY = ("--noise", "50%")  # no machine varies as much as that from run to run
LOAD = ("-z", "1s", "-c", 20)


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
        self.assertIn("are of different loads: connections: 20, 21", done.errors)

    def test_runs_that_are_not_valid_are_refused(self):
        short = self.saved("short", 20, 1, ("-n", 20, "-c", 20))
        done = self.compare(self.fast, short)
        self.assertEqual(done.code, 1)
        self.assertIn("not a valid run", done.errors)

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
                              (["--metric", "p0"], "--metric: 'p0' is not one of")):
            done = hammer("compare", *self.fast, "--new", *self.slow, *words)
            self.assertEqual(done.code, 2)
            self.assertIn(wanted, done.errors)
        done = hammer("compare", *self.fast)
        self.assertEqual(done.code, 2)
        self.assertIn("write --", done.errors)
        self.assertEqual(hammer("compare", "/nowhere.json", "--new", *self.slow).code, 1)


class Ab(unittest.TestCase):
    def compared(self, done):
        """Where other programs take the CPU no run is valid."""
        self.assertTrue(done.json, done.errors)
        if done.json["notValid"]:
            self.skipTest(f"{done.json['notValid']} runs were not valid: {done.json['limitedBy']}")
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

    def test_a_server_that_answers_nobody_is_no_result(self):
        with Server() as server:
            done = hammer("ab", "--rounds", 4, "-n", 50, server.url, f"{server.url}status/404")
        self.assertEqual(done.code, 1)
        self.assertIn("status/404 succeeded", done.errors)

    def test_what_is_typed_wrong(self):
        for words in (["http://127.0.0.1:1/"], ["http://a/", "http://b/", "http://c/"],
                      ["--rounds", "3", "http://a/", "http://b/"],
                      ["-z", "500ms", "http://127.0.0.1:1/", "http://127.0.0.1:2/"],
                      ["--threshold", "p99 < 1s", "http://127.0.0.1:1/", "http://127.0.0.1:2/"]):
            done = hammer("ab", *words)
            self.assertEqual(done.code, 2, done.errors)


if __name__ == "__main__":
    main()
