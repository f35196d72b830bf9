"""--out: each format is read by its real reader, of a run and of saved ones; and what can't be written
costs nothing else."""

import csv
import datetime
import io
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

from harness import Server, hammer, main, require, require_module
from hdr_test import other

SCHEMAS = pathlib.Path(__file__).with_name("schemas")
FORMATS = ["json", "csv", "hdr", "junit", "openmetrics", "markdown", "html", "bencher",
           "benchmark-action", "github"]
# What would be taken for markup somewhere.
NAME = "a|b <i>&\"'`*_{}[]\\ 100%: é, ::error::x"
LIMITS = ["--threshold", "errors < 1%", "--threshold", "successes > 400", "--threshold", "p50 < 1us"]


class Formats(unittest.TestCase):
    """All formats of one run, made once: a pass, a fail and another one."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.path("github").write_text("of a step before\n")
        with Server("--delay", "5") as server:
            cls.result = hammer("-n", 400, "-c", 2, "--name", NAME, *LIMITS, "--json", cls.path("run"),
                                *(word for name in FORMATS
                                  for word in ("--out", f"{name}={cls.path(name)}")), server.url)
        cls.run_json = json.loads(cls.path("run").read_text())

    @classmethod
    def path(cls, name):
        return cls.folder / f"{name}.out"

    def text(self, name):
        return self.path(name).read_text()

    def check_schema(self, schema, document):
        require_module("jsonschema")
        import jsonschema
        jsonschema.validate(document, json.loads((SCHEMAS / schema).read_text()))

    def test_the_own_schema_has_outcomes(self):
        self.check_schema("../../../docs/hammer.schema.json", self.run_json)
        self.assertEqual(len(self.run_json["outcomes"]), 3)

    def results(self):
        return [one["result"] for one in self.run_json["outcomes"]]

    def test_the_report_is_there_as_ever(self):
        self.assertEqual(self.result.code, 99, self.result.errors)
        self.assertIn("\nThresholds:\n", self.result.out)
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.part")), [])
        self.assertEqual(self.results()[:2], ["pass", "fail"])

    def test_json(self):
        self.assertEqual(self.text("json"), self.text("run"))

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.text("csv"))))
        self.assertGreaterEqual(len(rows), 1)
        self.assertEqual(sum(int(row["requests"]) for row in rows), 400)
        self.assertEqual({row["run"] for row in rows}, {NAME})
        self.assertAlmostEqual(float(rows[-1]["seconds"]), self.run_json["summary"]["total"], delta=0.01)
        for row in rows:
            self.assertLessEqual(float(row["p50_seconds"]), float(row["max_seconds"]))

    def test_hdr(self):
        rows = other(log=self.text("hdr"))["log"]
        untagged = [row for row in rows if not row["tag"]]
        begin = datetime.datetime.fromisoformat(
            self.run_json["environment"]["startedAt"].replace("Z", "+00:00"))
        self.assertEqual(untagged[0]["start"], begin.timestamp() * 1000)
        self.assertEqual(sum(row["count"] for row in untagged), 400)
        whole = {row["tag"]: row for row in rows if row["tag"]}
        self.assertEqual(set(whole), {"latency", "first-byte", "connect"})
        self.assertEqual(whole["latency"]["count"], 400)
        self.assertEqual(whole["connect"]["count"], 2)
        self.assertAlmostEqual(whole["latency"]["p50"] / 1e9, self.run_json["latencyPercentiles"]["p50"],
                               delta=2e-3 * self.run_json["latencyPercentiles"]["p50"])

    def test_junit(self):
        require("xmllint")
        done = subprocess.run(["xmllint", "--noout", "--schema", SCHEMAS / "junit.xsd",
                               self.path("junit")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        suite = xml.fromstring(self.text("junit")).find("testsuite")
        self.assertEqual(suite.get("name"), NAME)
        cases = {case.get("name"): case for case in suite.iter("testcase")}
        self.assertEqual(int(suite.get("tests")), len(cases))
        self.assertEqual(list(cases)[:3], LIMITS[1::2])
        for limit, result in zip(LIMITS[1::2], self.results()):
            child = {"pass": None, "fail": "failure", "unknown": "error"}[result]
            self.assertEqual([one.tag for one in cases[limit]], [child] if child else [])
        self.assertIn("400", cases["successes > 400"].find("failure").text)

    def test_openmetrics(self):
        require_module("prometheus_client")
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        samples = {(sample.name, sample.labels.get("quantile"), sample.labels.get("threshold")):
                   sample for family in text_string_to_metric_families(self.text("openmetrics"))
                   for sample in family.samples}
        self.assertEqual({sample.labels["run"] for sample in samples.values()}, {NAME})
        self.assertEqual(samples[("hammer_latency_seconds_count", None, None)].value, 400)
        self.assertEqual(samples[("hammer_threshold_kept", None, "errors < 1%")].value, 1)
        self.assertEqual(samples[("hammer_threshold_kept", None, "successes > 400")].value, 0)
        p99 = self.run_json["latencyPercentiles"]["p99"]
        self.assertAlmostEqual(samples[("hammer_latency_seconds", "0.99", None)].value, p99,
                               delta=0.01 * p99)

    def test_markdown(self):
        require_module("markdown")
        import markdown
        page = markdown.markdown(self.text("markdown"), extensions=["tables"])
        tables = xml.fromstring(f"<page>{page}</page>").findall("table")
        first, second = ([["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
                         for table in tables)
        self.assertEqual(first[1][0], NAME)
        self.assertEqual([row[2] for row in second[1:]], LIMITS[1::2])
        self.assertEqual([row[0].split()[1] for row in second[1:]], self.results())
        self.assertTrue(all(len(row) == 4 for row in second))

    def test_github(self):
        self.assertEqual(self.text("github"), "of a step before\n" + self.text("markdown"))
        commands = [line for line in self.result.errors.splitlines() if line.startswith("::")]
        self.assertEqual(len(commands), len([one for one in self.results() if one != "pass"]))
        kind, properties, message = re.fullmatch(r"::(\w+) (\S.*?)::(.*)", commands[0]).groups()
        self.assertEqual((kind, properties), ("error", "title=fail%3A successes > 400"))
        self.assertTrue(message.startswith(NAME.replace("%", "%25") + ": 400, "))

    def test_github_without_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            summary = pathlib.Path(folder, "summary")
            done = hammer("report", self.path("run"), "--out", "github",
                          env={**os.environ, "GITHUB_STEP_SUMMARY": str(summary)})
            self.assertEqual(done.code, 99)
            self.assertIn("| run | requests/s |", summary.read_text())
        plain = {key: value for key, value in os.environ.items() if key != "GITHUB_STEP_SUMMARY"}
        none = hammer("report", self.path("run"), "--out", "github", env=plain)
        self.assertEqual(none.code, 2)
        self.assertIn("GITHUB_STEP_SUMMARY is not set", none.errors)

    def test_bencher(self):
        document = json.loads(self.text("bencher"))
        self.check_schema("bencher.json", document)
        measures = document[NAME]
        self.assertAlmostEqual(measures["latency"]["value"] / 1e9,
                               self.run_json["latencyPercentiles"]["p50"])
        self.assertAlmostEqual(measures["throughput"]["value"],
                               self.run_json["summary"]["requestsPerSec"])

    def test_benchmark_action(self):
        for direction, names in (("bigger", ["rate"]), ("smaller", ["p50", "p99", "errors"])):
            document = json.loads(self.text(f"benchmark-action.{direction}"))
            self.check_schema("benchmark-action.json", document)
            self.assertEqual([one["name"] for one in document], [f"{NAME}: {name}" for name in names])

    def test_saved_runs_give_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            formats = [name for name in FORMATS if name not in ("github", "benchmark-action")]
            done = hammer("report", self.path("run"), "--name", NAME,
                          *(word for name in formats for word in ("--out", f"{name}={folder}/{name}")))
            self.assertEqual((done.code, done.out), (99, self.result.out))
            for name in formats:
                self.assertEqual(pathlib.Path(folder, name).read_text(), self.text(name), name)

    def test_several_runs_have_a_row_each(self):
        done = hammer("report", self.path("run"), self.path("json"), "--out", "markdown=-")
        self.assertEqual(len(re.findall(r"^\| (?:run|json) \|", done.out, re.MULTILINE)), 3)
        self.assertNotIn("Response time histogram", done.out)
        several = hammer("report", self.path("run"), self.path("json"), "--json", "-")
        self.assertEqual(len(json.loads(several.out)), 2)

    def test_files_of_the_same_name_are_two_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder, one, "run.json") for one in "ab"]
            for file in files:
                file.parent.mkdir()
                file.write_text(self.text("json"))
            outs = [f"{name}={folder}/{name}.out" for name in FORMATS if name != "github"]
            hammer("report", *files, *(word for out in outs for word in ("--out", out)))

            def text(name):
                return pathlib.Path(folder, f"{name}.out").read_text()
            self.assertEqual(list(json.loads(text("bencher"))), ["a/run", "b/run"])
            self.assertEqual([one["name"] for one in json.loads(text("benchmark-action.bigger"))],
                             ["a/run: rate", "b/run: rate"])
            self.assertEqual(len({one["name"] for one in json.loads(text("benchmark-action.smaller"))}),
                             6)
            suites = xml.fromstring(text("junit")).findall("testsuite")
            self.assertEqual([one.get("name") for one in suites], ["a/run", "b/run"])
            self.assertEqual(len({(case.get("classname"), case.get("name")) for one in suites
                                  for case in one.iter("testcase")}), 2 * (len(LIMITS) // 2 + 1))
            self.assertEqual(set(re.findall(r"(?m)^\| (\w/run) \|", text("markdown"))),
                             {"a/run", "b/run"})
            self.assertEqual({row["run"] for row in csv.DictReader(io.StringIO(text("csv")))},
                             {"a/run", "b/run"})
            self.assertEqual(set(re.findall(r"(?m)^Tag=([^,]*/latency),", text("hdr"))),
                             {"a/run/latency", "b/run/latency"})
            samples = [line.rsplit(" ", 1)[0] for line in text("openmetrics").splitlines()
                       if not line.startswith("#")]
            self.assertEqual(len(samples), len(set(samples)))

            named = hammer("report", *files, "--name", "one")
            self.assertEqual(named.code, 2)
            self.assertIn("--name: 'one' names one run, and there are 2", named.errors)

    def test_a_threshold_given_twice_is_judged_once(self):
        done = hammer("report", self.path("run"), *LIMITS, *LIMITS, "--out", "openmetrics=-")
        self.assertEqual(done.out.count("hammer_threshold_kept{"), len(LIMITS) // 2)

    def test_one_that_cannot_be_written_costs_no_other(self):
        with tempfile.TemporaryDirectory() as folder:
            there = pathlib.Path(folder, "junit")
            done = hammer("report", self.path("run"), "--out", "csv=/dev/full", "--out",
                          f"junit={there}")
            self.assertEqual(done.code, 1)
            self.assertIn("--out: '/dev/full' could not be written", done.errors)
            self.assertEqual(there.read_text().count("<testsuite "), 1)
            self.assertIn("Verdict:", done.out)
            # Before any load.
            refused = hammer("--out", f"csv={folder}/none/x", "http://127.0.0.1:1/")
            self.assertEqual(refused.code, 2)

    def test_what_can_not_be_meant_is_refused(self):
        run = self.path("run")
        for words, sentence in (
                (["--out", "xml=a"], "'xml=a' is not FORMAT=FILE with one of json, csv, hdr, junit"),
                (["--out", "junit"], "'junit' needs a file: junit=FILE, or - for stdout"),
                (["--out", "junit="], "'junit=' needs a file"),
                (["--out", "benchmark-action=-"], "is two files"),
                (["--out", "csv=-", "--out", "hdr=-"], "only one output can go to stdout"),
                (["--json", "-", "--out", "hdr=-"], "only one output can go to stdout"),
                (["--out", f"csv={run}.csv", "--json", f"{run}.csv"], "would be written twice")):
            refused = hammer("report", run, *words)
            self.assertEqual(refused.code, 2, words)
            self.assertIn(sentence, refused.errors)
        with tempfile.TemporaryDirectory() as folder:
            link, place = pathlib.Path(folder, "link.csv"), f"{folder}/x.csv"
            pathlib.Path(place).touch()
            link.symlink_to(place)
            pathlib.Path(folder, "here").symlink_to(folder)
            for first, second in ((f"csv={place}", f"hdr={folder}/./x.csv"),
                                  (f"csv={place}", f"hdr={link}"),
                                  (f"csv={folder}/new.csv", f"hdr={folder}/here/new.csv"),
                                  (f"benchmark-action={folder}/b.json", f"csv={folder}/here/b.bigger.json")):
                refused = hammer("--out", first, "--out", second, "http://127.0.0.1:1/")
                self.assertEqual(refused.code, 2, second)
                self.assertIn("would be written twice", refused.errors)
            refused = hammer("--out", "github", "--out", f"csv={link}", "http://127.0.0.1:1/",
                             env={**os.environ, "GITHUB_STEP_SUMMARY": place})
            self.assertEqual(refused.code, 2)
            refused = hammer("report", run, "--json", run)
            self.assertIn("is read, and would be overwritten", refused.errors)
        self.assertIn("--out can't be used with limits", hammer("--out", "csv=a", "limits").errors)


if __name__ == "__main__":
    main()
