"""Servers that misbehave: each attempt and each request ends in exactly one counter, the report is
always there, nothing hangs."""

import socket
import time
import unittest

from harness import RawServer, Server, hammer, load, main, read_request, reset

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(reply, close=True):
    """Answers every request with the same bytes."""
    def behave(connection, _):
        while read_request(connection):
            connection.sendall(reply)
            if close:
                return
    return behave


class Faults(unittest.TestCase):
    def run_against(self, behave, *options, requests=20, backlog=128):
        with RawServer(behave, backlog) as server:
            run = load("-n", requests, "-c", 2, "-t", 1, *options, server.url)
        self.assertEqual(run["attempts"]["started"], run["attempts"]["connected"] +
                         sum(run["attempts"]["failed"].values()))
        self.assertEqual(run["requests"]["started"], run["requests"]["responses"] +
                         sum(run["requests"]["failed"].values()))
        self.assertEqual(sum(run["connections"]["closedBy"].values()),
                         run["attempts"]["connected"])
        return run

    def check_failure(self, kind, behave, *options):
        run = self.run_against(behave, *options)
        self.assertEqual(run["requests"]["failed"], {kind: 20})
        self.assertEqual(run["requests"]["succeeded"], 0)
        self.assertEqual(run["summary"]["requestsPerSec"], 0)
        self.assertEqual(sum(run["responseTimeHistogram"].values()), 0)
        return run

    def test_a_good_server_has_none(self):
        run = self.run_against(answering(OK, close=False))
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(run["requests"]["succeeded"], 20)

    def test_closed_before_the_answer(self):
        def behave(connection, _):
            read_request(connection)
        run = self.check_failure("wait: closed", behave)
        self.assertEqual(run["connections"]["closedBy"]["server"], 20)

    def test_reset_before_the_answer(self):
        def behave(connection, _):
            read_request(connection)
            reset(connection)
        run = self.check_failure("wait: ECONNRESET", behave)
        self.assertEqual(run["connections"]["closedBy"]["reset"], 20)

    def test_closed_in_the_head(self):
        self.check_failure("read: truncated", answering(b"HTTP/1.1 200 OK\r\nContent-"))

    def test_closed_in_the_body(self):
        self.check_failure("read: truncated",
                           answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"))

    def test_garbage(self):
        self.check_failure("read: protocol", answering(b"SSH-2.0-OpenSSH_9.2\r\n"))

    def test_a_head_without_end(self):
        self.check_failure("read: head too large",
                           answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000))

    def test_switching_protocols_unasked(self):
        self.check_failure("read: protocol",
                           answering(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"))

    def test_a_server_that_never_answers(self):
        def behave(connection, _):
            read_request(connection)
            connection.recv(1)  # until hammer gives up
        run = self.check_failure("wait: timeout", behave, "--timeout", "200ms")
        self.assertEqual(run["connections"]["closedBy"]["client"], 20)

    def test_an_answer_that_comes_late_is_no_success(self):
        with Server() as server:
            run = load("-n", 20, "-c", 2, "--timeout", "50ms", server.url + "delay/120")
            patient = load("-n", 20, "-c", 2, "--timeout", "5s", server.url + "delay/120")
        self.assertEqual(run["requests"]["failed"], {"wait: timeout": 20})
        self.assertEqual(patient["requests"]["succeeded"], 20)

    def test_a_drip(self):
        def behave(connection, _):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x")
                time.sleep(0.02)
        self.check_failure("read: timeout", behave, "--timeout", "200ms")

    def test_an_idle_connection_that_the_server_has_closed_is_no_error(self):
        def behave(connection, _):
            for _ in range(2):
                if not read_request(connection):
                    return
                connection.sendall(OK)
            # The third request finds the connection gone, as with an idle time-out.
        run = self.run_against(behave)
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(run["requests"]["succeeded"], 20)
        self.assertGreater(run["requests"]["sentAgain"], 0)

    def second_request(self, delay, end, *options):
        """Answers the first request of each connection, and gives up on the second."""
        def behave(connection, _):
            if read_request(connection):
                connection.sendall(OK)
            if read_request(connection):
                time.sleep(delay)
                end(connection)
        return self.run_against(behave, *options)

    def test_a_request_that_the_server_gave_up_on_is_a_failure(self):
        for end, kind in ((lambda connection: None, "wait: closed"), (reset, "wait: ECONNRESET")):
            run = self.second_request(0.05, end)
            self.assertGreater(run["requests"]["failed"][kind], 5)
            self.assertEqual(run["requests"]["sentAgain"], 0)
            self.assertLess(run["summary"]["successRate"], 1)

    def test_a_request_that_may_not_be_repeated_is_not(self):
        run = self.second_request(0, lambda connection: None, "-m", "POST")
        self.assertGreater(run["requests"]["failed"]["wait: closed"], 5)
        self.assertEqual(run["requests"]["sentAgain"], 0)

    def test_a_status_below_100_is_none(self):
        self.check_failure("read: protocol",
                           answering(b"HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"))

    def test_more_than_was_announced(self):
        run = self.run_against(answering(OK + b"surplus", close=False))
        self.assertEqual(run["requests"]["succeeded"], 20)
        self.assertEqual(run["requests"]["extraBytes"], 20 * len(b"surplus"))

    def test_a_body_that_ends_with_the_connection(self):
        # The article's own server: no Content-Length.
        run = self.run_against(answering(b"HTTP/1.1 200 OK\r\n\r\nHello from plaque!\n"))
        self.assertEqual(run["requests"]["succeeded"], 20)
        self.assertEqual(run["summary"]["totalData"], 20 * 19)
        self.assertEqual(run["connections"]["closedBy"], {"client": 0, "server": 20, "reset": 0})

    def test_interim_responses(self):
        run = self.run_against(answering(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
                                         close=False))
        self.assertEqual(run["statusCodeDistribution"], {"200": 20})

    def test_refusals_are_answers_but_no_successes(self):
        run = self.run_against(
            answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", close=False))
        self.assertEqual(run["statusCodeDistribution"], {"503": 20})
        self.assertEqual(run["requests"]["succeeded"], 0)
        self.assertEqual(run["requests"]["responses"], 20)
        self.assertEqual(run["summary"]["requestsPerSec"], 0)
        self.assertEqual(run["summary"]["successRate"], 0)

    def test_a_server_that_was_asked_to_close_and_does_not(self):
        def behave(connection, _):
            read_request(connection)
            connection.sendall(OK)
            connection.recv(1)
        run = self.run_against(behave, "--disable-keepalive", requests=2)
        self.assertEqual(run["requests"]["succeeded"], 2)
        self.assertEqual(run["connections"]["serverKeptOpen"], 2)
        self.assertEqual(run["connections"]["closedBy"]["client"], 2)

    def test_nothing_accepts(self):
        # listen(0) holds one connection; the SYNs of the others go unanswered.
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        run = load("-z", "1s", "-c", 20, "--connect-timeout", "300ms", url)
        self.assertGreater(run["attempts"]["failed"]["timeout"], 0)
        self.assertEqual(run["requests"]["succeeded"], 0)
        self.assertGreater(run["inFlight"]["count"], 0)
        self.assertGreater(run["counters"]["TcpExt.ListenOverflows"], 0)
        listener.close()

    def test_big_and_chunked_bodies_in_constant_memory(self):
        size = 3_000_000
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
        chunks = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  (b"%x\r\n" % (size // 4) + b"y" * (size // 4) + b"\r\n") * 4 +
                  b"0\r\nTrailer: x\r\n\r\n")
        for reply in (whole, chunks):
            run = self.run_against(answering(reply, close=False))
            self.assertEqual(run["requests"]["succeeded"], 20)
            self.assertEqual(run["summary"]["totalData"], 20 * size)

    def test_a_body_without_end_leaves_time_for_the_others(self):
        with Server() as server:
            run = load("-z", "1s", "-c", 4, "-t", 1, f"{server.url}bytes/{1 << 40}", server.url)
        # The targets are taken in turns: two connections read for ever, two are answered.
        self.assertEqual(run["inFlight"]["byPhase"]["read"], 2)
        self.assertGreater(run["requests"]["succeeded"], 10)

    def test_big_requests(self):
        with Server() as server:
            run = load("-n", 20, "-c", 2, "-m", "POST", "-D", "/dev/stdin", server.url + "echo",
                       input="z" * 1_000_000)
        self.assertEqual(run["statusCodeDistribution"], {"200": 20})
        self.assertEqual(run["summary"]["totalData"], 20 * 1_000_000)

    def test_the_target_disappears(self):
        server = Server()
        import threading
        threading.Timer(0.5, server.stop).start()
        run = load("-z", "2s", "-c", 5, server.url)
        self.assertGreater(run["requests"]["succeeded"], 0)
        self.assertGreater(run["attempts"]["failed"]["ECONNREFUSED"], 0)
        self.assertEqual(run["inFlight"]["byPhase"]["backoff"], 5)

    def test_open_files_run_out(self):
        with Server() as server:
            limited = hammer("-c", 10, "-t", 10, server.url, preexec_fn=lambda: limit_files(30))
            self.assertIn("--connections: '10' needs more open files than the 30", limited.errors)
            few = hammer("-z", "1s", "-c", 100, server.url, preexec_fn=lambda: limit_files(50))
            self.assertEqual(few.code, 1)
            self.assertIn("--connections: '100' needs more open files than the 50", few.errors)


def limit_files(number):
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


if __name__ == "__main__":
    main()
