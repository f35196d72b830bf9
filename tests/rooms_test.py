"""The rooms: src/CMakeLists.txt has the table of who may include whom, and the compiler holds it."""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def rooms_of_cmake(text):
    """room -> the rooms that it may include, from the calls of tws_room()"""
    rows = re.findall(r"^tws_room\((\w+)([\w ]*)\)$", text, re.MULTILINE)
    return {room: set(others.split()) for room, others in rows}


def rooms_of_contributing(text):
    """The same from the table in CONTRIBUTING.md. "system's values" are of the room system."""
    table = re.search(r"^\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE).group(1)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    names = {room for room, _holds, _others in rows}
    rooms = {}
    for room, _holds, others in rows:
        words = {word.strip().removesuffix("'s values") for word in others.split(",")}
        rooms[room] = names - {room} if words == {"all"} else words - {"-"}
    return rooms


def flags_of_targets(commands):
    """target -> how the build compiles its files, as far as it says where headers are found"""
    flags = {}
    for entry in commands:
        if target := re.search(r" -o \S*/(\w+)\.dir/", entry["command"]):
            words = shlex.split(entry["command"])
            flags[target.group(1)] = [
                word for before, word in zip(words, words[1:])
                if re.match(r"-(I|D|std=|isystem$|isysroot$)", word)
                or before in ("-isystem", "-isysroot")]
    return flags


class Rooms(unittest.TestCase):
    root = None
    compiler = None
    commands = None  # the build's compile_commands.json

    def setUp(self):
        self.src = self.root / "src"
        self.rooms = rooms_of_cmake((self.src / "CMakeLists.txt").read_text())

    def files(self, room):
        for base in ("include/tws", "src"):
            yield from (self.root / base / room).rglob("*.[ch]pp")

    def headers(self, *rooms):
        """Their headers as files include them: "tws/ROOM/x.hpp" and "ROOM/x.hpp"."""
        bases = (self.root / "include", self.src)
        return {path.relative_to(base).as_posix() for room in rooms for base in bases
                for path in self.files(room) if path.suffix == ".hpp" and base in path.parents}

    def found(self, target):
        """Those of all headers that are found with the flags of a target."""
        text = "".join(f'#if __has_include("{name}")\n"{name}"\n#endif\n'
                       for name in self.headers(*self.rooms))
        flags = flags_of_targets(json.loads(self.commands.read_text()))[target]
        done = subprocess.run([self.compiler, *flags, "-w", "-E", "-P", "-x", "c++", "-"],
                              input=text, text=True, capture_output=True, check=True)
        return {line.strip('"') for line in done.stdout.splitlines() if line}

    def test_each_folder_is_a_room(self):
        self.assertGreater(len(self.rooms), 4)
        public, private = ({path.name for path in (self.root / base).iterdir() if path.is_dir()}
                           for base in ("include/tws", "src"))
        self.assertEqual(private, set(self.rooms))
        self.assertLess(public, private)

    def test_contributing_has_the_same_table(self):
        table = rooms_of_contributing((self.root / "CONTRIBUTING.md").read_text())
        self.assertEqual(list(table), list(self.rooms))
        self.assertEqual(table, self.rooms)

    def test_a_room_finds_the_headers_that_it_may_include_and_no_others(self):
        for room, others in self.rooms.items():
            with self.subTest(room=room):
                self.assertEqual(self.found(f"tws_{room}"), self.headers(room, *others))

    # The build compiles each public header by itself, with the same flags.
    def test_users_find_the_public_headers_and_no_others(self):
        public = {name for name in self.headers(*self.rooms) if name.startswith("tws/")}
        self.assertIn("tws/load/engine.hpp", public)
        self.assertEqual(self.found("tws_verify_interface_header_sets"), public)

    # What the flags can't forbid: "../io/loop.hpp", "loop.hpp" beside a file, CLI11.

    def test_there_is_one_way_to_include_a_header(self):
        headers = self.headers(*self.rooms)
        for room in self.rooms:
            for path in self.files(room):
                self.assertLessEqual(set(QUOTED.findall(path.read_text())), headers, path)
        self.assertEqual(QUOTED.findall('#include "../x.hpp"\n'), ["../x.hpp"])

    def test_only_cli_knows_cli11(self):
        with_cli11 = {room for room in self.rooms for path in self.files(room)
                      if re.search(r"#\s*include\s*<CLI/", path.read_text())}
        self.assertEqual(with_cli11, {"cli"})

    def test_nothing_below_report_prints(self):
        prints = re.compile(r"std::(cout|cerr|clog)|\b(std::)?f?printf\(|fmt::print\(|\bputs\(")
        for room in set(self.rooms) - {"report", "cli"}:
            for path in self.files(room):
                self.assertIsNone(prints.search(path.read_text()), path)
        self.assertIsNotNone(prints.search('std::cerr << "no";'))


if __name__ == "__main__":
    Rooms.commands = pathlib.Path(sys.argv.pop(3))
    Rooms.compiler = sys.argv.pop(2)
    Rooms.root = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
