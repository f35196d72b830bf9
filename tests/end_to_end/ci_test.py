"""The job for pipelines, ci/load-job, and the two files that call it: carried out as a runner does, up to
its exit code and the files that others read."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import HAMMER, LIMIT, Server, main, require_module

ROOT = pathlib.Path(__file__).parents[2]


class Job(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.results = self.folder / "results"

    def run_job(self, *command, **settings):
        own = {key: value for key, value in os.environ.items()
               if not key.startswith(("HAMMER", "GITHUB_"))}
        return subprocess.run([*(command or [ROOT / "ci/load-job"])], text=True, capture_output=True,
                              timeout=LIMIT, cwd=self.folder,
                              env={**own, "HAMMER": HAMMER, "HAMMER_RESULTS": str(self.results),
                                   **settings})

    def test_passes_and_leaves_its_files(self):
        with Server("--delay", "5") as server:
            done = self.run_job(HAMMER_URL=server.url, HAMMER_NAME="front page",
                                HAMMER_OPTIONS="-n 400 -c 2 -H 'X-Two: words here'",
                                HAMMER_THRESHOLDS="\nerrors < 1%\n  successes >= 400\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("hammer: pass (exit code 0)", done.stdout)
        run = json.loads((self.results / "run.json").read_text())
        self.assertEqual(run["plan"]["thresholds"], ["errors < 1%", "successes >= 400"])
        self.assertEqual(run["plan"]["headers"], [["X-Two", "words here"]])
        self.assertEqual({path.name for path in self.results.iterdir()},
                         {"run.json", "junit.xml", "metrics.txt", "summary.md", "bencher.json",
                          "benchmark.bigger.json", "benchmark.smaller.json"})

    def test_options_are_words_and_no_commands(self):
        with Server() as server:
            done = self.run_job(HAMMER_URL=server.url,
                                HAMMER_OPTIONS=f"-n 10 -H 'X: $(touch {self.folder}/here)'")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.folder / "here").exists())

    def test_fails(self):
        with Server() as server:
            done = self.run_job(HAMMER_URL=server.url + "status/503", HAMMER_OPTIONS="-n 1000",
                                HAMMER_THRESHOLDS="errors < 1%")
        self.assertEqual(done.returncode, 99)

    def test_unknown_is_a_warning_or_a_failure(self):
        with Server() as server:
            settings = {"HAMMER_URL": server.url + "status/503", "HAMMER_OPTIONS": "-n 1000",
                        "HAMMER_THRESHOLDS": "p99 < 1s"}
            warned = self.run_job(**settings)
            self.assertEqual(warned.returncode, 0)
            self.assertIn("hammer: unknown (exit code 3)", warned.stdout)
            self.assertEqual(self.run_job(**settings, HAMMER_UNKNOWN="fail").returncode, 3)

    def test_errors_are_no_results(self):
        self.assertEqual(self.run_job(HAMMER_URL="http://127.0.0.1:1/", HAMMER_OPTIONS="-z 200ms",
                                      HAMMER_THRESHOLDS="errors < 1%").returncode, 1)
        self.assertEqual(self.run_job(HAMMER_URL="http://127.0.0.1:1/",
                                      HAMMER_THRESHOLDS="p(99) < 1").returncode, 2)
        unset = self.run_job()
        self.assertNotEqual(unset.returncode, 0)
        self.assertIn("HAMMER_URL: is not set", unset.stderr)

    def test_the_action_of_github(self):
        require_module("yaml")
        import yaml
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        step = next(one for one in action["runs"]["steps"] if one["id"] == "load")
        with Server() as server:
            given = {"url": server.url + "status/503", "options": "-n 1000",
                     "thresholds": "errors < 1%\np99 < 1s", "results": str(self.results)}
            inputs = {name: given.get(name, one.get("default")) for name, one in
                      action["inputs"].items()}

            def value(text):
                used = re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: inputs.pop(m[1]), text)
                return re.sub(r"\$\{\{ github\.action_path \}\}", str(ROOT), used)
            settings = {name: value(text) for name, text in step["env"].items()}
            self.assertEqual(inputs, {})  # all are used
            self.assertTrue(settings["HAMMER"].startswith(str(ROOT)))
            summary, output = self.folder / "summary", self.folder / "output"
            done = self.run_job("bash", "-e", "-o", "pipefail", "-c", step["run"],
                                **{**settings, "HAMMER": HAMMER, "GITHUB_ACTION_PATH": str(ROOT),
                                   "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)})
        self.assertEqual(done.returncode, 99, done.stderr)
        self.assertEqual(output.read_text(), "result=fail\n")
        self.assertIn("❌ fail", summary.read_text())
        self.assertRegex(done.stderr, r"(?m)^::error title=fail%3A errors < 1%25::")
        self.assertRegex(done.stderr, r"(?m)^::warning title=unknown%3A p99 < 1s::")

    def test_the_jobs_of_the_documentation(self):
        require_module("yaml")
        import yaml
        blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
        github, gitlab = map(yaml.safe_load, blocks)
        given = next(step for step in github["jobs"]["load"]["steps"]
                     if step.get("uses", "").startswith("OWNER/"))["with"]
        self.assertLessEqual(set(given), set(yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]))
        template = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text())
        job = gitlab["load"]
        self.assertLessEqual(set(job["variables"]), set(template[job["extends"]]["variables"]))
        with Server("--delay", "5") as server:
            for options, thresholds in (
                    (given["options"], given["thresholds"]),
                    (job["variables"]["HAMMER_OPTIONS"], job["variables"]["HAMMER_THRESHOLDS"])):
                done = self.run_job(HAMMER_URL=server.url, HAMMER_THRESHOLDS=thresholds,
                                    HAMMER_OPTIONS=options.replace("-z 30s", "-z 5s"))
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("  pass     errors < 1%\n", done.stdout)

    def test_the_template_of_gitlab(self):
        require_module("yaml")
        import yaml
        job = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text())[".hammer"]
        (self.folder / ".hammer").symlink_to(ROOT)
        with Server() as server:
            done = self.run_job("sh", "-c", job["script"][0],
                                **{**job["variables"], "HAMMER": HAMMER, "HAMMER_OPTIONS": "-n 1000",
                                   "HAMMER_RESULTS": "hammer-results",
                                   "HAMMER_URL": server.url + "status/503",
                                   "HAMMER_THRESHOLDS": "p99 < 1s"})
        self.assertEqual(done.returncode, *job["allow_failure"]["exit_codes"])
        for path in job["artifacts"]["reports"].values():
            self.assertTrue((self.folder / path).is_file(), path)


if __name__ == "__main__":
    main()
