"""tws-server with TLS: what curl, openssl, wrk, ab, h2load and Python's ssl make of it."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from certificates import Certificates, fingerprint
from harness import LIMIT, SERVER, Server, main, require, reset

OK = b"HTTP/1.1 200 OK\r\n"
GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
MADE = None


def setUpModule():
    global MADE
    require("openssl")
    MADE = Certificates()
    unittest.addModuleCleanup(MADE.__exit__)


def curl(*options):
    """Exit code, what it got, and what it said."""
    done = subprocess.run(["curl", "-sS", "-m", str(LIMIT), *options], capture_output=True,
                          text=True)
    return done.returncode, done.stdout, done.stderr


def s_client(server, *options, request=GET):
    """What `openssl s_client` says of a connection; the request closes it."""
    request = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    done = subprocess.run(["openssl", "s_client", "-connect", server.address, "-ign_eof", *options],
                          input=request, capture_output=True, timeout=LIMIT)
    return (done.stdout + done.stderr).decode(errors="replace")


def trusting(pair):
    return ssl.create_default_context(cafile=pair.certificate)


@contextlib.contextmanager
def connect(server, context):
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            yield client


def ask(client):
    client.sendall(GET)
    return client.recv(65536)


def presented(server, context):
    """The fingerprint of the certificate that a new connection gets."""
    with connect(server, context) as client:
        der = client.getpeercert(True)
    path = MADE.write("presented.pem", ssl.DER_cert_to_PEM_cert(der))
    return fingerprint(path)


class Clients(unittest.TestCase):
    def test_curl_trusts_each_kind_of_certificate(self):
        require("curl")
        made = {"ECDSA": (MADE.signed("ecdsa"), MADE.ca), "RSA": (MADE.signed("rsa", key="rsa"), MADE.ca),
                "chain": (MADE.chained("chain"), MADE.ca)}
        own = MADE.self_signed()
        made["self-signed"] = (own, own)
        stranger = MADE.authority("stranger")
        for kind, (pair, trusted) in made.items():
            with Server("--tls", *pair) as server:
                for host in ("127.0.0.1", "localhost"):
                    url = f"https://{host}:{server.port}/"
                    self.assertEqual(curl("--cacert", trusted.certificate, url),
                                     (0, "Hello from plaque!\n", ""), kind)
                    code, _, errors = curl("--cacert", stranger.certificate, url)
                    self.assertEqual(code, 60, (kind, errors))
            self.assertEqual(server.totals["handshakes"], 2)
            self.assertEqual(server.totals["failed_handshakes"], 2)
            self.assertEqual(server.totals["status_200"], 2)

    def test_curl_that_offers_http2_gets_http1(self):
        require("curl")
        with Server("--tls-self-signed") as server:
            code, out, errors = curl("-k", "--http2", "-o", "/dev/null", "-w", "%{http_version}",
                                     server.url)
        self.assertEqual((code, out), (0, "1.1"), errors)

    def test_the_versions_of_openssl(self):
        pair = MADE.signed("versions")
        with Server("--tls", *pair) as server:
            for option, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
                text = s_client(server, option, "-CAfile", MADE.ca.certificate)
                self.assertIn("Verification: OK", text)
                self.assertRegex(text, rf"New, {name}, Cipher is ")
                self.assertIn("HTTP/1.1 200 OK", text)
                self.assertIn("Compression: NONE", text)
            for option in ("-tls1", "-tls1_1"):
                text = s_client(server, option, "-cipher", "ALL:@SECLEVEL=0")
                self.assertRegex(text, "alert protocol version|no protocols available")
                self.assertNotIn("200 OK", text)
            text = s_client(server, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
            self.assertIn("alert handshake failure", text)  # the key is ECDSA

    def test_sessions_are_resumed_unless_there_are_no_tickets(self):
        pair = MADE.signed("tickets")
        for tickets, seen in (("on", "Reused, "), ("off", "New, ")):
            with Server("--tls", *pair, "--tls-tickets", tickets) as server:
                for version in ("-tls1_2", "-tls1_3"):
                    session = MADE.path("session")
                    s_client(server, version, "-sess_out", session)
                    known = os.path.exists(session)
                    text = s_client(server, version, *(["-sess_in", session] if known else []))
                    self.assertIn(f"\n{seen}TLSv1.{version[-1]}", text)
                    pathlib.Path(session).unlink(missing_ok=True)
            self.assertEqual(server.totals["resumed"], 2 if tickets == "on" else 0)

    def test_load_generators(self):
        require("ab", "wrk", "h2load")
        for options in ((), ("--mode", "sequential"), ("--threads", "2")):
            with Server("--tls-self-signed", *options) as server:
                for command in (("ab", "-q", "-n", "200", "-c", "5"),
                                ("ab", "-q", "-k", "-n", "200", "-c", "5"),
                                ("h2load", "--h1", "-n", "200", "-c", "5"),
                                ("wrk", "-t1", "-c5", "-d1s")):
                    done = subprocess.run([*command, server.url], capture_output=True, text=True,
                                          timeout=LIMIT)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    failed = re.search(r"Failed requests: +(\d+)|(\d+) failed", done.stdout)
                    if failed:
                        self.assertIn("0", failed.groups(), done.stdout)
                    self.assertNotIn("Socket errors", done.stdout, command)
            self.assertGreaterEqual(server.totals["status_200"], 600)
            # At its end each client leaves, whatever its five connections do.
            self.assertLessEqual(server.totals["failed_handshakes"], 4 * 5)


class ClientCertificates(unittest.TestCase):
    def test_who_has_none_of_a_known_authority_is_refused(self):
        require("curl")
        server_pair = MADE.signed("asking")
        stranger = MADE.authority("client-stranger")
        good = MADE.signed("good-client", usage="clientAuth")
        refused = {"none": [],
                   "of a stranger": ["--cert", MADE.signed("bad-client", usage="clientAuth",
                                                           by=stranger)],
                   "expired": ["--cert", MADE.signed("old-client", usage="clientAuth",
                                                     days=(-3, -1))],
                   "a server's": ["--cert", server_pair]}
        with Server("--tls", *server_pair, "--client-ca", MADE.ca.certificate) as server:
            def answer(words):
                if words:
                    words = ["--cert", words[1].certificate, "--key", words[1].key]
                return curl("--cacert", MADE.ca.certificate, *words, server.url)
            self.assertEqual(answer(["--cert", good]), (0, "Hello from plaque!\n", ""))
            for kind, words in refused.items():
                code, out, errors = answer(words)
                self.assertIn(code, (35, 55, 56), kind)
                self.assertEqual(out, "", kind)
                self.assertRegex(errors, "alert|reset", kind)
        self.assertEqual(server.totals["handshakes"], 1)
        self.assertEqual(server.totals["failed_handshakes"], len(refused))

    def test_their_sessions_are_resumed(self):
        pair = MADE.signed("asking-again")
        client = MADE.signed("resuming-client", usage="clientAuth")
        with Server("--tls", *pair, "--client-ca", MADE.ca.certificate) as server:
            own = ("-cert", client.certificate, "-key", client.key)
            session = MADE.path("client-session")
            s_client(server, *own, "-sess_out", session)
            self.assertIn("\nReused, ", s_client(server, *own, "-sess_in", session))


class Files(unittest.TestCase):
    def setUp(self):
        self.first, self.second = MADE.signed("first"), MADE.signed("second")
        self.used = [MADE.path(f"{self.id()}.{end}") for end in ("pem", "key")]
        self.put(self.first)
        self.context = trusting(MADE.ca)

    def put(self, pair):
        for source, target in zip(pair, self.used):
            shutil.copy(source, target + ".new")
            os.replace(target + ".new", target)

    def until_presented(self, server, pair):
        wanted = fingerprint(pair.certificate)
        deadline = time.monotonic() + LIMIT
        while presented(server, self.context) != wanted:
            self.assertLess(time.monotonic(), deadline)

    def test_are_read_again_under_load_and_nothing_is_lost(self):
        counts, ended = [], threading.Event()

        def load(server, kept):
            count = 0
            while not ended.is_set():
                with connect(server, self.context) as client:
                    for _ in range(50 if kept else 1):
                        if OK not in ask(client):
                            return
                        count += 1
            counts.append(count)

        with Server("--tls", *self.used, "--threads", "2") as server:
            loads = [threading.Thread(target=load, args=(server, number % 2)) for number in range(4)]
            with connect(server, self.context) as held:
                self.assertIn(OK, ask(held))
                for one in loads:
                    one.start()
                for pair in (self.second, self.first, self.second):
                    self.put(pair)
                    server.process.send_signal(signal.SIGHUP)
                    self.assertEqual(server.process.stderr.readline(),
                                     "tws-server: the certificate was read again\n")
                    self.until_presented(server, pair)
                ended.set()
                for one in loads:
                    one.join(LIMIT)
                self.assertIn(OK, ask(held))
        self.assertEqual(len(counts), 4)  # no client has had an error
        self.assertEqual(server.totals["status_200"], sum(counts) + 2)
        self.assertEqual(server.totals["failed_handshakes"], 0)

    def test_that_are_bad_change_nothing(self):
        with Server("--tls", *self.used) as server:
            certificate, key = self.used
            for spoil, said in (
                    (lambda: pathlib.Path(certificate).write_text(""), f"'{certificate}' is empty"),
                    (lambda: pathlib.Path(certificate).write_text("x"),
                     f"'{certificate}' has no certificate (PEM)"),
                    (lambda: os.remove(key), f"'{key}' can't be read: no such file or directory"),
                    (lambda: shutil.copy(self.second.key, key),
                     f"'{key}' is not the key of the certificate in '{certificate}'")):
                self.put(self.first)
                spoil()
                server.process.send_signal(signal.SIGHUP)
                self.assertEqual(server.process.stderr.readline(),
                                 f"tws-server: --tls: {said}; the old certificate stays\n")
                self.assertEqual(presented(server, self.context),
                                 fingerprint(self.first.certificate))
            self.put(self.second)
            server.process.send_signal(signal.SIGHUP)
            self.assertIn("was read again", server.process.stderr.readline())
            self.until_presented(server, self.second)
        self.assertEqual(server.process.returncode, 0)

    def test_are_read_again_under_nohup_too(self):
        with Server("--tls", *self.used, prefix=("nohup",)) as server:
            self.put(self.second)
            server.process.send_signal(signal.SIGHUP)
            self.until_presented(server, self.second)


class SelfSigned(unittest.TestCase):
    LINE = re.compile(r"tws-server certificate: SHA-256 ([0-9A-F:]{95}); --cacert (\S+)\n")

    def test_is_in_a_file_with_its_fingerprint_while_the_server_runs(self):
        require("curl")
        for words, host in (((), "localhost"), (("some.example",), "some.example"),
                            (("10.1.2.3",), "10.1.2.3")):
            with Server("--tls-self-signed", *words) as server:
                printed, file = self.LINE.fullmatch(server.certificate_line).groups()
                self.assertEqual(printed, fingerprint(file))
                for name in (host, "localhost", "127.0.0.1"):
                    code, out, errors = curl("--cacert", file, "--connect-to",
                                             f"::127.0.0.1:{server.port}",
                                             f"https://{name}:{server.port}/")
                    self.assertEqual((code, out), (0, "Hello from plaque!\n"), (name, errors))
                code, _, errors = curl("--cacert", file, "--connect-to",
                                       f"::127.0.0.1:{server.port}", f"https://other.example:1/")
                self.assertEqual(code, 60, errors)
            self.assertFalse(os.path.exists(file))

    def test_sighup_stops_as_without_tls(self):
        with Server("--tls-self-signed") as server:
            server.stop(signal.SIGHUP)
        self.assertEqual(server.process.returncode, 0)


class BadPeers(unittest.TestCase):
    def test_plain_http_is_told_so(self):
        require("curl")
        with Server("--tls-self-signed") as server:
            for method in ("GET", "PUT", "DELETE"):
                code, out, errors = curl("-i", "-X", method, server.url.replace("https", "http"))
                self.assertEqual(code, 0, errors)
                self.assertIn("400 Bad Request", out)
                self.assertIn("use https://", out)
            self.assertEqual(curl("-I", server.url.replace("https", "http"))[0], 0)
        self.assertEqual(server.totals["status_400"], 4)

    def test_a_silent_one_falls_to_the_heads_time_limit(self):
        for mode in ("spawn", "sequential"):
            with Server("--tls-self-signed", "--mode", mode, "--head-timeout", "1s") as server:
                with socket.create_connection(("127.0.0.1", server.port), LIMIT) as client:
                    self.assertEqual(client.recv(10), b"")
                context = ssl._create_unverified_context()
                with connect(server, context) as client:  # half a head, with TLS
                    client.sendall(GET[:10])
                    self.assertIn(b"408 Request Timeout", client.recv(1000))
            self.assertEqual(server.totals["timeouts"], 2)
            self.assertEqual(server.totals["failed_handshakes"], 1)

    def test_a_crowd_of_them_leaves_nothing_open(self):
        hello = self.client_hello()
        pieces = [b"", b"\x16", hello[:40], hello, hello + b"\x16\x03\x03\xff\xff" + b"x" * 1000,
                  hello[:-1] + b"\xff", b"\x15\x03\x01\x00\x02\x01\x00", b"G", b"\0" * 5000]
        context = ssl._create_unverified_context()
        with Server("--tls-self-signed", "--head-timeout", "1s", "--idle-timeout", "1s") as server:
            with connect(server, context) as client:
                self.assertIn(OK, ask(client))
            files = f"/proc/{server.process.pid}/fd"
            before = len(os.listdir(files))
            for number in range(270):
                client = socket.create_connection(("127.0.0.1", server.port), LIMIT)
                client.settimeout(0.01)
                with contextlib.suppress(OSError):
                    client.sendall(pieces[number % len(pieces)])
                    if number % 3 == 0:
                        client.recv(100)
                (reset(client) if number % 2 else client.close())
            with connect(server, context) as client:
                self.assertIn(OK, ask(client))
            deadline = time.monotonic() + LIMIT
            while len(os.listdir(files)) > before and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertLessEqual(len(os.listdir(files)), before)
        totals = server.totals
        self.assertEqual(totals["connections"], 272)
        self.assertEqual(totals["closed_by_server"] + totals["closed_by_client"] +
                         totals["closed_by_reset"], 272)
        self.assertEqual(totals["handshakes"], 2)
        self.assertNotIn("uncaught", totals)

    @staticmethod
    def client_hello():
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = ssl._create_unverified_context().wrap_bio(incoming, outgoing,
                                                           server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        return outgoing.read()


class Usage(unittest.TestCase):
    def refusal(self, *options):
        done = subprocess.run([SERVER, "--listen", "127.0.0.1:0", *options], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(lines[1:], ["Try 'tws-server --help'"])
        return lines[0].removeprefix("tws-server: ")

    def test_each_bad_file_is_named(self):
        pair, other = MADE.signed("used"), MADE.signed("unused", key="rsa")
        certificate, key = pair
        empty, locked = MADE.write("empty.pem", ""), MADE.locked(pair, "secret").key
        folder = os.path.dirname(certificate)
        for words, said in (
                ((empty, key), f"'{empty}' is empty"),
                ((certificate, empty), f"'{empty}' is empty"),
                (("/no/where", key), "'/no/where' can't be read: no such file or directory"),
                ((certificate, folder), f"'{folder}' can't be read: is a directory"),
                ((key, key), f"'{key}' has no certificate (PEM)"),
                ((certificate, certificate), f"'{certificate}' has no private key (PEM)"),
                ((certificate, locked),
                 f"'{locked}' needs a password: give a key without one"),
                ((certificate, other.key),
                 f"'{other.key}' is not the key of the certificate in '{certificate}'")):
            self.assertEqual(self.refusal("--tls", *words), f"--tls: {said}")
        self.assertEqual(self.refusal("--tls", *pair, "--client-ca", empty),
                         f"--client-ca: '{empty}' is empty")
        self.assertEqual(self.refusal("--tls", *pair, "--client-ca", key),
                         f"--client-ca: '{key}' has no certificate (PEM)")

    def test_the_options(self):
        pair = MADE.signed("options")
        self.assertEqual(self.refusal("--tls-self-signed", "a b"),
                         "--tls-self-signed: 'a b' is not a host name or an address")
        self.assertEqual(self.refusal("--tls", pair.certificate),
                         f"--tls: '{pair.certificate}' is one file, and it takes two: CERT KEY")
        self.assertIn("--tls-self-signed", self.refusal("--tls", *pair, "--tls-self-signed"))
        self.assertEqual(self.refusal("--client-ca", MADE.ca.certificate),
                         "--client-ca: it needs --tls or --tls-self-signed")
        self.assertEqual(self.refusal("--tls-tickets", "off"),
                         "--tls-tickets: it needs --tls or --tls-self-signed")
        self.assertEqual(self.refusal("--tls", *pair, "--tls-tickets", "maybe"),
                         "--tls-tickets: 'maybe' is not one of on, off")


if __name__ == "__main__":
    main()
