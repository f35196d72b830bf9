#!/usr/bin/env python3
"""A server that misbehaves on demand: the request's path names the fault.

By itself: fault_server.py [--port N], which prints where it listens and ends on SIGTERM; --list
prints the paths. The tests start it with harness.FaultServer.
"""

import argparse
import asyncio
import contextlib
import itertools
import resource
import signal
import socket
import struct

CLOSE, KEEP = False, True  # what becomes of the connection behind an answer
PAUSE = 0.02  # seconds between two bytes of a drip


def head(text, *fields):
    return "\r\n".join([f"HTTP/1.1 {text}", *fields, "", ""]).encode()


OK = head("200 OK", "Content-Length: 2") + b"ok"
CHUNKED = head("200 OK", "Transfer-Encoding: chunked")


class Connection:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.socket = writer.get_extra_info("socket")

    async def request(self):
        """The next request's path and the length of the body behind its head; None at the end."""
        try:
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        fields = dict(line.lower().split(": ", 1) for line in lines[1:-2])
        return lines[0].split(" ")[1].strip("/"), int(fields.get("content-length", 0))

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def for_ever(self, data, pause=0.0):
        while True:
            await self.send(data)
            await asyncio.sleep(pause)

    async def until_it_closes(self):
        while await self.reader.read(65536):
            pass

    def send_with_fin(self, data):
        """Both in one packet, so that nobody sees the one without the other."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        self.writer.write(data)
        self.writer.write_eof()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


FAULTS = {}  # path: (what it does, coroutine function); in the order of --list


def fault(path, what):
    def add(function):
        FAULTS[path] = (what, function)
        return function
    return add


def answers(path, what, data, then):
    async def answer(connection):
        await connection.send(data)
        return then
    FAULTS[path] = (what, answer)


answers("ok", "200 with 2 bytes", OK, KEEP)
answers("busy", "503", head("503 Busy", "Content-Length: 0"), KEEP)
answers("moved", "302, which is not followed", head("302 Found", "Location: /ok", "Content-Length: 0"), KEEP)
answers("status-999", "a status of no class", head("999 What", "Content-Length: 0"), KEEP)
answers("chunked", "chunks with extensions and a trailer",
        CHUNKED + b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nConnection: close\r\n\r\n", KEEP)
answers("no-content", "204 with a Content-Length", head("204 No Content", "Content-Length: 5"), KEEP)
answers("not-modified", "304 with a Content-Length", head("304 Not Modified", "Content-Length: 5"), KEEP)
answers("interim", "100, 102, 103 and then 200",
        head("100 Continue") + head("102 Processing") + head("103 Early Hints", "Link: x") + OK, KEEP)
answers("until-close", "a body that ends with the connection", head("200 OK") + b"hello", CLOSE)
answers("http-1.0", "HTTP/1.0 with a length", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", CLOSE)
answers("long-body", "7 bytes more than its Content-Length", OK + b"surplus", KEEP)

answers("no-response", "a FIN instead of an answer", b"", CLOSE)
answers("short-head", "a FIN in the head", b"HTTP/1.1 200 OK\r\nContent-", CLOSE)
answers("short-body", "a FIN in the body, behind 5 of 10 bytes",
        head("200 OK", "Content-Length: 10") + b"short", CLOSE)
answers("short-chunk", "a FIN in a chunk, behind 3 of 5 bytes", CHUNKED + b"5\r\nhel", CLOSE)
answers("only-100", "100, and then a FIN", head("100 Continue"), CLOSE)
answers("garbage", "no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n", KEEP)
answers("http-0.9", "a body without a head", b"<html>hello</html>\n", CLOSE)
answers("status-12", "a status of two digits", head("12 What", "Content-Length: 0"), KEEP)
answers("status-012345", "a status of six digits", head("012345 What", "Content-Length: 0"), KEEP)
answers("status-alone", "a status line that ends with the status", head("200", "Content-Length: 0"), KEEP)
answers("switching", "101 unasked", head("101 Switching Protocols", "Upgrade: x"), KEEP)
answers("both-lengths", "Content-Length and Transfer-Encoding",
        head("200 OK", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", KEEP)
answers("coded-chunks", "chunks inside another coding",
        head("200 OK", "Transfer-Encoding: chunked, gzip") + b"2\r\nok\r\n0\r\n\r\n", CLOSE)
answers("bad-length", "a Content-Length that is no number",
        head("200 OK", "Content-Length: 5x") + b"hello", KEEP)
answers("bad-chunk", "a chunk whose size is no number", CHUNKED + b"xyz\r\nhello\r\n", KEEP)


@fault("reset", "a RST instead of an answer")
async def reset(connection):
    connection.reset()


@fault("reset-in-head", "a RST in the head")
async def reset_in_head(connection):
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-")
    connection.reset()


@fault("reset-in-body", "a RST in the body, behind 5 of 10 bytes")
async def reset_in_body(connection):
    await connection.send(head("200 OK", "Content-Length: 10") + b"short")
    connection.reset()


@fault("stale", "200, and a FIN with it that the head did not announce")
async def stale(connection):
    connection.send_with_fin(OK)
    await connection.until_it_closes()


@fault("early", "413 before the body is read, then it waits for the end")
async def early(connection):
    await connection.send(head("413 Too Large", "Content-Length: 3", "Connection: close") + b"big")
    await connection.until_it_closes()


@fault("early-reset", "413 before the body is read, and a RST at once")
async def early_reset(connection):
    await connection.send(head("413 Too Large", "Content-Length: 3", "Connection: close") + b"big")
    connection.reset()


@fault("hang", "no answer")
async def hang(connection):
    await connection.until_it_closes()


@fault("drip", "a byte of the body every 20 ms")
async def drip(connection):
    await connection.send(head("200 OK"))
    await connection.for_ever(b"x", PAUSE)


@fault("drip-head", "a byte of the head every 20 ms")
async def drip_head(connection):
    await connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    await connection.for_ever(b"x", PAUSE)


@fault("endless-1xx", "102 for ever")
async def endless_1xx(connection):
    await connection.for_ever(head("102 Processing"))


@fault("big-head", "1 MB in one field")
async def big_head(connection):
    await connection.send(head("200 OK", "X: " + "x" * 1_000_000, "Content-Length: 0"))


@fault("many-headers", "10,000 fields")
async def many_headers(connection):
    fields = [f"X-{number}: something" for number in range(10_000)]
    await connection.send(head("200 OK", *fields, "Content-Length: 0"))


@fault("endless-head", "a head that does not end")
async def endless_head(connection):
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    await connection.for_ever(b"X: y\r\n" * 1000)


@fault("endless-line", "a status line that does not end")
async def endless_line(connection):
    await connection.send(b"HTTP/1.1 200 ")
    await connection.for_ever(b"x" * 65536)


@fault("endless-extension", "a chunk's extension that does not end")
async def endless_extension(connection):
    await connection.send(CHUNKED + b"5;a=")
    await connection.for_ever(b"x" * 65536)


@fault("endless-trailer", "a trailer that does not end")
async def endless_trailer(connection):
    await connection.send(CHUNKED + b"0\r\n")
    await connection.for_ever(b"X: y\r\n" * 1000)


@fault("endless-body", "a body that does not end")
async def endless_body(connection):
    await connection.send(head("200 OK"))
    await connection.for_ever(b"x" * 65536)


@fault("endless-chunks", "chunks that do not end")
async def endless_chunks(connection):
    await connection.send(CHUNKED)
    await connection.for_ever(b"10000\r\n" + b"x" * 65536 + b"\r\n")


turns = itertools.cycle([path for path in FAULTS if not path.startswith(("endless", "drip", "hang"))])


@fault("mixed", "the others in turn, but for those that do not end by themselves")
async def mixed(connection):
    return await FAULTS[next(turns)][1](connection)


async def serve(reader, writer):
    connection = Connection(reader, writer)
    with contextlib.suppress(ConnectionError):
        while (request := await connection.request()) is not None:
            path, body_size = request
            if path not in FAULTS:
                await connection.send(head("404 Not Found", "Content-Length: 0"))
                continue
            if not path.startswith("early"):
                await reader.readexactly(body_size)
            if not await FAULTS[path][1](connection):
                break
    writer.close()


async def run(port):
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    address, port = server.sockets[0].getsockname()
    print(f"fault_server listening on {address}:{port} (--list has the paths)", flush=True)
    await stop.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="what there is, and what it does")
    options = parser.parse_args()
    if options.list:
        for path, (what, _) in FAULTS.items():
            print(f"/{path:<18} {what}")
        return
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(run(options.port))


if __name__ == "__main__":
    main()
