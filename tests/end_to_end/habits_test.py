"""Command lines as users of other tools type them: what hammer prints, and with what it exits."""

import datetime
import json
import pathlib
import subprocess
import tempfile
import unittest

from harness import HAMMER, LIMIT, Server, free_port, hammer, main


class Habits(unittest.TestCase):
    def check_hint(self, arguments, *words):
        result = hammer(*arguments)
        self.assertEqual((result.code, result.out), (2, ""), arguments)
        lines = result.errors.splitlines()
        self.assertEqual(len(lines), 2, result.errors)
        for word in words:
            self.assertIn(word, lines[0])
        for word in ("cannot resolve", "not expected"):
            self.assertNotIn(word, lines[0])

    def check_run(self, arguments, **plan):
        result = hammer("--json", "-", *arguments)
        self.assertEqual(result.code, 0, result.errors)
        for key, value in plan.items():
            self.assertEqual(result.json["plan"][key], value, arguments)
        self.assertGreater(result.json["requests"]["succeeded"], 0)

    def test_usual_runs_work(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            url = server.url
            body = pathlib.Path(folder, "body.json")
            body.write_text("{}")
            for arguments, plan in [
                # hey
                (["-n", 20, "-c", 5, url], {"requests": 20, "connections": 5}),
                (["-z", "200ms", "-c", 5, "-disable-keepalive", url], {"requestsPerConnection": 1}),
                (["-n", 20, "-c", 5, "-m", "POST", "-T", "application/json", "-d", "{}", url],
                 {"method": "POST"}),
                # wrk
                (["-t2", "-c5", "--latency", "-z", "200ms", url], {"threads": 2, "connections": 5}),
                # ab
                (["-n", 20, "-c", 5, "-T", "application/json", "-D", body, url], {"method": "POST"}),
                (["-n", 20, "-c", 5, "-r", "-l", url], {"requests": 20}),
                # k6, vegeta, bombardier, siege
                (["--vus", 5, "--duration", "200ms", url], {"connections": 5}),
                (["-rate=100/s", "-duration=300ms", url], {"rate": 100}),
                (["-c", 5, "-n", 20, "-l", url], {"connections": 5}),
                (["-c5", "--time=1S", "-b", url], {"connections": 5, "durationSeconds": 1}),
                # oha
                (["-n", 20, "-c", 5, "--no-tui", "--disable-color", url], {"requests": 20}),
                (["-n", "1e2", "-c", "1_0", url], {"requests": 100, "connections": 10}),
            ]:
                with self.subTest(arguments):
                    self.check_run(arguments, **plan)

    def test_a_time_behind_wait_drain_is_its_value(self):
        with Server() as server:
            self.check_run(["--wait-drain", "5s", "-n", 20, server.url], waitDrainSeconds=5)

    def test_what_can_not_work_is_told_in_one_line(self):
        url = "http://127.0.0.1:9/"
        for arguments, *words in [
            (["-t2", "-c50", "-d1s", url], "-z 1s", "--body=1s"),
            (["-d", "@file", url], "-D file;"),
            (["-h2", url], "HTTP/1.1"),
            (["-P", "x:y", url], "--proxy http://"),
            (["-n", 5, "-p", "post.txt", url], "-D post.txt"),
            (["--output-format", "xml", url], "text, json, csv, quiet"),
            (["-o", "csv", url], "--output-format csv", "--output=csv"),
            (["help", "--nope"], "--nope"),
            (["lba"], "did you mean lab?"),
            (["run", "script.js"], "no scripts"),
            (["attack", "-rate=5"], "hammer -q 100"),
            (["--json", url], "--json: FILE is missing"),
            (["-n", "-c", 5, url], "--requests: N is missing before '-c'"),
            (["ab", "-n", 100, "-c", 10, url], "hammer --disable-keepalive URL"),
            (["--conections", 5, url], "did you mean --connections?"),
            (["lab", "--lisst"], "of lab", "did you mean --list?"),
        ]:
            with self.subTest(arguments):
                self.check_hint(arguments, *words)

    def test_output_as_of_oha(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            to = pathlib.Path(folder, "out")

            def run(*options):
                to.unlink(missing_ok=True)
                done = hammer("-n", 50, "-c", 2, *options, server.url)
                self.assertEqual((done.code, done.errors), (0, ""), options)
                return done.out, to.read_text() if to.exists() else None

            self.assertIn("Verdict:", run("--output-format", "text")[0])
            self.assertEqual(run("--output-format", "quiet"), ("", None))
            out, file = run("-o", to)
            self.assertEqual(out, "")
            self.assertIn("Verdict:", file)
            self.assertNotIn("histogram", run("--brief", "-o", to)[1])
            self.assertNotIn("\x1b", file)
            for option in ("-j", "--output-format=json"):
                self.assertEqual(json.loads(run(option)[0])["requests"]["succeeded"], 50)
                out, file = run(option, "-o", to)
                self.assertEqual((out, json.loads(file)["requests"]["succeeded"]), ("", 50))
            self.assertTrue(run("--output-format", "csv")[0].startswith("run,seconds,"))
            out, file = run("--output-format", "csv", "--output", to)
            self.assertTrue(out == "" and file.startswith("run,seconds,"))
            # Beside hammer's own.
            out, file = run("--json", "-", "-o", to)
            self.assertEqual(json.loads(out)["requests"]["succeeded"], 50)
            self.assertIn("Verdict:", file)

            saved = pathlib.Path(folder, "run.json")
            text = run("--json", saved)[0]
            for command in ("explain", "report"):
                self.assertEqual(hammer(command, saved, "-o", to).out, "")
                self.assertEqual(to.read_text(), text)
            none = hammer("-o", f"{folder}/none/x", "http://127.0.0.1:1/")
            self.assertEqual(none.code, 2)
            self.assertIn("--output: ", none.errors)
            twice = hammer("-o", to, "--json", to, "http://127.0.0.1:1/")
            self.assertEqual(twice.code, 2)
            self.assertIn("would be written twice", twice.errors)

    def test_a_line_of_ab_or_hey_gets_a_note(self):
        with Server() as server:
            for options, word in ((["-r"], "--disable-keepalive"),
                                  (["-r", "--disable-keepalive"], None),
                                  (["-q", 500, "-disable-redirects"], "multiply it by -c"),
                                  (["-q", 500], None)):
                done = hammer("-n", 20, "-c", 2, *options, server.url)
                self.assertEqual(done.code, 0)
                self.assertEqual(len(done.errors.splitlines()), 1 if word else 0, done.errors)
                self.assertIn(word or "", done.errors)

    def test_help_is_a_word_too(self):
        self.assertEqual(hammer("help").out, hammer("--help").out)
        self.assertEqual(hammer("help", "lab").out, hammer("lab", "--help").out)
        self.assertEqual(hammer("help", "--json").out, hammer("--help").out)

    def test_a_server_says_what_it_was_near_to(self):
        done = subprocess.run([HAMMER.replace("hammer", "tws-server"), "--lsten", "127.0.0.1:0"],
                              capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean --listen?", done.stderr)


class Own(unittest.TestCase):
    """What hammer does for those who do not know it yet."""

    def test_alone_without_a_server(self):
        result = hammer()
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertEqual(len(result.errors.splitlines()), 1)
        for words in ("127.0.0.1:3779", "start tws-server", "http://"):
            self.assertIn(words, result.errors)
        named = hammer(f"http://127.0.0.1:{free_port()}/")
        self.assertEqual(named.code, 1)
        self.assertNotIn("start tws-server", named.errors)
        self.assertIn("Verdict:", named.out)

    def test_close_by_without_an_end(self):
        with Server() as server:
            result = hammer("-n", 5, "--close-by", "client", server.url)
            self.assertEqual(result.code, 0)
            self.assertIn("--close-by client has no effect", result.errors)
            self.assertIn("--disable-keepalive", result.errors)
            for options in (["--disable-keepalive"], ["--requests-per-connection", 2]):
                self.assertNotIn("no effect", hammer("-n", 5, "--close-by", "client", *options,
                                                     server.url).errors)

    def test_brief(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            saved = pathlib.Path(folder, "run.json")
            brief = hammer("-n", 50, "--brief", "--json", saved, server.url).out
            for words in ("Summary:", "Requests/sec:", "Verdict:"):
                self.assertIn(words, brief)
            for words in ("histogram", "Sockets", "Over time", "Seen:"):
                self.assertNotIn(words, brief)
            self.assertLess(len(brief.splitlines()), 30)
            for command in ("explain", "report"):
                self.assertEqual(hammer(command, "--brief", saved).out, brief)
            self.assertIn("Sockets", hammer("explain", saved).out)

    def test_explain_reads_stdin(self):
        with Server() as server:
            run = hammer("-n", 50, "--json", "-", server.url).out
        result = hammer("explain", "-", input=run)
        self.assertEqual((result.code, result.errors), (0, ""))
        self.assertIn("Verdict:", result.out)
        result = hammer("explain", "-", input="{")
        self.assertEqual(result.code, 1)
        self.assertIn("stdin", result.errors)

    def test_census_of_a_port_with_its_time(self):
        with Server() as server:
            one = hammer("census", server.port, "--json", "-").json
            self.assertEqual(one["server"]["LISTEN"], 1)
            self.assertEqual(hammer("census", "--port", server.port, "--json", "-").json["server"],
                             one["server"])
            watch = subprocess.Popen([HAMMER, "census", str(server.port), "--watch", "50ms",
                                      "--json", "-"], stdout=subprocess.PIPE, text=True)
            times = [datetime.datetime.strptime(json.loads(watch.stdout.readline())["time"],
                                                "%Y-%m-%dT%H:%M:%S.%fZ") for _ in range(3)]
            watch.kill()
            watch.communicate(timeout=LIMIT)
        self.assertEqual(times, sorted(times))
        self.assertLess(times[0], times[2])
        self.assertEqual(hammer("census", "0").code, 2)


if __name__ == "__main__":
    main()
