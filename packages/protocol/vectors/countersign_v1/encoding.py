"""Section 1: base64url, tags, strict JSON."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Optional

MAX_INTEGER = 2**53 - 1


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: str) -> Optional[bytes]:
    """The bytes of a canonical unpadded text, or None."""
    if re.fullmatch(r"[A-Za-z0-9_-]*", text) is None or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if b64u(data) == text else None


def unb64(text: str) -> Optional[bytes]:
    """The bytes of a canonical padded text in the standard alphabet, or None."""
    if re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) is None or len(text) % 4 != 0:
        return None
    data = base64.b64decode(text)
    return data if base64.b64encode(data).decode("ascii") == text else None


def tag(name: str) -> bytes:
    return b"countersign-" + name.encode("ascii") + b"-v1\0"


class Malformed(Exception):
    """A text that is not of its documented form."""


@dataclass(frozen=True)
class Node:
    """A JSON value with the span of its text. Objects are dicts of nodes, arrays lists of nodes."""

    value: Any
    start: int
    end: int


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_SPACE = re.compile(r"[ \t\n\r]*")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}


class _Reader:
    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.at = 0
        self.max_depth = max_depth

    def peek(self) -> str:
        self.at = _SPACE.match(self.text, self.at).end()
        return self.text[self.at : self.at + 1]

    def take(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.at += 1
        return True

    def string(self) -> str:
        if not self.take('"'):
            raise Malformed("no string")
        units = ""
        while True:
            plain = _PLAIN.match(self.text, self.at)
            units += plain.group()
            mark = self.text[plain.end() : plain.end() + 1]
            self.at = plain.end() + 1
            if mark == '"':
                break
            if mark != "\\":
                raise Malformed("control character or end in a string")
            letter = self.text[self.at : self.at + 1]
            self.at += 1
            if letter in _ESCAPES:
                units += _ESCAPES[letter]
                continue
            digits = self.text[self.at : self.at + 4]
            if letter != "u" or re.fullmatch(r"[0-9a-fA-F]{4}", digits) is None:
                raise Malformed("unknown escape")
            units += chr(int(digits, 16))
            self.at += 4
        try:
            return units.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError as error:
            raise Malformed("lone surrogate") from error

    def value(self, depth: int) -> Node:
        first = self.peek()
        start = self.at
        if first == '"':
            return Node(self.string(), start, self.at)
        if first in ("{", "["):
            if depth >= self.max_depth:
                raise Malformed("too deep")
            self.at += 1
            content = self.members(depth + 1) if first == "{" else self.items(depth + 1)
            return Node(content, start, self.at)
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return Node(value, start, self.at)
        number = _NUMBER.match(self.text, self.at)
        if number is None:
            raise Malformed("no value")
        self.at = number.end()
        literal = number.group()
        is_integer = re.fullmatch(r"-?[0-9]+", literal) is not None
        return Node(int(literal) if is_integer else float(literal), start, self.at)

    def members(self, depth: int) -> dict:
        found: dict = {}
        if self.take("}"):
            return found
        while True:
            name = self.string()
            if name in found:
                raise Malformed("repeated member")
            if not self.take(":"):
                raise Malformed("no colon")
            found[name] = self.value(depth)
            if self.take("}"):
                return found
            if not self.take(","):
                raise Malformed("no comma")

    def items(self, depth: int) -> list:
        found: list = []
        if self.take("]"):
            return found
        while True:
            found.append(self.value(depth))
            if self.take("]"):
                return found
            if not self.take(","):
                raise Malformed("no comma")


def json_nodes(text: str, max_depth: int) -> Node:
    reader = _Reader(text, max_depth)
    root = reader.value(0)
    if reader.peek() != "":
        raise Malformed("text after the value")
    return root


def _plain(node: Node) -> Any:
    value = node.value
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if abs(value) > MAX_INTEGER:
            raise Malformed("number out of range")
        return int(value) if value.is_integer() else value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        raise Malformed("number out of range")
    return value


def strict_json(data: bytes, max_bytes: int, depth: int = 8) -> Any:
    """I-JSON of at most `max_bytes`, nested at most `depth` deep."""
    if len(data) > max_bytes:
        raise Malformed("too large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    return _plain(json_nodes(text, depth))
