"""hammer lab: its networks are its own, its predictions come true, and nothing is left behind."""

import json
import pathlib
import signal
import subprocess
import time
import unittest

from harness import HAMMER, LIMIT, SANITIZED, hammer, main

SETTINGS = ("ip_local_port_range", "tcp_tw_reuse", "tcp_max_tw_buckets")


def settings():
    return {name: pathlib.Path("/proc/sys/net/ipv4", name).read_text() for name in SETTINGS}


def children(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Lab(unittest.TestCase):
    def run_lab(self, *arguments):
        result = hammer("lab", "--json", "-", *arguments)
        self.assertIsNotNone(result.json, result.errors)
        self.assertEqual(result.json["schema"], "hammer-lab/1")
        return result, {one["name"]: one for one in result.json["scenarios"]}

    def test_the_three_of_tls(self):
        _, by_name = self.run_lab("tls", "-z", "3s")
        self.assertEqual(list(by_name), ["tls-full", "tls-resumed", "tls-kept"])
        for name, one in by_name.items():
            handshakes = one["run"]["tls"]["handshakes"]
            self.assertEqual(handshakes["failed"], 0)
            self.assertEqual(handshakes["resumed"] > 0, name == "tls-resumed")
            self.assertEqual(handshakes["full"] <= 50, name != "tls-full")
            self.assertTrue(one["asPredicted"] or one["tooSlow"], one)
        self.assertRegex(hammer("lab", "tls", "-z", "300ms").out,
                         r"Requests/s: tls-full \S+, tls-resumed \S+, tls-kept \S+\n$")

    @unittest.skipIf(SANITIZED, "a sanitizer is too slow to use all ports up in this time")
    def test_three_scenarios_come_out_as_predicted(self):
        before = settings()
        result, by_name = self.run_lab("small-range", "four-targets", "bucket-overflow", "-z", "6s")
        self.assertEqual(result.code, 0, result.out)
        for name, predicted in (("small-range", 4096), ("four-targets", 16384)):
            one = by_name[name]
            self.assertEqual((one["predicted"], one["measured"], one["error"]),
                             (predicted, predicted, 0))
            self.assertEqual(one["run"]["attempts"]["connected"], predicted)
            self.assertTrue(one["asPredicted"])
        hidden = by_name["bucket-overflow"]
        self.assertIsNone(hidden["predicted"])
        self.assertGreater(hidden["measured"], 4096)
        self.assertTrue(hidden["asPredicted"])
        self.assertEqual(settings(), before)

    def test_without_a_network_of_its_own(self):
        result, by_name = self.run_lab("no-root", "-z", "1500ms")
        one = by_name["no-root"]
        self.assertIsNone(one["skipped"])
        self.assertEqual(one["ports"], 1000)
        self.assertGreaterEqual(one["measured"], 1000)

    def test_too_few_connections_are_too_slow_to_tell(self):
        result, by_name = self.run_lab("no-root", "-z", "1ms")
        self.assertEqual(result.code, 0, result.out)
        self.assertTrue(by_name["no-root"]["tooSlow"])
        self.assertFalse(by_name["no-root"]["asPredicted"])
        self.assertIn("1 too slow to tell", hammer("lab", "no-root", "-z", "1ms").out)

    def test_what_this_kernel_cannot_do_is_skipped_with_the_reason(self):
        known = pathlib.Path("/proc/sys/net/ipv4/tcp_tw_reuse_delay").exists()
        result = hammer("lab", "tw-reuse-fast", "-z", "300ms")
        self.assertEqual("skipped: this kernel has no net.ipv4.tcp_tw_reuse_delay" in result.out,
                         not known)

    def test_where_no_network_can_be_had_it_says_so_and_what_to_do(self):
        # No network namespaces for this user namespace and those in it.
        script = ("echo 0 > /proc/sys/user/max_net_namespaces && "
                  f"exec {HAMMER} lab small-range no-root -z 500ms")
        done = subprocess.run(["unshare", "-r", "sh", "-c", script], capture_output=True, text=True,
                              timeout=LIMIT)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("this system allows no network namespace", done.stderr)
        self.assertIn("hammer lab no-root", done.stderr)
        self.assertRegex(done.stdout, r"(?m)^small-range +skipped: ")
        self.assertRegex(done.stdout, r"(?m)^no-root +client +1,000 ")

    def test_nothing_is_left_behind_by_a_signal(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)):
            with self.subTest(number=number):
                lab = subprocess.Popen([HAMMER, "lab", "keep-alive", "reset", "-z", "30s"],
                                       text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                end = time.monotonic() + LIMIT
                while not children(lab.pid) and time.monotonic() < end:
                    time.sleep(0.02)
                servers = children(lab.pid)
                self.assertEqual(len(servers), 1)
                time.sleep(1)  # the load has begun
                lab.send_signal(number)
                out, errors = lab.communicate(timeout=LIMIT)
                self.assertEqual(lab.returncode, code, errors)
                if number != signal.SIGKILL:
                    self.assertIn("keep-alive", out)
                    self.assertNotIn("reset  ", out)
                while is_alive(servers[0]) and time.monotonic() < end:
                    time.sleep(0.02)
                self.assertFalse(is_alive(servers[0]))

    def test_the_list_and_the_names(self):
        listed = hammer("lab", "--list")
        self.assertEqual(listed.code, 0)
        names = [line for line in listed.out.splitlines() if not line.startswith(" ")]
        self.assertIn("sixteen-thousand", names)
        self.assertEqual(len(names), len(set(names)))
        wrong = hammer("lab", "sixteen")
        self.assertEqual(wrong.code, 2)
        self.assertIn("'sixteen' is unknown; did you mean sixteen-thousand?", wrong.errors)
        self.assertIn("'hammer lab --list' shows all", wrong.errors)
        self.assertEqual(hammer("lab", "-z", "0", "no-root").code, 2)


if __name__ == "__main__":
    main()
