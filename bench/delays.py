#!/usr/bin/env python3
"""A server whose delays are known: of 200 requests, 180 wait 10 ms, 19 wait 50 ms, 1 waits 200 ms.

So 10, 50 and 200 ms are the 50th, 99th and 99.9th percentile, each well inside its step. The waits
follow a fixed sequence, evenly mixed. What counts as the truth is what each request really waited:
from when the kernel received it (SO_TIMESTAMPNS) to when its answer is sent; a timer that is late
makes the truth longer.

Prints its port; prints the true percentiles, in ms, as JSON once its stdin ends.
"""

import heapq
import json
import math
import select
import socket
import struct
import sys
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CYCLE = [0.200 if i == 100 else 0.050 if i % 10 == 0 else 0.010 for i in range(200)]
SO_TIMESTAMPNS = 35  # Linux; Python has no name for it


def percentile(values, share):
    """Nearest rank, as hammer has it; `values` are sorted."""
    return values[max(math.ceil(share * len(values)), 1) - 1]


def serve():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    # Connections inherit it; the kernel begins to stamp a moment after it was first asked to.
    listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    time.sleep(0.2)
    print(listener.getsockname()[1], flush=True)
    connections = set()
    waiting = []  # (due, number, when it was received, connection); both times by the wall clock
    waited = []
    number = 0
    while True:
        # select(), as its timeout is in microseconds; epoll_wait()'s is in milliseconds.
        pause = max(waiting[0][0] - time.time(), 0) if waiting else None
        ready, _, _ = select.select([sys.stdin, listener, *connections], [], [], pause)
        while waiting and waiting[0][0] <= time.time():
            _, _, received, connection = heapq.heappop(waiting)
            waited.append(time.time() - received)
            try:
                connection.send(ANSWER)
            except OSError:
                waited.pop()  # the client has gone
        for source in ready:
            if source is sys.stdin:
                return sorted(waited)
            if source is listener:
                connections.add(listener.accept()[0])
                continue
            try:
                data, notes, _, _ = source.recvmsg(4096, 64)
            except OSError:
                data = b""
            if not data:
                connections.remove(source)
                source.close()
                continue
            if not data.endswith(b"\r\n\r\n") or not notes:
                sys.exit("delays.py: a request came in pieces or without the time of its arrival")
            seconds, nanoseconds = struct.unpack("qq", notes[0][2])
            received = seconds + nanoseconds / 1e9
            due = received + CYCLE[number % len(CYCLE)]
            heapq.heappush(waiting, (due, number, received, source))
            number += 1


if __name__ == "__main__":
    TRUTH = serve()
    print(json.dumps({"count": len(TRUTH),
                      **{name: percentile(TRUTH, share) * 1000 for name, share in
                         (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))}}))
