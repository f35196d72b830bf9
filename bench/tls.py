"""The rows of https: a certificate of ECDSA P-256, made for each run, which no client verifies."""

import contextlib
import functools

from clients import ab, floor, h2load, hammer, harness, only_child, wrk
from certificates import Certificates
from results import Ratio
from row import CLOSE, Row, against_nginx, all_ports, server_cost, tws_server

ab, h2load, hammer, wrk = (functools.partial(client, scheme="https")
                           for client in (ab, h2load, hammer, wrk))
floor = functools.partial(floor, program="floor_tls")


AES_128 = "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"


@contextlib.contextmanager
def nginx(tickets="off", ciphers=AES_128):
    with Certificates() as made:
        pair = made.self_signed()
        with harness.nginx(listen="ssl", http=f"""
                ssl_certificate {pair.certificate}; ssl_certificate_key {pair.key};
                ssl_protocols TLSv1.3; {ciphers}
                ssl_session_cache off; ssl_session_tickets {tickets};""") as port:
            yield port


# As tws-server it leaves the cipher to the client: AES-256-GCM.
@contextlib.contextmanager
def nginx_process():
    with nginx(ciphers="") as port:
        yield port, only_child()


def tws_server_process():
    return tws_server("--threads", "1", "--tls-self-signed", "--tls-tickets", "off")


KEPT = Row(
    "tls-kept", "https, clients against nginx (one worker), TLS 1.3 with AES-128-GCM, connections "
    "are kept.",
    (against_nginx("hammer", hammer, "-k", server=nginx), against_nginx("wrk", wrk, server=nginx),
     against_nginx("ab", ab, "-k", server=nginx), against_nginx("h2load", h2load, server=nginx),
     against_nginx("floor_tls", floor, "keep", server=nginx)),
    ("rate", "cpu_us", "cores", "failed"),
    (Ratio("cpu_us", "hammer", ("wrk", "h2load"), high=0.9),
     Ratio("cpu_us", "hammer", ("floor_tls",), high=1.05)))

# wrk would resume sessions if it got tickets.
FULL = Row(
    "tls-full", "https, clients against nginx, one request per connection, each with a full "
    "handshake (no tickets); the server closes.",
    (against_nginx("hammer", hammer, "-k", "--disable-keepalive", prepare=all_ports, server=nginx),
     against_nginx("wrk", wrk, CLOSE, prepare=all_ports, server=nginx),
     against_nginx("ab", ab, prepare=all_ports, server=nginx),
     against_nginx("floor_tls", floor, "full", prepare=all_ports, server=nginx)),
    ("rate", "cpu_us", "cores", "failed"),
    (Ratio("cpu_us", "hammer", ("wrk", "ab"), high=0.95),
     Ratio("cpu_us", "hammer", ("floor_tls",), high=1.05)))


def with_tickets(name, needs, client, *options):
    return against_nginx(name, client, *options, needs=needs, prepare=all_ports,
                         server=functools.partial(nginx, "on"))


RESUMED = Row(
    "tls-resumed", "https, clients against nginx, one request per connection; the server closes. "
    "It gives tickets: all but the one with full handshakes resume sessions.",
    (with_tickets("hammer", "hammer", hammer, "-k", "--disable-keepalive", "--tls-resume", "on"),
     with_tickets("hammer, full", "hammer", hammer, "-k", "--disable-keepalive"),
     with_tickets("wrk", "wrk", wrk, CLOSE), with_tickets("floor_tls", "floor_tls", floor, "resume")),
    ("rate", "cpu_us", "cores", "failed"),
    (Ratio("rate", "hammer", ("hammer, full",), low=2),
     Ratio("cpu_us", "hammer", ("wrk",), high=0.95),
     Ratio("cpu_us", "hammer", ("floor_tls",), high=1.05)))


def server_row(name, what, wrk_options, hammer_options):
    return Row(
        name, what,
        tuple(server_cost(server_name, server, client_name, client, options, all_ports)
              for client_name, client, options in (("wrk", wrk, wrk_options),
                                                   ("hammer", hammer, ("-k", *hammer_options)))
              for server_name, server in (("tws-server", tws_server_process),
                                          ("nginx", nginx_process))),
        ("rate", "server_us", "failed"),
        tuple(Ratio("server_us", f"tws-server under {client}", (f"nginx under {client}",), high=0.95)
              for client in ("wrk", "hammer")))


SERVER = server_row(
    "tls-server", "https, tws-server (one thread) beside nginx (one worker), connections are kept.",
    (), ())
SERVER_FULL = server_row(
    "tls-server-full", "https, tws-server beside nginx, one request per connection with a full "
    "handshake (no tickets); the server closes.", (CLOSE,), ("--disable-keepalive",))

TLS_ROWS = (KEPT, FULL, RESUMED, SERVER, SERVER_FULL)
