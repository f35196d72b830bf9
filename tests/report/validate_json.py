"""hammer's JSON against its own schema, and against that of oha, whose readers should read it too.

Usage: validate_json.py SOURCE_DIR EXAMPLES_DIR [unittest's options]
oha's schema is looked for in $TWS_VECTORS, else in ../shared/vectors beside the sources.
"""

import copy
import json
import os
import pathlib
import sys
import unittest

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

EXAMPLES = ["keep_alive", "article", "ports_exhausted", "proxy", "all_failed", "nothing", "interrupted",
            "refused", "several_urls", "rate_missed", "rate_kept", "secure", "server_elsewhere", "staged",
            "simulated"]
# oha's schema wants a number for every latency, which these runs don't have; nor do oha's own.
WITHOUT_SUCCESS = ["all_failed", "nothing"]


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


class Validation(unittest.TestCase):
    source = examples = None

    def load(self, name):
        text = (self.examples / f"{name}.json").read_text()
        return json.loads(text, parse_constant=no_constant)

    def own_schema(self):
        schema = json.loads((self.source / "docs/hammer.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    def oha_schema(self):
        vectors = os.environ.get("TWS_VECTORS") or self.source / "../shared/vectors"
        path = pathlib.Path(vectors) / "oha.schema.json"
        if not path.exists():
            self.skipTest(f"no {path}")
        return jsonschema.Draft202012Validator(json.loads(path.read_text()))

    def test_all_examples_are_here(self):
        self.assertEqual(sorted(EXAMPLES), sorted(p.stem for p in self.examples.glob("*.json")))

    def test_every_run_fits_our_schema(self):
        validator = self.own_schema()
        for name in EXAMPLES:
            with self.subTest(name):
                validator.validate(self.load(name))

    def test_runs_with_a_success_fit_ohas(self):
        validator = self.oha_schema()
        for name in set(EXAMPLES) - set(WITHOUT_SUCCESS):
            with self.subTest(name):
                validator.validate(self.load(name))

    def test_our_schema_describes_every_key_that_oha_requires(self):
        oha = self.oha_schema().schema
        own = self.own_schema().schema
        self.assertEqual(set(oha["required"]) - set(own["required"]), set())

    def test_our_schema_refuses_what_is_wrong(self):
        validator = self.own_schema()
        good = self.load("article")
        for spoil in [
            lambda run: run.pop("inFlight"),
            lambda run: run["plan"].update(surprise=1),
            lambda run: run["summary"].update(slowest="6.7"),
            lambda run: run["requests"].update(started=-1),
            lambda run: run["sockets"]["after"]["client"].pop("TIME_WAIT"),
            lambda run: run.update(schema="hammer/1"),
        ]:
            bad = copy.deepcopy(good)
            spoil(bad)
            self.assertFalse(validator.is_valid(bad))

    def test_nothing_but_null_stands_for_what_is_unknown(self):
        run = self.load("nothing")
        self.assertIsNone(run["summary"]["successRate"])
        self.assertIsNone(run["latencyPercentiles"]["p50"])
        self.assertIsNone(run["sockets"]["before"])
        self.assertEqual(run["timeline"], [])


if __name__ == "__main__":
    Validation.source = pathlib.Path(sys.argv.pop(1))
    Validation.examples = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
