"""What is asked: lists of URLs, bodies, placeholders, redirects; and by which way: a proxy, a Unix
socket, HTTP/1.0."""

import collections
import contextlib
import os
import pathlib
import re
import socket
import tempfile
import threading
import uuid

from faults_test import Sums
from harness import RawServer, Server, hammer, load, main, nginx
from real_servers import apache


class Recorder(RawServer):
    """Notes every request: (method, target, headers, body). `answer(method, target)` is the
    response's status line and headers; without one it is an empty 200."""

    def __init__(self, answer=None):
        super().__init__(self.serve)
        self.answer = answer or (lambda method, target: "HTTP/1.1 200 OK\r\n")
        self.requests = []
        self.lock = threading.Lock()

    def serve(self, connection, _):
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                part = connection.recv(65536)
                if not part:
                    return
                received += part
            head, received = received.split(b"\r\n\r\n", 1)
            first, *lines = head.decode().split("\r\n")
            method, target, version = first.split(" ")
            headers = dict(line.split(": ", 1) for line in lines)
            size = int(headers.get("Content-Length", 0))
            while len(received) < size:
                received += connection.recv(65536)
            body, received = received[:size], received[size:]
            with self.lock:
                self.requests.append((method, target, headers, body.decode()))
            answer = self.answer(method, target)
            last = headers.get("Connection") == "close" or "close" in answer
            connection.sendall(f"{answer}Content-Length: 0\r\n\r\n".encode())
            if last:
                return

    def count(self, part):
        """How often each value of a part of the request came."""
        return collections.Counter(map(part, self.requests))


@contextlib.contextmanager
def files(**contents):
    """A folder with these files; yields a function from a name to its path."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in contents.items():
            pathlib.Path(folder, name).write_text(text)
        yield lambda name: os.path.join(folder, name)


class Asked(Sums):
    def check_refused(self, *words, arguments, **kwargs):
        done = hammer(*arguments, **kwargs)
        self.assertEqual((done.code, done.out), (2, ""), done.errors)
        for word in words:
            self.assertIn(word, done.errors.splitlines()[0])

    def check_ok(self, run, number):
        self.assertEqual(run["statusCodeDistribution"], {"200": number})
        self.assertEqual((run["requests"]["failed"], run["attempts"]["failed"]), ({}, {}))

    def check_by_url(self, run):
        """The numbers of each URL add up to those of the run."""
        rows = run["requests"]["byUrl"]
        for key, whole in (("responses", run["requests"]["responses"]),
                           ("succeeded", run["requests"]["succeeded"]),
                           ("failed", sum(run["requests"]["failed"].values()))):
            self.assertEqual(sum(row[key] for row in rows), whole, key)
        return rows


class Lists(Asked):
    def test_weights_methods_and_bodies(self):
        with Recorder() as server, files(body="from a file") as path:
            list_ = (f"# a list\n3 {server.url}a\n{server.url}b # once\n"
                     f"2 PUT {server.url}c @{path('body')}\nHEAD {server.url}d\n")
            for threads in (1, 3):
                server.requests.clear()
                run = self.check_sums(load("-n", 70, "-c", 5, "-t", threads, "--urls", "-",
                                           input=list_))
                asked = server.count(lambda request: (*request[:2], request[3]))
                self.assertEqual(asked, {("GET", "/a", ""): 30, ("GET", "/b", ""): 10,
                                         ("PUT", "/c", "from a file"): 20, ("HEAD", "/d", ""): 10})
                rows = self.check_by_url(run)
                self.assertEqual([row["succeeded"] for row in rows], [30, 10, 20, 10])
                self.assertEqual([row["method"] for row in rows], ["GET", "GET", "PUT", "HEAD"])
                self.assertTrue(all(0 < row["p50"] <= row["p99"] for row in rows))
                self.assertEqual([row["latency"]["count"] for row in rows], [30, 10, 20, 10])
            self.assertEqual(run["plan"]["urls"], [server.url + "a"])

    def test_what_each_url_came_to(self):
        def answer(_, target):
            return f"HTTP/1.1 {404 if target == '/no' else 200} x\r\n"
        with Recorder(answer) as server, files(urls=f"{server.url}yes\n{server.url}no\n") as path:
            text = hammer("-n", 20, "--urls", path("urls"))
            run = load("-n", 20, "--urls", path("urls"))
        self.assertEqual([(row["responses"], row["succeeded"]) for row in self.check_by_url(run)],
                         [(10, 10), (10, 0)])
        self.assertRegex(text.out, r"URLs:\n.*refused.*\n +10 +0 +0 .*GET /yes\n"
                                   r" +10 +10 +0 .*GET /no\n")
        self.assertIn(f"curl -i {server.url}no", text.out)
        self.assertIn(f"--urls {path('urls')}", text.out)
        self.assertIn("yes and others at 127.0.0.1:", text.out)

    def test_a_failure_is_its_urls(self):
        def behave(connection, _):
            while head := connection.recv(65536):
                if b"/bad" in head:
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        with RawServer(behave) as server:
            run = self.check_sums(load("-n", 40, "-c", 1, "-m", "POST", "--urls", "-",
                                       input=f"{server.url}good\n{server.url}bad\n"))
        self.assertEqual([(row["succeeded"], row["failed"]) for row in self.check_by_url(run)],
                         [(20, 0), (0, 20)])

    def test_urls_typed_as_words_have_numbers_too(self):
        with Server() as one, Server() as other:
            run = self.check_sums(load("-n", 100, "-c", 2, one.url, other.url))
            single = load("-n", 10, one.url)
        self.assertTrue(all(row["succeeded"] > 0 for row in self.check_by_url(run)))
        self.assertEqual(single["requests"]["byUrl"], [])

    def test_several_authorities_are_several_targets(self):
        with Recorder() as one, Recorder() as other:
            run = self.check_sums(load("-n", 60, "-c", 2, "-t", 1, "--urls", "-", input=(
                f"{one.url}a\n{other.url}b\n{one.url}c\n")))
            self.assertEqual(run["plan"]["urls"], [one.url + "a", other.url + "b"])
            self.assertEqual({target for _, target, _, _ in one.requests}, {"/a", "/c"})
            self.assertEqual({target for _, target, _, _ in other.requests}, {"/b"})
        self.assertEqual(len(run["targets"]), 2)
        self.check_by_url(run)

    def test_a_long_list(self):
        with Server() as server:
            run = self.check_sums(load("-n", 5000, "-t", 1, "--urls", "-", input="".join(
                f"{server.url}?{i}\n" for i in range(5000))))
        self.assertEqual({row["succeeded"] for row in self.check_by_url(run)}, {1})
        self.assertEqual({row["p50"] for row in run["requests"]["byUrl"]}, {None})

    def test_a_bad_line_is_named(self):
        for text, *words in (("http://127.0.0.1:1/\nftp://x/\n", ":2: ", "ftp://x/"),
                             ("http://127.0.0.1:1/ x\n", ":1: ", "'x'"),
                             ("0 http://127.0.0.1:1/\n", ":1: ", "'0'"),
                             ("\n\nhttp://127.0.0.1:1/ @/no/such\n", ":3: ", "/no/such"),
                             ("http://127.0.0.1:1/{{x}}\n", ":1: ", "{{x}}"),
                             ("# nothing\n", "no URL")):
            with self.subTest(text), files(urls=text) as path:
                self.check_refused("--urls", path("urls"), *words,
                                   arguments=["--urls", path("urls")])
        self.check_refused("--urls: '/no/such' can't be read", arguments=["--urls", "/no/such"])
        self.check_refused("--urls: 'x'", "http://a/", arguments=["--urls", "x", "http://a/"])
        self.check_refused("--body-file: '-'", "--urls", arguments=["--urls", "-", "-D", "-"])
        with files(urls="1000000 http://127.0.0.1:1/\n1 http://127.0.0.1:1/a\n") as path:
            self.check_refused("--urls", "1000000", arguments=["--urls", path("urls")])

    def test_a_real_server(self):
        with nginx("location /a { return 200 'a'; } location /b { return 404; }") as port:
            run = self.check_sums(load("-n", 300, "--urls", "-", input=(
                f"2 http://127.0.0.1:{port}/a\nhttp://127.0.0.1:{port}/b\n")))
        self.assertEqual(run["statusCodeDistribution"], {"200": 200, "404": 100})
        self.check_by_url(run)


class Bodies(Asked):
    def test_a_line_for_each_request(self):
        with Recorder() as server, files(lines="one\ntwo {{seq}}\r\n\nfour") as path:
            run = self.check_sums(load("-n", 8, "-c", 3, "-t", 2, "--body-lines", path("lines"),
                                       server.url))
            asked = server.count(lambda request: (request[0], request[3]))
        self.assertEqual(asked, {("POST", "one"): 2, ("POST", "two {{seq}}"): 2, ("POST", ""): 2,
                                 ("POST", "four"): 2})
        self.assertEqual(run["plan"]["bodyLines"], "one\ntwo {{seq}}\r\n\nfour")

    def test_from_stdin(self):
        with Recorder() as server:
            load("-n", 3, "-D", "-", server.url, input="all of it\n")
            load("-n", 2, "--body-lines", "-", server.url, input="a\nb\n")
            self.assertEqual(server.count(lambda request: request[3]),
                             {"all of it\n": 3, "a": 1, "b": 1})

    def test_with_a_list(self):
        with Recorder() as server, files(lines="x\ny\n") as path:
            load("-n", 4, "-c", 1, "-t", 1, "--body-lines", path("lines"), "--urls", "-",
                 input=f"POST {server.url}a\nGET {server.url}b\n")
            self.assertEqual([(request[0], request[3]) for request in server.requests],
                             [("POST", "x"), ("GET", ""), ("POST", "x"), ("GET", "")])

    def test_large_ones(self):
        with Recorder() as server:
            run = self.check_sums(load("-n", 6, "-c", 2, "-D", "-", server.url,
                                       input="{{seq}}" + "x" * 1_000_000))
            self.assertEqual(sorted(request[3][:1] for request in server.requests), list("123456"))
            self.assertEqual({len(request[3]) for request in server.requests}, {1_000_001})
        self.check_ok(run, 6)


class Placeholders(Asked):
    def test_in_url_header_and_body(self):
        with Recorder() as server:
            run = self.check_sums(load("-n", 50, "-c", 4, "-t", 2, "-H", "X-Id: {{uuid}}", "-d",
                                       "n={{seq}}", server.url + "p/{{seq}}?r={{rand 1 3}}"))
            for _, target, headers, body in server.requests:
                number, random = re.fullmatch(r"/p/(\d+)\?r=([123])", target).groups()
                self.assertEqual(body, f"n={number}")
                uuid.UUID(headers["X-Id"])
            self.assertEqual(sorted(int(request[3][2:]) for request in server.requests),
                             list(range(1, 51)))
            self.assertEqual(len(server.count(lambda request: request[2]["X-Id"])), 50)
        self.assertEqual(run["targets"][0]["url"], server.url + "p/{{seq}}?r={{rand 1 3}}")

    def test_a_seed_gives_the_same_requests(self):
        def asked(*options):
            with Recorder() as server:
                load("-n", 20, "-c", 3, *options, "-d", "{{uuid}} {{rand 0 1000000}}", server.url)
                return sorted(request[3] for request in server.requests)
        self.assertEqual(asked(), asked("--seed", 1))
        self.assertNotEqual(asked(), asked("--seed", 2))

    def test_a_line_stands_where_it_is_put(self):
        with Recorder() as server, files(names="a b\nc/d\n") as path:
            load("-n", 2, "-t", 1, "--body-lines", path("names"), "-H", "X-Name: {{line}}",
                 server.url + "{{line}}")
            self.assertEqual(sorted((method, target, headers["X-Name"], body)
                                    for method, target, headers, body in server.requests),
                             [("GET", "/a%20b", "a b", ""), ("GET", "/c/d", "c/d", "")])

    def test_a_request_that_is_sent_again_is_the_same(self):
        seen = []
        def behave(connection, _):
            for _ in range(2):
                head = b""
                while b"\r\n\r\n" not in head:
                    part = connection.recv(4096)
                    if not part:
                        return
                    head += part
                seen.append(head.split(b" ")[1])
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        with RawServer(behave) as server:
            # The next request of a connection is due when its end is long here.
            run = self.check_sums(load("-n", 12, "-c", 1, "-q", 50, server.url + "{{seq}}"))
        self.assertGreater(run["requests"]["sentAgain"], 0)
        self.assertEqual(sorted(map(int, (one[1:] for one in seen))), list(range(1, 13)))

    def test_what_is_none(self):
        url = "http://127.0.0.1:1/"
        for arguments, word in (([url + "{{x}}"], "'{{x}}' is no placeholder"),
                                (["-d", "{{", url], "no }}"),
                                (["-H", "A: {{rand 2 1}}", url], "{{rand 2 1}}"),
                                ([url + "{{line}}"], "--body-lines"),
                                (["http://{{seq}}/"], "host"),
                                (["--seed", "x", url], "--seed: 'x'")):
            with self.subTest(arguments):
                self.check_refused(word, arguments=arguments)
        with files(lines="a\nb\x01\n") as path:
            self.check_refused(path("lines") + ":2", "0x01", arguments=[
                "--body-lines", path("lines"), "-H", "A: {{line}}", url])

    def test_a_backslash_makes_text_of_them(self):
        with Recorder() as server:
            load("-n", 2, "-d", r"\{{seq}}", server.url)
            self.assertEqual(server.count(lambda request: request[3]), {"{{seq}}": 2})


class Headers(Asked):
    def test_from_a_file(self):
        with Recorder() as server, files(headers="X-A: 1\r\n\nX-B: b: c\n",
                                         bad="X-A: 1\nnothing\n") as path:
            load("-n", 1, "-H", "@" + path("headers"), "-H", "X-C: 3", server.url)
            headers = server.requests[0][2]
            self.assertEqual([headers[name] for name in ("X-A", "X-B", "X-C")], ["1", "b: c", "3"])
            self.check_refused(path("bad") + ":2", "'nothing'",
                               arguments=["-H", "@" + path("bad"), server.url])
        self.check_refused("--header: '/no/such'", arguments=["-H", "@/no/such"])

    def test_user_and_host(self):
        with Recorder() as server:
            load("-n", 1, "-a", "me:secret", "--host", "example.com", server.url)
            headers = server.requests[0][2]
        self.assertEqual(headers["Authorization"], "Basic bWU6c2VjcmV0")
        self.assertEqual(headers["Host"], "example.com")

    def test_http_1_0(self):
        with nginx() as port:
            url = f"http://127.0.0.1:{port}/"
            kept = self.check_sums(load("-n", 50, "-c", 5, "--http-version", "1.0", url))
            closed = self.check_sums(load("-n", 50, "-c", 5, "--http-version", "1.0",
                                          "--disable-keepalive", url))
        self.check_ok(kept, 50)
        self.assertEqual(kept["connections"]["opened"], 5)
        self.assertEqual(closed["connections"]["opened"], 50)
        self.check_refused("--http-version: '2'", arguments=["--http-version", "2"])


class Redirects(Asked):
    @staticmethod
    def answer(method, target):
        steps = {"/odd?{|}": ("302", "/4 \u00e4#x"), "/1": ("302", "/2"), "/2": ("301", "2/../3?x=y"), "/3?x=y": ("307", "/4"),
                 "/away": ("302", "http://192.0.2.1/"), "/loop": ("302", "/loop"),
                 "/post": ("303", "/4"), "/kept": ("308", "/4"), "/bye": ("302", "/4")}
        if target not in steps:
            return "HTTP/1.1 200 OK\r\n"
        status, location = steps[target]
        close = "Connection: close\r\n" if target == "/bye" else ""
        return f"HTTP/1.1 {status} x\r\nLocation: {location}\r\n{close}"

    def run_with(self, path, *options, requests=10):
        with Recorder(self.answer) as server:
            run = self.check_sums(load("-n", requests, "-c", 2, *options, server.url + path))
            return run, server.count(lambda request: (request[0], request[1], request[3]))

    def test_are_not_followed_unless_asked_for(self):
        run, asked = self.run_with("1")
        self.assertEqual(asked, {("GET", "/1", ""): 10})
        self.assertEqual(run["statusCodeDistribution"], {"302": 10})
        self.assertEqual((run["requests"]["redirectsFollowed"], run["requests"]["redirectsLeft"]),
                         (0, 0))

    def test_are_followed(self):
        run, asked = self.run_with("1", "--redirects", 5)
        self.assertEqual(asked, {("GET", path, ""): 10 for path in ("/1", "/2", "/3?x=y", "/4")})
        self.assertEqual(run["statusCodeDistribution"],
                         {"200": 10, "301": 10, "302": 10, "307": 10})
        self.assertEqual(run["requests"]["redirectsFollowed"], 30)
        self.assertEqual(run["requests"]["started"], 40)

    def test_what_a_url_should_not_have(self):
        _, asked = self.run_with("odd?{|}", "--redirects", 1)
        self.assertEqual(asked, {("GET", "/odd?{|}", ""): 10, ("GET", "/4%20%C3%A4", ""): 10})

    def test_so_many_at_most(self):
        run, asked = self.run_with("loop", "--redirects", 3)
        self.assertEqual(asked, {("GET", "/loop", ""): 40})
        self.assertEqual((run["requests"]["redirectsFollowed"], run["requests"]["redirectsLeft"]),
                         (30, 10))

    def test_to_another_host_they_are_not(self):
        run, _ = self.run_with("away", "--redirects", 3)
        self.assertEqual(run["statusCodeDistribution"], {"302": 10})
        self.assertEqual(run["requests"]["redirectsLeft"], 10)

    def test_method_and_body(self):
        _, asked = self.run_with("post", "--redirects", 1, "-d", "x")
        self.assertEqual(asked, {("POST", "/post", "x"): 10, ("GET", "/4", ""): 10})
        _, asked = self.run_with("kept", "--redirects", 1, "-d", "x{{seq}}", requests=1)
        self.assertEqual(asked, {("POST", "/kept", "x1"): 1, ("POST", "/4", "x1"): 1})

    def test_on_a_new_connection(self):
        run, asked = self.run_with("bye", "--redirects", 1)
        self.assertEqual(asked, {("GET", "/bye", ""): 10, ("GET", "/4", ""): 10})
        run, asked = self.run_with("1", "--redirects", 5, "--disable-keepalive")
        self.assertEqual(sum(asked.values()), 40)
        self.assertEqual(run["connections"]["opened"], 40)

    def test_with_a_rate(self):
        run, asked = self.run_with("1", "--redirects", 5, "-q", 200)
        self.assertEqual(sum(asked.values()), 40)
        self.assertEqual(run["rate"]["neverBegun"], 0)

    def test_of_a_real_server(self):
        with nginx("location = /a { return 302 /b; } location = /b { return 200 'b'; }") as port:
            run = self.check_sums(load("-n", 100, "--redirects", 1, f"http://127.0.0.1:{port}/a"))
        self.assertEqual(run["statusCodeDistribution"], {"200": 100, "302": 100})


class UnixSockets(Asked):
    def test_of_a_real_server(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            with nginx(f"listen unix:{path}; location / {{ return 200 'x'; }}"):
                for options in ([], ["--disable-keepalive"],
                                ["--disable-keepalive", "--close-by", "client"]):
                    run = self.check_sums(load("-n", 200, "-c", 5, "--unix-socket", path, *options,
                                               "http://example.com/"))
                    self.check_ok(run, 200)
                text = hammer("-n", 10, "--unix-socket", path, "http://example.com/").out
        self.assertEqual(run["targets"][0]["address"], "unix:" + path)
        self.assertIn(f"at unix:{path}", text)
        self.assertIn("neither a port nor", text)
        self.assertNotIn("Client ports", text)

    def test_nobody_there(self):
        done = hammer("-z", "2s", "--unix-socket", "/no/such/socket", "http://a/")
        self.assertEqual(done.code, 1)
        self.assertIn("no connection to unix:/no/such/socket succeeded: no such file", done.errors)

    def test_what_has_no_meaning_with_one(self):
        for options in (["--source", "127.0.0.1"], ["--ports", "rotate"], ["--wait-drain"],
                        ["--connect-to", "::a:1"], ["--proxy", "http://127.0.0.1:1"]):
            with self.subTest(options):
                self.check_refused("--unix-socket: '/x'", options[0],
                                   arguments=["--unix-socket", "/x", *options, "http://a/"])
        self.check_refused("--unix-socket: ", arguments=["--unix-socket", "x" * 108])


def tunnel(connection, address):
    """Carries bytes both ways until one side ends."""
    with socket.create_connection(address) as other:
        def carry(one, another):
            with contextlib.suppress(OSError):
                while part := one.recv(65536):
                    another.sendall(part)
            with contextlib.suppress(OSError):
                another.shutdown(socket.SHUT_WR)
        thread = threading.Thread(target=carry, args=(other, connection), daemon=True)
        thread.start()
        carry(connection, other)
        thread.join()


class Proxies(Asked):
    def test_http_is_asked_for_with_the_whole_url(self):
        with Recorder() as proxy:
            run = self.check_sums(load("-n", 20, "-c", 2, "--proxy", proxy.url.replace(
                "//", "//me:secret@"), "http://example.invalid:81/a?b"))
            self.assertEqual(proxy.count(lambda request: (request[1], request[2]["Host"])),
                             {("http://example.invalid:81/a?b", "example.invalid:81"): 20})
            self.assertEqual(proxy.requests[0][2]["Proxy-Authorization"], "Basic bWU6c2VjcmV0")
        self.assertEqual(run["targets"][0]["address"], f"127.0.0.1:{proxy.port}")
        self.assertIn(f"to the proxy at 127.0.0.1:{proxy.port}", run["verdict"]["sentence"])

    def test_https_goes_through_a_tunnel(self):
        asked = []
        with Server("--tls-self-signed") as server:
            def behave(connection, _):
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
                asked.append(head.split(b"\r\n")[0].decode())
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                tunnel(connection, ("127.0.0.1", server.port))
            with RawServer(behave) as proxy:
                run = self.check_sums(load("-n", 40, "-c", 4, "-k", "--proxy", proxy.url, server.url))
        self.check_ok(run, 40)
        self.assertEqual(asked, [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"] * 4)
        self.assertEqual(run["tls"]["handshakes"]["full"], 4)

    def test_a_proxy_that_opens_none(self):
        for answer, kind in ((b"HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", "handshake: proxy"),
                             (b"", "handshake: closed"), (b"SSH-2.0\r\n", "handshake: protocol")):
            def behave(connection, _, answer=answer):
                connection.recv(4096)
                connection.sendall(answer)
            with self.subTest(kind), RawServer(behave) as proxy:
                done = hammer("--json", "-", "-n", 10, "-c", 2, "-k", "--proxy", proxy.url,
                              "https://example.invalid/")
                self.assertEqual(list(done.json["requests"]["failed"]), [kind])
                self.assertEqual(done.json["requests"]["failed"][kind], 10)

    def test_a_real_one(self):
        with Server() as plain, Server("--tls-self-signed") as secure, apache(
                "ProxyRequests On\nAllowCONNECT 1-65535\n<Proxy *>\nRequire all granted\n</Proxy>",
                modules=("proxy", "proxy_http", "proxy_connect")) as port:
            for server in (plain, secure):
                run = self.check_sums(load("-n", 100, "-c", 4, "-k" if server is secure else
                                           "--no-census", "--proxy", f"http://127.0.0.1:{port}",
                                           server.url))
                self.check_ok(run, 100)

    def test_what_is_none(self):
        for url in ("https://127.0.0.1:1", "http://127.0.0.1:1/path", "ftp://x"):
            self.check_refused("--proxy: ", arguments=["--proxy", url, "http://a/"])


if __name__ == "__main__":
    main()
