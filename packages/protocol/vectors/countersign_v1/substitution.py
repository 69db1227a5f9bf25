"""Section 10: the strict URL parser and the places of a request."""

import base64
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from .encoding import Malformed, Node, json_nodes, unb64
from .manifest import is_host

Header = Tuple[str, str]


def decode_once(text: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match.group(1), 16)), text)


def decode_fully(text: str) -> Optional[str]:
    for _ in range(8):
        following = decode_once(text)
        if following == text:
            return text
        text = following
    return None


def decode_utf8_runs(text: str) -> str:
    def decoded(match: "re.Match[str]") -> str:
        try:
            return bytes.fromhex(match.group().replace("%", "")).decode("utf-8")
        except UnicodeDecodeError:
            return match.group()

    return re.sub(r"(?:%[0-9A-Fa-f]{2})+", decoded, text)


def decode_value(text: str, plus_is_space: bool) -> Optional[str]:
    if plus_is_space:
        text = text.replace("+", " ")
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        return None
    try:
        return decode_once(text).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None


def encode_value(text: str) -> str:
    unreserved = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return "".join(chr(byte) if byte in unreserved else f"%{byte:02X}" for byte in text.encode("utf-8"))


def has_dot_segment(path: str) -> bool:
    decoded = decode_fully(path)
    if decoded is None:
        return True
    try:
        text = unicodedata.normalize("NFKC", decoded.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return True
    if any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in text):
        return True
    parts = re.split("[/\\\\\u2044\u2215\u2216\u29f5\u29f8\u29f9]", text)
    return any(re.split("[;?#]", part)[0].strip(" ") in (".", "..") for part in parts)


@dataclass(frozen=True)
class Url:
    host: str
    port: int
    path: str
    query: Optional[str]

    def text(self) -> str:
        authority = self.host if self.port == 443 else f"{self.host}:{self.port}"
        return f"https://{authority}{self.path}" + ("" if self.query is None else f"?{self.query}")


class UrlRefused(Exception):
    """Not a strict URL, and a registered host occurs in it."""


def _mentions(text: str, hosts: List[str]) -> bool:
    views = [text, decode_fully(text) or "", decode_utf8_runs(text), decode_utf8_runs(decode_utf8_runs(text))]
    for view in views:
        folded = re.sub("[\u3002\uff0e\uff61]", ".", unicodedata.normalize("NFKC", view).lower())
        visible = re.sub(r"[^!-~]", "", folded)
        if any(host in visible for host in hosts):
            return True
    return False


_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#|\[\]]|%[0-9A-Fa-f]{2})*")
_PARTS = re.compile(r"https://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?")


def _parse(text: str) -> Optional[Url]:
    if len(text) > 16384 or _CHARACTERS.fullmatch(text) is None:
        return None
    parts = _PARTS.fullmatch(text)
    authority = None if parts is None else re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?", parts.group(1))
    if authority is None or not is_host(authority.group(1)):
        return None
    port = int(authority.group(2) or 443)
    path = parts.group(2) or "/"
    if port > 65535 or has_dot_segment(path):
        return None
    return Url(authority.group(1), port, path, parts.group(3))


def strict_url(text: str, apis: List[Any]) -> Optional[Url]:
    """The URL, or None where it is to be sent unchanged. Raises UrlRefused."""
    hosts = [api["host"] for api in apis]
    url = _parse(text)
    if url is not None and url.host in hosts and (url.host, url.port) not in [(api["host"], api["port"]) for api in apis]:
        url = None
    if url is None and _mentions(text, hosts):
        raise UrlRefused
    return url


class Unfit(Exception):
    """A value that does not fit its place."""


@dataclass(frozen=True)
class Slot:
    key: str
    current: Optional[str]
    put: Callable[[str], None]


def _is_field_value(text: str) -> bool:
    return re.fullmatch(r"[!-~](?:[\t -~]*[!-~])?", text) is not None


def _has_control(text: str) -> bool:
    return re.search(r"[\x00-\x1f\x7f]", text) is not None


def _sole(headers: List[Header], name: str) -> Tuple[int, Optional[str]]:
    values = [value for header, value in headers if header.lower() == name.lower()]
    return len(values), values[0] if len(values) == 1 else None


def _body_kind(headers: List[Header]) -> Optional[str]:
    _, declared = _sole(headers, "content-type")
    match = re.fullmatch(r'([a-z/-]+)(?:[ \t]*;[ \t]*charset=("?)utf-8\2)?', (declared or "").lower().strip())
    kinds = {"application/json": "json", "application/x-www-form-urlencoded": "form"}
    return None if match is None else kinds.get(match.group(1))


def _basic_pair(value: Optional[str]) -> Optional[Tuple[str, str]]:
    match = re.fullmatch(r"(?i:basic) ([A-Za-z0-9+/]*={0,2})", value or "")
    data = None if match is None else unb64(match.group(1))
    try:
        text = None if data is None else data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text is None or ":" not in text:
        return None
    user, _, password = text.partition(":")
    return user, password


class Draft:
    """A request taken apart. What stands in a slot is read from the request as it was given."""

    def __init__(self, url: Url, headers: List[Header], body: Optional[bytes]) -> None:
        self.url = url
        self.given = headers
        self.headers = list(headers)
        self.segments = url.path[1:].split("/")
        self.query_edits: Dict[int, str] = {}
        self.form_edits: Dict[int, str] = {}
        self.json_edits: List[Tuple[int, int, str]] = []
        self.body = body
        self.text: Optional[str] = None
        self.kind = None if body is None or len(body) > 1048576 else _body_kind(headers)
        self.root: Optional[Node] = None
        if self.kind is not None:
            try:
                self.text = body.decode("utf-8")
                self.root = json_nodes(self.text, 64) if self.kind == "json" else None
            except (UnicodeDecodeError, Malformed):
                self.kind = None
        self.basic: Dict[str, str] = {}

    def slot(self, where: str, name: str) -> Optional[Slot]:
        if where == "header":
            return self._header(name)
        if where == "query":
            return self._parameter("query", self.url.query or "", name, self.query_edits)
        if where == "form":
            return self._parameter("form", self.text, name, self.form_edits) if self.kind == "form" else None
        if where == "segment":
            return self._segment(int(name) - 1)
        if where == "basic":
            return self._basic(name)
        return self._json(name) if self.kind == "json" else None

    def _set_header(self, name: str, value: str) -> None:
        for index, (header, _) in enumerate(self.headers):
            if header.lower() == name.lower():
                self.headers[index] = (header, value)
                return
        self.headers.append((name, value))

    def _header(self, name: str) -> Optional[Slot]:
        count, current = _sole(self.given, name)

        def put(value: str) -> None:
            if not _is_field_value(value):
                raise Unfit
            self._set_header(name, value)

        return None if count > 1 else Slot(f"header {name.lower()}", current, put)

    def _parameter(self, kind: str, text: str, name: str, edits: Dict[int, str]) -> Optional[Slot]:
        parts = [] if text == "" else text.split("&")
        found = []
        for index, part in enumerate(parts):
            key, _, value = part.partition("=")
            if decode_value(key, True) == name:
                found.append((index, decode_value(value, True)))
        if len(found) > 1 or (found and found[0][1] is None):
            return None
        index, current = found[0] if found else (len(parts) + len([edit for edit in edits if edit >= len(parts)]), None)

        def put(value: str) -> None:
            edits[index] = f"{encode_value(name)}={encode_value(value)}"

        return Slot(f"{kind} {name}", current, put)

    def _segment(self, index: int) -> Optional[Slot]:
        given = self.url.path[1:].split("/")
        current = decode_value(given[index], False) if index < len(given) else None

        def put(value: str) -> None:
            if value == "" or re.search(r"[/\\]", value) or _has_control(value) or has_dot_segment(encode_value(value)):
                raise Unfit
            self.segments[index] = encode_value(value)

        return Slot(f"segment {index}", current, put) if current else None

    def _basic(self, half: str) -> Optional[Slot]:
        count, given = _sole(self.given, "authorization")
        pair = _basic_pair(given)
        if count > 1 or (count == 1 and pair is None):
            return None
        whole = dict(zip(("username", "password"), pair or ("", "")))

        def put(value: str) -> None:
            if _has_control(value) or (half == "username" and ":" in value):
                raise Unfit
            self.basic[half] = value
            both = {**whole, **self.basic}
            token = base64.b64encode(f"{both['username']}:{both['password']}".encode("utf-8")).decode("ascii")
            self._set_header("authorization", f"Basic {token}")

        return Slot(f"basic {half}", None if pair is None else whole[half], put)

    def _json(self, pointer: str) -> Optional[Slot]:
        tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]

        def child(node: Optional[Node], token: str) -> Optional[Node]:
            if node is not None and isinstance(node.value, dict):
                return node.value.get(token)
            if node is not None and isinstance(node.value, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", token):
                return node.value[int(token)] if int(token) < len(node.value) else None
            return None

        parent = self.root
        for token in tokens[:-1]:
            parent = child(parent, token)
        node = child(parent, tokens[-1])
        if node is not None:
            current = node.value if isinstance(node.value, str) else ""
            return Slot(f"json {pointer}", current, lambda value: self._edit(node.start, node.end, "", value))
        if parent is None or not isinstance(parent.value, dict):
            return None
        end = parent.end - 1

        def insert(value: str) -> None:
            first = not parent.value and not any(edit[:2] == (end, end) for edit in self.json_edits)
            self._edit(end, end, ("" if first else ",") + json.dumps(tokens[-1], ensure_ascii=False) + ":", value)

        return Slot(f"json {pointer}", None, insert)

    def _edit(self, start: int, end: int, before: str, value: str) -> None:
        if any(edit[0] < end and start < edit[1] for edit in self.json_edits):
            raise Unfit
        self.json_edits.append((start, end, before + json.dumps(value, ensure_ascii=False)))

    def build(self) -> Tuple[Url, List[Header], Optional[bytes]]:
        query = _with_edits(self.url.query, self.query_edits)
        url = Url(self.url.host, self.url.port, "/" + "/".join(self.segments), query)
        text: Optional[str] = None
        if self.form_edits:
            text = _with_edits(self.text, self.form_edits)
        if self.json_edits:
            text, at = "", 0
            for start, end, replacement in sorted(self.json_edits, key=lambda edit: edit[0]):
                text += self.text[at:start] + replacement
                at = end
            text += self.text[at:]
        if text is None:
            return url, self.headers, self.body
        return url, [header for header in self.headers if header[0].lower() != "content-length"], text.encode("utf-8")


def _with_edits(text: Optional[str], edits: Dict[int, str]) -> Optional[str]:
    if not edits:
        return text
    parts = text.split("&") if text else []
    for index in sorted(edits):
        parts[index : index + 1] = [edits[index]]
    return "&".join(parts)


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/")


def _is_taken(taken: List[str], key: str) -> bool:
    if key in taken:
        return True
    if key == "header authorization":
        return any(other.startswith("basic ") for other in taken)
    return key.startswith("basic ") and "header authorization" in taken


def _standing(manifest: Any, url: str, headers: List[Header], body: Optional[bytes]) -> List[str]:
    try:
        body_text = "" if body is None else body.decode("utf-8")
    except UnicodeDecodeError:
        body_text = ""
    whole = "\n".join([url, decode_fully(url) or "", *[value for _, value in headers], body_text])
    return [secret["name"] for secret in manifest["secrets"] if secret["placeholder"] in whole]


@dataclass(frozen=True)
class Outcome:
    code: str
    output: Any
    used: int


def fill(text: str, method: str, headers: List[Header], body: Optional[bytes], manifest: Any, values: Dict[str, str]) -> Outcome:
    try:
        url = strict_url(text, manifest["apis"])
    except UrlRefused:
        return Outcome("url_refused", {"secret": None}, 0)
    apis = [api for api in manifest["apis"] if url is not None and (api["host"], api["port"]) == (url.host, url.port)]
    if not apis:
        return Outcome("unchanged", {"unfilled": _standing(manifest, text, headers, body)}, 0)
    api = apis[0]["api"]
    draft = Draft(url, headers, body)
    matches: List[Tuple[str, str, Slot]] = []
    taken: List[str] = []
    for secret in manifest["secrets"]:
        for place in secret["places"]:
            if place["api"] != api or method not in place["methods"] or not _is_under(url.path, place["path"]):
                continue
            slot = draft.slot(place["in"], place["name"])
            prefix = place.get("prefix", "")
            if slot is None or _is_taken(taken, slot.key):
                continue
            if place["when"] == "placeholder" and slot.current != prefix + secret["placeholder"]:
                continue
            taken.append(slot.key)
            matches.append((secret["name"], prefix, slot))
    used: List[str] = []
    for name, prefix, slot in matches:
        if name not in values:
            return Outcome("secret_unavailable", {"secret": name}, 0)
        try:
            slot.put(prefix + values[name])
        except Unfit:
            return Outcome("secret_unfit", {"secret": name}, 0)
        if name not in used:
            used.append(name)
    built_url, built_headers, built_body = draft.build()
    output = {
        "api": api,
        "url": built_url.text(),
        "shownUrl": url.text(),
        "headers": [list(header) for header in built_headers],
        "body": None if built_body is None else built_body.hex(),
        "used": used,
        "unfilled": _standing(manifest, built_url.text(), built_headers, built_body),
    }
    return Outcome("filled", output, len(used))
