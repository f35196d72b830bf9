"""Makes the seeds that are not in fuzz/seeds: from vectors that others wrote, which are not part of
this project, and from the reports of the example runs.

usage: make_seeds.py OUT VECTORS [EXAMPLES]
    OUT        a directory; seeds go to OUT/gate, OUT/response and OUT/saved_run
    VECTORS    the directory with the vectors; where it is not there, nothing is made of them
    EXAMPLES   a directory with saved runs
"""

import json
import pathlib
import sys
import tarfile

# fuzz/gate.cpp: pieces of these sizes less one.
REQUEST_HEADER = bytes([0, 15, 3, 255])
# fuzz/response.cpp: the connection ends behind the response; pieces of these sizes less one.
RESPONSE_HEADER = bytes([2, 0, 15, 3, 255])


def members(archive, within):
    """(name, bytes) of the files of an archive whose folder is called so."""
    with tarfile.open(archive) as tar:
        for member in tar:
            path = pathlib.PurePath(member.name)
            if member.isfile() and path.parent.name == within:
                yield path.name, tar.extractfile(member).read()


def vectors(path, key):
    for number, vector in enumerate(json.loads(path.read_text())):
        if vector.get(key):
            yield f"{path.stem}-{number}", bytes.fromhex(vector[key])


def requests(folder):
    yield from members(folder / "h2o_http1_fuzz_corpus.tgz", "http1-corpus")
    yield from members(folder / "beast_fuzz_seeds.tar", "http_request")
    yield from vectors(folder / "llhttp_request_vectors.json", "hex")
    yield from vectors(folder / "http11probe_vectors.json", "request_hex")


def responses(folder):
    yield from members(folder / "beast_fuzz_seeds.tar", "http_response")
    yield from vectors(folder / "llhttp_response_vectors.json", "hex")
    yield from vectors(folder / "curl_replies.json", "reply_hex")


# Runs that hammer 0.1.0 saved.
OLD_RUNS = pathlib.Path(__file__).resolve().parents[1] / "tests/report/hammer1"
# A histogram of one value, 1 ns.
SMALL = {"count": 1, "min": 1, "max": 1, "sum": 1, "overflow": 0,
         "hdr": "HISTFAAAACJ4nJNpmSzMwMDAxAABzFCaEch0M9ixgMH+A1SECQBXFwRP"}


def shortened(value, most=4):
    """The same JSON with arrays of a few elements and small histograms: a fuzzer wants it small."""
    if isinstance(value, dict) and len(value.get("hdr", "")) > 500:
        return SMALL
    if isinstance(value, dict):
        return {key: shortened(member) for key, member in value.items()}
    return [shortened(element) for element in value[:most]] if isinstance(value, list) else value


def write(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds:
        (folder / name).write_bytes(seed)


def main(out, folder, examples=None):
    if folder.is_dir():
        write(out / "gate", ((name, REQUEST_HEADER + text) for name, text in requests(folder)))
        write(out / "response",
              ((name, RESPONSE_HEADER + text) for name, text in responses(folder)))
    else:
        print(f"skipped: {folder} is not there")
    if examples:
        write(out / "saved_run",
              ((f"{path.parent.name}_{path.name}", json.dumps(shortened(json.loads(path.read_text()))).encode())
               for path in [*examples.glob("*.json"), *OLD_RUNS.glob("*.json")]))


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*map(pathlib.Path, sys.argv[1:]))
