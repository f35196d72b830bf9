"""hammer's command line: bad input, outputs, signals, exit codes."""

import errno
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import (HAMMER, LIMIT, SANITIZED, SERVER, Server, free_port, hammer, main,
                     require_module)


class BadInput(unittest.TestCase):
    def check_usage(self, arguments, *words):
        result = hammer(*arguments)
        self.assertEqual(result.code, 2, arguments)
        self.assertEqual(result.out, "", arguments)
        lines = result.errors.splitlines()
        self.assertEqual(len(lines), 2, result.errors)
        self.assertRegex(lines[1], r"^Try 'hammer( [a-z]+)? --help'$")
        for word in words:
            self.assertIn(word, lines[0])

    def test_every_option_says_what_it_takes(self):
        for arguments, *words in [
            (["-z", "10x"], "--duration", "'10x'", "a duration"),
            (["-z", "0"], "--duration", "'0'"),
            (["-z", "-1s"], "--duration"),
            (["-n", "0"], "--requests", "'0'"),
            (["-n", "many"], "--requests", "'many'"),
            (["-n"], "--requests"),
            (["-q", "0"], "--rate", "'0'", "requests per second"),
            (["-q", "fast"], "--rate", "'fast'"),
            (["-c", "0"], "--connections", "'0'"),
            (["-c", "1.5"], "--connections", "'1.5'"),
            (["-t", "0"], "--threads", "'0'"),
            (["-m", "GET /"], "--method", "'GET /'"),
            (["-H", "no colon"], "--header", "'no colon'"),
            (["-H", "A: b\r\nC: d"], "--header", r"'A: b\x0d\x0aC: d'"),
            (["-d", "x", "-H", "Transfer-Encoding: chunked"], "--header",
             "hammer sets Content-Length itself", "'Transfer-Encoding: chunked'"),
            (["-d", "x", "-H", "content-length: 1"], "--header",
             "hammer sets Content-Length itself", "'content-length: 1'"),
            (["-H", "TRANSFER-ENCODING:gzip"], "--header", "'TRANSFER-ENCODING:gzip'"),
            (["-D", "/no/such/file"], "--body-file", "'/no/such/file'", "no such file"),
            (["-D", "/tmp"], "--body-file", "'/tmp'", "is a directory"),
            (["-d", "a", "-D", "b"], "--body"),
            (["--timeout", "soon"], "--timeout", "'soon'"),
            (["--connect-timeout", "0s"], "--connect-timeout", "'0s'"),
            (["--requests-per-connection", "0"], "--requests-per-connection", "'0'"),
            (["--close-by", "nobody"], "--close-by", "'nobody'", "server, client, reset"),
            (["--source", "localhost"], "--source", "'localhost'"),
            (["--source", "::1", "http://127.0.0.1:1/"], "--source", "'::1'"),
            (["--port-range", "5-1"], "--port-range", "'5-1'"),
            (["--port-range", "1-70000"], "--port-range"),
            (["--color", "red"], "--color", "'red'", "auto, always, never"),
            (["--json", "/no/such/folder/x"], "--json", "'/no/such/folder/x'"),
            (["--json", "/tmp"], "--json", "'/tmp'"),
            (["ftp://127.0.0.1/"], "ftp://127.0.0.1/"),
            (["http://127.0.0.1:0/"], "http://127.0.0.1:0/"),
            (["http://"], "URL 'http://'"),
            (["--wait-drain=soon"], "--wait-drain", "'soon'"),
            (["explain"], "explain: FILE is missing"),
            (["http://127.0.0.1:1/ http://127.0.0.1:2/"], "more than one URL"),
            (["http://127.0.0.1:1/\nhttp://127.0.0.1:2/"], "more than one URL"),
            (["--json", ""], "--json", "''"),
            (["-m", ""], "--method", "''"),
            (["--nope"], "--nope"),
            (["census", "--port", "65536"], "--port", "'65536'"),
            (["census", "--watch", "0"], "--watch", "'0'"),
            (["census", "--watch", "1s", "--json", "/tmp/x"], "--json", "'/tmp/x'"),
        ]:
            with self.subTest(arguments):
                self.check_usage(arguments, *words)

    def test_no_sentence_of_the_parser_is_shown(self):
        # Wrong words, missing values and wrong types, behind each subcommand.
        words = [["nonsense"], ["a", "b"], ["--nope"], ["--nope=1"], ["-y"], ["--json"], ["--json="],
                 ["--json", "--color"], ["--color"], ["--color="], ["--brief=x"], ["--list=x"],
                 ["--strict=x"], ["--loopback=x"], ["--conntrack="], ["--port", "x"], ["--watch"],
                 ["--rate"], ["--rate", "-1"], ["-z"], ["-z", "-z"], ["-c", "x"], ["--seed", "x"],
                 ["--threshold"], ["--noise"], ["--new"], ["--", "x"], ["-zx"], ["-z="],
                 ["--rounds", "0"], ["--mode", "x"], ["--os"], ["--os", "x"], ["--out"], ["--name"]]
        for command in ("census", "explain", "report", "prove", "limits", "budget", "lab", "simulate",
                        "compare", "ab", "search"):
            for behind in words:
                with self.subTest([command, *behind]):
                    done = hammer(command, *behind)
                    if done.code == 1 and command in ("explain", "report", "prove", "ab"):
                        continue  # the word is taken for the name of a file or of a host
                    self.assertEqual((done.code, done.out), (2, ""))
                    line, hint = done.errors.splitlines()
                    self.assertNotRegex(line, "not expected|required|excludes|disallowed|Should be")
                    self.assertRegex(line, r"^hammer: \S.*\S$")

    def test_a_subcommand_takes_no_options_of_a_run(self):
        for option, name in [
            (["-z", "1s"], "--duration"),
            (["-n", "1"], "--requests"),
            (["-c", "1"], "--connections"),
            (["-t", "1"], "--threads"),
            (["-m", "GET"], "--method"),
            (["-H", "A: b"], "--header"),
            (["-d", "a"], "--body"),
            (["-D", "/dev/null"], "--body-file"),
            (["--timeout", "1s"], "--timeout"),
            (["--connect-timeout", "1s"], "--connect-timeout"),
            (["--disable-keepalive"], "--disable-keepalive"),
            (["--requests-per-connection", "1"], "--requests-per-connection"),
            (["--close-by", "client"], "--close-by"),
            (["--source", "127.0.0.1"], "--source"),
            (["--port-range", "40000-40999"], "--port-range"),
            (["--wait-drain"], "--wait-drain"),
            (["--wait-drain=1s"], "--wait-drain"),
            (["--strict"], "--strict"),
            (["--no-census"], "--no-census"),
            (["--no-progress"], "--no-progress"),
            (["http://127.0.0.1:1/"], "URL"),
        ]:
            for command in ("census", "explain", "limits", "budget"):
                arguments = [*option, command, *(["/no/such/run"] if command == "explain" else [])]
                with self.subTest(arguments):
                    self.check_usage(arguments, f"hammer: {name} can't be used with {command}")
        # Behind it they are unknown, and so is a second subcommand.
        self.check_usage(["census", "-z", "1s"], "-z")
        self.check_usage(["limits", "budget"], "budget")

    def test_options_for_output_may_stand_before_a_subcommand(self):
        for command in ("census", "limits", "budget"):
            result = hammer("--json", "-", "--color", "never", command)
            self.assertEqual((result.code, result.errors), (0, ""))
            self.assertIsNotNone(result.json)
        self.check_usage(["--color", "red", "census"], "--color", "'red'")

    def test_what_is_not_there_is_found_before_the_load(self):
        for arguments, words in [
            (["http://no-such-name.invalid/"], "cannot resolve 'no-such-name.invalid'"),
            (["--source", "192.0.2.1", "http://127.0.0.1:1/"], "--source: '192.0.2.1'"),
        ]:
            result = hammer(*arguments)
            self.assertEqual((result.code, result.out), (1, ""))
            self.assertIn(words, result.errors)
            self.assertEqual(len(result.errors.splitlines()), 1)

    def test_the_last_of_several_counts(self):
        with Server() as server:
            run = hammer("-n", 5, "-n", 10, "-c", 1, "-c", 2, "--json", "-", server.url).json
        self.assertEqual((run["requests"]["succeeded"], run["plan"]["connections"]), (10, 2))

    def test_help_and_version(self):
        for arguments in (["--help"], ["census", "--help"]):
            result = hammer(*arguments)
            self.assertEqual((result.code, result.errors), (0, ""))
            self.assertIn("--json", result.out)
        self.assertRegex(hammer("--version").out, r"^hammer \d+\.\d+\.\d+\n$")


class Outcomes(unittest.TestCase):
    @unittest.skipIf(SANITIZED, "sanitizers need more address space than this")
    def test_threads_that_cannot_be_made(self):
        # Without room in memory for their stacks; both programs say so and end.
        with Server() as server:
            for command in ([HAMMER, "-z", "1s", "-c", "200", "-t", "200", server.url],
                            [SERVER, "--listen", "127.0.0.1:0", "--threads", "200"]):
                done = subprocess.run(["prlimit", "--as=300000000", *command], capture_output=True,
                                      text=True, timeout=LIMIT)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("--threads: '200' could not be started", done.stderr)

    def test_nothing_listens(self):
        port = free_port()
        result = hammer("-z", "30s", f"http://127.0.0.1:{port}/")
        self.assertEqual(result.code, 1)
        self.assertEqual(result.errors, f"hammer: no connection to 127.0.0.1:{port} succeeded: "
                                        "connection refused\n")
        self.assertIn("ECONNREFUSED", result.out)

    def test_nothing_listens_and_the_json_is_still_whole(self):
        result = hammer("-z", "30s", "--json", "-", f"http://127.0.0.1:{free_port()}/")
        self.assertEqual(result.code, 1)
        self.assertEqual(result.json["requests"]["started"], 0)
        self.assertGreater(result.json["attempts"]["failed"]["ECONNREFUSED"], 0)
        self.assertIsNone(result.json["summary"]["average"])
        self.assertNotIn("NaN", result.out)

    def test_json_to_a_file_comes_with_the_text(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.json")
            result = hammer("-n", 100, "--json", path, server.url)
            self.assertEqual((result.code, result.errors), (0, ""))
            self.assertIn("Requests/sec:", result.out)
            self.assertEqual(json.loads(path.read_text())["requests"]["succeeded"], 100)
            self.assertEqual(os.listdir(folder), ["run.json"])

    def test_a_json_file_is_there_whole_or_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.json")
            path.write_text("of yesterday")
            self.assertEqual(hammer("--json", path, "http://no-such-name.invalid/").code, 1)
            self.assertEqual(path.read_text(), "of yesterday")
            self.assertEqual(os.listdir(folder), ["run.json"])

    def test_killed_it_leaves_nothing_behind(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            run = subprocess.Popen([HAMMER, "-z", "1h", "--json", f"{folder}/run.json", server.url],
                                   stdout=subprocess.DEVNULL)
            time.sleep(0.3)
            run.kill()
            run.wait(LIMIT)
            self.assertEqual(os.listdir(folder), [])

    def test_a_pipe_that_nobody_writes_or_reads_is_told(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            pipe = pathlib.Path(folder, "pipe")
            os.mkfifo(pipe)
            run = subprocess.Popen([HAMMER, "-n", "5", "-D", pipe, "--json", "-", server.url], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(run.stderr.readline(),
                             f"hammer: waiting for '{pipe}': nothing to read there yet\n")
            with open(pipe, "w") as writer:
                writer.write("a" * 100_000)
                writer.flush()
                time.sleep(0.1)  # two parts, and a pause between them is not the end
                writer.write("b")
            out, errors = run.communicate(timeout=LIMIT)
            self.assertEqual((run.returncode, errors), (0, ""))
            self.assertEqual(json.loads(out)["plan"]["bodyBytes"], 100_001)

            run = subprocess.Popen([HAMMER, "-n", "5", "--json", pipe, server.url], text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.assertEqual(run.stderr.readline(),
                             f"hammer: --json: waiting for a reader of '{pipe}'\n")
            self.assertEqual(json.loads(pipe.read_text())["requests"]["succeeded"], 5)
            self.assertEqual((run.wait(LIMIT), run.stderr.read()), (0, ""))
            run.stderr.close()
            # Nothing is said where nobody waits.
            body = hammer("-n", 5, "-D", "-", "--json", "-", server.url, input="body")
            self.assertEqual((body.code, body.errors), (0, ""))
            self.assertEqual(body.json["plan"]["body"], "body")

    def test_a_full_disk_is_told(self):
        with Server() as server:
            lost = hammer("-n", 10, "--json", "/dev/full", server.url)
            self.assertEqual(lost.code, 1)
            self.assertIn("--json: '/dev/full' could not be written: no space left", lost.errors)
            with open("/dev/full", "w") as full:
                done = subprocess.run([HAMMER, "-n", "10", server.url], stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=LIMIT)
            self.assertEqual(done.returncode, 1)
            self.assertIn("stdout could not be written: no space left", done.stderr)
        for program, *options in [(HAMMER, "--help"), (HAMMER, "--version"), (HAMMER, "limits"),
                                  (HAMMER, "census", "--help"), (SERVER, "--help"),
                                  (SERVER, "--version"), (SERVER, "--listen", "127.0.0.1:0")]:
            with self.subTest(options), open("/dev/full", "w") as full:
                done = subprocess.run([program, *options], stdout=full, stderr=subprocess.PIPE,
                                      text=True, timeout=LIMIT)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr, f"{pathlib.Path(program).name}: stdout could not be "
                                              "written: no space left on device\n")

    def test_a_reader_that_goes_away_costs_no_file(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.json")
            reading, writing = os.pipe()
            os.close(reading)
            done = subprocess.run([HAMMER, "-n", "10", "--json", str(path), server.url],
                                  stdout=writing, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
            os.close(writing)
            self.assertEqual(done.returncode, 1)
            self.assertIn("stdout could not be written: broken pipe", done.stderr)
            self.assertEqual(json.loads(path.read_text())["requests"]["succeeded"], 10)

    def test_signals_end_it_with_the_whole_report(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), Server() as server:
                run = subprocess.Popen([HAMMER, "-z", "1h", server.url], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
                time.sleep(0.5)
                run.send_signal(number)
                out, errors = run.communicate(timeout=LIMIT)
                self.assertEqual(run.returncode, 128 + number)
                self.assertEqual(errors, "")
                self.assertIn(f"Interrupted by {number.name}", out)
                self.assertIn("Requests/sec:", out)
                self.assertIn("Sockets", out)
        with Server() as server:  # nohup(1): SIGHUP does not end it
            run = subprocess.Popen(["nohup", HAMMER, "-z", "1s", server.url], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
            time.sleep(0.5)
            run.send_signal(signal.SIGHUP)
            self.assertNotIn("Interrupted", run.communicate(timeout=LIMIT)[0])
            self.assertEqual(run.returncode, 0)
        # timeout(1) sends it twice, to the program and to its group: that is one.
        with Server() as server:
            twice = subprocess.run(["timeout", "--preserve-status", "0.5", HAMMER, "-z", "1h",
                                    server.url], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(twice.returncode, 128 + signal.SIGTERM)
        self.assertIn("Sockets", twice.stdout)
        with Server() as server:
            result = hammer("-n", 10, server.url)
        self.assertNotIn("Interrupted", result.out)

    def test_real_runs_fit_the_schemas(self):
        require_module("jsonschema")
        import jsonschema
        root = pathlib.Path(__file__).resolve().parents[2]
        schemas = [root / "docs/hammer.schema.json",
                   pathlib.Path(os.environ.get("TWS_VECTORS", root / "../shared/vectors"),
                                "oha.schema.json")]
        with Server("--admin", "127.0.0.1:0") as server:
            runs = [hammer("--json", "-", "-n", 100, *options, server.url).json for options in
                    ([], ["--disable-keepalive", "--no-census"], ["http://localhost:%d/" % server.port],
                     ["--port-range", "40000-40999", "--source", "127.0.0.1"],
                     ["--server-admin", server.admin])]
        for schema in filter(pathlib.Path.exists, schemas):
            validator = jsonschema.Draft202012Validator(json.loads(schema.read_text()))
            for run in runs:
                validator.validate(run)

    def test_colours_only_where_they_are_wanted(self):
        with Server() as server:
            run = ("-n", 10, server.url)
            self.assertNotIn("\x1b", hammer(*run).out)
            self.assertIn("\x1b", hammer("--color", "always", *run).out)
            self.assertIn("\x1b", hammer(*run, env=dict(os.environ, CLICOLOR_FORCE="1")).out)
            self.assertNotIn("\x1b", hammer("--color", "never", *run,
                                            env=dict(os.environ, CLICOLOR_FORCE="1")).out)

    def test_no_census(self):
        with Server() as server:
            without = hammer("-n", 10, "--no-census", "--json", "-", server.url).json
            with_it = hammer("-n", 10, "--json", "-", server.url).json
        self.assertIsNone(without["sockets"]["after"])
        self.assertEqual(without["census"]["count"], 0)
        self.assertGreaterEqual(with_it["census"]["count"], 2)

    def test_names_and_ipv6(self):
        with Server(listen="[::1]:0") as server:
            run = hammer("-n", 10, "--json", "-", server.url).json
            self.assertEqual(run["statusCodeDistribution"], {"200": 10})
            self.assertEqual(run["targets"][0]["address"], server.address)
        with Server(listen="[::]:0") as server, socket.socket() as ipv4:
            self.assertEqual(hammer("-n", 10, server.url).code, 0)
            self.assertEqual(ipv4.connect_ex(("127.0.0.1", server.port)), errno.ECONNREFUSED)
        # localhost is ::1 and 127.0.0.1 here; only one of them listens.
        with Server() as server:
            run = hammer("-n", 10, "--json", "-", f"http://localhost:{server.port}/").json
            self.assertEqual(run["statusCodeDistribution"], {"200": 10})
            self.assertEqual(run["targets"][0]["address"], server.address)


if __name__ == "__main__":
    main()
