"""Servers of others as context managers: each yields its port and is gone at the end."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from certificates import Certificates
from harness import LIMIT, free_port, require, wait_until_listening


@contextlib.contextmanager
def running(command, port, **kwargs):
    """A program in a session of its own; what it has started ends with it."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True, **kwargs)
    try:
        wait_until_listening(port, process)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT)


def path_of(name):
    require(name)
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")


@contextlib.contextmanager
def haproxy(backend, *, listen="", options="maxconn 4000"):
    """`backend` is the frontend's own text: lines of a `listen` section."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = pathlib.Path(folder, "haproxy.cfg")
        config.write_text(f"global\n  {options}\ndefaults\n  mode http\n  timeout connect 2s\n"
                          "  timeout client 20s\n  timeout server 20s\n  timeout queue 20s\n"
                          f"listen all\n  bind 127.0.0.1:{port} {listen}\n  {backend}\n")
        with running((path_of("haproxy"), "-db", "-f", config), port):
            yield port


@contextlib.contextmanager
def gunicorn(body, *options):
    """An application whose `body` runs for each request, with time, random and burn(seconds)."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        pathlib.Path(folder, "app.py").write_text(
            "import random, time\n"
            "def burn(seconds):\n"
            "    end = time.thread_time() + seconds\n"
            "    while time.thread_time() < end: pass\n"
            "def application(environ, start):\n"
            f"    {body}\n"
            "    start('200 OK', [('Content-Length', '2')])\n"
            "    return [b'ok']\n")
        with running((path_of("gunicorn"), "-b", f"127.0.0.1:{port}", "--chdir", folder, *options,
                      "app"), port):
            yield port


@contextlib.contextmanager
def apache(directives, *, mpm="prefork", modules=(), body=b"Hello from apache!!\n"):
    """Debian's apache2; `directives` stand in its configuration."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        os.chmod(folder, 0o755)
        pathlib.Path(folder, "index.html").write_bytes(body)
        load = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                         for name in (f"mpm_{mpm}", "authz_core", "dir", *modules))
        config = pathlib.Path(folder, "apache.conf")
        config.write_text(f"ServerName localhost\nServerRoot {folder}\nListen 127.0.0.1:{port}\n"
                          f"PidFile {folder}/pid\nErrorLog {folder}/error.log\n{load}\n"
                          f"User www-data\nGroup www-data\nDocumentRoot {folder}\n"
                          f"DirectoryIndex index.html\n{directives}\n")
        with running((path_of("apache2"), "-DFOREGROUND", "-f", config),
                     port):
            yield port


@contextlib.contextmanager
def node(source):
    """`source` has `port`, `http`, `cluster` and burn(ms), and must listen on 127.0.0.1:port."""
    require("node")
    port = free_port()
    program = ("const http = require('http'), cluster = require('cluster'), port = " + str(port) +
               ";\nfunction burn(ms) { const used = () => { const u = process.cpuUsage();"
               " return u.user + u.system; }; const end = used() + ms * 1000;"
               " while (used() < end); }\n" + source)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "server.js")
        path.write_text(program)
        with running(("node", path), port):
            yield port


@contextlib.contextmanager
def python(source, *arguments, prefix=()):
    """A program that prints its port once it listens."""
    process = subprocess.Popen([*prefix, sys.executable, "-c", source, *map(str, arguments)],
                               stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        yield int(process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextlib.contextmanager
def certificate():
    """(certificate, key) for localhost, made for this once."""
    require("openssl")
    with Certificates() as made:
        yield made.self_signed()


@contextlib.contextmanager
def openssl_server():
    with certificate() as (cert, key):
        port = free_port()
        with running(("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", cert, "-key",
                      key, "-www", "-quiet"), port):
            yield port


@contextlib.contextmanager
def burning(count, *, nice=0):
    """Programs beside it that use all the CPU that they get."""
    hogs = [subprocess.Popen(["nice", "-n", str(nice), sys.executable, "-c", "while True: pass"])
            for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()

