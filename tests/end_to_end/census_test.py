"""hammer census: what it counts, beside ss(8), and how it prints it."""

import contextlib
import json
import pathlib
import socket
import subprocess
import unittest

from harness import HAMMER, LIMIT, Server, free_port, hammer, load, main, not_zero, require_module, ss


class CensusCommand(unittest.TestCase):
    def test_counts_what_ss_counts(self):
        with Server() as server:
            hammer("-n", 200, "--disable-keepalive", "--close-by", "client", server.url)
            hammer("-n", 300, "--disable-keepalive", server.url)
            census = hammer("census", "--port", server.port, "--json", "-").json
            self.assertEqual(not_zero(census), ss(server.port))
            self.assertEqual(census["client"]["TIME_WAIT"], 200)
            self.assertEqual(census["server"]["TIME_WAIT"], 300)
            self.assertEqual(census["ports"]["used"], 200)
            text = hammer("census", "--port", server.port).out
            self.assertRegex(text, r"TIME_WAIT +200 +300\n")
            everything = hammer("census", "--json", "-").json
            self.assertGreaterEqual(everything["client"]["TIME_WAIT"], 200)

    def test_a_run_counts_pairs_of_address_and_port(self):
        with Server() as one, Server(listen="127.0.0.2:0") as two, contextlib.ExitStack() as stack:
            # To the one's address with the other's port: nothing that the run does.
            listener = stack.enter_context(socket.create_server(("127.0.0.1", two.port)))
            for _ in range(5):
                stack.enter_context(socket.create_connection(listener.getsockname()))
                stack.enter_context(listener.accept()[0])
            run = load("-n", 10, "-c", 2, "--close-by", "client", "--disable-keepalive",
                       one.url, two.url)
        for when in ("before", "after"):
            self.assertNotIn("ESTABLISHED", not_zero(run["sockets"][when])["client"])
            self.assertEqual(not_zero(run["sockets"][when])["server"], {"LISTEN": 2})
        self.assertEqual(not_zero(run["sockets"]["after"])["client"], {"TIME_WAIT": 10})

    def test_its_json_fits_the_schema(self):
        require_module("jsonschema")
        import jsonschema
        path = pathlib.Path(__file__).resolve().parents[2] / "docs/hammer.schema.json"
        schema = json.loads(path.read_text())
        one = jsonschema.Draft202012Validator({**schema["$defs"]["census"], "$defs": schema["$defs"]})
        with Server() as server:
            one.validate(hammer("census", "--port", server.port, "--json", "-").json)
            one.validate(hammer("census", "--json", "-").json)

    def test_another_port_has_nothing(self):
        with Server():
            census = hammer("census", "--port", free_port(), "--json", "-").json
        self.assertEqual(not_zero(census), {"client": {}, "server": {}})
        self.assertEqual(census["ports"]["used"], 0)

    def test_watch_goes_on_until_it_is_ended(self):
        with Server() as server:
            watch = subprocess.Popen([HAMMER, "census", "--port", str(server.port), "--watch",
                                      "100ms", "--json", "-"], stdout=subprocess.PIPE, text=True)
            lines = [json.loads(watch.stdout.readline()) for _ in range(3)]
            watch.terminate()
            watch.communicate(timeout=LIMIT)
        self.assertTrue(all(line["server"]["LISTEN"] == 1 for line in lines))


if __name__ == "__main__":
    main()
