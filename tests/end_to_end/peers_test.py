"""hammer against servers that are not ours, and clients that are not ours against tws-server."""

import re
import subprocess
import sys
import tempfile
import unittest

from harness import LIMIT, Server, load, main, nginx, program, require


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True,
                          timeout=LIMIT)


class HammerAgainst(unittest.TestCase):
    def test_nginx(self):
        with nginx() as port:
            for options in ([], ["--disable-keepalive"],
                            ["--disable-keepalive", "--close-by", "client"],
                            ["--disable-keepalive", "--close-by", "reset"]):
                with self.subTest(options=options):
                    result = load("-n", 1000, "-c", 10, *options, f"http://127.0.0.1:{port}/")
                    self.assertEqual(result["statusCodeDistribution"], {"200": 1000})
                    self.assertEqual(result["summary"]["totalData"], 19_000)
                    self.assertEqual(result["requests"]["failed"], {})

    def test_nginx_ends_connections_after_so_many_requests(self):
        with nginx("keepalive_requests 10; location / { return 204; }") as port:
            result = load("-n", 1000, "-c", 1, f"http://127.0.0.1:{port}/")
        self.assertEqual(result["statusCodeDistribution"], {"204": 1000})
        self.assertEqual(result["connections"]["opened"], 100)
        self.assertEqual(result["connections"]["closedBy"]["server"], 100)
        self.assertEqual(result["requests"]["failed"], {})

    def test_python(self):
        # HTTP/1.0: every response ends its connection.
        with tempfile.TemporaryDirectory() as folder, program(
                sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d", folder,
                "{port}") as port:
            result = load("-n", 100, "-c", 2, f"http://127.0.0.1:{port}/")
        self.assertEqual(result["statusCodeDistribution"], {"200": 100})
        self.assertEqual(result["connections"]["opened"], 100)
        self.assertEqual(result["connections"]["closedBy"]["server"], 100)


class AgainstTwsServer(unittest.TestCase):
    def test_curl(self):
        require("curl")
        for mode in ("sequential", "spawn"):
            with Server("--mode", mode) as server:
                done = run("curl", "-sS", "-i", server.url)
                self.assertIn("HTTP/1.1 200 OK", done.stdout)
                self.assertTrue(done.stdout.endswith("\n\nHello from plaque!\n"))
                self.assertEqual(run("curl", "-sS", "-d", "ping", server.url + "echo").stdout,
                                 "ping")
                head = run("curl", "-sS", "-I", server.url).stdout
                self.assertIn("Content-Length: 19", head)
                self.assertEqual(server.stop()["requests"], 3)

    def test_wrk(self):
        require("wrk")
        for headers in ([], ["-H", "Connection: close"]):
            with Server() as server:
                out = run("wrk", "-t1", "-c10", "-d1s", *headers, server.url).stdout
                done = int(re.search(r"(\d+) requests in", out).group(1))
                # wrk does not count what is under way at its end.
                totals = server.stop()
                self.assertGreater(done, 0)
                self.assertLessEqual(abs(totals["requests"] - done), 10)
                self.assertEqual(totals["requests"], totals["status_200"])
                self.assertNotIn("Non-2xx", out)

    def test_ab(self):
        require("ab")
        for keep in ([], ["-k"]):
            with Server() as server:
                out = run("ab", "-q", *keep, "-n", 1000, "-c", 10, server.url).stdout
                self.assertRegex(out, r"Complete requests: +1000\n")
                self.assertRegex(out, r"Failed requests: +0\n")
                if keep:
                    self.assertRegex(out, r"Keep-Alive requests: +1000\n")
                totals = server.stop()
                self.assertEqual(totals["status_200"], 1000)
                # Without -k it opens up to ten more at its end and sends nothing on them.
                if keep:
                    self.assertEqual(totals["connections"], 10)
                else:
                    self.assertIn(totals["connections"], range(1000, 1011))

    def test_hey(self):
        require("hey")
        for keep in ([], ["-disable-keepalive"]):
            with Server() as server:
                out = run("hey", "-n", 1000, "-c", 10, *keep, server.url).stdout
                self.assertRegex(out, r"\[200\]\s+1000 responses")
                self.assertEqual(server.stop()["status_200"], 1000)


if __name__ == "__main__":
    main()
