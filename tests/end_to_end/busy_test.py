"""Who is busy: the server in all its processes, one of the two ends' quota, another program's queue;
each beside a case that looks alike."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

import harness
from harness import HAMMER, Server, main, other_network, program, require

# Forks workers of a listener that all of them accept from; each burns or sleeps so many
# milliseconds per request. Says its port.
PREFORK = textwrap.dedent("""
    import os, socket, sys, time
    workers, burn, wait, address, backlog = sys.argv[1:]
    listener = socket.socket()
    listener.bind((address, 0))
    listener.listen(int(backlog))
    for _ in range(int(workers)):
        if os.fork() == 0:
            break
    else:
        print(listener.getsockname()[1], flush=True)
        os.wait()
        sys.exit()
    while True:
        connection, _ = listener.accept()
        connection.recv(4096)
        time.sleep(int(wait) / 1000)
        end = time.thread_time() + int(burn) / 1000
        while time.thread_time() < end:
            pass
        try:
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        except OSError:
            pass
        connection.close()
""")

# The primary holds the listener and hands connections over; the workers work.
CLUSTER = textwrap.dedent("""
    const cluster = require('cluster'), http = require('http');
    if (cluster.isPrimary) {
      for (let i = 0; i < 2; i++) cluster.fork();
    } else {
      const [port, burn, wait] = process.argv.slice(2).map(Number);
      http.createServer((request, response) => {
        const end = process.cpuUsage().user + process.cpuUsage().system + burn;
        while (process.cpuUsage().user + process.cpuUsage().system < end);
        setTimeout(() => response.end('x'), wait);
      }).listen(port, '127.0.0.1');
    }
""")

CPU = pathlib.Path("/sys/fs/cgroup/cpu")  # version 1


@contextlib.contextmanager
def server(workers=1, burn=0, wait=0, address="127.0.0.1", backlog=512, prefix=()):
    """PREFORK; its URL and process."""
    command = [*prefix, sys.executable, "-c", PREFORK, *map(str, (workers, burn, wait, address,
                                                                  backlog))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                          start_new_session=True) as process:
        try:
            yield f"http://{address}:{process.stdout.readline().strip()}/", process
        finally:
            os.killpg(process.pid, 9)


@unittest.skipIf(harness.SANITIZED, "instrumented programs are busy with themselves")
class Busy(unittest.TestCase):
    def judge(self, *options, prefix=()):
        done = subprocess.run([*prefix, HAMMER, "--json", "-", *map(str, options)],
                              capture_output=True, text=True, timeout=harness.LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def tried(self, limited_by, *options, prefix=()):
        """Other programs can spoil it by taking the CPU: it gets three tries."""
        for _ in range(3):
            run = self.judge(*options, prefix=prefix)
            if run["verdict"]["limitedBy"] == limited_by:
                return run
        others = harness.others_busy(run)
        if others > 0.3:
            self.skipTest(f"other programs use {others:.1f} cores of this machine")
        return run

    def check(self, run, limited_by, valid):
        self.assertEqual((run["verdict"]["limitedBy"], run["verdict"]["valid"]),
                         (limited_by, valid), json.dumps([run["findings"], run["cpu"]], indent=1))

    def ids(self, run):
        return [finding["id"] for finding in run["findings"]]

    def quota(self, cores):
        """What to put before a command so that it runs in a group with such a quota."""
        group = CPU / f"tws_busy_{os.getpid()}"
        try:
            group.mkdir()
        except OSError as error:
            self.skipTest(f"no control group of version 1 can be made here: {error}")

        def remove():
            for _ in range(100):  # until the last of its processes is gone
                with contextlib.suppress(OSError):
                    return group.rmdir()
                time.sleep(0.05)
        self.addCleanup(remove)
        try:
            (group / "cpu.cfs_quota_us").write_text(str(int(cores * 100_000)))
        except OSError as error:
            self.skipTest(f"no quota can be set here: {error}")
        return ("sh", "-c", f"echo $$ >{group}/cgroup.procs && exec \"$@\"", "sh")

    def test_all_workers_together(self):
        with server(workers=4, burn=5) as (url, process):
            run = self.tried("server-cpu", "-z", "3s", "-c", 20, "-t", 1, url)
        self.check(run, "server-cpu", True)
        self.assertNotIn("client-cpu", self.ids(run))
        self.assertEqual(len(run["cpu"]["servers"]), 5)
        self.assertIn(process.pid, [one["pid"] for one in run["cpu"]["servers"]])
        self.assertEqual(run["findings"][0]["remedies"][0]["do"], "more cores for the server")

    def test_all_workers_together_not_if_they_wait(self):
        with server(workers=4, wait=5) as (url, _):
            run = self.judge("-z", "2s", "-c", 20, "-t", 1, url)
        self.assertNotIn("server-cpu", self.ids(run))
        self.assertEqual(len(run["cpu"]["servers"]), 5)

    @contextlib.contextmanager
    def cluster(self, burn_us, wait_ms):
        require("node")
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder, "cluster.js")
            script.write_text(CLUSTER)
            with program("node", str(script), "{port}", str(burn_us), str(wait_ms)) as port:
                yield f"http://127.0.0.1:{port}/"

    def test_a_cluster_whose_primary_listens(self):
        with self.cluster(3000, 0) as url:
            run = self.tried("server-cpu", "-z", "3s", "-c", 20, "-t", 1, url)
        self.check(run, "server-cpu", True)
        self.assertEqual(len(run["cpu"]["servers"]), 3)

    def test_a_cluster_that_waits(self):
        with self.cluster(0, 20) as url:
            run = self.tried("server-latency", "-z", "3s", "-c", 8, "-t", 1, url)
        self.check(run, "server-latency", True)

    def test_the_clients_quota(self):
        with Server() as target:
            run = self.judge("-z", "3s", "-t", 1, target.url, prefix=self.quota(0.3))
        self.check(run, "client-quota", False)
        self.assertFalse(run["verdict"]["rateIsServers"] or run["verdict"]["latencyIsServers"])
        self.assertIn("0.30 cores", run["findings"][0]["headline"])
        self.assertIn("cpu.cfs_quota_us", run["findings"][0]["remedies"][0]["do"])

    def test_a_quota_with_room(self):
        with Server("--delay", "20") as target:
            run = self.tried("server-latency", "-z", "2s", "-t", 1, "-c", 5, target.url,
                             prefix=self.quota(0.9))
        self.assertNotIn("client-quota", self.ids(run))
        self.assertEqual(run["cpu"]["hammer"]["quota"]["cores"], 0.9)

    def test_the_servers_quota(self):
        with server(workers=2, burn=2, prefix=self.quota(0.2)) as (url, _):
            run = self.tried("server-quota", "-z", "3s", "-c", 10, "-t", 1, url)
        self.check(run, "server-quota", True)
        self.assertIn("0.2 cores", run["verdict"]["sentence"])
        self.assertIsNone(run["cpu"]["hammer"]["quota"])

    def test_a_server_in_another_network(self):
        with other_network() as there, \
                server(burn=2, address="10.77.0.2", prefix=there) as (url, process):
            run = self.tried("server-cpu", "-z", "3s", "-c", 10, "-t", 1, url)
            self.assertIn(process.pid, [one["pid"] for one in run["cpu"]["servers"]])
        self.check(run, "server-cpu", True)

    def test_a_server_in_another_pid_namespace(self):
        with server(burn=2, prefix=("unshare", "-p", "--fork", "--kill-child")) as (url, _):
            run = self.tried("server-cpu", "-z", "3s", "-c", 10, "-t", 1, url)
        self.check(run, "server-cpu", True)

    def test_niced_hogs_cost_nothing(self):
        hogs = [subprocess.Popen(["nice", "-n", "19", sys.executable, "-c", "while True: pass"])
                for _ in range(os.cpu_count())]
        try:
            with Server("--delay", "20") as target:
                run = self.judge("-z", "3s", "-c", 10, "-t", 1, target.url)
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        self.assertFalse("CPU had room" in run["verdict"]["sentence"] and
                         any("no CPU left" in finding["headline"] for finding in run["findings"]))

    def test_another_programs_queue(self):
        """Its overflows are counted for the whole network namespace."""
        with server(wait=20, backlog=128) as (url, _), server(wait=5_000, backlog=1) as (other, _):
            with subprocess.Popen([HAMMER, "-z", "3s", "-c", "20", "-t", "1", other],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as flood:
                run = self.judge("-z", "2s", "-c", 20, "-t", 1, "--disable-keepalive", url)
                flood.kill()
        self.assertGreater(run["counters"].get("TcpExt.ListenOverflows", 0), 0)
        self.assertEqual(run["targets"][0]["listenBacklog"], 128)
        self.assertNotIn("listen-queue", self.ids(run))

    def test_the_servers_own_queue(self):
        with server(wait=100, backlog=2) as (url, _):
            run = self.judge("-z", "3s", "-c", 30, "-t", 1, "--connect-timeout", "500ms", url)
        self.assertIn("listen-queue", self.ids(run))
        finding = next(one for one in run["findings"] if one["id"] == "listen-queue")
        self.assertIn("a backlog of 30", finding["remedies"][0]["do"])


if __name__ == "__main__":
    main()
