"""Certificates for tests, made with the openssl command in a temporary directory. Nothing that
expires is committed.

    with Certificates() as made:
        server = made.signed("server")                      # for localhost, 127.0.0.1 and ::1
        expired = made.signed("expired", days=(-3, -1))
        client = made.signed("client", usage="clientAuth")
        Server("--tls", server.certificate, server.key, "--client-ca", made.ca.certificate)
"""

import datetime
import pathlib
import subprocess
import tempfile
import typing

LOCAL = ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
KEYS = {"ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "rsa": ("-newkey", "rsa:2048")}


class Pair(typing.NamedTuple):
    """Names of two PEM files."""
    certificate: str
    key: str


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {words[0]}: {done.stderr.strip()}")
    return done.stdout


def fingerprint(certificate):
    """SHA-256, as "AB:CD:..."."""
    return openssl("x509", "-in", certificate, "-noout", "-fingerprint",
                   "-sha256").strip().split("=")[1]


def moment(days):
    """So many days from now, in the form that `openssl ca` takes."""
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return then.strftime("%Y%m%d%H%M%SZ")


class Certificates:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.ca = self.authority("ca")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def path(self, name):
        return str(pathlib.Path(self._folder.name, name))

    def write(self, name, text):
        pathlib.Path(self.path(name)).write_text(text)
        return self.path(name)

    def _asked(self, name, key, subject, *words):
        """A new key and what `openssl req` makes for it."""
        pair = Pair(self.path(f"{name}.pem"), self.path(f"{name}.key"))
        openssl("req", "-new", *KEYS[key], "-nodes", "-keyout", pair.key, "-out", pair.certificate,
                "-subj", f"/CN={subject}", *words)
        return pair

    def authority(self, name, key="ec"):
        """One that signs itself."""
        return self._asked(name, key, f"{name} of the tests", "-x509", "-days", "2", "-addext",
                           "keyUsage=critical,keyCertSign,cRLSign")

    def self_signed(self, name="self-signed", names=LOCAL, key="ec"):
        return self._asked(name, key, name, "-x509", "-days", "2", "-addext",
                           "basicConstraints=critical,CA:FALSE", "-addext",
                           f"subjectAltName={','.join(names)}")

    def signed(self, name, *, names=LOCAL, key="ec", usage="serverAuth", days=(-1, 1), by=None):
        """Signed by `by`, an authority, or else by `self.ca`; valid between these days from now."""
        by = by or self.ca
        pair = self._asked(name, key, name)
        config = self.write(f"{name}.cnf", f"""
            [ca]
            default_ca = here
            [here]
            database = {self.write(f"{name}.index", "")}
            new_certs_dir = {self._folder.name}
            rand_serial = yes
            default_md = sha256
            policy = any
            [any]
            commonName = supplied
            [extensions]
            basicConstraints = critical,{"CA:TRUE" if usage == "CA" else "CA:FALSE"}
            {"keyUsage = critical,keyCertSign" if usage == "CA" else f"extendedKeyUsage = {usage}"}
            subjectAltName = {",".join(names)}
            """)
        request = self.path(f"{name}.csr")
        pathlib.Path(pair.certificate).rename(request)
        first, last = days
        openssl("ca", "-batch", "-notext", "-config", config, "-extensions", "extensions",
                "-cert", by.certificate, "-keyfile", by.key, "-in", request, "-out",
                pair.certificate, "-startdate", moment(first), "-enddate", moment(last))
        return pair

    def chained(self, name, **how):
        """Signed by an authority between it and `self.ca`; the file has both certificates."""
        between = self.signed(f"{name}-between", usage="CA", names=("DNS:between",), days=(-1, 2))
        pair = self.signed(name, by=between, **how)
        chain = "".join(pathlib.Path(one.certificate).read_text() for one in (pair, between))
        return Pair(self.write(f"{name}-chain.pem", chain), pair.key)

    def locked(self, pair, password):
        """The same with a key that needs a password."""
        locked = f"{pair.key}.locked"
        openssl("pkey", "-in", pair.key, "-aes256", "-passout", f"pass:{password}", "-out", locked)
        return Pair(pair.certificate, locked)
