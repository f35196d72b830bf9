"""hammer simulate: what it predicts, beside real kernels, beside the article, and with bad input."""

import importlib.util
import json
import pathlib
import tempfile
import unittest

from harness import HAMMER, KNOWN_SYSTEMS, hammer, main

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
ARTICLE = ["--os", "macos-12", "-z", "10s", "-c", "50", "--disable-keepalive",
           "--connect-timeout", "75s", "--mode", "sequential"]


def docs_simulation():
    """The program that makes the tables of docs/simulation.md."""
    spec = importlib.util.spec_from_file_location("simulation", DOCS / "simulation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def simulated(*options):
    result = hammer("simulate", *options, "--json", "-")
    assert result.code == 0, result.errors
    return json.loads(result.out)


class Article(unittest.TestCase):
    def test_its_ceiling(self):
        run = simulated(*ARTICLE)
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(run["attempts"]["failed"], {})
        self.assertGreaterEqual(run["statusCodeDistribution"]["200"], 16384)
        self.assertLess(run["statusCodeDistribution"]["200"], 16384 + 50)
        self.assertEqual(run["inFlight"]["byPhase"]["connect"], 50)
        self.assertEqual(run["verdict"]["limitedBy"], "time-wait-collision")
        self.assertEqual(run["environment"]["os"], "Darwin")

    def test_over_many_seeds_it_is_where_the_rules_put_it(self):
        many = simulated(*ARTICLE, "--repeat", 100)
        responses = many["quantities"]["responses"]
        self.assertAlmostEqual(responses["mean"], 16384 + 50 / 3, delta=4 * 4.71 / 10)
        self.assertLess(responses["mean"] - 2 * responses["deviation"], 16408)
        self.assertGreater(responses["mean"] + 2 * responses["deviation"], 16408)
        self.assertEqual(many["quantities"]["failedAttempts"]["max"], 0)
        self.assertEqual(many["limitedBy"], {"time-wait-collision": 100})
        self.assertEqual(many["runs"], 100)

    def test_not_on_macos_15_nor_with_kept_connections(self):
        for options in (["--os", "macos-15", *ARTICLE[2:]],
                        ["--os", "macos-12", "-z", "2s"]):
            run = simulated(*options)
            self.assertGreater(run["statusCodeDistribution"]["200"], 50_000)
            self.assertNotEqual(run["verdict"]["limitedBy"], "time-wait-collision")
            self.assertTrue(run["verdict"]["valid"] or
                            run["verdict"]["limitedBy"] in ("client-cpu", "machine-cpu"))

    def test_nor_long_after_another_run_but_soon_after_one(self):
        self.assertLess(simulated(*ARTICLE, "--again-after", "5s")["requests"]["responses"], 60)
        self.assertGreater(simulated(*ARTICLE, "--again-after", "60s")["requests"]["responses"], 16384)


class BesideTheLab(unittest.TestCase):
    """Real runs in networks of their own, and the same runs played."""

    def lab(self, *scenarios):
        result = hammer("lab", *scenarios, "-z", "2s", "--json", "-", timeout=300)
        return {one["name"]: one for one in json.loads(result.out)["scenarios"] if not one["skipped"]}

    def test_bursts_are_exact_and_where_there_is_no_ceiling_there_is_none(self):
        docs = docs_simulation()
        for name, real in self.lab("small-range", "four-sources", "own-address", "server-closes",
                                   "bucket-overflow").items():
            with self.subTest(name):
                # At a rate and with an end of its own: how fast this machine is decides neither
                # whether the played run reaches the ceiling nor when.
                run = real["run"]
                if real["predicted"] is not None:
                    plan = {**run["plan"], "durationSeconds": 60,
                            "requests": real["predicted"] + run["plan"]["connections"]}
                    run = {**run, "plan": plan}
                played = docs.simulate(HAMMER, docs.options_of(run, per_second=20_000))
                if real["predicted"] is None:
                    self.assertEqual(real["run"]["attempts"]["failed"], {})
                    self.assertEqual(played["attempts"]["failed"], {})
                    continue
                self.assertTrue(real["asPredicted"])
                self.assertEqual(played["attempts"]["connected"], real["run"]["attempts"]["connected"])
                self.assertEqual(set(played["attempts"]["failed"]), {"EADDRNOTAVAIL"})
                self.assertEqual(played["verdict"]["limitedBy"], real["limitedBy"])


class Reports(unittest.TestCase):
    def test_says_that_it_is_no_real_run(self):
        text = hammer("simulate", *ARTICLE).out
        self.assertTrue(text.startswith("hammer simulate --os macos-12"))
        self.assertIn("no kernel and no server took part", text)
        self.assertIn("Unchecked: ", text)
        self.assertIn("To check it on such a system:\n"
                      "tws-server --mode sequential & hammer -z 10s -c 50", text)
        for other in (["--targets", 2], ["--port-range", "50000-50100"], ["--again-after", "1s"]):
            self.assertNotIn("To check", hammer("simulate", *ARTICLE, *other).out)
        self.assertIn("in a second run 20.0 s after the first",
                      hammer("simulate", *ARTICLE, "--again-after", "20s").out)
        self.assertNotIn("Unchecked", hammer("simulate", "-z", "1s").out)

    def test_a_saved_one_is_explained_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/run.json"
            text = hammer("simulate", *ARTICLE, "--json", path).out
            self.assertEqual(hammer("explain", path).out, text)
            hammer("simulate", *ARTICLE, "--repeat", 2, "--json", path)
            self.assertIn("of hammer simulate --repeat", hammer("explain", path).errors)

    def test_a_long_one_takes_no_more_than_a_short_one_with_as_much_to_do(self):
        run = simulated("-z", "8000h", "-q", "0.00001")
        self.assertEqual(run["requests"]["responses"], 288)
        self.assertLess(len(run["timeline"]), 40_000)

    def test_the_same_seed_is_the_same_run_and_another_is_not(self):
        first = hammer("simulate", *ARTICLE, "--json", "-").out
        self.assertEqual(hammer("simulate", *ARTICLE, "--json", "-").out, first)
        self.assertNotEqual(hammer("simulate", *ARTICLE, "--seed", 2, "--json", "-").out, first)

    def test_each_system_can_be_played(self):
        text = hammer("simulate", "--help").out
        for system in KNOWN_SYSTEMS:
            self.assertIn(system, text)
            run = simulated("--os", system, "-z", "1s", "--disable-keepalive", "--close-by", "client")
            self.assertEqual(run["simulation"]["unchecked"] is None, system == "linux")

    def test_random_steps_are_named_and_played(self):
        options = ["--network", "--disable-keepalive", "--close-by", "client", "-z", "5s"]
        plain = simulated(*options)
        self.assertEqual(plain["verdict"]["limitedBy"], "port-search")
        self.assertIsNone(plain["limits"]["portStepWidth"])
        none = simulated(*options, "--port-step", 0)
        for run in (plain, none):
            del run["simulation"]["command"]
        self.assertEqual(none, plain)
        steps = simulated(*options, "--port-step", 50000)
        self.assertEqual(steps["limits"]["portStepWidth"], 50000)
        # Half of the range is still looked through before the other half's first port is found.
        self.assertEqual(steps["verdict"]["limitedBy"], "port-search")
        self.assertNotEqual(steps["timeline"], plain["timeline"])
        self.assertIn("ip_local_port_step_width", json.dumps(steps["findings"]))
        self.assertNotIn("ip_local_port_step_width", json.dumps(plain["findings"]))
        self.assertIn("7.1", steps["simulation"]["unchecked"])
        # The ceiling is the same, and hammer's own choice knows no steps.
        for ports in (["--port-range", "40000-40999"], ["--system-port-range", "40000-40999"]):
            burst = simulated(*options, *ports, "--port-step", 300)
            self.assertEqual(burst["attempts"]["connected"], 1000)
        own = [simulated(*options, "-z", "1s", "--ports", "rotate", *step)
               for step in ([], ["--port-step", 300])]
        self.assertEqual(own[0]["timeline"], own[1]["timeline"])

    def test_names_no_source_that_it_did_not_read(self):
        for options in (ARTICLE, ["--disable-keepalive", "--close-by", "client", "-z", "2s"],
                        ["-z", "1s"], ["--os", "freebsd-14", "--network", "--disable-keepalive",
                                       "--close-by", "client", "-z", "3s"]):
            text = hammer("simulate", *options).out
            for source in ("/proc", "getrusage", "NETLINK", " ()", "pid 0"):
                self.assertNotIn(source, text.split("Seen:", 1)[-1])

    def test_many_runs_as_text(self):
        text = hammer("simulate", *ARTICLE, "--repeat", 3).out
        self.assertIn("3 runs, each with its own seed", text)
        self.assertRegex(text, r"Responses +16,?\d{3}")
        self.assertRegex(text, r"time-wait-collision +3\n")


class BadInput(unittest.TestCase):
    def test_one_line_that_says_what_is_taken(self):
        known = "one of " + ", ".join(KNOWN_SYSTEMS)
        for options, words in (
                (["--os", "windows"], f"--os: 'windows' is not {known}"),
                (["--system-port-range", "60000-50000"], "--system-port-range: '60000-50000' is not LOW-HIGH"),
                (["--port-range", "60000-50000"], "--port-range: '60000-50000' is not LOW-HIGH"),
                (["--port-range", "1-5"], "--port-range: '1-5' is not within 32768-60999"),
                (["-q", "0"], "--rate: '0' is not a number"),
                (["--rate-per-connection", "0"], "--rate-per-connection: '0' is not a number"),
                (["--rate-per-connection", "0.0001"], "--rate-per-connection: '0.0001' is too low"),
                (["-q", "1", "--rate-per-connection", "1"], "can't be used with"),
                (["--tw-reuse", "3"], "--tw-reuse: '3' is not a number from 0 to 2"),
                (["--os", "macos-12", "--tw-reuse", "1"], "can't be set with --os macos-12"),
                (["--os", "macos-12", "--ports", "rotate"], "can't be set with --os macos-12"),
                (["--os", "linux-6.13", "--tw-reuse-delay", "1s"], "Linux 6.14 and newer"),
                (["--os", "linux-6.13", "--port-step", "1"], "Linux 7.1 and newer"),
                (["--os", "macos-12", "--port-step", "1"], "can't be set with --os macos-12"),
                (["--port-step", "4294967296"], "--port-step: '4294967296' is not a number from 0 to"),
                (["--port-step", "-1"], "--port-step: '-1' is not a number"),
                (["--mode", "both"], "--mode: 'both' is not one of sequential, spawn"),
                (["--sources", "1000000", "--targets", "1000000"], "ports; a simulation can have at most"),
                (["--connection-cost", "0", "--request-cost", "0"], "--request-cost: '0' would make the run endless"),
                (["--time-wait", "0"], "--time-wait: '0' must be longer than 0"),
                (["--repeat", "0"], "--repeat: '0' is not a number from 1"),
                (["--rtt", "2m"], "--rtt: '2m' is longer than a minute"),
                (["--ports", "rotate", "--port-range", "40000-40010"], "'rotate' has 11 ports"),
                (["--seed", "-1"], "--seed: '-1' is not a number"),
                (["http://127.0.0.1/"], "one word too many")):
            with self.subTest(options):
                result = hammer("simulate", *options)
                self.assertEqual(result.code, 2)
                self.assertEqual(result.out, "")
                self.assertEqual(result.errors.count("\n"), 2)  # and where there is help
                self.assertIn(words, result.errors)

    def test_output_that_is_lost_is_told(self):
        self.assertEqual(hammer("simulate", "-z", "1s", "--json", "/dev/full").code, 1)
        self.assertEqual(hammer("simulate", "-z", "1s", "--json", "/nowhere/run.json").code, 2)


if __name__ == "__main__":
    main()
