"""HTTP as servers speak it: bytes that nobody asked for, what is forgiven and what is refused, URLs as
people type them, large bodies."""

import json
import os
import pathlib
import socket
import tempfile
import threading
import time
import unittest

from faults_test import Sums, VECTORS
from harness import (SANITIZED, RawServer, Server, hammer, load, main, peak_memory, read_request)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TIMEOUT = (b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
CURL = VECTORS.with_name("curl_replies.json")


def answering(reply):
    def behave(connection, _):
        while read_request(connection):
            connection.sendall(reply)
    return behave


class Strays(Sums):
    """Bytes that come while no request is out (RFC 9112 9.2)."""

    def run_with(self, stray, *options, closes=True):
        """Each connection answers one request; what is stray comes before the next one is due."""
        def behave(connection, _):
            while read_request(connection):
                connection.sendall(OK)
                time.sleep(0.02)
                connection.sendall(stray)
                if closes:
                    return
        return self.run_against(behave, "-q", 10, *options, requests=10)

    def check_answered(self, run):
        self.assertEqual(run["requests"]["failed"], {})
        self.assertEqual(run["statusCodeDistribution"], {"200": 10})

    def test_a_time_out_that_came_before_the_request_is_no_answer_to_it(self):
        for method in ("GET", "POST"):
            run = self.run_with(TIMEOUT, "-m", method)
            self.check_answered(run)
            self.assertEqual(run["requests"]["sentAgain"], 8)
            self.assertEqual(run["connections"]["endedByStrayBytes"], 8)
            self.assertEqual(run["requests"]["extraBytes"], 8 * len(TIMEOUT))
            self.assertEqual(run["connections"]["closedBy"]["server"], 8)

    def test_what_was_left_of_a_response_before_the_fin(self):
        for stray, counted in ((b"\r\n", 0), (b"0\r\n\r\n", 8)):
            run = self.run_with(stray)
            self.check_answered(run)
            self.assertEqual(run["requests"]["sentAgain"], 8)
            self.assertEqual(run["connections"]["endedByStrayBytes"], counted)
            self.assertEqual(run["attempts"]["connected"], 10)

    def test_a_second_response_that_comes_late_is_nobodys(self):
        run = self.run_with(OK.replace(b"200 OK", b"500 No"), closes=False)
        self.check_answered(run)
        self.assertEqual(run["connections"]["endedByStrayBytes"], 8)
        self.assertEqual(run["connections"]["closedBy"]["server"], 0)

    def test_empty_lines_end_nothing(self):
        run = self.run_with(b"\r\n", closes=False)
        self.check_answered(run)
        self.assertEqual(run["attempts"]["connected"], 2)
        self.assertEqual(run["requests"]["lenient"], {"responses with empty lines around them": 8})
        strict = self.run_with(b"\r\n", "--strict-http", closes=False)
        self.check_answered(strict)
        self.assertEqual(strict["attempts"]["connected"], 10)
        self.assertEqual(strict["requests"]["lenient"], {})

    def test_an_empty_line_behind_each_body_neither(self):
        run = self.run_against(answering(OK + b"\r\n"))
        self.check_status("200", run)
        self.assertEqual(run["attempts"]["connected"], 2)
        self.assertEqual(run["requests"]["extraBytes"], 0)
        self.assertEqual(run["requests"]["lenient"], {"responses with empty lines around them": 18})

    def test_strays_that_cross_the_request(self):
        # They come when the request has been sent. What may be repeated is sent again if they come
        # within a millisecond, which depends on the machine; what may not is never.
        for stray, kind in ((b"\r\n", "wait: closed"), (b"0\r\n\r\n", "read: protocol"),
                            (TIMEOUT, None)):
            def behave(connection, _, stray=stray):
                if read_request(connection):
                    connection.sendall(OK)
                if read_request(connection):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                    connection.sendall(stray)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1)
            run = self.run_against(behave, requests=200)
            self.assertGreater(run["requests"]["sentAgain"], 0, stray)
            posts = self.run_against(behave, "-m", "POST", "-c", 1)
            self.assertEqual(posts["requests"]["sentAgain"], 0)
            self.assertEqual(posts["requests"]["failed"], {kind: 10} if kind else {})
            self.assertEqual(posts["statusCodeDistribution"].get("408", 0), 0 if kind else 10)

    def test_without_strays_nothing_is_counted(self):
        run = self.run_with(b"", closes=False)
        self.check_answered(run)
        self.assertEqual(run["requests"]["sentAgain"], 0)
        self.assertEqual(run["connections"]["endedByStrayBytes"], 0)
        self.assertEqual(run["attempts"]["connected"], 2)

    def test_a_time_out_of_the_first_request_is_its_answer(self):
        def behave(connection, _):
            if read_request(connection):
                connection.sendall(TIMEOUT)
        run = self.run_against(behave, requests=6)
        self.assertEqual(run["statusCodeDistribution"], {"408": 6})
        self.assertEqual(run["requests"]["sentAgain"], 0)


class Forgiven(Sums):
    CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    REPLIES = (
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "status lines without a space", "status line"),
        (CHUNKS + b"2 \r\nok\r\n0\r\n\r\n", "bodies with blanks behind a chunk size", "chunk"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "heads with lines that end with LF alone",
         "status line"),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 2\r\n\r\nok", "heads with folded lines",
         "header line"))

    def test_it_is_read_and_counted_and_refused_if_strict(self):
        for reply, words, wrong in self.REPLIES:
            with self.subTest(words):
                run = self.run_against(answering(reply))
                self.check_status("200", run)
                self.assertEqual(run["requests"]["lenient"], {words: 20})
                self.assertEqual(run["summary"]["totalData"], 40)
                strict = self.run_against(answering(reply), "--strict-http")
                self.check_failure("read: protocol", strict)
                self.assertEqual(strict["requests"]["lenient"], {})
                self.assertEqual([one["what"] for one in strict["requests"]["unreadable"]], [wrong])

    def test_what_is_right_is_not_counted(self):
        for options in ((), ("--strict-http",)):
            run = self.run_against(answering(OK), *options)
            self.check_status("200", run)
            self.assertEqual(run["requests"]["lenient"], {})
            self.assertEqual(run["requests"]["unreadable"], [])

    def test_chunks_that_end_with_lf_alone_are_refused_at_once(self):
        for body in (b"2\nok\n0\n\n", b"2\r\nok\n0\r\n\r\n", b"2\r\nok\r\n0\n\n", b"2\r\nok\r\n0\r\n\n"):
            run = self.run_against(answering(self.CHUNKS + body), "--timeout", "30s", timeout=25)
            self.check_failure("read: protocol", run)
            self.assertEqual(run["requests"]["unreadable"][0]["what"], "chunk")

    def test_it_has_a_line_in_the_report(self):
        with RawServer(answering(self.REPLIES[0][0])) as server:
            self.assertIn("  Lenient:\t20 status lines without a space\n",
                          hammer("-n", 20, "-c", 2, server.url).out)


class Wrong(Sums):
    def test_it_is_named_with_its_first_bytes_and_the_target(self):
        with RawServer(answering(b"HTTP/2 200\r\n\r\n")) as two, RawServer(answering(OK)) as good:
            with RawServer(answering(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")) as length:
                urls = (two.url, good.url, length.url)
                run = load("-n", 30, "-c", 3, "-t", 1, *urls)
                text = hammer("-n", 30, "-c", 3, "-t", 1, *urls).out
        wrong = {(one["what"], one["target"]): one for one in run["requests"]["unreadable"]}
        self.assertEqual(set(wrong), {("status line", 0), ("Content-Length", 2)})
        self.assertEqual(wrong["status line", 0]["bytes"], "HTTP/2 200\r\n\r\n")
        self.assertEqual(wrong["Content-Length", 2]["bytes"], "Content-Length: x\r\n\r\n")
        self.assertEqual(sum(one["count"] for one in wrong.values()),
                         run["requests"]["failed"]["read: protocol"])
        self.assertIn("48 54 54 50 2f 32 20 32 30 30 0d 0a ..., looks like HTTP/2\n", text)
        self.assertIn(f"Content-Length, {length.url}\n", text)

    def test_the_verdict_says_whether_it_is_http(self):
        for reply, words in ((b"SSH-2.0-x\r\n", "does not speak HTTP/1.1 here, but SSH."),
                             (Forgiven.CHUNKS + b"xyz\r\n", "answers in HTTP/1.1 with mistakes: chunk.")):
            with RawServer(answering(reply)) as server:
                self.assertIn(words, hammer("-n", 20, "-c", 2, server.url).out.replace("\n  ", " "))


class Corpus(Sums):
    """The replies of curl's own tests, served byte for byte, each followed by a FIN."""

    # Those that hammer reads, of 307; tests/http/response_vectors_test.cpp says which of the others
    # curl reads.
    READ = 269

    def test_they_are_judged_as_the_reader_judges_them(self):
        if not CURL.exists():
            raise unittest.SkipTest(f"{CURL} is not there")
        replies = [reply for reply in json.loads(CURL.read_text()) if not reply["head"]]
        def behave(connection, _):
            path = read_request(connection).split(b" ")[1]
            connection.sendall(bytes.fromhex(replies[int(path[1:])]["reply_hex"]))
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
        with RawServer(behave, backlog=512) as server:
            urls = [f"{server.url}{number}" for number in range(len(replies))]
            run = self.check_sums(load("-n", len(urls), "-c", len(urls), "-t", 1, *urls))
        self.assertEqual(run["requests"]["responses"], self.READ)
        self.assertLessEqual(set(run["requests"]["failed"]),
                             {"read: protocol", "read: truncated", "read: head too large"})


class Urls(unittest.TestCase):
    def request(self, *arguments):
        """What is sent for a URL, of which {} is the address."""
        seen = []
        def behave(connection, _):
            seen.append(read_request(connection))
            connection.sendall(OK)
        with RawServer(behave) as server:
            address = f"127.0.0.1:{server.port}"
            run = load("-n", 1, "-c", 1, *(one.replace("{}", address) for one in arguments))
        self.assertEqual(run["requests"]["responses"], 1)
        return seen[0].decode("latin-1"), run

    def test_they_are_sent_as_browsers_send_them(self):
        for typed, sent in (("a?f[x]=1", "a?f[x]=1"), ("a?{b}|c^", "a?{b}|c^"), ("{b}|c^", "%7Bb%7D|c%5E"),
                            ('a b"', "a%20b%22"), ("50%", "50%"), ("ü?ü", "%C3%BC?%C3%BC"),
                            ("a?x=http://10.0.0.1:1/", "a?x=http://10.0.0.1:1/"), ("a#b", "a")):
            for scheme in ("", "http://"):
                request, _ = self.request(f"{scheme}{{}}/{typed}")
                self.assertTrue(request.startswith(f"GET /{sent} HTTP/1.1\r\n"), (typed, request))

    def test_a_user_is_sent_and_its_password_not_shown(self):
        request, run = self.request("http://me:secret@{}/")
        self.assertIn("\r\nAuthorization: Basic bWU6c2VjcmV0\r\n", request)
        self.assertIn("me:...@", run["targets"][0]["url"])
        with Server() as server:
            text = hammer("-n", 1, "-c", 1, server.url.replace("//", "//me:secret@")).out
        self.assertNotIn("secret", text)
        self.assertNotIn("Authorization", self.request("http://{}/")[0])

    def test_a_zone(self):
        # Loopback has no fe80 address, but one can be had in this namespace.
        os.system("ip address add fe80::1/64 dev lo nodad")
        listener = socket.socket(socket.AF_INET6)
        listener.bind(("fe80::1", 0, 0, socket.if_nametoindex("lo")))
        listener.listen()
        hosts = []
        def serve():
            with listener.accept()[0] as connection:
                hosts.append(read_request(connection).decode())
                connection.sendall(OK)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        run = load("-n", 1, "-c", 1, f"http://[fe80::1%25lo]:{port}/")
        thread.join()
        listener.close()
        self.assertEqual(run["requests"]["responses"], 1)
        self.assertIn(f"\r\nHost: [fe80::1]:{port}\r\n", hosts[0])
        self.assertIn("no network interface 'nosuch0'", hammer("http://[fe80::1%25nosuch0]/").errors)

    def test_one_of_several_addresses(self):
        with Server() as server:
            run = load("-n", 1, "-c", 1, f"http://localhost:{server.port}/")
            text = hammer("-n", 1, "-c", 1, f"http://localhost:{server.port}/").out
            plain = load("-n", 1, "-c", 1, server.url)["targets"][0]
        target = run["targets"][0]
        self.assertEqual(target["addressTaken"], len(target["refused"]) + 1)
        self.assertLessEqual(target["addressTaken"], target["addresses"])
        words = f", address {target['addressTaken']} of {target['addresses']}"
        self.assertEqual(words in text, target["addresses"] > 1)
        self.assertEqual((plain["addresses"], plain["addressTaken"]), (1, 1))

    def test_what_is_wrong_is_named(self):
        for typed, words in (("a\tb", "control character 0x09"), ("http://a|b/", "can't have '|'"),
                             ("http://bücher/", "in ASCII"), ("::1", "in brackets"),
                             ("ftp://a/", "only http and https"), ("http://[::1/", "']' is missing")):
            result = hammer(typed)
            self.assertEqual(result.code, 2, typed)
            self.assertIn(words, result.errors)
            self.assertEqual(len(result.errors.splitlines()), 2)  # it and "Try 'hammer --help'"


class Bodies(Sums):
    SIZE = 100_000_000

    def file(self, folder, size):
        path = pathlib.Path(folder, "body")
        with path.open("wb") as file:
            file.truncate(size)
        return path

    def test_one_arrives_whole_whatever_its_size(self):
        for size in (1, 65_536, 65_537, 3_000_000):
            body = os.urandom(size // 2).hex() + "x" * (size % 2)
            seen = []
            def behave(connection, _, seen=seen, size=size):
                received = b""
                while b"\r\n\r\n" not in received or len(received.split(b"\r\n\r\n", 1)[1]) < size:
                    received += connection.recv(1 << 20)
                seen.append(received.split(b"\r\n\r\n", 1)[1])
                connection.sendall(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))
            run = self.run_against(behave, "-D", "/dev/stdin", requests=2, input=body)
            self.assertEqual(run["requests"]["responses"], 2)
            self.assertEqual(seen, [body.encode()] * 2)
            self.assertEqual(run["plan"]["bodyBytes"], size)

    @unittest.skipIf(SANITIZED, "sanitizers have memory of their own")
    def test_it_is_held_once_whatever_the_number_of_targets(self):
        with tempfile.TemporaryDirectory() as folder, Server() as server:
            path = self.file(folder, self.SIZE)
            urls = [f"{server.url}{number}" for number in range(10)]
            # The server refuses so large a body, which is all the same here.
            code, most = peak_memory("-n", 20, "-c", 2, "-t", 2, "--no-census", "-D", path, *urls)
        self.assertEqual(code, 0)
        self.assertLess(most, 1.5 * self.SIZE)

    def test_from_a_fifo(self):
        with tempfile.TemporaryDirectory() as folder, Server() as server:
            path = pathlib.Path(folder, "fifo")
            os.mkfifo(path)
            writer = threading.Thread(target=lambda: path.write_bytes(b"x" * 200_000))
            writer.start()
            run = load("-n", 2, "-c", 1, "-D", path, server.url + "echo")
            writer.join()
        self.assertEqual(run["summary"]["totalData"], 400_000)

    def test_one_without_end_is_one_clear_error(self):
        result = hammer("-D", "/dev/zero", "http://127.0.0.1:1/", timeout=50)
        self.assertEqual(result.code, 2)
        self.assertEqual(result.errors.splitlines()[0],
                         "hammer: --body-file: '/dev/zero' has more than 1 GiB, the largest body that "
                         "hammer sends")

    def test_a_saved_run_leaves_a_large_one_out(self):
        with tempfile.TemporaryDirectory() as folder, Server() as server:
            run = pathlib.Path(folder, "run.json")
            path = self.file(folder, 2_000_000)
            text = hammer("-n", 2, "-c", 1, "-D", path, "--json", run, server.url).out
            saved = json.loads(run.read_text())["plan"]
            self.assertEqual((saved["body"], saved["bodyBytes"]), (None, 2_000_000))
            self.assertEqual(hammer("explain", run).out, text)


if __name__ == "__main__":
    main()
