"""Checks the vectors of Countersign protocol version 1.

    python3 verify.py FOLDER     every set of the folder; each must be there
    python3 verify.py -          one set from standard input

Needs Python 3.9 and Debian's python3-cryptography. Exit code 0 where every vector, every step and every single-byte change comes out
as the files say, 1 otherwise.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

from countersign_v1.sets import CHECKERS, Mismatch  # noqa: E402 (after the flag above)


def verify_set(content: dict) -> "tuple[int, int]":
    """The numbers of vectors and changes that passed. Raises Mismatch."""
    check, changes = CHECKERS[content["set"]], 0
    for vector in content["vectors"]:
        where = f"{content['set']}: {vector['name']}"
        travels = {name: bytes.fromhex(text) for name, text in vector["travels"].items()}
        try:
            judge = check(vector, travels)
        except Mismatch as mismatch:
            raise Mismatch(f"{where}: {mismatch}") from mismatch
        result = judge(travels)
        if result != vector["result"]:
            raise Mismatch(f"{where}: {result} here, {vector['result']} in the file")
        if result == "ok" and any(travels.values()) and not vector["changes"]:
            raise Mismatch(f"{where}: accepted, but no changes are listed")
        for name, offset, mask, expected in vector["changes"]:
            changed = bytearray(travels[name])
            changed[offset] ^= mask
            result = judge({**travels, name: bytes(changed)})
            if result != expected:
                raise Mismatch(f"{where}: {name}[{offset}] ^ {mask}: {result} here, {expected} in the file")
            changes += 1
    return len(content["vectors"]), changes


def main(where: str) -> int:
    if where == "-":
        contents = [json.load(sys.stdin)]
    else:
        contents = [json.loads(path.read_text("utf-8")) for path in sorted(pathlib.Path(where).glob("*.json"))]
        missing = set(CHECKERS) - {content["set"] for content in contents}
        if missing:
            print(f"missing: {', '.join(sorted(missing))}", file=sys.stderr)
            return 1
    try:
        counts = [verify_set(content) for content in contents]
    except Mismatch as mismatch:
        print(mismatch, file=sys.stderr)
        return 1
    print(f"{len(counts)} sets, {sum(count[0] for count in counts)} vectors, {sum(count[1] for count in counts)} changes")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: verify.py FOLDER|-", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
