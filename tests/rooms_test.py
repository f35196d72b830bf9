"""The rooms: src/CMakeLists.txt has the table of who may include whom, and the compiler holds it."""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)


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


def leaves_its_room(path, text, src):
    """The quoted includes of a file in src/ROOM that are neither tws/... nor of its own room."""
    room = src / path.relative_to(src).parts[0]
    quoted = re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.MULTILINE)
    return [name for name in quoted if not name.startswith("tws/")
            and not (path.parent / name).resolve().is_relative_to(room.resolve())]


def flags_of_rooms(commands):
    """room -> how the build compiles its files, as far as it says where headers are found"""
    flags = {}
    for entry in commands:
        if room := re.search(r" -o \S*/tws_(\w+)\.dir/", entry["command"]):
            words = shlex.split(entry["command"])
            flags[room.group(1)] = [
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

    def compile(self, room, *others):
        """Compiles, with the flags of `room`, a file that includes a header of each other room."""
        headers = [sorted((self.root / "include/tws" / other).glob("*.hpp"))[0] for other in others]
        text = "".join(f'#include "tws/{header.parent.name}/{header.name}"\n' for header in headers)
        flags = flags_of_rooms(json.loads(self.commands.read_text()))[room]
        done = subprocess.run([self.compiler, *flags, "-w", "-E", "-o", "/dev/null", "-x", "c++", "-"],
                              input=text, text=True, capture_output=True)
        return done.returncode, done.stderr

    def test_each_folder_is_a_room(self):
        self.assertGreater(len(self.rooms), 4)
        for base in ("include/tws", "src"):
            folders = {path.name for path in (self.root / base).iterdir() if path.is_dir()}
            self.assertEqual(folders, set(self.rooms), base)

    def test_contributing_has_the_same_table(self):
        table = rooms_of_contributing((self.root / "CONTRIBUTING.md").read_text())
        self.assertEqual(list(table), list(self.rooms))
        self.assertEqual(table, self.rooms)

    def test_an_allowed_include_compiles(self):
        for room, others in self.rooms.items():
            with self.subTest(room=room):
                self.assertEqual(self.compile(room, room, *sorted(others)), (0, ""))

    def test_a_forbidden_include_does_not_compile(self):
        for room, others in self.rooms.items():
            for other in set(self.rooms) - others - {room}:
                with self.subTest(room=room, other=other):
                    code, error = self.compile(room, other)
                    self.assertNotEqual(code, 0)
                    self.assertRegex(error, rf"tws/{other}/\w+\.hpp.*(No such file|not found)")

    # What the flags can't forbid, as the file is there for all: a neighbour's private header, CLI11.

    def test_private_headers_stay_in_their_room(self):
        for room in self.rooms:
            for path in (self.src / room).rglob("*.[ch]pp"):
                self.assertEqual(leaves_its_room(path, path.read_text(), self.src), [], path)
        path = self.src / "server/linux/x.cpp"
        self.assertEqual(leaves_its_room(path, '#include "../reply.hpp"\n', self.src), [])
        self.assertEqual(leaves_its_room(path, '#include "../../load/worker.hpp"\n', self.src),
                         ["../../load/worker.hpp"])

    def test_only_cli_knows_cli11(self):
        with_cli11 = {room for room in self.rooms for path in self.files(room)
                      if any(name.startswith("CLI/") for name in INCLUDE.findall(path.read_text()))}
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
