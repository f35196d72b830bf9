"""Servers that misbehave: each attempt and each request ends in exactly one counter, the report is
always there, nothing hangs, memory stays bounded."""

import json
import os
import pathlib
import resource
import socket
import threading
import time
import unittest

import fault_server
from harness import (LIMIT, SANITIZED, FaultServer, RawServer, Server, hammer, load, main,
                     peak_memory, read_request)

VECTORS = pathlib.Path(os.environ.get("TWS_VECTORS", pathlib.Path(__file__).resolve().parents[3] /
                                      "shared/vectors"), "llhttp_response_vectors.json")

# What becomes of a request: the status of its response, or the failure that it is counted as.
ENDS = {
    "ok": "200",
    "busy": "503",
    "moved": "302",
    "status-999": "999",
    "chunked": "200",
    "no-content": "204",
    "not-modified": "304",
    "interim": "200",
    "until-close": "200",
    "http-1.0": "200",
    "long-body": "200",
    "no-response": "wait: closed",
    "short-head": "read: truncated",
    "short-body": "read: truncated",
    "short-chunk": "read: truncated",
    "only-100": "read: truncated",
    "garbage": "read: protocol",
    "http-0.9": "read: protocol",
    "status-12": "read: protocol",
    "status-012345": "read: protocol",
    "status-alone": "200",
    "switching": "read: protocol",
    "both-lengths": "read: protocol",
    "coded-chunks": "read: protocol",
    "bad-length": "read: protocol",
    "bad-chunk": "read: protocol",
    "reset": "wait: ECONNRESET",
    "reset-in-head": "read: ECONNRESET",
    "reset-in-body": "read: ECONNRESET",
    "stale": "200",
    "early": "413",
    "early-reset": "413",
    "hang": "wait: timeout",
    "drip": "read: timeout",
    "drip-head": "read: timeout",
    "endless-1xx": "read: protocol",
    "big-head": "read: head too large",
    "many-headers": "read: head too large",
    "endless-head": "read: head too large",
    "endless-line": "read: head too large",
    "endless-extension": "read: head too large",
    "endless-trailer": "read: head too large",
    "endless-body": "read: timeout",
    "endless-chunks": "read: timeout",
}
BODY_BYTES = {"ok": 2, "interim": 2, "long-body": 2, "stale": 2, "chunked": 6, "until-close": 5,
              "http-1.0": 5, "early": 3, "early-reset": 3}
PARTIAL_BODY_BYTES = {"short-body": 5, "reset-in-body": 5, "short-chunk": 3}  # or some
SOME_PARTIAL = ("drip", "endless-body", "endless-chunks")
CLOSED_BY = {"ok": "client", "no-response": "server", "until-close": "server", "http-1.0": "server",
             "reset": "reset", "reset-in-body": "reset", "garbage": "client", "hang": "client"}


class Sums(unittest.TestCase):
    def check_sums(self, run):
        """Each attempt, each request and each connection is in exactly one counter."""
        flying = run["inFlight"]["byPhase"]
        self.assertEqual(run["attempts"]["started"], run["attempts"]["connected"] +
                         sum(run["attempts"]["failed"].values()) + flying["connect"])
        self.assertEqual(run["requests"]["started"], run["requests"]["responses"] +
                         sum(run["requests"]["failed"].values()) + run["requests"]["inFlight"])
        self.assertEqual(run["requests"]["responses"],
                         sum(run["statusCodeDistribution"].values()))
        self.assertEqual(sum(run["connections"]["closedBy"].values()),
                         run["attempts"]["connected"])
        return run

    def run_against(self, behave, *options, requests=20, backlog=128, **kwargs):
        with RawServer(behave, backlog) as server:
            return self.check_sums(load("-n", requests, "-c", 2, "-t", 1, *options, server.url,
                                        **kwargs))

    def check_failure(self, kind, run):
        self.assertEqual(run["requests"]["failed"], {kind: 20})
        self.assertEqual(run["requests"]["responses"], 0)
        self.assertEqual(run["summary"]["requestsPerSec"], 0)
        self.assertEqual(run["summary"]["successRate"], 0)
        self.assertEqual(sum(run["responseTimeHistogram"].values()), 0)

    def check_status(self, status, run):
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(run["statusCodeDistribution"], {status: 20})
        self.assertEqual(run["requests"]["succeeded"], 20 if int(status) < 400 else 0)


class Faults(Sums):
    def test_every_fault_has_its_counter(self):
        self.assertEqual([*ENDS, "mixed"], list(fault_server.FAULTS))
        with FaultServer() as server:
            for path, end in ENDS.items():
                with self.subTest(path):
                    self.check(path, end, server.at(path))

    def check(self, path, end, url):
        body = ("-m", "POST", "-D", "/dev/stdin") if path.startswith("early") else ()
        run = self.check_sums(load("-n", 20, "-c", 10, "-t", 1, "--timeout", "400ms", *body, url,
                                   input="x" * 5_000_000))
        self.assertEqual(run["attempts"]["failed"], {})
        if end.isdigit():
            self.check_status(end, run)
        else:
            self.check_failure(end, run)
        self.assertEqual(run["summary"]["totalData"], 20 * BODY_BYTES.get(path, 0))
        self.assertEqual(run["requests"]["extraBytes"], 20 * 7 if path == "long-body" else 0)
        partial = run["requests"]["partialBodyBytes"]
        if path in SOME_PARTIAL:
            self.assertGreater(partial, 20)
        else:
            self.assertEqual(partial, 20 * PARTIAL_BODY_BYTES.get(path, 0))
        if path in CLOSED_BY:
            self.assertEqual(run["connections"]["closedBy"][CLOSED_BY[path]],
                             run["attempts"]["connected"])
        self.assertEqual(run["requests"]["sentAgain"], 10 if path == "stale" else 0)

    def test_a_thousand_connections_to_all_faults_at_once(self):
        with FaultServer() as server:
            run = self.check_sums(load("-z", "3s", "-c", 1000, "--timeout", "1s", server.at("mixed")))
        self.assertEqual(run["connections"]["peak"], 1000)
        self.assertGreater(run["requests"]["succeeded"], 0)
        self.assertLessEqual({"wait: closed", "wait: ECONNRESET", "read: ECONNRESET",
                              "read: truncated", "read: protocol", "read: head too large"},
                             set(run["requests"]["failed"]))

    @unittest.skipIf(SANITIZED, "sanitizers have memory of their own")
    def test_memory_is_bounded_whatever_is_sent(self):
        options = ("-z", "1s", "-c", 20, "-t", 1, "--timeout", "300ms", "--no-census")
        with FaultServer() as server:
            code, usual = peak_memory(*options, server.at("ok"))
            self.assertEqual(code, 0)
            for path in ENDS:
                if path.startswith("endless") or path in ("big-head", "many-headers"):
                    code, most = peak_memory(*options, server.at(path))
                    self.assertEqual(code, 0)
                    # Gigabytes are sent; 20 connections keep 64 KiB of a head each, in 128.
                    self.assertLess(most, usual + 16_000_000, path)

    def test_an_answer_that_comes_late_is_no_success(self):
        with Server() as server:
            run = load("-n", 20, "-c", 2, "--timeout", "50ms", server.url + "delay/120")
            patient = load("-n", 20, "-c", 2, "--timeout", "5s", server.url + "delay/120")
        self.assertEqual(run["requests"]["failed"], {"wait: timeout": 20})
        self.assertEqual(patient["requests"]["succeeded"], 20)

    def test_a_server_that_was_asked_to_close_and_does_not(self):
        with FaultServer() as server:
            run = self.check_sums(load("-n", 2, "-c", 2, "--disable-keepalive", server.at("ok")))
        self.assertEqual(run["requests"]["succeeded"], 2)
        self.assertEqual(run["connections"]["serverKeptOpen"], 2)
        self.assertEqual(run["connections"]["closedBy"]["client"], 2)

    def test_nothing_accepts(self):
        # listen(0) holds one connection; the SYNs of the others go unanswered.
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        run = self.check_sums(load("-z", "1s", "-c", 20, "--connect-timeout", "300ms", url))
        self.assertGreater(run["attempts"]["failed"]["timeout"], 0)
        self.assertEqual(run["requests"]["succeeded"], 0)
        self.assertGreater(run["inFlight"]["count"], 0)
        self.assertGreater(run["counters"]["TcpExt.ListenOverflows"], 0)
        listener.close()

    def test_big_and_chunked_bodies(self):
        size = 3_000_000
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
        chunks = (fault_server.CHUNKED +
                  (b"%x\r\n" % (size // 4) + b"y" * (size // 4) + b"\r\n") * 4 +
                  b"0\r\nTrailer: x\r\n\r\n")
        for reply in (whole, chunks):
            def behave(connection, _, reply=reply):
                while read_request(connection):
                    connection.sendall(reply)
            run = self.run_against(behave)
            self.check_status("200", run)
            self.assertEqual(run["summary"]["totalData"], 20 * size)

    def test_a_body_without_end_leaves_time_for_the_others(self):
        with Server() as server:
            run = load("-z", "1s", "-c", 4, "-t", 1, f"{server.url}bytes/{1 << 40}", server.url)
        # The targets are taken in turns: two connections read for ever, two are answered.
        self.assertEqual(run["inFlight"]["byPhase"]["read"], 2)
        self.assertGreater(run["requests"]["succeeded"], 10)
        self.assertGreater(run["requests"]["partialBodyBytes"], 1_000_000)

    def test_the_target_disappears(self):
        for end in ("SIGTERM", "SIGKILL"):
            server = Server()
            stop = server.stop if end == "SIGTERM" else server.process.kill
            threading.Timer(0.5, stop).start()
            run = self.check_sums(load("-z", "2s", "-c", 5, server.url))
            self.assertGreater(run["requests"]["succeeded"], 0)
            self.assertGreater(run["attempts"]["failed"]["ECONNREFUSED"], 0)
            self.assertEqual(run["inFlight"]["byPhase"]["backoff"], 5)
            # The rate is over the whole time, not over the part in which there was a server.
            self.assertGreater(run["summary"]["total"], 1.9)
            self.assertAlmostEqual(run["summary"]["requestsPerSec"] * run["summary"]["total"],
                                   run["requests"]["succeeded"], delta=1)
            server.process.communicate(timeout=LIMIT)

    def test_open_files_run_out(self):
        with Server() as server:
            limited = hammer("-c", 10, "-t", 10, server.url, preexec_fn=lambda: limit_files(30))
            self.assertIn("--connections: '10' needs more open files than the 30", limited.errors)
            few = hammer("-z", "1s", "-c", 100, server.url, preexec_fn=lambda: limit_files(50))
            self.assertEqual(few.code, 1)
            self.assertIn("--connections: '100' needs more open files than the 50", few.errors)


class Vectors(Sums):
    """The responses that llhttp is tested with, through sockets; one of each on a connection."""

    # The list of bodies leaves something out, or tests/load/response_vectors_test.cpp has the RFC's
    # reason for another end.
    OTHERS = {"content-length.md:12", "sample.md:120", "sample.md:198", "transfer-encoding.md:114",
              "sample.md:42", "sample.md:62", "sample.md:647", "sample.md:293",
              "transfer-encoding.md:76", "connection.md:166", "connection.md:229"}

    def run_all(self, vectors, *options, in_two=False):
        def behave(connection, _):
            request = read_request(connection)
            data = bytes.fromhex(vectors[int(request.split(b" ")[1][1:])]["hex"])
            parts = [data[:len(data) // 2], data[len(data) // 2:]] if in_two else [data]
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in parts:
                connection.sendall(part)
                time.sleep(0.005)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
        with RawServer(behave) as server:
            urls = [f"{server.url}{number}" for number in range(len(vectors))]
            return self.check_sums(load("-n", len(urls), "-c", len(urls), "-t", 1, *options, *urls))

    def test_the_bodies_are_right_and_what_is_wrong_is_refused(self):
        if not VECTORS.exists():
            raise unittest.SkipTest(f"{VECTORS} is not there")
        strict = [vector for vector in json.loads(VECTORS.read_text())
                  if vector["strict"] and not vector["paused"] and vector["id"] not in self.OTHERS]
        def is_one_whole_response(vector):
            data = bytes.fromhex(vector["hex"])
            heads, _, body = data.partition(b"\r\n\r\n")
            return (not vector["reject"] and data.count(b"HTTP/1") == 1 and
                    (vector["complete"] or b"content-length" not in heads.lower() and
                     b"transfer-encoding" not in heads.lower()))
        good = [vector for vector in strict if is_one_whole_response(vector)]
        bad = [vector for vector in strict if vector["reject"]]
        self.assertGreater(len(good), 25)
        self.assertGreater(len(bad), 15)
        for in_two in (False, True):
            run = self.run_all(good, in_two=in_two)
            self.assertEqual(run["requests"]["failed"], {})
            self.assertEqual(run["requests"]["responses"], len(good))
            self.assertEqual(run["summary"]["totalData"],
                             sum(len(body) for vector in good for body in vector["bodies"]))
            run = self.run_all(bad, "--strict-http", in_two=in_two)
            self.assertEqual(run["requests"]["responses"], 0)
            self.assertLessEqual(set(run["requests"]["failed"]), {"read: protocol", "read: truncated"})
            self.assertEqual(sum(run["requests"]["failed"].values()), len(bad))


def limit_files(number):
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


if __name__ == "__main__":
    main()
