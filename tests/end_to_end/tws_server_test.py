"""The program tws-server: its lines, its exit codes, its signals."""

import re
import signal
import socket
import subprocess
import sys
import time
import unittest

SERVER = None
FIRST_LINE = re.compile(
    r"tws-server listening on (127\.0\.0\.1):(\d+) \((spawn|sequential), (\d+) threads?, pid (\d+)\)\n")


def ask(sock, target):
    sock.sendall(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())


class Program(unittest.TestCase):
    def start(self, *options, prefix=()):
        server = subprocess.Popen([*prefix, SERVER, "--listen", "127.0.0.1:0", *options], text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        self.addCleanup(self.clean_up, server)
        first = FIRST_LINE.fullmatch(server.stdout.readline())
        self.assertIsNotNone(first)
        self.assertEqual(int(first[5]), server.pid)
        return server, (first[1], int(first[2])), first

    @staticmethod
    def clean_up(server):
        server.kill()
        server.wait(60)
        server.stdout.close()
        server.stderr.close()

    def test_a_life(self):
        for mode in ("spawn", "sequential"):
            server, address, first = self.start("--mode", mode, "--keep-alive", "on")
            self.assertEqual(first[3], mode)
            with socket.create_connection(address, 30) as client:
                ask(client, "/")
                self.assertIn(b"Hello from plaque!\n", client.recv(1000))
                server.send_signal(signal.SIGTERM)
                self.assertEqual(client.recv(1000), b"")
            out, err = server.communicate(timeout=60)
            self.assertRegex(
                out, r"^tws-server totals: connections=1 requests=1 status_200=1 bytes_in=\d+ "
                     r"bytes_out=\d+ closed_by_server=1 closed_by_client=0 closed_by_reset=0 "
                     r"timeouts=0 accept_errors=0 accept_pauses=0\n$")
            self.assertEqual((err, server.returncode), ("", 0))

    def test_each_signal_lets_it_finish_what_is_under_way(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            server, address, _ = self.start()
            with socket.create_connection(address, 30) as client:
                ask(client, "/delay/300")
                time.sleep(0.1)
                server.send_signal(number)
                self.assertIn(b"200 OK", client.recv(1000))
            out, _ = server.communicate(timeout=60)
            self.assertEqual(server.returncode, 0)
            self.assertIn("tws-server totals: connections=1 requests=1 status_200=1", out)

    def test_a_signal_that_comes_twice_at_once_is_one(self):
        done = subprocess.run(["timeout", "--preserve-status", "0.5", SERVER, "--listen", "127.0.0.1:0"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertIn("tws-server totals: ", done.stdout)

    def test_nohup_keeps_it_alive(self):
        server, address, _ = self.start(prefix=("nohup",))
        server.send_signal(signal.SIGHUP)
        time.sleep(0.1)
        with socket.create_connection(address, 30) as client:
            ask(client, "/")
            self.assertIn(b"200 OK", client.recv(1000))
        server.terminate()
        self.assertEqual(server.wait(60), 0)

    def test_a_second_signal_ends_it_at_once(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            server, address, _ = self.start("--drain", "1h")
            with socket.create_connection(address, 30) as client:
                ask(client, "/delay/60000")
                # Answered after the delay has begun: one thread takes them in their order.
                with socket.create_connection(address, 30) as other:
                    ask(other, "/")
                    self.assertIn(b"200 OK", other.recv(1000))
                    server.send_signal(signal.SIGINT)
                    self.assertEqual(other.recv(1000), b"")  # it is draining
                time.sleep(0.2)
                server.send_signal(number)
                server.communicate(timeout=60)
            self.assertEqual(server.returncode, 128 + number)

    def test_usage(self):
        done = subprocess.run([SERVER, "--mode", "both"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr, "tws-server: --mode: 'both' is not one of sequential, spawn\n"
                                      "Try 'tws-server --help'\n")

    def test_help_and_version(self):
        for option in ("--help", "--version"):
            done = subprocess.run([SERVER, option], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("tws-server", done.stdout)

    def test_a_busy_port(self):
        _, (host, port), _ = self.start()
        done = subprocess.run([SERVER, "--listen", f"{host}:{port}"], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr,
                         f"tws-server: cannot listen on {host}:{port}: address already in use\n")

    def test_without_its_first_line_it_does_not_serve(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([SERVER, "--listen", "127.0.0.1:0"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr,
                         "tws-server: stdout could not be written: no space left on device\n")

    def test_a_closed_stream_is_nobody_elses(self):
        """What it opens next would get the number of stdout, and be written into."""
        words = {">&-": "tws-server: stdout could not be written: bad file descriptor\n", ">&- 2>&-": ""}
        for closed, errors in words.items():
            done = subprocess.run(["sh", "-c", f'exec "$0" --listen 127.0.0.1:0 {closed}', SERVER],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", errors), closed)
        for closed in ("<&-", "2>&-"):
            server = subprocess.Popen(["sh", "-c", f'exec "$0" --listen 127.0.0.1:0 {closed}', SERVER],
                                      text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(self.clean_up, server)
            first = FIRST_LINE.fullmatch(server.stdout.readline())
            with socket.create_connection((first[1], int(first[2])), 30) as client:
                ask(client, "/")
                self.assertIn(b"200 OK", client.recv(1000))
            server.terminate()
            self.assertEqual((server.wait(60), server.stderr.read()), (0, ""), closed)

    def test_it_lives_without_a_stdout_and_says_that_its_totals_are_lost(self):
        server, address, _ = self.start()
        server.stdout.close()
        with socket.create_connection(address, 30) as client:
            ask(client, "/")
            self.assertIn(b"200 OK", client.recv(1000))
        server.terminate()
        self.assertEqual(server.wait(60), 1)
        self.assertEqual(server.stderr.read(),
                         "tws-server: stdout could not be written: broken pipe\n")


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main()
