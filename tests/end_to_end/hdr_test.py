"""Histograms of a saved run, held against another implementation of HdrHistogram in both directions:
hdr-histogram-js of npm, which scripts/set-up --tests puts into build/npm."""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

from harness import Server, hammer, load, main, require, skip

MODULES = pathlib.Path(os.environ.get("TWS_NPM", "build/npm"), "node_modules")


def other(**what):
    """What hdr-histogram-js makes of it."""
    require("node")
    if not (MODULES / "hdr-histogram-js").is_dir():
        skip(f"no hdr-histogram-js in {MODULES}: npm install --prefix {MODULES.parent} hdr-histogram-js")
    done = subprocess.run(["node", pathlib.Path(__file__).with_name("hdr.cjs")], text=True,
                          input=json.dumps(what), capture_output=True,
                          env={**os.environ, "NODE_PATH": str(MODULES)})
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class Hdr(unittest.TestCase):
    def test_ours_are_read_by_another(self):
        with Server("--threads", "2") as server:
            run = load("-z", "500ms", "-c", 4, server.url, server.url + "delay/5", server.url + "delay/50")
        recorded = [h for h in run["histograms"].values()]
        samples = [sample["latency"] for sample in run["timeline"] if sample["latency"]]
        self.assertGreater(len(samples), 2)
        decoded = other(decode=[h["hdr"] for h in recorded + samples])["decoded"]
        for ours, theirs in zip(recorded + samples, decoded):
            self.assertEqual(theirs["count"], ours["count"])
            self.assertEqual(sum(count for _, count in theirs["buckets"]), ours["count"])
            self.assertEqual((theirs["lowest"], theirs["highest"]), (1, 3600 * 10**9))
            self.assertEqual(theirs["digits"], 3 if ours in recorded else 2)
            if ours["count"]:
                width = 1e-3 if ours in recorded else 1e-2
                self.assertAlmostEqual(theirs["max"], ours["max"], delta=width * ours["max"])
                self.assertLessEqual(theirs["buckets"][0][0], ours["min"])
        # The same percentile of both. In flight are ages that only hammer counts, so not of latency.
        for key in ("p50", "p99"):
            theirs = decoded[list(run["histograms"]).index("connect")]["percentiles"]
            self.assertAlmostEqual(run["connect"][key], theirs[key] / 1e9,
                                   delta=2e-3 * run["connect"][key])

    def test_anothers_are_read_by_us(self):
        numbers = random.Random(1)
        values = sorted({int(10 ** numbers.uniform(0, 12.5)): numbers.randrange(1, 10**9)
                         for _ in range(3000)}.items())
        values = [(1, 1), (2, 5), *values, (3600 * 10**9, 3)]
        text = other(encode=[[3, values]])["encoded"][0]
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            run = load("-n", 10, server.url)
            run["inFlight"]["all"] = []
            run["histograms"]["latency"] = {
                "count": sum(n for _, n in values), "min": 1, "max": 3600 * 10**9,
                "sum": 10**15, "overflow": 0, "hdr": text}
            path = pathlib.Path(folder, "run.json")
            path.write_text(json.dumps(run))
            again = hammer("explain", "--json", "-", path)
            self.assertEqual(again.code, 0, again.errors)
            # What we write of it is what they wrote.
            before, after = other(decode=[text, again.json["histograms"]["latency"]["hdr"]])["decoded"]
            self.assertEqual(after, before)
            for key, value in before["percentiles"].items():
                self.assertAlmostEqual(again.json["latencyPercentiles"][key], value / 1e9,
                                       delta=1e-3 * value / 1e9)
            # Digits that are not ours are no histogram of ours.
            run["histograms"]["latency"]["hdr"] = other(encode=[[2, values]])["encoded"][0]
            path.write_text(json.dumps(run))
            self.assertIn("damaged: histograms: latency", hammer("explain", path).errors)


if __name__ == "__main__":
    main()
