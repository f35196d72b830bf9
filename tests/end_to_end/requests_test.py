"""Requests that do not simply arrive: on a connection that the server has closed meanwhile, or with a
body that is larger than what the kernel holds."""

import socket
import time

import fault_server
from faults_test import Sums
from harness import RawServer, Server, load, main, read_request, reset

OK = fault_server.OK


class Reuse(Sums):
    """A connection that the server has closed meanwhile."""

    def second_request(self, delay, end, *options):
        """Answers the first request of each connection, and gives up on the second. The run, and how
        many requests were read."""
        read = []
        def behave(connection, _):
            if read_request(connection):
                read.append(1)
                connection.sendall(OK)
            if read_request(connection):
                read.append(2)
                time.sleep(delay)
                end(connection)
        return self.run_against(behave, *options), len(read)

    def test_a_request_that_the_server_gave_up_on_is_a_failure(self):
        for end, kind in ((lambda connection: None, "wait: closed"), (reset, "wait: ECONNRESET")):
            run, _ = self.second_request(0.05, end)
            self.assertGreater(run["requests"]["failed"][kind], 5)
            self.assertEqual(run["requests"]["sentAgain"], 0)
            self.assertLess(run["summary"]["successRate"], 1)

    def test_a_request_that_may_not_be_repeated_is_not(self):
        # 10 ms are less than a kernel may take to acknowledge what its program has read long since.
        for delay in (0, 0.01):
            for end, kind in ((lambda connection: None, "wait: closed"), (reset, "wait: ECONNRESET")):
                run, read = self.second_request(delay, end, "-m", "POST")
                self.assertEqual(list(run["requests"]["failed"]), [kind])
                self.assertEqual(run["requests"]["sentAgain"], 0)
                self.assertEqual(read, 20)

    def test_what_finds_its_connection_closed_is_sent_again_whatever_its_method(self):
        for end in (lambda connection: None, reset):
            def behave(connection, _, end=end):
                if read_request(connection):
                    connection.sendall(OK)
                    end(connection)
            for method in ("GET", "POST"):
                # The next request of a connection is due when the end of it is long here.
                run = self.run_against(behave, "-m", method, "-q", 20, requests=10)
                self.assertEqual(run["requests"]["failed"], {})
                self.assertEqual(run["statusCodeDistribution"], {"200": 10})
                self.assertEqual(run["requests"]["sentAgain"], 8)

    def test_a_request_is_sent_again_once(self):
        # Only the first connection is ever answered; its second request goes to the second one.
        seen = []
        def behave(connection, number):
            while read_request(connection):
                seen.append(number)
                if number > 1 or len(seen) > 1:
                    return
                connection.sendall(OK)
        with RawServer(behave) as server:
            run = self.check_sums(load("-n", 5, "-c", 1, server.url))
        self.assertEqual(run["statusCodeDistribution"], {"200": 1})
        self.assertEqual(run["requests"]["sentAgain"], 1)
        self.assertEqual(run["requests"]["failed"], {"wait: closed": 4})
        self.assertEqual(len(seen), 6)


class BigRequests(Sums):
    BODY = "z" * 5_000_000  # more than the kernel holds

    def upload(self, behave):
        return self.run_against(behave, "-m", "POST", "-D", "/dev/stdin", "--timeout", "5s",
                                input=self.BODY)

    @staticmethod
    def request(connection):
        """How much of the body is still to come."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(1000)
        return len(BigRequests.BODY) - len(received.split(b"\r\n\r\n", 1)[1])

    def test_they_are_sent(self):
        with Server() as server:
            run = load("-n", 20, "-c", 2, "-m", "POST", "-D", "/dev/stdin", server.url + "echo",
                       input="z" * 1_000_000)
        self.check_status("200", run)
        self.assertEqual(run["summary"]["totalData"], 20 * 1_000_000)

    def test_an_answer_to_the_head_ends_one(self):
        answer = b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"
        def and_waits(connection, _):  # as if it would keep the connection
            self.request(connection)
            connection.sendall(answer)
            connection.recv(1)
            time.sleep(0.1)
        def and_sends_fin(connection, _):
            self.request(connection)
            connection.sendall(answer.replace(b"No\r\n", b"No\r\nConnection: close\r\n"))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        def and_is_gone(connection, _):
            self.request(connection)
            connection.sendall(answer)
        for behave in (and_waits, and_sends_fin, and_is_gone):
            with self.subTest(behave.__name__):
                run = self.upload(behave)
                self.check_status("401", run)
                self.assertEqual(run["attempts"]["connected"], 20)
                self.assertEqual(run["connections"]["serverKeptOpen"], 0)

    def test_one_that_nobody_reads_fails(self):
        self.check_failure("write: ECONNRESET", self.upload(lambda connection, _: connection.recv(1)))

    def test_one_that_was_read_in_part_is_not_sent_again(self):
        def behave(connection, _):
            rest = self.request(connection)
            while rest:
                rest -= len(connection.recv(65536))
            connection.sendall(OK)
            connection.recv(1)
        run = self.upload(behave)
        self.assertGreater(sum(run["requests"]["failed"].values()), 5)
        self.assertLessEqual(set(run["requests"]["failed"]), {"write: ECONNRESET", "wait: ECONNRESET"})
        self.assertEqual(run["requests"]["sentAgain"], 0)

    def test_an_answer_that_is_cut_off_is_none(self):
        def in_its_length(connection, _):
            self.request(connection)
            connection.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 5\r\n\r\nno")
        def that_ends_with_the_connection(connection, _):  # a RST is no end (RFC 9112 8)
            self.request(connection)
            connection.sendall(b"HTTP/1.1 413 No\r\n\r\nno")
        for behave in (in_its_length, that_ends_with_the_connection):
            with self.subTest(behave.__name__):
                run = self.upload(behave)
                self.check_failure("read: ECONNRESET", run)
                self.assertEqual(run["requests"]["partialBodyBytes"], 20 * 2)

    def test_request_and_answer_may_be_on_their_way_at_once(self):
        def echo(connection, _):
            rest = self.request(connection)
            size = len(self.BODY)
            # It is closed when this returns. A next request that was on its way would be reset.
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                               b"Content-Length: %d\r\n\r\n" % size + b"z" * (size - rest))
            while rest:
                part = connection.recv(65536)
                rest -= len(part)
                connection.sendall(part)
        run = self.upload(echo)
        self.check_status("200", run)
        self.assertEqual(run["summary"]["totalData"], 20 * len(self.BODY))

    def test_an_interim_response_ends_nothing(self):
        def behave(connection, _):
            rest = self.request(connection)
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            while rest:
                rest -= len(connection.recv(65536))
            connection.sendall(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))
        self.check_status("200", self.upload(behave))


if __name__ == "__main__":
    main()
