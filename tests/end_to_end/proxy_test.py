"""A server that is a proxy: its own source ports towards its upstream, with real proxies and few
ports, each beside a case that looks alike and must not be taken for it."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import (LIMIT, Server, free_port, hammer, main, other_network, require, set_kernel,
                     wait_until_listening)

# free_port() gives the proxies others before the range becomes so narrow.
RANGE = "30000 30999"


@contextlib.contextmanager
def running(config, *command, prefix=(), port=None):
    """A program with a configuration file, whose path is {config}."""
    require(command[0])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "config")
        path.write_text(config.replace("{folder}", folder) + "\n")
        words = [word.format(config=path, folder=folder) for word in command]
        words[0] = shutil.which(words[0], path=os.environ["PATH"] + ":/usr/sbin")
        process = subprocess.Popen([*prefix, *words], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            if not prefix:
                wait_until_listening(port, process)
            yield process
        finally:
            process.terminate()
            process.wait(LIMIT)


@contextlib.contextmanager
def nginx(upstream, keep, address="127.0.0.1", prefix=()):
    """nginx, which asks with HTTP/1.1 and without 'Connection: close', so that it closes first."""
    port = free_port()
    config = f"""
        user root; daemon off; master_process off; pid {{folder}}/pid;
        error_log {{folder}}/error.log;
        events {{ worker_connections 4096; }}
        http {{
          access_log off; keepalive_requests 1000000000;
          client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p;
          fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
          upstream behind {{ server {upstream}; {'keepalive 128;' if keep else ''} }}
          server {{
            listen {address}:{port};
            location / {{
              proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
            }}
          }}
        }}"""
    with running(config, "nginx", "-p", "{folder}", "-e", "{folder}/error.log", "-c", "{config}",
                 prefix=prefix, port=port):
        yield f"http://{address}:{port}/"


@contextlib.contextmanager
def haproxy(upstream, keep):
    port = free_port()
    config = f"""
        global
          maxconn 3000
        defaults
          mode http
          timeout connect 1s
          timeout client 30s
          timeout server 30s
          retries 0
          {'http-reuse always' if keep else 'option http-server-close'}
        frontend in
          bind 127.0.0.1:{port}
          default_backend behind
        backend behind
          server one {upstream}
        """
    with running(config, "haproxy", "-f", "{config}", port=port):
        yield f"http://127.0.0.1:{port}/"


class Proxies(unittest.TestCase):
    def setUp(self):
        set_kernel("ip_local_port_range", "1024 65535")
        set_kernel("tcp_tw_reuse", 0)

    def few_ports(self):
        """For what begins to connect from now on; the proxies' ports were chosen before."""
        set_kernel("ip_local_port_range", RANGE)

    def load(self, *options):
        result = hammer("--json", "-", *options)
        self.assertIn(result.code, (0, 1), result.errors)
        return result.json

    def finding(self, run):
        return next((one for one in run["findings"] if one["id"] == "upstream-ports"), None)

    def check_found(self, run, upstream):
        found = self.finding(run)
        told = (run["upstreams"], run["verdict"]["sentence"], run["statusCodeDistribution"])
        self.assertEqual(run["verdict"]["limitedBy"], "upstream-ports", told)
        self.assertFalse(run["verdict"]["valid"])
        self.assertIn(upstream, found["headline"])
        self.assertTrue(any("keep" in remedy["do"] for remedy in found["remedies"]))
        self.assertEqual(run["upstreams"]["all"][0]["address"], upstream)
        self.assertGreaterEqual(run["upstreams"]["all"][0]["ports"], 900)

    def check_not(self, run):
        self.assertIsNone(self.finding(run), run["upstreams"])

    def test_nginx(self):
        with Server("--delay", "10") as behind, nginx(behind.address, keep=False) as url:
            self.few_ports()
            self.check_found(self.load("-z", "3s", url), behind.address)

    def test_nginx_not_if_it_keeps_connections(self):
        with Server() as behind, nginx(behind.address, keep=True) as url:
            self.few_ports()
            run = self.load("-z", "2s", url)
            self.check_not(run)
            self.assertEqual(run["requests"]["succeeded"], run["requests"]["responses"])
            self.assertEqual(run["upstreams"]["all"][0]["address"], behind.address)

    def test_haproxy(self):
        """It resets what it closes, so it takes many connections at the same time."""
        with Server("--delay", "500") as behind, haproxy(behind.address, keep=False) as url:
            self.few_ports()
            run = self.load("-z", "3s", "-c", 1300, "--source", "127.1.0.0/29", url)
            found = self.finding(run)
            self.assertIsNotNone(found, run["upstreams"])
            self.assertEqual(run["verdict"]["limitedBy"], "upstream-ports",
                             run["verdict"]["sentence"])
            self.assertIn("at the same time.", found["why"])

    def test_haproxy_not_if_it_keeps_connections(self):
        with Server() as behind, haproxy(behind.address, keep=True) as url:
            self.few_ports()
            self.check_not(self.load("-z", "2s", url))

    def test_in_another_network(self):
        """Ports and their range are those of the proxy's own network namespace."""
        with other_network() as there, Server("--delay", "10", listen="10.77.0.2:0",
                                              prefix=there) as behind:
            with nginx(behind.address, keep=False, address="10.77.0.2", prefix=there) as url:
                self.wait_for(url)
                subprocess.run([*there, "sysctl", "-qw", f"net.ipv4.ip_local_port_range={RANGE}",
                                "net.ipv4.tcp_tw_reuse=0"], check=True)
                run = self.load("-z", "3s", url)
                self.check_found(run, behind.address)
                self.assertEqual(run["upstreams"]["portLow"], 30000)
                self.assertEqual(run["limits"]["portLow"], 1024)

    def wait_for(self, url):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline and hammer("-n", "1", "-c", "1", url).code != 0:
            time.sleep(0.05)

    def test_not_if_the_upstream_itself_answers_502(self):
        with Server() as behind, nginx(behind.address, keep=True) as url:
            self.few_ports()
            run = self.load("-z", "2s", f"{url}status/502")
            self.check_not(run)
            self.assertEqual(run["verdict"]["limitedBy"], "refusals")

    def test_not_if_the_upstream_is_down(self):
        with nginx(f"127.0.0.1:{free_port()}", keep=False) as url:
            self.few_ports()
            run = self.load("-z", "2s", url)
            self.check_not(run)
            self.assertEqual(run["verdict"]["limitedBy"], "refusals")
            self.assertIn("502", str(run["findings"]))

    def test_not_if_ports_come_back_in_time(self):
        """Few requests: TIME_WAIT stays far below the range."""
        with Server() as behind, nginx(behind.address, keep=False) as url:
            self.few_ports()
            run = self.load("-n", "200", "-c", "5", url)
            self.check_not(run)

    def test_a_server_that_is_no_proxy_has_no_upstream(self):
        with Server() as server:
            self.assertEqual(self.load("-z", "1s", server.url)["upstreams"]["all"], [])
            self.assertIsNone(self.load("-z", "1s", "--no-census", server.url)["upstreams"])


if __name__ == "__main__":
    main()
