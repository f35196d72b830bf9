"""hammer --metrics: what a scraper reads while a run is under way, and what the run says at its end."""

import contextlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import HAMMER, LIMIT, RawServer, Server, hammer, main, program, require_module

TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@contextlib.contextmanager
def under_way(*arguments):
    """The run's process, and where its metrics are."""
    process = subprocess.Popen([HAMMER, "--metrics", "127.0.0.1:0", "--json", "-", *map(str, arguments)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"metrics at (\S+)", process.stderr.readline()).group(1)
        yield process, url
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=LIMIT)


def scrape(url):
    """{(name, labels): value}, read by Prometheus' own parser."""
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    with urllib.request.urlopen(url, timeout=LIMIT) as response:
        assert response.headers["Content-Type"] == TYPE
        text = response.read().decode()
    return {(sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def wait_for(url, name):
    """The first page where this number is above 0."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        page = scrape(url)
        if page.get((name,), 0) > 0:
            return page
        time.sleep(0.05)
    raise AssertionError(f"no {name}")


class Metrics(unittest.TestCase):
    def setUp(self):
        require_module("prometheus_client")

    def test_a_run_is_scraped_while_it_is_under_way(self):
        with Server("--delay", "5") as server, under_way("-z", "1m", "-c", 4, server.url) as (run, url):
            first = wait_for(url, "hammer_requests_total")
            time.sleep(1.2)
            second = scrape(url)
            run.send_signal(signal.SIGINT)
            whole = json.loads(run.communicate(timeout=LIMIT)[0])
        for name in ("hammer_requests_total", "hammer_elapsed_seconds", "hammer_latency_seconds_count"):
            self.assertGreater(second[(name,)], first[(name,)], name)
        self.assertLessEqual(second[("hammer_requests_total",)], whole["requests"]["succeeded"])
        self.assertEqual(second[("hammer_requests_total",)], second[("hammer_latency_seconds_count",)])
        self.assertEqual(second[("hammer_latency_seconds_bucket", "+Inf")],
                         second[("hammer_latency_seconds_count",)])
        self.assertEqual(second[("hammer_latency_seconds_bucket", "0.0025")], 0)  # none is so fast
        self.assertEqual(second[("hammer_connections_total",)], 4)
        self.assertEqual(second[("hammer_errors_total",)], 0)
        self.assertEqual(second[("hammer_sockets", "ESTABLISHED", "client")], 4)
        self.assertEqual(second[("hammer_client_ports_used",)], 4)
        self.assertGreater(second[("hammer_client_ports_usable",)], 4)

    @unittest.skipUnless(shutil.which("prometheus"), "Prometheus itself is not installed")
    def test_prometheus_itself_scrapes_it(self):
        def query(port, words):
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": words})
            with urllib.request.urlopen(url, timeout=LIMIT) as response:
                return [float(one["value"][1]) for one in json.load(response)["data"]["result"]]

        with Server("--delay", "5") as server, tempfile.TemporaryDirectory() as folder, \
                under_way("-z", "1m", "-c", 4, server.url) as (_, url):
            config = pathlib.Path(folder, "prometheus.yml")
            config.write_text(f"""
scrape_configs:
  - job_name: hammer
    scrape_interval: 200ms
    scrape_timeout: 200ms
    static_configs: [{{targets: ["{url.split("/")[2]}"]}}]
""")
            with program("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                         "--web.listen-address=127.0.0.1:{port}") as port:
                deadline = time.monotonic() + LIMIT
                while not query(port, "hammer_requests_total > 0") and time.monotonic() < deadline:
                    time.sleep(0.2)
                self.assertEqual(query(port, "up"), [1])
                self.assertEqual(query(port, "hammer_connections_total"), [4])
                p50 = query(port, "histogram_quantile(0.5, hammer_latency_seconds_bucket)")
                self.assertTrue(0.0025 < p50[0] < 30, p50)

    def test_errors_are_counted_and_no_latencies(self):
        with Server("--delay", "5") as server:
            with under_way("-z", "1m", "-c", 4, server.url + "status/503") as (_, url):
                page = wait_for(url, "hammer_errors_total")
        self.assertEqual(page[("hammer_requests_total",)], 0)
        self.assertEqual(page[("hammer_latency_seconds_count",)], 0)

    def test_it_serves_nothing_else_and_only_during_the_run(self):
        with Server("--delay", "5") as server:
            with under_way("-z", "2s", "-c", 2, server.url) as (run, url):
                with self.assertRaises(urllib.error.HTTPError) as missing:
                    urllib.request.urlopen(url.replace("/metrics", "/census"), timeout=LIMIT)
                self.assertEqual(missing.exception.code, 404)
                out, _ = run.communicate(timeout=LIMIT)
                self.assertEqual(run.returncode, 0)
                # The scraper is no part of the numbers.
                self.assertEqual(json.loads(out)["connections"]["opened"], 2)
                with self.assertRaises(OSError):
                    urllib.request.urlopen(url, timeout=LIMIT)

    def test_what_can_not_be_served_is_said_before_any_load(self):
        with RawServer(lambda *_: None) as server:
            bad = hammer("--metrics", "9100", server.url)
            self.assertEqual(bad.code, 2)
            self.assertIn("--metrics: '9100' is not ADDR:PORT", bad.errors)
            taken = hammer("--metrics", f"127.0.0.1:{server.port}", server.url)
            self.assertEqual(taken.code, 1)
            self.assertIn(f"cannot listen on 127.0.0.1:{server.port}", taken.errors)
            self.assertEqual(server.accepted, 0)


if __name__ == "__main__":
    main()
