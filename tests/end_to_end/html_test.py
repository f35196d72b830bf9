"""--out html: the page of a run is XML, loads nothing, says what the JSON says, and works in a real
browser."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

from harness import RawServer, Server, hammer, main, read_request

SPACE = "{http://www.w3.org/1999/xhtml}"
EVIL = "</script><script>document.title='broken'</script>'\"><img src=x onerror=document.title='broken'>"
MOST = 200_000  # bytes


def browser():
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := shutil.which(name):
            return path
    # Not even under CI: Ubuntu has none outside of a snap.
    raise unittest.SkipTest("there is no Chromium here")


def in_browser(page):
    """What a browser makes of a page: the document when its script has run, and what the console got."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-extensions", f"--user-data-dir={home}", f"--log-net-log={home}/net.json",
             "--enable-logging=stderr", "--v=0", "--timeout=60000", "--dump-dom",
             pathlib.Path(page).resolve().as_uri()],
            capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": home})
        # The browser has pages of its own, which say something now and then.
        said = re.findall(r'CONSOLE[^\n]*?\] (".*?", source: \S*)', done.stderr, re.DOTALL)
        console = [one for one in said if "source: file:" in one]
        # The browser itself asks its maker for this and that; what a page asks for has its key.
        urls = set(re.findall(r'"network_isolation_key":"file:.*?"url":"((?!file:)[^"]*)',
                              pathlib.Path(home, "net.json").read_text()))
        return done.stdout, console, urls


class Html(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        with Server() as server:
            cls.result = hammer("-z", "2s", "-c", 4, "-q", 300, "--disable-keepalive", "--close-by",
                                "client", "--threshold", "p99 < 10s", "--json", cls.folder / "run.json",
                                "--out", f"html={cls.folder / 'run.html'}", server.url)
        cls.run_json = json.loads((cls.folder / "run.json").read_text())
        cls.text = (cls.folder / "run.html").read_text()
        cls.page = xml.fromstring(cls.text)

    def values(self, page=None):
        """What the page calls by its key: the value, and what people read."""
        return {one.get("class"): (float(one.get("value")), "".join(one.itertext()))
                for one in (self.page if page is None else page).iter(SPACE + "data")}

    def check_numbers(self, values):
        run = self.run_json
        summary = run["summary"]
        for key, expected in (("requestsPerSec", summary["requestsPerSec"]),
                              ("successRate", summary["successRate"]), ("total", summary["total"]),
                              ("slowest", summary["slowest"]),
                              ("status-200", run["statusCodeDistribution"]["200"]),
                              ("p50", run["latencyPercentiles"]["p50"]),
                              ("p99", run["latencyPercentiles"]["p99"]),
                              *((f"latency-{key}", value)
                                for key, value in run["latencyPercentiles"].items())):
            self.assertAlmostEqual(values[key][0], expected, delta=1e-9 * abs(expected), msg=key)

    def test_the_numbers_are_those_of_the_json(self):
        # On a busy machine the threshold may be unknown.
        self.assertIn(self.result.code, (0, 3), self.result.errors)
        values = self.values()
        self.check_numbers(values)
        self.assertEqual(values["responses"][1].replace(",", ""), str(int(values["responses"][0])))
        self.assertEqual(values["successRate"][1], "100.00%")
        number, unit = values["p50"][1].split()
        scale = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1}[unit]
        self.assertAlmostEqual(float(number) * scale, values["p50"][0], delta=6e-3 * values["p50"][0])

    def test_it_has_the_verdict_and_the_charts(self):
        sentence = self.page.find(f".//*[@id='verdict']/{SPACE}p").text
        self.assertEqual(sentence, self.run_json["verdict"]["sentence"])
        figures = [one.get("id") for one in self.page.iter(SPACE + "figure")]
        for name in ("rate", "heat-map", "percentiles", "sockets", "ports"):
            self.assertIn(name, figures)
        self.assertIn("planned: 300/s", self.text)
        self.assertIn("--close-by client", self.page.find(".//*[@id='command']/*").text)

    def test_it_is_small_and_names_nothing_to_load(self):
        self.assertLess(len(self.text.encode()), MOST)
        for element in self.page.iter():
            for name in ("src", "srcset", "href", "action", "data"):
                self.assertIn(element.get(name), (None, "data:,"), element.tag)

    def test_a_browser_shows_it(self):
        page = self.folder / "pointed.html"
        page.write_text(self.text.replace("</body>", """<script>
            for (const plot of document.querySelectorAll('.plot')) {
              const left = plot.getBoundingClientRect().left;
              plot.dispatchEvent(new PointerEvent('pointermove', {clientX: left + 1}));
            }
            </script></body>"""))
        document, console, urls = in_browser(page)
        self.assertEqual(console, [])
        self.assertEqual(urls, set())
        found = {key: (float(value), words) for key, value, words in
                 re.findall(r'<data class="([^"]+)" value="([^"]+)">([^<]*)</data>', document)}
        self.assertEqual(found, self.values())
        # What the page's script shows under the pointer.
        tips = re.findall(r'<div class="tip"[^>]*>([^<]*)</div>', document)
        self.assertEqual(len(tips), self.text.count("data-tips="))
        self.assertRegex(tips[0], r"^0 to 0\.1 s\n(?:tries that ended: \S+/s\n)?successes: \S+/s$")
        self.assertRegex(tips[1], r"^0 to 0\.1 s\np99: .+\np50: .+\nslowest: .+\nresponses: \d+$")
        self.assertRegex(tips[2], r"^0\.0%\nsuccesses: .+s$")

    def test_a_browser_tells_what_is_wrong_with_a_page(self):
        page = self.folder / "wrong.html"
        page.write_text("<!DOCTYPE html><title>a</title><img src='http://127.0.0.1:9/b.png'>"
                        "<script>throw new Error('c');</script>")
        _, console, urls = in_browser(page)
        self.assertEqual(len(console), 1, console)
        self.assertEqual(urls, {"http://127.0.0.1:9/b.png"})

    def test_nothing_breaks_out(self):
        def behave(connection, _):
            while read_request(connection):
                connection.sendall(EVIL.encode() + b"\r\n\r\n")
        with RawServer(behave) as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.html")
            done = hammer("-n", 20, "-c", 2, "--name", EVIL, "-H", f"X-A: {EVIL}", "--threshold",
                          "p99 < 1s", "--out", f"html={path}", f"{server.url}?{EVIL}")
            text = path.read_text()
            self.assertIn("protocol", text, done.errors)
            page = xml.fromstring(text)
            self.assertEqual("".join(page.find(f".//{SPACE}h1").itertext()), EVIL)
            self.assertEqual(len(list(page.iter(SPACE + "script"))), 1)
            self.assertEqual(list(page.iter(SPACE + "img")), [])
            document, console, urls = in_browser(path)
            self.assertEqual((console, urls), ([], set()))
            self.assertIn("<title>hammer: &lt;/script&gt;", document)
            self.assertEqual(document.count("<script"), 1)
            self.assertNotIn("<img", document)

    def test_edges(self):
        with Server() as server:
            for words, expected in (
                    (["-z", "1s", "-c", 1, "-q", 5, server.url], "Latency of"),
                    (["-n", 2, "-c", 1, server.url], "Latency of 2 requests"),
                    (["-n", 5, "-c", 1, "http://127.0.0.1:1/"], "No request succeeded"),
                    (["-n", 80, "-c", 40, *(f"{server.url}{i}" for i in range(40))], f"{server.url}39")):
                done = hammer(*words, "--out", "html=-")
                self.assertIn(done.code, (0, 1), done.errors)
                xml.fromstring(done.out)
                self.assertIn(expected, done.out)

    def test_beside_another_run(self):
        base = self.folder / "base.json"
        with Server("--delay", "20") as server:
            hammer("-n", 100, "-c", 4, "--json", base, server.url)
        done = hammer("report", self.folder / "run.json", base, "--out", "html=-")
        page = xml.fromstring(done.out)
        self.check_numbers(self.values(page))
        head = [cell.text for cell in page.find(".//*[@id='others']").iter(SPACE + "th")][:4]
        self.assertEqual(head, [None, "run", "base", "change"])
        names = [one.text for one in page.iter(SPACE + "svg") if one.get("class") == "key"]
        self.assertGreaterEqual(len(names), 2)

    def test_a_saved_run_gives_the_same(self):
        name = self.run_json["plan"]["urls"][0]
        done = hammer("report", self.folder / "run.json", "--name", name, "--out", "html=-")
        self.assertEqual(done.out, self.text)

    def test_a_simulated_one(self):
        done = hammer("simulate", "--os", "macos-12", "--disable-keepalive", "-z", "2s", "--out",
                      "html=-")
        self.assertEqual(done.code, 0, done.errors)
        xml.fromstring(done.out)
        self.assertIn("Simulated by the rules of", done.out)
        many = hammer("simulate", "--repeat", 2, "--out", "html=-")
        self.assertEqual(many.code, 2)
        self.assertIn("--out: writes one run, and --repeat 2 makes many", many.errors)


if __name__ == "__main__":
    main()
