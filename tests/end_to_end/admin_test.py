"""tws-server --admin and hammer --server-admin: the pages, and a server in another network whose own
side is in the report only if it was asked."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

import harness
from harness import (LIMIT, RawServer, Server, hammer, load, main, nginx, not_zero, other_network,
                     read_request, require_module, ss)

ADMIN = ("--admin", "127.0.0.1:0")
STAYS_OUT_OF_FILES = not os.environ.get("TWS_SANITIZED", "").startswith("thread")


def fetch(url, method="GET"):
    """Status, content type and body."""
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            return response.status, response.headers["Content-Type"], response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def eventually(make, wanted):
    """What `make` makes, as soon as it is what is wanted: a response is counted a moment after its
    last byte was handed over."""
    for _ in range(1000):
        made = make()
        if made == wanted:
            break
    return made


class Pages(unittest.TestCase):
    def test_metrics_are_exactly_what_clients_did(self):
        require_module("prometheus_client")
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        with Server(*ADMIN, "--threads", "2") as server:
            load("-n", 1000, "-c", 10, server.url)
            run = load("-n", 50, "-c", 5, "--disable-keepalive", server.url + "status/404")
            # What was not kept is closed by the server, and its TIME_WAIT its own.
            self.assertEqual(run["connections"]["closedBy"]["server"], 50)

            def samples():
                status, kind, text = fetch(server.admin + "metrics")
                self.assertEqual((status, kind),
                                 (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
                return {(sample.name, *sorted(sample.labels.items())): sample.value
                        for family in text_string_to_metric_families(text)
                        for sample in family.samples}

            wanted = {
                ("tws_connections_accepted_total",): 60,
                ("tws_connections_open",): 0,
                ("tws_connections_closed_total", ("by", "client")): 10,
                ("tws_connections_closed_total", ("by", "server")): 50,
                ("tws_connections_closed_total", ("by", "reset")): 0,
                ("tws_requests_total", ("status", "200")): 1000,
                ("tws_requests_total", ("status", "404")): 50,
                ("tws_accept_errors_total",): 0,
                ("tws_sockets", ("side", "server"), ("state", "TIME_WAIT")): 50,
                ("tws_sockets", ("side", "server"), ("state", "LISTEN")): 2,
                ("tws_sockets", ("side", "server"), ("state", "ESTABLISHED")): 0,
            }
            self.assertEqual(
                eventually(lambda: {key: samples().get(key) for key in wanted}, wanted), wanted)
            seen = samples()
            totals = server.stop()
        self.assertEqual(seen["tws_received_bytes_total",], totals["bytes_in"])
        self.assertEqual(seen["tws_sent_bytes_total",], totals["bytes_out"])

    def test_the_census_is_what_ss_and_the_server_say(self):
        with Server(*ADMIN) as server:
            load("-n", 200, "-c", 4, "--disable-keepalive", server.url)
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                client.recv(1000)
                status, kind, text = fetch(server.admin + "census")
                census = json.loads(text)
                self.assertEqual((status, kind), (200, "application/json"))
                # Sockets may change their state between the two looks.
                same = eventually(lambda: not_zero(json.loads(
                    fetch(server.admin + "census")[2])["sockets"]) == ss(server.port), True)
                self.assertTrue(same, (fetch(server.admin + "census")[2], ss(server.port)))
                self.assertEqual(census["totals"]["open"], 1)
                self.assertEqual(census["totals"]["connections"], 201)
            self.assertEqual(census["schema"], "tws-server/1")
            self.assertEqual(census["pid"], server.process.pid)
            self.assertEqual(census["listen"], [server.address])
            files = len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))
            if STAYS_OUT_OF_FILES:  # else those of the admin listener come and go among them
                self.assertIn(census["process"]["openFiles"], (files, files + 1))  # the client's is gone
            self.assertIn(str(server.process.pid), census["process"]["threadSeconds"])

    def test_it_is_off_by_default_and_nowhere_else(self):
        with Server() as server:
            self.assertIsNone(server.admin)
            for page in ("healthz", "metrics", "census"):
                self.assertEqual(fetch(server.url + page)[0], 404)
        with Server(*ADMIN) as server:
            self.assertEqual(fetch(server.url + "metrics")[0], 404)
            self.assertEqual(fetch(server.admin)[0], 404)
            self.assertEqual(fetch(server.admin + "metrics", "POST")[0], 405)
            self.assertEqual(fetch(server.admin + "metrics", "HEAD")[2], "")
            self.assertEqual(fetch(server.admin + "healthz")[2], "ok\n")

    def test_a_port_that_is_taken_is_named(self):
        with Server(*ADMIN) as server:
            address = server.admin.split("/")[2]
            done = subprocess.run([harness.SERVER, "--listen", "127.0.0.1:0", "--admin", address],
                                  capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"tws-server: cannot listen on {address}: address already in use\n"))


class OnOneMachine(unittest.TestCase):
    def test_nothing_is_counted_twice(self):
        with Server(*ADMIN) as server:
            run = load("-n", 300, "-c", 3, "--disable-keepalive", "--server-admin", server.admin,
                       server.url)
            self.assertEqual(not_zero(run["sockets"]["after"]), ss(server.port))
            pid = server.process.pid
        self.assertEqual([one["pid"] for one in run["cpu"]["servers"]], [pid])
        side = run["serverSide"]
        self.assertTrue(side["onThisMachine"] and side["inThisNetwork"])
        self.assertEqual((side["failures"], side["failure"]), (0, None))

    def test_what_is_no_admin_listener_is_told_before_the_load(self):
        with Server(*ADMIN) as server, nginx() as port:
            for url, why in ((server.url, "it answers with status 404"),
                             (f"http://127.0.0.1:{port}/", "its answer is not JSON"),
                             (f"http://127.0.0.1:{harness.free_port()}/", "connection refused")):
                result = hammer("-n", 1, "--server-admin", url, server.url)
                self.assertEqual(result.code, 1)
                self.assertEqual(result.out, "")
                self.assertEqual(result.errors, f"hammer: --server-admin: '{url}' is not the admin "
                                                f"listener of a tws-server: {why}\n")
            self.assertEqual(server.stop()["requests"], 1)  # the one for /census

    def test_a_url_that_is_none_is_a_usage_error(self):
        for url in ("", "ftp://a/", "http://a/census", "http://a:99999/"):
            result = hammer("-n", 1, "--server-admin", url)
            self.assertEqual(result.code, 2)
            self.assertIn(f"--server-admin: '{url}' is not http://HOST:PORT/", result.errors)

    def test_one_that_answers_once_is_told_before_the_load(self):
        with Server(*ADMIN) as server:
            body = fetch(server.admin + "census")[2].encode()
            def once(connection, number):
                if read_request(connection) and number == 1:
                    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)
            with RawServer(once) as admin:
                result = hammer("-n", 1, "--server-admin", admin.url, server.url)
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertEqual(result.errors, f"hammer: --server-admin: '{admin.url}' answered the "
                                        "first query but not the second: it closed the connection\n")

    def test_an_answer_that_is_here_is_not_waited_for(self):
        def ends_with_the_connection(connection, body):
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)
            connection.shutdown(socket.SHUT_WR)
        def stays_open(connection, body):
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" %
                               (len(body), body))
        for answer in (ends_with_the_connection, stays_open):
            with self.subTest(answer.__name__), Server(*ADMIN) as server:
                def relay(connection, _, answer=answer, server=server):
                    read_request(connection)
                    answer(connection, fetch(server.admin + "census")[2].encode())
                    connection.recv(1)  # until hammer is done with it
                with RawServer(relay) as admin:
                    run = load("-z", "1800ms", "-c", 2, "--server-admin", admin.url, server.url)
                # At the start, after a second and at the end. One under way at the end is given up.
                self.assertEqual(run["serverSide"]["answers"], 3)
                self.assertEqual(run["serverSide"]["failures"], 0)

    def relayed(self, answers, then, *options):
        """A run whose admin listener answers so often like a real one, then as it is told."""
        with Server(*ADMIN) as server:
            def relay(connection, number):
                read_request(connection)
                body = fetch(server.admin + "census")[2].encode() if number <= answers else None
                connection.sendall(then if body is None else
                                   b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                                   (len(body), body))
            with RawServer(relay) as admin:
                return load(*options, "--server-admin", admin.url, server.url)

    def test_one_that_goes_away_costs_no_report(self):
        for then, why in ((b"", "it closed the connection"),
                          (b"SSH-2.0-OpenSSH\r\n", "its answer is not HTTP"),
                          (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                           'its answer has no "schema": "tws-server/1"'),
                          (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
                           "it answers with status 503")):
            with self.subTest(why):
                run = self.relayed(3, then, "-z", "2500ms", "-c", 2)
                side = run["serverSide"]
                self.assertEqual(side["answers"], 2)  # the first was for the start
                self.assertGreaterEqual(side["failures"], 1)
                self.assertEqual(side["failure"], why)
                self.assertLess(side["lastAnswerSeconds"], side["failedSinceSeconds"])
                self.assertGreater(run["requests"]["succeeded"], 0)

    def test_one_that_is_silent_holds_up_nothing(self):
        def silent(connection, number):
            read_request(connection)
            body = fetch(self.server.admin + "census")[2].encode()
            if number <= 2:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                                   (len(body), body))
            else:
                connection.recv(1)  # until it is given up
        with Server(*ADMIN) as self.server, RawServer(silent) as admin:
            run = load("-z", "2500ms", "-c", 2, "--server-admin", admin.url, self.server.url)
        self.assertEqual(run["serverSide"]["failure"], "no answer in a second")
        self.assertEqual(run["serverSide"]["answers"], 1)
        meanwhile = [one["requests"] for one in run["timeline"] if 1 < one["t"] <= 2]
        self.assertEqual(len(meanwhile), 10)
        self.assertGreater(sum(meanwhile), 0)


class Elsewhere(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        network = other_network()
        cls.there = network.__enter__()
        cls.addClassCleanup(network.__exit__, None, None, None)

    def server(self, *options, prefix=()):
        return Server("--admin", "10.77.0.2:0", *options, listen="10.77.0.2:0",
                      prefix=(*self.there, *prefix))

    def tell_the_kernel(self, name, value):
        subprocess.run([*self.there, "sh", "-c", f"echo {value} >/proc/sys/net/{name}"], check=True)

    def test_without_it_the_servers_sockets_are_not_known(self):
        with self.server() as server:
            run = load("-n", 200, "-c", 4, "--disable-keepalive", server.url)
        self.assertEqual(not_zero(run["sockets"]["after"])["server"], {})
        # Its process is on this machine, and may be looked at.
        self.assertEqual([one["pid"] for one in run["cpu"]["servers"]], [server.process.pid])
        self.assertIsNone(run["serverSide"])
        self.assertIsNone(run["plan"]["serverAdmin"])

    def test_with_it_its_sockets_are_those_that_ss_sees_there(self):
        with self.server() as server:
            run = load("-n", 200, "-c", 4, "--disable-keepalive", "--server-admin", server.admin,
                       server.url)
            there, here = ss(server.port, self.there), ss(server.port)
            self.assertEqual(there["server"], {"TIME_WAIT": 200, "LISTEN": 1})
            self.assertEqual(not_zero(run["sockets"]["after"]),
                             {"client": here["client"], "server": there["server"]})
            self.assertEqual(not_zero(run["sockets"]["before"])["server"], {"LISTEN": 1})
            self.assertEqual(run["cpu"]["server"]["pid"], server.process.pid)
        side = run["serverSide"]
        self.assertFalse(side["inThisNetwork"])
        # Its own connections, and those that asked it.
        self.assertEqual(side["counters"]["Tcp.PassiveOpens"], 200 + side["answers"] - 1)
        self.assertNotIn("Tcp.PassiveOpens", run["counters"])
        self.assertNotIn("TcpExt.TW", run["counters"])  # the server closes those that ask, too

    def test_its_side_is_in_the_timeline(self):
        with self.server() as server:
            run = load("-z", "2500ms", "-c", 4, "-q", 100, "--disable-keepalive", "--server-admin",
                       server.admin, server.url)
        held = [sample["sockets"]["server"]["TIME_WAIT"] for sample in run["timeline"]
                if sample["sockets"]]
        self.assertEqual(held, sorted(held))
        self.assertGreater(held[-1], 0)
        self.assertGreaterEqual(run["serverSide"]["answers"], 3)  # the start, the end, in between

    def test_a_saved_run_says_the_same_again(self):
        with self.server() as server, tempfile.TemporaryDirectory() as folder:
            saved = pathlib.Path(folder, "run.json")
            first = hammer("-n", 100, "-c", 2, "--server-admin", server.admin, "--json", saved,
                           server.url)
            again = hammer("explain", saved)
            self.assertEqual(hammer("explain", "--json", "-", saved).json,
                             json.loads(saved.read_text()))
        self.assertEqual(again.out, first.out)
        self.assertIn(f"--server-admin {server.admin}", first.out.replace("\\\n", ""))
        self.assertIn("Server's side:\n  told by:\ttws-server ", first.out)

    def test_its_accept_queue_is_the_verdict(self):
        self.tell_the_kernel("core/somaxconn", 1)
        self.addCleanup(self.tell_the_kernel, "core/somaxconn", 4096)
        options = ("-z", "3s", "-c", 30, "--connect-timeout", "500ms")
        with self.server("--mode", "sequential", "--delay", "200") as server:
            run = load(*options, "--server-admin", server.admin, server.url)
        self.assertGreater(run["serverSide"]["counters"]["TcpExt.ListenOverflows"], 0)
        self.assertEqual(run["serverSide"]["limits"]["somaxconn"], 1)
        # Not valid: many of the attempts timed out.
        self.assertEqual((run["verdict"]["limitedBy"], run["verdict"]["valid"]),
                         ("listen-queue", False))
        self.assertIn("its accept queue was full", run["findings"][0]["headline"])
        with self.server("--mode", "sequential", "--delay", "200") as server:
            run = load(*options, server.url)
        self.assertNotIn("its accept queue was full", json.dumps(run["findings"]))

    @unittest.skipUnless(STAYS_OUT_OF_FILES, "see use_own_descriptors()")
    def test_its_open_files_are_the_verdict_and_it_answers_without_any(self):
        with self.server(prefix=("prlimit", "--nofile=40:40")) as server:
            run = load("-z", "2s", "-c", 100, "--server-admin", server.admin, server.url)
            self.assertEqual(run["serverSide"]["failures"], 0)
            # Not valid: more than half of the connections waited in vain.
            self.assertEqual((run["verdict"]["limitedBy"], run["verdict"]["valid"]),
                             ("open-files", False))
            self.assertIn(f"tws-server (pid {server.process.pid}) had 40 of 40 open",
                          run["findings"][0]["headline"])
            self.assertGreater(json.loads(fetch_there(self.there, server.admin + "census"))
                               ["totals"]["acceptErrors"], 0)
        with self.server() as server:
            run = load("-z", "2s", "-c", 100, "--server-admin", server.admin, server.url)
        self.assertNotEqual(run["verdict"]["limitedBy"], "open-files")


def fetch_there(there, url):
    return subprocess.run([*there, "curl", "-sf", url], check=True, capture_output=True,
                          text=True, timeout=LIMIT).stdout


if __name__ == "__main__":
    main()
