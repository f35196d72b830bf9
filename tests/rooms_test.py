"""The rooms and who may include whom: a change to this table is a change of the design."""

import pathlib
import re
import sys
import unittest

# room -> the rooms whose headers it may include, besides its own. `system` in the rows of pure
# rooms means its values; that these rooms do no I/O with it is for the reader to see.
MAY_INCLUDE = {
    "support": [],
    "io": ["support"],
    "system": ["support"],
    "measure": ["support", "system"],
    "model": ["support", "measure", "system"],
    "server": ["support", "io", "system"],
    "load": ["support", "io", "measure", "system"],
    "diagnose": ["support", "measure", "model", "system"],
    "report": ["support", "measure", "model", "system", "server", "load", "diagnose"],
    "lab": ["support", "server", "measure", "model", "diagnose", "system"],
    "cli": None,  # all
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)


def violations(room, text):
    """The includes in `text`, a file of `room`, that the table does not allow."""
    allowed = MAY_INCLUDE[room]
    found = []
    for path in INCLUDE.findall(text):
        if path.startswith("CLI/") and room != "cli":
            found.append(path)
        target = path.split("/")[1] if path.startswith("tws/") else None
        if target and allowed is not None and target != room and target not in allowed:
            found.append(path)
    return found


class Rooms(unittest.TestCase):
    root = None

    def test_every_include_is_allowed(self):
        checked = 0
        for base in ("include/tws", "src"):
            for room_dir in (self.root / base).iterdir():
                if not room_dir.is_dir():
                    continue
                self.assertIn(room_dir.name, MAY_INCLUDE, f"{room_dir}: no such room")
                for path in room_dir.rglob("*.[ch]pp"):
                    checked += 1
                    self.assertEqual(violations(room_dir.name, path.read_text()), [], path)
        self.assertGreater(checked, 4)

    def test_nothing_below_report_prints(self):
        prints = re.compile(r"std::(cout|cerr|clog)|\b(std::)?f?printf\(|fmt::print\(|\bputs\(")
        for room in set(MAY_INCLUDE) - {"report", "cli"}:
            for base in ("include/tws", "src"):
                for path in (self.root / base / room).rglob("*.[ch]pp"):
                    self.assertIsNone(prints.search(path.read_text()), path)

    def test_a_forbidden_include_is_found(self):
        self.assertEqual(violations("server", '#include "tws/load/plan.hpp"\n'), ["tws/load/plan.hpp"])
        self.assertEqual(violations("load", "#include <tws/server/server.hpp>\n"),
                         ["tws/server/server.hpp"])
        self.assertEqual(violations("report", "#include <CLI/CLI.hpp>\n"), ["CLI/CLI.hpp"])

    def test_an_allowed_include_is_not(self):
        self.assertEqual(violations("load", '#include "tws/measure/tally.hpp"\n'), [])
        self.assertEqual(violations("cli", "#include <CLI/CLI.hpp>\n"), [])


if __name__ == "__main__":
    Rooms.root = pathlib.Path(sys.argv.pop(1))
    unittest.main()
