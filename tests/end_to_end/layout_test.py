"""What hammer prints fits the terminal: no line is wider, at any width, with and without UTF-8."""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from harness import HAMMER, LIMIT, SERVER, Server, hammer, main

WIDTHS = (60, 80, 120)
TAB = 8
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def too_wide(text, width):
    """The lines that are wider, except those that hold one word, which can't be broken."""
    return [line for line in ESCAPES.sub("", text).splitlines()
            if len(line.expandtabs(TAB)) > width and len(line.rstrip("\\").split()) > 1]


class Layout(unittest.TestCase):
    def check(self, *command, code=0):
        for width in WIDTHS:
            for language in ("C", "C.UTF-8"):
                with self.subTest(command, width=width, language=language):
                    done = subprocess.run(
                        list(map(str, command)), capture_output=True, text=True, timeout=LIMIT,
                        env=dict(os.environ, COLUMNS=str(width), LC_ALL=language, LANG=language))
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertEqual(too_wide(done.stdout, width), [])
                    if language == "C":
                        self.assertTrue(done.stdout.isascii(), done.stdout)

    def test_help(self):
        self.check(HAMMER, "--help")
        self.check(SERVER, "--help")
        for name in ("census", "explain", "prove", "limits", "budget", "lab", "simulate", "search"):
            self.check(HAMMER, name, "--help")

    def test_what_needs_no_server(self):
        self.check(HAMMER, "census")
        self.check(HAMMER, "limits")
        self.check(HAMMER, "budget", "--rate", 1000, "--duration", "1m", "--search-cost", "10ns")
        self.check(HAMMER, "budget", "--os", "macos-12", "--sources", 2, "--hold", "30s", "--life",
                   "2s")
        self.check(HAMMER, "lab", "--list")
        self.check(HAMMER, "simulate", "--os", "macos-12", "-z", "10s", "--disable-keepalive",
                   "--mode", "sequential", "--connect-timeout", "75s")
        self.check(HAMMER, "simulate", "-z", "100ms", "--disable-keepalive", "--close-by", "client",
                   "--repeat", 3)

    def test_reports(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            for options in (["-n", 200, "-c", 1], ["-n", 200, "-q", "1000"],
                            ["-n", 2000, "--disable-keepalive", "--close-by", "client",
                             "--port-range", "40000-40999", "-H", "Accept: text/html"]):
                saved = pathlib.Path(folder, "run.json")
                self.assertEqual(hammer(*options, "--json", saved, server.url).code, 0)
                self.check(HAMMER, "explain", saved)
                self.check(HAMMER, "explain", "--brief", saved)
            self.check(HAMMER, "-n", 50, server.url)

    def test_the_table_of_the_lab(self):
        result = hammer("lab", "no-root", "-z", "300ms", env=dict(os.environ, COLUMNS="60"))
        self.assertEqual(too_wide(result.out, 60), [])
        result = hammer("lab", "no-root", "reset", "-z", "300ms", env=dict(os.environ, COLUMNS="80"))
        self.assertEqual(too_wide(result.out, 80), [])
        row = next(line for line in result.out.splitlines() if line.startswith("reset"))
        self.assertIn(">16,384", row)

    def test_one_is_singular(self):
        with Server() as server:
            out = hammer("-n", 1, "-c", 1, "--disable-keepalive", server.url).out
        for words in ("Time: 1 connection x", "opened:\t1 in 1 attempt;", "1 request each",
                      "[200] 1 response\n"):
            self.assertIn(words, out)
        self.assertNotRegex(out, r"\b1 (?:\w+ )?(?:connections|requests|responses|times|attempts)\b")

    def test_durations_of_runs_are_in_seconds(self):
        with Server() as server:
            out = hammer("-n", 10, server.url).out
        self.assertRegex(out, r"(?m)^  Total:\t\d+\.\d{4} sec$")

    def test_in_flight_at_the_deadline_is_no_error(self):
        with Server() as server:
            out = hammer("-z", "300ms", server.url + "delay/10000").out
        self.assertIn("In flight at the deadline:", out)
        self.assertNotIn("Error distribution", out)


class Progress(unittest.TestCase):
    def lines_on_a_terminal(self, widths, seconds, *arguments, env=None):
        """What a run writes on a terminal that has one width after the other."""
        main_end, other_end = pty.openpty()

        def resize(width):
            fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))

        resize(widths[0])
        run = subprocess.Popen([HAMMER, *arguments], stdout=subprocess.DEVNULL, stderr=other_end,
                               env=env)
        written = []
        for width in widths:
            resize(width)
            # What is under way may still be for the width before.
            end, text = time.monotonic() + seconds, b""
            while time.monotonic() < end:
                if select.select([main_end], [], [], 0.1)[0]:
                    text += os.read(main_end, 65536)
            written.append(text.decode())
        run.send_signal(signal.SIGINT)
        run.wait(LIMIT)
        os.close(main_end)
        os.close(other_end)
        return written

    def test_the_line_follows_the_width_and_ports_come_first(self):
        with Server() as server:
            wide, narrow = self.lines_on_a_terminal(
                (80, 50), 2.5, "-z", "30s", "-q", "100", "--disable-keepalive", server.url)
        wide, narrow = (text.split("\r\x1b[K")[2:-1] for text in (wide, narrow))
        self.assertTrue(wide and narrow)
        for lines, width in ((wide, 80), (narrow, 50)):
            for line in lines:
                self.assertLessEqual(len(line), width, line)
                self.assertNotIn("\n", line)
        self.assertRegex(wide[-1], r"^\[.{4,}\] ports [\d,]+/[\d,]+  \d+\.\d/30\.0 s  ")
        self.assertRegex(narrow[-1], r"^\[.{4,}\] ports [\d,]+/[\d,]+  ")

    def test_in_a_terminal_that_rewraps_all_rows_are_erased(self):
        known = ("VTE_VERSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "TERM_PROGRAM",
                 "ALACRITTY_WINDOW_ID", "WT_SESSION", "TMUX")
        none = {name: value for name, value in os.environ.items() if name not in known}
        with Server() as server:
            for env, up in ((dict(none, VTE_VERSION="7000"), 1), (none, 0)):
                wide, narrow = self.lines_on_a_terminal((80, 50), 2, "-z", "30s", "-q", "100",
                                                        server.url, env=env)
                self.assertEqual((wide + narrow).count("\x1b[1A\r\x1b[J"), up)


if __name__ == "__main__":
    main()
