"""Sections 3 to 8, 11 and 12: what the service and the agent check, in their order. Each returns `ok` or the code of the refusal."""

import re
from dataclasses import dataclass
from typing import Any, Dict, Optional

from . import shapes
from .crypto import aes_gcm_open, derive_key, hpke_open, mac, same, sha256, verify_es256
from .encoding import Malformed, b64u, tag, unb64, unb64u
from .manifest import is_host, read_manifest


@dataclass(frozen=True)
class Clock:
    project: bytes
    seed: bytes
    generation: int
    now_ms: int


def challenge_input(project: bytes, scope: bytes, first28: bytes) -> bytes:
    return tag("challenge") + project + scope + first28


def judge_challenge(text: str, scope: bytes, work: Optional[bytes], clock: Clock) -> str:
    data = unb64u(text) if len(text) == 80 else None
    if data is None or len(data) != 60 or data[0] != 1 or data[1] > 1 or data[3] > 20 or data[2] != clock.generation:
        return "challenge_invalid"
    bits = data[3]
    if bits:
        if work is None or len(work) != 8:
            return "challenge_invalid"
        hashed = int.from_bytes(sha256(tag("work") + data + work), "big")
        if hashed >> (256 - bits):
            return "challenge_invalid"
    covered = challenge_input(clock.project, bytes(16) if data[1] == 0 else scope, data[:28])
    if not same(mac(derive_key(clock.seed, "challenge-key"), covered), data[28:]):
        return "challenge_invalid"
    issued = int.from_bytes(data[4:10], "big")
    lifetime = int.from_bytes(data[10:12], "big")
    return "ok" if issued - 5000 <= clock.now_ms < issued + lifetime * 1000 + 5000 else "challenge_expired"


@dataclass(frozen=True)
class Known:
    platform: str
    attested_key: bytes
    instance_key: bytes
    rp_id_hash: bytes
    counter: int


def instance_id(project: bytes, point: bytes) -> bytes:
    return sha256(tag("instance") + project + point)[:16]


def _cbor_map(data: bytes) -> Optional[Dict[str, bytes]]:
    """A definite map of short text names to byte strings of less than 256 bytes, minimally encoded and nothing after it."""
    if not data or data[0] >> 5 != 5 or data[0] & 31 > 23:
        return None
    at, found = 1, {}
    for _ in range(data[0] & 31):
        if at >= len(data) or data[at] >> 5 != 3 or data[at] & 31 > 23:
            return None
        length = data[at] & 31
        name = data[at + 1 : at + 1 + length]
        at += 1 + length
        if at + 1 >= len(data) or data[at] != 0x58 or data[at + 1] < 24 or not name.isascii():
            return None
        length = data[at + 1]
        value = data[at + 2 : at + 2 + length]
        at += 2 + length
        if at > len(data) or name.decode("ascii") in found:
            return None
        found[name.decode("ascii")] = value
    return found if at == len(data) else None


def _raw_signature(der: bytes) -> Optional[bytes]:
    """DER `SEQUENCE { r, s }` to 64 bytes; minimal encodings only."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    at, halves = 2, []
    for _ in range(2):
        if at + 2 > len(der) or der[at] != 2:
            return None
        digits = der[at + 2 : at + 2 + der[at + 1]]
        at += 2 + der[at + 1]
        if at > len(der) or not digits or digits[0] > 127 or (digits[0] == 0 and (len(digits) < 2 or digits[1] < 128)):
            return None
        number = int.from_bytes(digits, "big")
        if number >> 256:
            return None
        halves.append(number.to_bytes(32, "big"))
    return b"".join(halves) if at == len(der) else None


def _judge_assertion(assertion: bytes, known: Known, hashed: bytes) -> str:
    content = _cbor_map(assertion)
    if content is None or set(content) != {"signature", "authenticatorData"}:
        return "proof_invalid"
    data, signature = content["authenticatorData"], _raw_signature(content["signature"])
    if signature is None or len(data) != 37 or not same(data[:32], known.rp_id_hash) or data[32] != 0x40:
        return "proof_invalid"
    if not verify_es256(known.attested_key, sha256(data + hashed), signature):
        return "proof_invalid"
    return "ok" if int.from_bytes(data[33:], "big") > known.counter else "counter_stale"


def judge_statement(statement: bytes, proof: Dict[str, bytes], use: str, known: Known, clock: Clock) -> str:
    try:
        content = shapes.read(statement, shapes.STATEMENT, 8192)
    except shapes.UnsupportedVersion:
        return "unsupported_version"
    except Malformed:
        return "malformed"
    if content["use"] != use:
        return "malformed"
    if content["project"] != b64u(clock.project) or content["environment"] != "production":
        return "unknown_project"
    instance = instance_id(clock.project, known.attested_key)
    work = unb64u(content["work"]) if "work" in content else None
    judged = judge_challenge(content["challenge"], instance, work, clock)
    if judged != "ok":
        return judged
    expected = (known.platform, b64u(instance), b64u(known.instance_key))
    if (content["platform"], content["instance"], content["instanceKey"]) != expected:
        return "malformed" if use == "enrol" else "credential_invalid"
    demanded = {"signature"} if known.platform != "ios" else {"assertion"} if use == "session" else {"assertion", "signature"}
    if set(proof) != demanded:
        return "proof_invalid"
    message = tag("statement") + statement
    if "signature" in proof and not verify_es256(known.instance_key, message, proof["signature"]):
        return "proof_invalid"
    return _judge_assertion(proof["assertion"], known, sha256(message)) if "assertion" in proof else "ok"


def open_self_sealed(name: str, text: str, seed: bytes, project: bytes, generations: Any, shape: shapes.Shape) -> Optional[Any]:
    data = unb64u(text) if len(text) <= 1500 else None
    if data is None or len(data) < 34 or data[0] != 1 or data[1] not in generations:
        return None
    key = mac(derive_key(seed, name, project), data[2:18])
    plaintext = aes_gcm_open(key, data[18:], data[:18] + project)
    try:
        return None if plaintext is None else shapes.read(plaintext, shape, 1500, version=False)
    except Malformed:
        return None


def judge_answer(answer: bytes, statement_hash: bytes, kid: str, point: bytes, project: bytes, session_private: bytes) -> str:
    refused = "service_untrusted"
    try:
        envelope = shapes.read(answer, shapes.SIGNED_ANSWER, 1048576)
        signed, signature = unb64u(envelope["signed"]), unb64u(envelope["signature"])
        if envelope["kid"] != kid or not verify_es256(point, tag("response") + statement_hash + signed, signature):
            return refused
        body = shapes.read(signed, shapes.answer_body, 393216)
        if body["project"] != b64u(project) or body["environment"] != "production":
            return refused
        if body["outcome"] != "session":
            return "ok"
        info = tag("seal") + statement_hash
        plaintext = hpke_open(session_private, unb64u(body["enc"]), info, b"", unb64u(body["sealed"]))
        if plaintext is None or len(plaintext) % 1024:
            return refused
        shapes.read(plaintext, shapes.SEALED_SESSION, 262144, version=False)
    except Malformed:
        return refused
    return "ok"


@dataclass(frozen=True)
class Configuration:
    environment: str
    project: bytes
    root: bytes
    recovery: bytes


def read_configuration(text: str) -> Configuration:
    parts = text.split("~")
    if len(parts) != 5 or parts[0] not in ("cs1", "csd1"):
        raise Malformed("configuration string")
    authority = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?", parts[1])
    project, root, recovery = (unb64u(part) for part in parts[2:])
    if authority is None or not is_host(authority.group(1)) or int(authority.group(2) or 443) > 65535:
        raise Malformed("host")
    if project is None or len(project) != 16 or root is None or len(root) != 32 or recovery is None or len(recovery) != 32:
        raise Malformed("project or roots")
    if root == recovery:
        raise Malformed("one root")
    return Configuration("production" if parts[0] == "cs1" else "development", project, root, recovery)


def judge_key_list(text: bytes, configuration: Configuration, held: Optional[Dict[str, Any]]) -> str:
    refused = "service_untrusted"
    try:
        envelope = shapes.read(text, shapes.KEY_LIST_ENVELOPE, 16384, version=False)
        signed, point, signature = (unb64u(envelope[name]) for name in ("signed", "point", "signature"))
        signer = sha256(point)
        if signer not in (configuration.root, configuration.recovery):
            return refused
        if not verify_es256(point, tag("keys") + signed, signature):
            return refused
        content = shapes.read(signed, shapes.KEY_LIST, 8192)
    except Malformed:
        return refused
    kids = [key["kid"] for key in content["keys"]]
    if len(set(kids)) != len(kids) or kids != [b64u(sha256(unb64u(key["point"]))[:8]) for key in content["keys"]]:
        return refused
    if content["project"] != b64u(configuration.project) or content["environment"] != configuration.environment:
        return refused
    order = (signer == configuration.recovery, content["version"])
    return "ok" if held is None or order > (held["recovery"], held["version"]) else "not_newer"


def judge_manifest(text: bytes, kid: str, point: bytes, project: str, app: str, epoch: int, held: Optional[Dict[str, Any]]) -> str:
    refused = "service_untrusted"
    try:
        envelope = shapes.read(text, shapes.MANIFEST_ENVELOPE, 524288, version=False)
        signed = unb64u(envelope["signed"])
        if envelope["kid"] != kid or not verify_es256(point, tag("manifest") + signed, unb64u(envelope["signature"])):
            return refused
        content = read_manifest(signed)
    except Malformed:
        return refused
    if (content["project"], content["environment"], content["app"], content["epoch"]) != (project, "production", app, epoch):
        return refused
    order = (content["epoch"], content["version"])
    if held is None or order > (held["epoch"], held["version"]):
        return "ok"
    if order < (held["epoch"], held["version"]):
        return "not_newer"
    return "same" if bytes.fromhex(held["signed"]) == signed else "other_bytes"


_INPUT = re.compile(
    r'countersign=(\(("[!#-\[\]-~]+"(?: "[!#-\[\]-~]+")*)\);created=([1-9][0-9]{0,14});expires=([1-9][0-9]{0,14})'
    r';nonce="([A-Za-z0-9_-]{1,128})";keyid="([A-Za-z0-9_-]{1,128})";tag="countersign")'
)


@dataclass(frozen=True)
class HttpSignature:
    base: bytes
    signature: bytes
    created: int
    keyid: str


def read_http_signature(signature_input: str, signature: str, components: Any) -> Optional[HttpSignature]:
    """RFC 9421 in the one form of version 1. `components` are the (name, value) pairs that must be covered, in order."""
    found = _INPUT.fullmatch(signature_input)
    value = re.fullmatch(r"countersign=:([A-Za-z0-9+/]*={0,2}):", signature)
    data = None if value is None else unb64(value.group(1))
    if found is None or data is None or len(signature_input) > 2048 or len(signature) > 512:
        return None
    inner, covered, created, expires, _, keyid = found.groups()
    if covered != " ".join(f'"{name}"' for name, _ in components) or int(expires) != int(created) + 60:
        return None
    if not all(re.fullmatch(r"[!-~](?:[\t -~]*[!-~])?", value) for _, value in components):
        return None
    lines = [f'"{name}": {value}' for name, value in components] + [f'"@signature-params": {inner}']
    return HttpSignature("\n".join(lines).encode("ascii"), data, int(created), keyid)
