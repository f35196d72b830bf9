"""Servers that do one thing wrong, or slowly: programs for real_servers.python()."""

import textwrap

# A thread for each connection; the first argument says how it misbehaves.
ODD = textwrap.dedent("""
    import itertools, socket, struct, sys, threading, time
    kind, listener, count = sys.argv[1], socket.socket(), itertools.count(1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(listener.getsockname()[1], flush=True)
    began, connections = time.monotonic(), itertools.count(1)

    def answer(connection, body=b"", status=b"200 OK", more=b"", length=None):
        connection.sendall(b"HTTP/1.1 %s\\r\\nContent-Length: %d\\r\\n%s\\r\\n%s"
                           % (status, len(body) if length is None else length, more, body))

    def drip(connection, count, pause):
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % count)
        for _ in range(count):
            time.sleep(pause)
            connection.sendall(b"x")

    def serve(connection, mine):
        try:
            while connection.recv(65536):
                number = next(count)
                if kind == "every tenth hangs" and number % 10 == 0:
                    time.sleep(1000)
                elif kind == "one in 300 hangs" and number % 300 == 0:
                    time.sleep(1000)
                elif kind == "every other is 500" and number % 2 == 0:
                    answer(connection, status=b"500 Broken")
                elif kind == "one in 400 is 500" and number % 400 == 0:
                    answer(connection, status=b"500 Broken")
                elif kind == "503 after a second" and time.monotonic() > began + 1.5:
                    answer(connection, status=b"503 Enough")
                elif kind == "301":
                    answer(connection, status=b"301 There", more=b"Location: /there\\r\\n")
                elif kind == "every third is reset" and number % 3 == 0:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
                    return
                elif kind == "truncated":
                    answer(connection, b"half", length=8)
                    return
                elif kind == "in pieces":
                    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\n")
                    connection.sendall(b"he")
                    connection.sendall(b"llo")
                elif kind == "drips":
                    drip(connection, 20, 0.005)
                elif kind == "CRLF behind the body":
                    answer(connection, b"ok\\r\\n", length=2)
                elif kind == "leaves the FIN to the client":
                    answer(connection, more=b"Connection: close\\r\\n")
                    time.sleep(30)
                elif kind == "closes itself":
                    answer(connection, more=b"Connection: close\\r\\n")
                    return
                elif kind == "TLS":
                    connection.sendall(b"\\x15\\x03\\x01\\x00\\x02\\x02\\x46")
                    return
                elif kind == "SSH":
                    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\\r\\n")
                    return
                elif kind == "closes without an answer":
                    return
                elif kind == "stands still 100 ms each second":
                    moment = (time.monotonic() - began) % 1
                    time.sleep(0.002 if moment < 0.9 else 1 - moment)
                    answer(connection)
                elif kind == "a quarter of connections is slow":
                    time.sleep(0.1 if mine % 4 == 0 else 0.005)
                    answer(connection)
                elif kind in ("slow after 3 s", "fast after 3 s"):
                    late = time.monotonic() > began + 3
                    time.sleep(0.02 if late == (kind == "slow after 3 s") else 0.005)
                    answer(connection)
                elif kind == "mostly fast":
                    time.sleep(0.1 if number % 10 == 0 else 0.001)
                    answer(connection)
                else:
                    answer(connection)
        except OSError:
            pass
        finally:
            connection.close()

    while True:
        accepted, _ = listener.accept()
        threading.Thread(target=serve, args=(accepted, next(connections)), daemon=True).start()
""")

# So many threads, each of which answers one connection at a time after so many milliseconds.
WORKERS = textwrap.dedent("""
    import random, socket, sys, threading, time
    workers, times, listener = int(sys.argv[1]), sys.argv[2].split(","), socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(listener.getsockname()[1], flush=True)

    def work():
        while True:
            connection, _ = listener.accept()
            try:
                connection.recv(4096)
                time.sleep(float(random.choice(times)) / 1000)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n"
                                   b"Connection: close\\r\\n\\r\\n")
            except OSError:
                pass
            connection.close()

    for _ in range(workers):
        threading.Thread(target=work).start()
""")

# A thread for each connection, under one interpreter lock; burns or sleeps so many milliseconds.
# The third argument: so many threads that spin beside them.
THREADS = textwrap.dedent("""
    import socket, sys, threading, time
    burn, wait, spinning = (float(word) for word in sys.argv[1:4])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(listener.getsockname()[1], flush=True)

    def spin():
        while True:
            sum(range(1000))

    def serve(connection):
        try:
            while connection.recv(65536):
                end = time.thread_time() + burn / 1000
                while time.thread_time() < end:
                    pass
                if wait:
                    time.sleep(wait / 1000)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
        except OSError:
            pass
        connection.close()

    for _ in range(int(spinning)):
        threading.Thread(target=spin, daemon=True).start()
    while True:
        accepted, _ = listener.accept()
        threading.Thread(target=serve, args=(accepted,), daemon=True).start()
""")

# One thread for each connection that reads what is sent to it in pieces of 4 KiB, one each 2 ms.
READS_SLOWLY = textwrap.dedent("""
    import re, socket, threading, time
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(listener.getsockname()[1], flush=True)

    def serve(connection):
        read = b""
        try:
            while True:
                while b"\\r\\n\\r\\n" not in read:
                    part = connection.recv(4096)
                    if not part:
                        return
                    read += part
                head, read = read.split(b"\\r\\n\\r\\n", 1)
                left = int(re.search(rb"Content-Length: (\\d+)", head, re.I).group(1)) - len(read)
                while left > 0:
                    time.sleep(0.002)
                    left -= len(connection.recv(min(left, 4096)))
                read = b""
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        except OSError:
            pass
        finally:
            connection.close()

    while True:
        accepted, _ = listener.accept()
        threading.Thread(target=serve, args=(accepted,), daemon=True).start()
""")

# One thread; writes each request to a disk before it answers.
SYNCS = textwrap.dedent("""
    import os, selectors, socket, tempfile
    listener, file = socket.socket(), tempfile.TemporaryFile(dir="/var/tmp")
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(listener.getsockname()[1], flush=True)
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is listener:
                waiting.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            try:
                request = key.fileobj.recv(65536)
                if request:
                    os.write(file.fileno(), request)
                    os.fsync(file.fileno())
                    key.fileobj.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
                    continue
            except OSError:
                pass
            waiting.unregister(key.fileobj)
            key.fileobj.close()
""")

# A process for each connection, as old CGI servers do it; burns so many milliseconds.
FORKS = textwrap.dedent("""
    import os, socket, sys, time
    burn, listener, children = float(sys.argv[1]), socket.socket(), 0
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            connection.recv(4096)
            end = time.thread_time() + burn / 1000
            while time.thread_time() < end:
                pass
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
            os._exit(0)
        connection.close()
        children += 1
        while children and os.waitpid(-1, os.WNOHANG)[0]:
            children -= 1
""")

# Listens and never accepts.
DEAF = textwrap.dedent("""
    import socket, time
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    print(listener.getsockname()[1], flush=True)
    time.sleep(1000)
""")
