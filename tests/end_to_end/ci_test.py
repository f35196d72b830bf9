"""The job for pipelines, ci/load-job, and the two files that call it: carried out as a runner does, up to
its exit code and the files that others read."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import HAMMER, LIMIT, SERVER, Server, free_port, main, require, require_module

ROOT = pathlib.Path(__file__).parents[2]


class Job(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.results = self.folder / "results"

    def run_job(self, *command, cwd=None, **settings):
        own = {key: value for key, value in os.environ.items()
               if not key.startswith(("HAMMER", "GITHUB_"))}
        return subprocess.run([*(command or [ROOT / "ci/load-job"])], text=True, capture_output=True,
                              timeout=LIMIT, cwd=cwd or self.folder,
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

    def run_step(self, step, checkout, **environment):
        """Carries out a step of a workflow as GitHub's runner does: `run`, or this project's action."""
        import yaml
        if "uses" not in step:
            return self.run_job("bash", "-e", "-o", "pipefail", "-c", step["run"], cwd=checkout,
                                **environment)
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        inputs = {name: one.get("default") for name, one in action["inputs"].items()}
        self.assertLessEqual(set(step["with"]), set(inputs))
        inputs |= step["with"]
        for one in action["runs"]["steps"]:
            used = {name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: inputs.get(m[1], m[0]),
                                 text.replace("${{ github.action_path }}", str(checkout)))
                    for name, text in one.get("env", {}).items()}
            self.assertNotIn("${{", "".join(used.values()))
            done = self.run_job("bash", "-e", "-o", "pipefail", "-c", one["run"], cwd=checkout,
                                **{**environment, **used, "GITHUB_ACTION_PATH": str(checkout)})
            if done.returncode != 0:
                break
        self.assertEqual(set(re.findall(r"inputs\.([\w-]+)", json.dumps(action["runs"]))), set(inputs))
        return done

    def checkout(self, *delays):
        """A repository with this project's job and a commit for each delay of tws-server, where building
        takes no time: its programs are those of this build."""
        checkout = self.folder / "checkout"
        for file in ("action.yml", "ci/load-job"):
            (checkout / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, checkout / file)
        set_up = checkout / "scripts/set-up"
        set_up.parent.mkdir()

        for delay in delays:
            set_up.write_text(f"""#!/bin/sh
                set -eu
                cd "$(dirname "$0")/.."
                mkdir -p build/release/src
                ln -sf {HAMMER} build/release/src/hammer
                echo '#!/bin/sh
                exec {SERVER} --delay {delay} "$@"' >build/release/src/tws-server
                chmod +x build/release/src/tws-server
                """)
            set_up.chmod(0o755)
            for words in (["init", "-q"], ["add", "-A"],
                          ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a", "--allow-empty"]):
                subprocess.run(["git", *words], cwd=checkout, check=True, timeout=LIMIT)
        return checkout

    def test_the_action_of_github(self):
        require_module("yaml")
        summary, output = self.folder / "summary", self.folder / "output"
        with Server() as server:
            done = self.run_step(
                {"uses": "./", "with": {"url": server.url + "status/503", "options": "-n 1000",
                                        "thresholds": "errors < 1%\np99 < 1s",
                                        "results": str(self.results)}},
                self.checkout(0), GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output))
        self.assertEqual(done.returncode, 99, done.stderr)
        self.assertEqual(output.read_text(), "result=fail\n")
        self.assertIn("❌ fail", summary.read_text())
        self.assertRegex(done.stderr, r"(?m)^::error title=fail%3A errors < 1%25::")
        self.assertRegex(done.stderr, r"(?m)^::warning title=unknown%3A p99 < 1s::")

    def skip_where_no_run_is_valid(self, text):
        if "Too few runs are left" in text:  # other programs took the CPU
            self.skipTest(text[text.find("Left out"):])

    def own_benchmark(self, *delays):
        """The benchmark job of this project's workflow, with shorter runs: its last step, and the
        summary of all."""
        require_module("yaml")
        require("git")
        import yaml
        workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
        steps = workflow["jobs"]["benchmark"]["steps"]
        self.assertTrue(steps[0]["uses"].startswith("actions/checkout@"))
        self.assertGreaterEqual(steps[0]["with"]["fetch-depth"], 2)
        checkout, servers = self.checkout(*delays), self.folder / "servers"
        summary = self.folder / "summary"
        try:
            for step in steps[1:]:
                if step.get("run", "").endswith(" &"):
                    step["run"] = step["run"][:-1] + f">/dev/null 2>&1 & echo $! >>{servers}"
                if "with" in step:
                    for long, short in (("-q 5000 --rounds 10 -z 2s", "-q 200 --rounds 5 -z 1s"),
                                        ("-z 10s", "-z 1s")):
                        step["with"]["options"] = step["with"]["options"].replace(long, short)
                done = self.run_step(step, checkout, GITHUB_STEP_SUMMARY=str(summary))
                if done.returncode != 0:
                    break
        finally:
            for pid in servers.read_text().split() if servers.exists() else ():
                os.kill(int(pid), signal.SIGTERM)
        return done, summary.read_text()

    def test_the_own_benchmark_compares_with_the_commit_before(self):
        done, summary = self.own_benchmark(5, 5)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("median of runs", summary)
        self.assertIn("tws-server with a delay of 5 ms", summary)

    def test_the_own_benchmark_fails_where_the_server_is_slower(self):
        done, summary = self.own_benchmark(5, 30)
        self.skip_where_no_run_is_valid(summary)
        self.assertEqual(done.returncode, 99, done.stdout + done.stderr)
        self.assertIn("Worse:", summary)

    def test_a_server_that_starts_later_is_waited_for(self):
        port = free_port()
        late = subprocess.Popen(["sh", "-c", f"sleep 1; exec {SERVER} --listen 127.0.0.1:{port}"],
                                stdout=subprocess.DEVNULL)
        self.addCleanup(late.wait, LIMIT)
        self.addCleanup(late.terminate)
        done = self.run_job(HAMMER_URL=f"http://127.0.0.1:{port}/", HAMMER_OPTIONS="-n 100",
                            HAMMER_THRESHOLDS="errors <= 0")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_baseline_is_compared(self):
        with Server("--delay", "20") as old, Server("--delay", "60") as new:
            settings = {"HAMMER_OPTIONS": "-z 1s --rounds 5 -c 20"}
            done = self.run_job(HAMMER_URL=new.url, HAMMER_BASELINE=old.url, **settings)
            self.skip_where_no_run_is_valid(done.stdout)
            self.assertEqual(done.returncode, 99, done.stderr)
            self.assertIn("hammer: fail (exit code 99)", done.stdout)
            self.assertIn("Worse:", (self.results / "compare.txt").read_text())
            self.assertEqual(json.loads((self.results / "compare.json").read_text())["change"], "worse")
            faster = self.run_job(HAMMER_URL=old.url, HAMMER_BASELINE=new.url, **settings)
            self.assertEqual(faster.returncode, 0, faster.stderr)
            limits = self.run_job(HAMMER_URL=old.url, HAMMER_BASELINE=new.url,
                                  HAMMER_THRESHOLDS="p99 < 1s")
            self.assertEqual(limits.returncode, 2)
            self.assertIn("--threshold", limits.stderr)

    def test_the_jobs_of_the_documentation(self):
        require_module("yaml")
        import yaml
        blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
        github, gitlab, ratio = map(yaml.safe_load, blocks)
        given = next(step for step in github["jobs"]["load"]["steps"]
                     if step.get("uses", "").startswith("OWNER/"))["with"]
        inputs = set(yaml.safe_load((ROOT / "action.yml").read_text())["inputs"])
        self.assertLessEqual(set(given), inputs)
        self.assertLessEqual(set(ratio["jobs"]["ratio"]["steps"][-1]["with"]), inputs)
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
