"""What surrounds a run misbehaves: the network, name servers, the clock, the disk, and whoever stops it."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import HAMMER, LIMIT, Server, hammer, load, main, require


@contextlib.contextmanager
def firewall():
    """A function that sets what nft does with what comes in for a port."""
    require("nft")
    path = shutil.which("nft", path=os.environ["PATH"] + ":/usr/sbin")
    def nft(*words):
        subprocess.run([path, *" ".join(map(str, words)).split()], check=True, timeout=LIMIT)
    nft("add table ip faults")
    nft("add chain ip faults in { type filter hook input priority 0 ; }")
    def rule(port, *action):
        nft("flush chain ip faults in")
        if action:
            nft("add rule ip faults in tcp dport", port, *action)
    try:
        yield rule
    finally:
        nft("delete table ip faults")


class Network(unittest.TestCase):
    def check_sums(self, run):
        self.assertEqual(run["attempts"]["started"], run["attempts"]["connected"] +
                         sum(run["attempts"]["failed"].values()) +
                         run["inFlight"]["byPhase"]["connect"])
        self.assertEqual(run["requests"]["started"], run["requests"]["responses"] +
                         sum(run["requests"]["failed"].values()) + run["requests"]["inFlight"])
        self.assertEqual(sum(run["connections"]["closedBy"].values()),
                         run["attempts"]["connected"])

    def test_nothing_gets_through(self):
        for action, kind, words in [
            (("reject with tcp reset",), "ECONNREFUSED", "connection refused"),
            (("drop",), "timeout", "timeout"),
            (("reject with icmp type host-unreachable",), "EHOSTUNREACH", "no route to host"),
        ]:
            with self.subTest(kind), Server() as server, firewall() as rule:
                rule(server.port, *action)
                result = hammer("-z", "30s", "-c", 4, "--connect-timeout", "300ms", "--json", "-",
                                server.url)
                self.assertEqual(result.code, 1)
                self.assertEqual(result.errors, f"hammer: no connection to "
                                                f"{server.address} succeeded: {words}\n")
                self.assertEqual(list(result.json["attempts"]["failed"]), [kind])
                self.assertEqual(result.json["requests"]["started"], 0)
                self.assertIsNone(result.json["summary"]["average"])
                self.assertNotIn("NaN", result.out)
                self.check_sums(result.json)

    def test_routes_that_lead_nowhere(self):
        for route, words in [("unreachable", "no route to host"), ("prohibit", "permission denied"),
                             ("blackhole", "invalid argument")]:
            with self.subTest(route):
                subprocess.run(["ip", "route", "add", route, "192.0.2.1"], check=True)
                result = hammer("-z", "30s", "http://192.0.2.1/")
                subprocess.run(["ip", "route", "del", route, "192.0.2.1"], check=True)
                self.assertEqual(result.code, 1)
                self.assertIn(words, result.errors)

    def test_the_network_goes_away_in_the_middle(self):
        for action, kind in ((("reject with tcp reset",), "ECONNREFUSED"), (("drop",), "timeout")):
            with self.subTest(kind), Server() as server, firewall() as rule:
                threading.Timer(0.7, rule, (server.port, *action)).start()
                run = load("-z", "2s", "-c", 4, "--timeout", "300ms", "--connect-timeout", "200ms",
                           server.url)
                self.assertGreater(run["requests"]["succeeded"], 0)
                self.assertGreater(run["attempts"]["failed"][kind], 4)
                self.check_sums(run)

    def test_a_server_that_stands_still(self):
        with Server() as server:
            stop = threading.Timer(0.5, server.process.send_signal, (signal.SIGSTOP,))
            stop.start()
            run = load("-z", "2s", "-c", 4, "--timeout", "300ms", server.url)
            server.process.send_signal(signal.SIGCONT)
        self.assertGreater(run["requests"]["succeeded"], 0)
        self.assertEqual(list(run["requests"]["failed"]), ["wait: timeout"])
        self.assertLess(run["summary"]["total"], 3)
        self.check_sums(run)

    def test_with_a_rate_latency_counts_from_when_a_request_was_due(self):
        with Server() as server:
            for delay, number in ((0.5, signal.SIGSTOP), (1.5, signal.SIGCONT)):
                threading.Timer(delay, server.process.send_signal, (number,)).start()
            run = load("-z", "3s", "-q", 100, "-c", 2, server.url)
        # A third of all requests became due while nobody answered; two of them were on their way.
        self.assertGreater(run["latencyPercentiles"]["p90"], 0.3)
        self.assertGreater(run["rate"]["begunLate"], 50)


class Names(unittest.TestCase):
    """With files of our own in the place of /etc/hosts and /etc/resolv.conf."""

    def hammer_with(self, arguments, hosts="", resolv="nameserver 127.0.0.1\n"):
        with tempfile.TemporaryDirectory() as folder:
            mounts = ""
            for name, text in (("hosts", hosts), ("resolv.conf", resolv)):
                pathlib.Path(folder, name).write_text(text)
                mounts += f"mount --bind {folder}/{name} /etc/{name} && "
            done = subprocess.run(["unshare", "-m", "sh", "-c", mounts + 'exec "$@"', "sh", HAMMER,
                                   *map(str, arguments)], capture_output=True, text=True,
                                  timeout=LIMIT)
        return done

    def test_the_next_address_is_tried(self):
        with Server(listen="127.0.0.2:0") as server:
            url = f"http://two.test:{server.port}/"
            done = self.hammer_with(["-n", 10, "-c", 2, "--json", "-", url],
                                    hosts="127.0.0.3 two.test\n127.0.0.2 two.test\n")
            run = json.loads(done.stdout)
        self.assertEqual(run["statusCodeDistribution"], {"200": 10})
        backlog = run["targets"][0].pop("listenBacklog")
        self.assertGreater(backlog, 0)
        self.assertEqual(run["targets"], [{"url": url, "address": server.address, "addresses": 2,
                                           "addressTaken": 2,
                                           "refused": [f"127.0.0.3:{server.port}"]}])

    def check_unresolved(self, done):
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^hammer: cannot resolve 'no\.test': .+\n$")

    def test_a_name_that_is_not_there(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as name_server:
            name_server.bind(("127.0.0.1", 53))
            def answer():
                with contextlib.suppress(OSError):
                    while True:
                        query, client = name_server.recvfrom(512)
                        # RFC 1035 4.1.1: the same number, a response, RCODE 3: no such name.
                        name_server.sendto(query[:2] + b"\x81\x83" + query[4:], client)
            threading.Thread(target=answer, daemon=True).start()
            self.check_unresolved(self.hammer_with(["http://no.test/"]))

    def test_a_name_server_that_says_nothing(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as name_server:
            name_server.bind(("127.0.0.1", 53))
            self.check_unresolved(self.hammer_with(
                ["http://no.test/"],
                resolv="nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"))

    def test_an_ipv6_literal_keeps_its_brackets_in_host(self):
        heads = []
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
            def serve():
                connection, _ = listener.accept()
                with connection:
                    heads.append(connection.recv(4096))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                       b"Content-Length: 0\r\n\r\n")
            thread = threading.Thread(target=serve)
            thread.start()
            port = listener.getsockname()[1]
            load("-n", 1, "-c", 1, f"http://[::1]:{port}/")
            thread.join(LIMIT)
        self.assertIn(f"\r\nHost: [::1]:{port}\r\n".encode(), heads[0])


class Stopped(unittest.TestCase):
    def test_a_pause_is_in_the_report(self):
        with Server() as server:
            for pause in (True, False):
                # A process group of its own: SIGTSTP does nothing in an orphaned one, which the
                # test's own may be.
                run = subprocess.Popen([HAMMER, "-z", "3s", "-c", "2", server.url], text=True,
                                       stdout=subprocess.PIPE, preexec_fn=os.setpgrp)
                if pause:
                    time.sleep(0.7)
                    run.send_signal(signal.SIGTSTP)
                    time.sleep(1.5)
                    run.send_signal(signal.SIGCONT)
                out, _ = run.communicate(timeout=LIMIT)
                self.assertEqual(run.returncode, 0)
                self.assertIn("Requests/sec:", out)
                if pause:
                    self.assertRegex(out, r"hammer itself stood still for up to [12]\.\d+ s")

    def test_a_second_signal_that_is_meant_ends_it_at_once(self):
        # The report can't be written: nobody empties the pipe.
        with Server() as server:
            reading, writing = os.pipe()
            os.set_blocking(writing, False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writing, b"x" * 4096)
            os.set_blocking(writing, True)
            run = subprocess.Popen([HAMMER, "-z", "1h", "-c", "2", server.url], stdout=writing)
            time.sleep(0.5)
            run.send_signal(signal.SIGINT)
            time.sleep(2.5)
            self.assertIsNone(run.poll())
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(LIMIT), -signal.SIGINT)
            os.close(reading)
            os.close(writing)

    def test_only_the_steady_clock_counts(self):
        library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            raise unittest.SkipTest("faketime is not installed")
        # The wall clock runs a thousand times too fast; CLOCK_MONOTONIC is left alone.
        environment = dict(os.environ, LD_PRELOAD=str(library), FAKETIME="+0 x1000",
                           FAKETIME_DONT_FAKE_MONOTONIC="1")
        with Server() as server:
            run = load("-z", "1s", "-c", 2, "--timeout", "5s", server.url, env=environment)
        self.assertEqual(run["requests"]["failed"], {})
        self.assertLess(run["summary"]["total"], 10)
        # A second of the wall clock would be over after some ten of them.
        self.assertGreater(run["requests"]["succeeded"], 200)


class Outputs(unittest.TestCase):
    def shell(self, command):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["unshare", "-m", "bash", "-c", command],
                                  env=dict(os.environ, URL=server.url, FOLDER=folder, HAMMER=HAMMER),
                                  capture_output=True, text=True, timeout=LIMIT)
            path = pathlib.Path(folder, "run.json")
            written = json.loads(path.read_text()) if path.exists() else None
        return done, written

    def test_a_closed_stdout_costs_the_text_only(self):
        for closed in (">&-", ">&- 2>&- <&-"):
            done, run = self.shell(f'"$HAMMER" -n 10 --json "$FOLDER/run.json" "$URL" {closed}')
            self.assertEqual(done.returncode, 1)
            self.assertEqual(run["requests"]["succeeded"], 10)
            if "2>" not in closed:
                self.assertEqual(done.stderr, "hammer: stdout could not be written: bad file "
                                              "descriptor\n")

    def test_who_reads_one_line_only_may(self):
        done, run = self.shell('"$HAMMER" -n 10 --json "$FOLDER/run.json" "$URL" | head -1')
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertEqual(run["requests"]["succeeded"], 10)

    def test_a_full_disk_costs_the_file_only(self):
        done, _ = self.shell('mount -t tmpfs -o size=64k none "$FOLDER" && cd "$FOLDER" && '
                             'echo old >run.json && head -c 60000 /dev/zero >fill; '
                             '"$HAMMER" -n 10 --json run.json "$URL"; code=$?; '
                             'ls; cat run.json; exit $code')
        self.assertEqual(done.returncode, 1)
        self.assertIn("--json: 'run.json' could not be written: no space left on device", done.stderr)
        self.assertIn("Requests/sec:", done.stdout)
        self.assertTrue(done.stdout.endswith("\nfill\nrun.json\nold\n"), done.stdout[-100:])

    def test_both_losses_are_told(self):
        done, _ = self.shell('"$HAMMER" -n 10 --json /dev/full "$URL" >/dev/full')
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("no space left on device"), 2)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_a_folder_that_may_not_be_written_is_found_before_the_load(self):
        done, _ = self.shell('mount -t tmpfs -o ro none "$FOLDER" && '
                             '"$HAMMER" -z 1h --json "$FOLDER/x" "$URL"')
        self.assertEqual(done.returncode, 2)
        self.assertIn("can't be written: read-only file system", done.stderr)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    main()
