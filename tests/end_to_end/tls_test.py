"""https: hammer against openssl s_server, nginx, node and haproxy."""

import contextlib
import os
import pathlib
import pty
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from certificates import Certificates, Pair, openssl
from harness import (HAMMER, RawServer, Server, free_port, hammer, load, main, nginx,
                     read_request, require, reset, set_kernel, ss)
from real_servers import haproxy, node, running

MADE = None  # the certificates of all tests
DOCS = pathlib.Path(__file__).parents[2] / "docs" / "tls.md"


def setUpModule():
    global MADE
    require("openssl")
    MADE = Certificates()
    MADE.server = MADE.signed("server")
    MADE.client = MADE.signed("client", usage="clientAuth")


def tearDownModule():
    MADE._folder.cleanup()


@contextlib.contextmanager
def s_server(pair=None, *options):
    """The port of an `openssl s_server` that answers each request and closes."""
    pair = pair or MADE.server
    port = free_port()
    with running(("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert_chain",
                  pair.certificate, "-cert", pair.certificate, "-key", pair.key, "-www", "-quiet",
                  *options), port):
        yield port


@contextlib.contextmanager
def nginx_tls(directives="", location="location / { return 200 'Hello from nginx!!\\n'; }",
              pair=None):
    pair = pair or MADE.server
    with nginx(f"ssl_certificate {pair.certificate}; ssl_certificate_key {pair.key}; "
               f"{directives} {location}", listen="ssl") as port:
        yield port


def url(port, host="localhost", path=""):
    return f"https://{host}:{port}/{path}"


def trusting(*options):
    return ("--cacert", MADE.ca.certificate, *options)


class TlsServer(RawServer):
    """Does to each connection, after its handshake, what a function says."""

    def __init__(self, behave, version=ssl.TLSVersion.TLSv1_3):
        super().__init__(behave)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*MADE.server)
        self.context.minimum_version = self.context.maximum_version = version
        self.url = url(self.port)

    def _serve(self, connection, number):
        with contextlib.suppress(OSError):
            with self.context.wrap_socket(connection, server_side=True,
                                          suppress_ragged_eofs=False) as secured:
                self.behave(secured, number)


class Table(unittest.TestCase):
    """Each row of the table in docs/tls.md."""

    def rows(self):
        text = DOCS.read_text().split("## What goes wrong")[1].split("\n## ")[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in text.splitlines() if line.startswith("| ")]
        return {what: (kind.strip("`"), says) for what, kind, says in rows[1:]}

    def cases(self):
        """what is wrong: (server, options of hammer, host of the URL)"""
        made = MADE
        stranger = made.authority("stranger")
        chained = made.chained("chained")
        leaf = made.write("leaf.pem", "-----END CERTIFICATE-----\n".join(
            pathlib.Path(chained.certificate).read_text().split("-----END CERTIFICATE-----\n")[:1]
            + [""]))
        other = made.signed("other", names=("DNS:example.com",))
        own = trusting()

        def of(*words, **how):
            return lambda: s_server(*words, **how)

        def plain(text):
            @contextlib.contextmanager
            def server():
                def behave(connection, _):
                    connection.sendall(text)
                    connection.recv(4096)
                with RawServer(behave) as server:
                    yield server.port
            return server

        client_ca = ("-CAfile", made.ca.certificate, "-Verify", "1", "-verify_return_error")
        return {
            "the certificate has expired":
                (of(made.signed("expired", days=(-3, -1))), own, "localhost"),
            "it is not valid yet": (of(made.signed("early", days=(1, 2))), own, "localhost"),
            "it is self-signed": (of(made.self_signed()), (), "localhost"),
            "its authority is unknown": (of(made.signed("strange", by=stranger)), (), "localhost"),
            "the server does not send its intermediate certificate":
                (of(Pair(leaf, chained.key)), own, "localhost"),
            "it is for another name": (of(other), own, "localhost"),
            "it is for a name, and the URL has an address": (of(other), own, "127.0.0.1"),
            "it is for clients only": (of(made.client), own, "localhost"),
            "the server speaks TLS 1.2, and --tls 1.3 was typed":
                (of(None, "-tls1_2"), (*own, "--tls", "1.3"), "localhost"),
            "no cipher in common":
                (of(None, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"),
                 (*own, "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"), "localhost"),
            "no group in common":
                (of(None, "-groups", "P-384"), (*own, "--groups", "P-256"), "localhost"),
            "the server wants a certificate (TLS 1.3)":
                (of(None, "-tls1_3", *client_ca), own, "localhost"),
            "the server wants a certificate (TLS 1.2)":
                (of(None, "-tls1_2", *client_ca), own, "localhost"),
            "the server does not trust the authority of --cert":
                (of(None, "-tls1_3", *client_ca),
                 (*own, "--cert", made.signed("stray", by=stranger, usage="clientAuth").certificate,
                  "--key", made.path("stray.key")), "localhost"),
            "the server has another name only":
                (of(None, "-servername", "example.com", "-servername_fatal", "-cert2",
                    made.server.certificate, "-key2", made.server.key), own, "localhost"),
            "plain HTTP on that port": (plain(b"HTTP/1.1 400 Bad Request\r\n\r\n"), own, "localhost"),
            "another protocol on that port": (plain(b"SSH-2.0-OpenSSH_9.2\r\n"), own, "localhost"),
        }

    def test_every_row(self):
        rows, cases = self.rows(), self.cases()
        self.assertEqual(list(rows), list(cases))
        for what, (server, options, host) in cases.items():
            kind, says = rows[what]
            with self.subTest(what), server() as port:
                # The run would last longer than any test may: it ends by itself.
                text = hammer("-z", "10m", "-c", 2, *options, url(port, host))
                self.assertEqual(text.code, 1)
                self.assertEqual(text.out, "")
                self.assertEqual(len(text.errors.splitlines()), 1, text.errors)
                line = text.errors.replace("; -k accepts any", "")
                for part in says.split(": "):
                    self.assertIn(part, line)
                self.assertTrue(line.startswith(f"hammer: {url(port, host)}: "), line)
                run = hammer("-z", "10m", "-c", 2, "--json", "-", *options, url(port, host))
                self.assertEqual(run.code, 1)
                self.assertIn(kind, run.json["requests"]["failed"])
                self.assertEqual(run.json["connections"]["opened"],
                                 sum(run.json["requests"]["failed"].values())
                                 + run.json["requests"]["inFlight"])

    def test_with_any_certificate_accepted_the_first_rows_are_loaded_and_it_is_said(self):
        for what in list(self.cases())[:8]:
            server, _, host = self.cases()[what]
            with self.subTest(what), server() as port:
                run = load("-n", 5, "-c", 1, "-k", url(port, host))
                self.assertEqual(run["requests"]["succeeded"], 5)
                self.assertTrue(run["plan"]["tls"]["insecure"])
        with s_server() as port:
            text = hammer("-n", 5, "-c", 1, "-k", url(port)).out
            self.assertIn("verified:\tno, any certificate was accepted (-k)", text)
            text = hammer("-n", 5, "-c", 1, *trusting(), url(port)).out
            self.assertNotIn("verified:", text)
            self.assertFalse(load("-n", 5, *trusting(), url(port))["plan"]["tls"]["insecure"])


class Handshakes(unittest.TestCase):
    def test_each_version(self):
        for version, words in (("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")):
            for key in ("ec", "rsa"):
                pair = MADE.signed(f"server-{key}", key=key)
                with self.subTest(version, key=key), \
                        s_server(pair, f"-tls{version.replace('.', '_')}") as port:
                    run = load("-n", 20, "-c", 2, *trusting(), url(port))
                    tls = run["tls"]
                    self.assertEqual(tls["handshakes"], {"full": 20, "resumed": 0, "failed": 0})
                    self.assertEqual(run["histograms"]["handshake"]["count"], 20)
                    self.assertGreater(run["time"]["shares"]["handshake"], 0)
                    (agreed,) = tls["agreed"]
                    self.assertEqual(agreed["version"], words)
                    self.assertEqual(agreed["handshakes"], 20)
                    self.assertEqual(agreed["key"],
                                     "ECDSA P-256" if key == "ec" else "RSA 2048 bits")
                    self.assertEqual(agreed["subject"], f"CN=server-{key}")
                    self.assertAlmostEqual(run["time"]["accountedSeconds"],
                                           run["time"]["connectionSeconds"],
                                           delta=0.01 * run["time"]["connectionSeconds"])

    def test_what_is_offered_is_what_is_agreed_on(self):
        for options, key, value in (
                (("--tls", "1.2"), "version", "TLSv1.2"),
                (("--tls", "1.3"), "version", "TLSv1.3"),
                (("--tls", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"), "cipher",
                 "ECDHE-ECDSA-AES128-GCM-SHA256"),
                (("--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"), "cipher",
                 "TLS_CHACHA20_POLY1305_SHA256"),
                (("--groups", "P-384"), "group", "secp384r1")):
            with self.subTest(options), s_server() as port:
                (agreed,) = load("-n", 2, "-c", 1, *trusting(), *options, url(port))["tls"]["agreed"]
                self.assertEqual(agreed[key], value)

    def test_sessions_are_resumed_as_often_as_asked(self):
        for version in ("1.2", "1.3"):
            for share, resumed in (("off", 0), ("on", 19), ("0.5", 10), ("0.25", 5)):
                with self.subTest(version, share=share), \
                        nginx_tls(f"ssl_protocols TLSv{version};") as port:
                    run = load("-n", 20, "-c", 1, "-t", 1, "--disable-keepalive", "--tls-resume",
                               share, *trusting(), url(port))
                    self.assertEqual(run["tls"]["handshakes"],
                                     {"full": 20 - resumed, "resumed": resumed, "failed": 0})
                    self.assertEqual(run["requests"]["succeeded"], 20)

    def test_a_server_may_decline(self):
        with nginx_tls("ssl_session_tickets off; ssl_session_cache off;") as port:
            run = load("-n", 10, "-c", 1, "--disable-keepalive", "--tls-resume", "on", *trusting(),
                       url(port))
            self.assertEqual(run["tls"]["handshakes"], {"full": 10, "resumed": 0, "failed": 0})

    def test_the_own_certificate(self):
        locked = MADE.locked(MADE.client, "secret")
        password = MADE.write("password", "secret\n")
        for version in ("-tls1_2", "-tls1_3"):
            with s_server(None, version, "-CAfile", MADE.ca.certificate, "-Verify", "1",
                          "-verify_return_error") as port:
                for pair, more in ((MADE.client, ()), (locked, ("--key-pass-file", password))):
                    run = load("-n", 5, "-c", 1, "--cert", pair.certificate, "--key", pair.key,
                               *more, *trusting(), url(port))
                    self.assertEqual(run["requests"]["succeeded"], 5)

    def test_files_may_be_pipes(self):
        with s_server() as port:
            command = (f"{HAMMER} -n 2 -c 1 --cacert <(cat {MADE.ca.certificate}) "
                       f"--cert <(cat {MADE.client.certificate}) --key <(cat {MADE.client.key}) "
                       f"{url(port)}")
            done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def on_a_terminal(self, port, typed):
        """The exit code or minus the signal, and what the terminal shows, of a run whose key has the
        password `secret`."""
        locked = MADE.locked(MADE.client, "secret")
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(HAMMER, [HAMMER, "-n", "2", "-c", "1", "--cert", locked.certificate, "--key",
                              locked.key, *trusting(), url(port)])
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the other end has closed
            while part := os.read(terminal, 4096):
                shown += part
                if typed and shown.endswith(b": ") and b"Password of" in shown:
                    os.write(terminal, typed)
                    typed = None
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def test_the_password_of_a_key_is_asked_for_once(self):
        with s_server() as port:
            code, shown = self.on_a_terminal(port, b"secrex\x7ft\n")
            self.assertEqual(code, 0, shown)
            self.assertNotIn("secre", shown)
            for typed, ends, words in ((b"guess\n", 2, "the password is not that of"),
                                       (b"\x04", 2, "has a password"),
                                       (b"\x03", -signal.SIGINT, "Password of")):
                with self.subTest(typed):
                    code, shown = self.on_a_terminal(port, typed)
                    self.assertEqual(code, ends, shown)
                    self.assertIn(words, shown)
                    self.assertEqual(shown.count("Password of"), 1)

    def test_a_new_certificate_counts_apart(self):
        first, second = MADE.signed("first"), MADE.signed("second", key="rsa")
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder, name) for name in ("cert.pem", "key.pem")]

            def use(pair):
                for file, source in zip(files, (pair.certificate, pair.key)):
                    file.write_bytes(pathlib.Path(source).read_bytes())
            use(first)
            with Server("--tls", *map(str, files)) as server:
                def renew():
                    use(second)
                    server.process.send_signal(signal.SIGHUP)
                threading.Timer(1, renew).start()
                run = load("-z", "3s", "-c", 2, "--disable-keepalive", *trusting(),
                           url(server.port))
            keys = {one["key"] for one in run["tls"]["agreed"]}
            self.assertEqual(keys, {"ECDSA P-256", "RSA 2048 bits"}, run["tls"])
            self.assertEqual(sum(one["handshakes"] for one in run["tls"]["agreed"]),
                             run["tls"]["handshakes"]["full"])

    def test_each_part_of_a_run_counts_its_own(self):
        with s_server() as port:
            for options in (("-z", "1s", "--warm-up", "1s"), ("--stages", "1s:100,1s:100")):
                with self.subTest(options):
                    run = load(*options, "-c", 2, "--disable-keepalive", *trusting(), url(port))
                    self.assertGreater(run["tls"]["handshakes"]["full"], 0)
                    self.assertEqual(sum(one["handshakes"] for one in run["tls"]["agreed"]),
                                     run["tls"]["handshakes"]["full"])

    def test_the_name_that_is_asked_for_is_verified(self):
        example = MADE.signed("example", names=("DNS:example.com",))
        with s_server(example) as port:
            for options, host in ((("--sni", "example.com"), "localhost"),
                                  (("--connect-to", f"example.com:443:127.0.0.1:{port}"),
                                   "example.com")):
                target = url(port, host) if host == "localhost" else "https://example.com/"
                run = load("-n", 2, "-c", 1, *options, *trusting(), target)
                self.assertEqual(run["requests"]["succeeded"], 2)
                self.assertEqual(run["targets"][0]["address"], f"127.0.0.1:{port}")
            self.assertEqual(hammer("-n", 2, "--sni", "example.org", *trusting(), url(port)).code, 1)

    def test_the_folder_of_authorities(self):
        folder = tempfile.mkdtemp(dir=MADE._folder.name)
        pathlib.Path(folder, "ca.pem").write_text(pathlib.Path(MADE.ca.certificate).read_text())
        with s_server() as port:
            self.assertEqual(hammer("-n", 2, "--cacert", folder, url(port)).code, 1)
            openssl("rehash", folder)
            self.assertEqual(load("-n", 2, "--cacert", folder, url(port))["requests"]["succeeded"], 2)

    def test_a_handshake_that_never_ends_is_a_timeout_of_the_connection(self):
        def silent(connection, _):
            while connection.recv(4096):
                pass

        with RawServer(silent) as server:
            run = hammer("-z", "1s", "-c", 2, "--connect-timeout", "200ms", "--json", "-",
                         url(server.port)).json
            self.assertEqual(set(run["requests"]["failed"]), {"handshake: timeout"})
            self.assertGreater(run["time"]["shares"]["handshake"], 0.2)

    def test_an_end_in_the_handshake_is_none_of_tls(self):
        for behave, kind in ((lambda connection, _: connection.recv(4096), "handshake: closed"),
                             (lambda connection, _: reset(connection), "handshake: ECONNRESET")):
            with self.subTest(kind), RawServer(behave) as server:
                result = hammer("-z", "1s", "-c", 1, "--json", "-", url(server.port))
                self.assertIn(kind, result.json["requests"]["failed"])
                self.assertEqual(result.code, 1)
                self.assertIn("no handshake of TLS with", result.errors)

    def test_one_bad_target_does_not_end_the_run(self):
        with s_server() as good, s_server(MADE.self_signed("bad")) as bad:
            run = hammer("-z", "2s", "-c", 4, "--json", "-", *trusting(), url(good), url(bad)).json
            self.assertGreater(run["summary"]["total"], 1.9)
            self.assertGreater(run["requests"]["succeeded"], 0)
            self.assertGreater(run["requests"]["failed"]["handshake: self-signed"], 0)
            (finding,) = [one for one in run["findings"] if one["id"] == "failures"]
            self.assertIn("self-signed", finding["why"])
            self.assertIn("--cacert FILE", finding["remedies"][0]["do"])

    def test_thresholds_of_the_handshake(self):
        with s_server() as port:
            for limit, code in (("30s", (0, 3)), ("1ns", (99, 3))):
                result = hammer("-n", 50, "-c", 1, "--threshold", f"handshake.p99 < {limit}",
                                "--json", "-", *trusting(), url(port))
                self.assertIn(result.code, code)
                self.assertGreater(result.json["outcomes"][0]["value"], 0)

    def test_a_saved_run_is_explained_the_same(self):
        with s_server() as port, tempfile.NamedTemporaryFile(suffix=".json") as file:
            text = hammer("-n", 20, "-c", 1, "--json", file.name, *trusting(), url(port)).out
            self.assertIn("handshakes:\t20 full, 0 resumed, 0 failed", text)
            self.assertIn("certificate:\tECDSA P-256, CN=server, signed by CN=ca of the tests", text)
            self.assertEqual(hammer("explain", file.name).out, text)


class Bytes(unittest.TestCase):
    def test_kept_connections(self):
        with nginx_tls() as port:
            run = load("-n", 2000, "-c", 10, *trusting(), url(port))
            self.assertEqual(run["requests"]["succeeded"], 2000)
            self.assertEqual(run["connections"]["opened"], 10)
            self.assertEqual(run["summary"]["totalData"], 2000 * 19)

    def test_large_bodies_both_ways(self):
        source = """
            const fs = require('fs'), https = require('https');
            https.createServer({cert: fs.readFileSync('CERT'), key: fs.readFileSync('KEY')},
                (request, response) => {
                  let size = 0;
                  request.on('data', part => { size += part.length; });
                  request.on('end', () => {
                    response.writeHead(size == 3000000 ? 200 : 500);
                    response.end(Buffer.alloc(2000000, 'x'));
                  });
                }).listen(port, '127.0.0.1');
        """.replace("CERT", MADE.server.certificate).replace("KEY", MADE.server.key)
        with node(source) as port, tempfile.NamedTemporaryFile() as body:
            body.truncate(3_000_000)
            for keep in ((), ("--disable-keepalive",)):
                run = load("-n", 10, "-c", 2, "-D", body.name, *keep, *trusting(), url(port))
                self.assertEqual(run["requests"]["succeeded"], 10)
                self.assertEqual(run["summary"]["totalData"], 10 * 2_000_000)

    def test_a_proxy(self):
        both = MADE.write("both.pem", "".join(pathlib.Path(one).read_text() for one in MADE.server))
        with Server() as server, haproxy(f"server a {server.address}",
                                         listen=f"ssl crt {both}") as port:
            for keep in ((), ("--disable-keepalive",)):
                run = load("-n", 200, "-c", 4, *keep, *trusting(), url(port))
                self.assertEqual(run["requests"]["succeeded"], 200)

    def answering(self, text, end):
        def behave(connection, _):
            while read_request(connection):
                connection.sendall(text)
                if end == "close_notify":
                    connection.unwrap()
                    return
                if end == "cut":
                    # shutdown() of an SSLSocket forgets TLS and sends the FIN alone.
                    connection.shutdown(socket.SHUT_RDWR)
                    return
        return behave

    def test_a_fin_without_close_notify_cuts_only_what_had_no_length(self):
        known = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        chunks = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                  b"2\r\nok\r\n0\r\n\r\n")
        unknown = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for text, end, failed in ((known, "close_notify", {}), (known, "cut", {}),
                                      (chunks, "cut", {}), (unknown, "close_notify", {}),
                                      (unknown, "cut", {"read: truncated": 5}),
                                      (known[:-1], "close_notify", {"read: truncated": 5}),
                                      (b"", "close_notify", {"wait: closed": 5})):
                with self.subTest(version=version, text=text, end=end), \
                        TlsServer(self.answering(text, end), version) as server:
                    result = hammer("-n", 5, "-c", 1, "--json", "-", *trusting(), server.url)
                    self.assertEqual(result.json["requests"]["failed"], failed)
                    self.assertEqual(result.json["requests"]["succeeded"], 0 if failed else 5)

    def test_records_of_any_size_and_late_ones(self):
        """The last byte of a response in a record of its own, and one record with two responses."""
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

        def in_parts(connection, _):
            while read_request(connection):
                for i in range(len(text)):
                    connection.sendall(text[i:i + 1])

        def twice(connection, _):
            while read_request(connection):
                connection.sendall(text + text)

        with TlsServer(in_parts) as server:
            run = load("-n", 20, "-c", 2, *trusting(), server.url)
            self.assertEqual((run["requests"]["succeeded"], run["connections"]["opened"]), (20, 2))
        with TlsServer(twice) as server:
            run = load("-n", 10, "-c", 1, *trusting(), server.url)
            self.assertEqual(run["requests"]["succeeded"], 10)
            self.assertEqual(run["connections"]["endedByStrayBytes"], 10)

    def test_a_server_that_waits_for_the_answer_to_its_close_notify(self):
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        answers = []

        def wait(connection, _):
            read_request(connection)
            connection.sendall(text)
            answers.append(connection.unwrap() is not None)  # returns when the answer is here

        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with TlsServer(wait, version) as server:
                run = load("-n", 10, "-c", 1, *trusting(), server.url)
                self.assertEqual(run["connections"]["closedBy"],
                                 {"client": 0, "server": 10, "reset": 0})
                self.assertEqual(run["connections"]["serverKeptOpen"], 0)
        self.assertEqual(answers, [True] * 20)

    def test_a_connection_that_the_server_ended_while_idle_is_replaced(self):
        def once(connection, _):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.unwrap()

        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with TlsServer(once, version) as server:
                run = load("-n", 5, "-q", 3, "-c", 1, *trusting(), server.url)
                self.assertEqual(run["requests"]["failed"], {})
                self.assertEqual(run["requests"]["succeeded"], 5)


def time_waits(port):
    return {side: states.get("TIME_WAIT", 0) for side, states in ss(port).items()}


class Ports(unittest.TestCase):
    def test_who_closes_first_keeps_the_time_wait(self):
        for version in ("1.2", "1.3"):
            for closer, keeper in (("client", "client"), ("server", "server"), ("reset", None)):
                with self.subTest(version, closer=closer), \
                        nginx_tls(f"ssl_protocols TLSv{version};") as port:
                    # That of the connection which found nginx listening.
                    while (before := time_waits(port))["client"] == 0:
                        time.sleep(0.01)
                    run = load("-n", 20, "-c", 2, "--disable-keepalive", "--close-by", closer,
                               *trusting(), url(port))
                    expected = {"client": 0, "server": 0, "reset": 0, closer: 20}
                    self.assertEqual(run["connections"]["closedBy"], expected)
                    self.assertEqual(run["connections"]["serverKeptOpen"], 0)
                    more = {side: count - before[side] for side, count in time_waits(port).items()}
                    self.assertEqual(more, {"client": 20 if keeper == "client" else 0,
                                            "server": 20 if keeper == "server" else 0})

    def test_the_ceiling_is_the_same(self):
        set_kernel("ip_local_port_range", "50000 50499")
        set_kernel("tcp_tw_reuse", "0")
        try:
            with nginx_tls() as port:
                run = load("-z", "3s", "-c", 4, "--disable-keepalive", "--close-by", "client",
                           *trusting(), url(port))
                self.assertEqual(run["verdict"]["limitedBy"], "ephemeral-ports")
                self.assertIn(run["connections"]["opened"], range(490, 501))
        finally:
            set_kernel("ip_local_port_range", "32768 60999")
            set_kernel("tcp_tw_reuse", "2")


class BadInput(unittest.TestCase):
    def test_each_is_one_line_before_anything_is_loaded(self):
        empty, text = MADE.write("empty", ""), MADE.write("text", "hello\n")
        cert, key = MADE.client
        locked = MADE.locked(MADE.client, "secret").key
        wrong = MADE.write("wrong", "guess\n")
        nobody = f"https://127.0.0.1:{free_port()}/"
        for options, *words in (
                (["--cert", cert, "--key", MADE.server.key], "--key", "is not the key of"),
                (["--cert", cert, "--key", MADE.path("none")], "--key", "can't be read"),
                (["--cert", empty, "--key", key], "--cert", "is empty"),
                (["--cert", text, "--key", key], "--cert", "no certificate in PEM"),
                (["--cert", cert, "--key", text], "--key", "no key in PEM"),
                (["--cert", cert, "--key", locked], "--key", "--key-pass-file"),
                (["--cert", cert, "--key", locked, "--key-pass-file", wrong], "--key", "password"),
                (["--cert", cert, "--key", locked, "--key-pass-file", empty], "--key-pass-file"),
                (["--cert", cert], "--cert", "--key FILE"),
                (["--cacert", MADE.path("none")], "--cacert", "can't be read"),
                (["--cacert", empty], "--cacert", "is empty"),
                (["--cacert", text], "--cacert", "no certificate in PEM"),
                (["--ciphers", "ROT13"], "--ciphers", "'ROT13'"),
                (["--tls13-ciphers", "ROT13"], "--tls13-ciphers", "'ROT13'"),
                (["--groups", "P-1"], "--groups", "'P-1'"),
                (["--tls", "1.1"], "--tls", "'1.1'", "1.2..1.3"),
                (["--tls-resume", "2"], "--tls-resume", "'2'")):
            with self.subTest(options):
                result = hammer("-n", 1, *options, nobody, stdin=-3)
                self.assertEqual(result.code, 2, result.errors)
                lines = result.errors.splitlines()
                self.assertEqual(len(lines), 2)  # it and "Try 'hammer --help'"
                for word in words:
                    self.assertIn(word, lines[0])
        result = hammer("-n", 1, "-k", "http://127.0.0.1:1/")
        self.assertEqual(result.code, 2)
        self.assertIn("-k: is for https", result.errors)


class Protocols(unittest.TestCase):
    def test_plain_http_to_tls_is_told(self):
        with nginx_tls() as port:
            run = hammer("-z", "500ms", "--json", "-", f"http://127.0.0.1:{port}/").json
            (finding,) = [one for one in run["findings"] if one["id"] == "refusals"]
            self.assertIn("write https://", finding["why"])

    def test_https_to_a_plain_port_is_told(self):
        with nginx() as port:
            result = hammer("-z", "10m", url(port))
            self.assertEqual(result.code, 1)
            self.assertIn("does not speak TLS: write http://", result.errors)
            run = hammer("-z", "10m", "--json", "-", url(port)).json
            self.assertEqual(run["verdict"]["limitedBy"], "wrong-protocol")


if __name__ == "__main__":
    main()
