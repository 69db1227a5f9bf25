"""The documented shapes: what each JSON text must hold. Unknown members are ignored, wrong types are refused."""

import re
from typing import Any, Callable

from .crypto import point_key
from .encoding import MAX_INTEGER, Malformed, strict_json, unb64u

Shape = Callable[[Any], None]


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise Malformed(what)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f]*"
ID = r"[a-z0-9-]{1,48}"
WORD = r"[a-z0-9_.-]{1,48}"
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}"


def text(longest: int, pattern: str = _PRINTABLE, shortest: int = 0) -> Shape:
    def check(value: Any) -> None:
        _demand(isinstance(value, str), "not a string")
        _demand(shortest <= _utf16_length(value) <= longest, "string of a wrong length")
        _demand(re.fullmatch(pattern, value, re.DOTALL) is not None, "string of a wrong form")

    return check


def word_of(*words: str) -> Shape:
    def check(value: Any) -> None:
        _demand(isinstance(value, str) and value in words, "not one of the words")

    return check


def integer(least: int = 0, most: int = MAX_INTEGER) -> Shape:
    def check(value: Any) -> None:
        _demand(isinstance(value, int) and not isinstance(value, bool) and least <= value <= most, "not an integer in range")

    return check


def boolean(value: Any) -> None:
    _demand(isinstance(value, bool), "not true or false")


def b64u_of(least: int, most: int = -1) -> Shape:
    def check(value: Any) -> None:
        _demand(isinstance(value, str), "not a string")
        data = unb64u(value)
        _demand(data is not None and least <= len(data) <= max(least, most), "not base64url of its length")

    return check


def point(value: Any) -> None:
    b64u_of(65)(value)
    _demand(point_key(unb64u(value)) is not None, "not on the curve")


def items(of: Shape, most: int, least: int = 0) -> Shape:
    def check(value: Any) -> None:
        _demand(isinstance(value, list) and least <= len(value) <= most, "not a list of a right length")
        for item in value:
            of(item)

    return check


def either_null(of: Shape) -> Shape:
    def check(value: Any) -> None:
        if value is not None:
            of(value)

    return check


def boolean(value: Any) -> None:
    _demand(isinstance(value, bool), "not a boolean")


def record(required: dict, optional: dict = {}) -> Shape:  # noqa: B006 (never written to)
    def check(value: Any) -> None:
        _demand(isinstance(value, dict), "not an object")
        for name, shape in required.items():
            _demand(name in value, f"no {name}")
            shape(value[name])
        for name, shape in optional.items():
            if name in value:
                shape(value[name])

    return check


def names_to(name: str, of: Shape, most: int) -> Shape:
    def check(value: Any) -> None:
        _demand(isinstance(value, dict) and len(value) <= most, "not a map of a right size")
        for key, member in value.items():
            _demand(re.fullmatch(name, key) is not None, "wrong name")
            of(member)

    return check


def _holds_proto(value: Any) -> bool:
    if isinstance(value, dict):
        return "__proto__" in value or any(map(_holds_proto, value.values()))
    return isinstance(value, list) and any(map(_holds_proto, value))


def custom_claims(value: Any) -> None:
    """The JSON text of a small object."""
    text(1024, r".*")(value)
    claims = strict_json(value.encode("utf-8"), 1024, 4)
    _demand(isinstance(claims, dict) and not _holds_proto(claims), "not an object of claims")


ENVIRONMENT = word_of("production", "development")
PLATFORM = word_of("ios", "android", "web")
IDENTIFIER = text(48, ID)
NAME = text(48, WORD)
CLAIM = text(64, shortest=1)
HEADER = text(64, TOKEN)
ARC = text(16, r"[A-Z2-7]{16}")
OPAQUE = text(1500, r"[A-Za-z0-9_-]+", 1)
COMPACT = text(8192, r"[A-Za-z0-9_.~+/=-]+", 1)

STATEMENT = record(
    {
        "use": word_of("enrol", "session"),
        "project": b64u_of(16),
        "environment": ENVIRONMENT,
        "challenge": text(80),
        "platform": PLATFORM,
        "app": record({"id": IDENTIFIER, "version": CLAIM, "build": CLAIM}, {"bundle": b64u_of(32)}),
        "sdk": CLAIM,
        "instance": b64u_of(16),
        "instanceKey": point,
        "sessionKey": b64u_of(32),
        "signals": record(
            {
                "detectors": names_to(WORD, integer(), 64),
                "seen": items(record({"name": NAME, "count": integer(), "ageSeconds": integer()}, {"detail": text(128)}), 64),
            }
        ),
        "asks": record(
            {
                "tokens": items(record({"api": IDENTIFIER}, {"bind": b64u_of(32)}), 16),
                "secrets": items(IDENTIFIER, 64),
                "clientAttestations": items(record({"clientId": text(256, shortest=1)}), 16),
            },
            {"customTokens": items(record({"api": IDENTIFIER, "claims": custom_claims}), 4, 1), "valuesKeys": boolean},
        ),
        "holds": record({"keys": integer(), "manifestEpoch": integer(), "manifest": integer()}),
    },
    {"work": b64u_of(8)},
)

KEY_LIST_ENVELOPE = record({"signed": b64u_of(1, 8192), "point": point, "signature": b64u_of(64)})
MANIFEST_ENVELOPE = record({"kid": b64u_of(8), "signed": b64u_of(1, 262144), "signature": b64u_of(64)})
SIGNED_ANSWER = record(
    {"kid": b64u_of(8), "signed": b64u_of(1, 393216), "signature": b64u_of(64)},
    {"keys": KEY_LIST_ENVELOPE, "manifest": MANIFEST_ENVELOPE},
)

_COMMON = {
    "project": b64u_of(16),
    "environment": ENVIRONMENT,
    "serverTimeMs": integer(),
    "keys": integer(1),
    "manifest": record({"epoch": integer(), "version": integer()}),
    "challenge": b64u_of(60),
}
_OUTCOMES = {
    "session": record({**_COMMON, "enc": b64u_of(32), "sealed": b64u_of(16, 262160)}),
    "refused": record({**_COMMON, "arc": ARC, "retryAfterSeconds": integer()}, {"reasons": items(NAME, 64), "action": NAME}),
    "enrol": record({**_COMMON, "reason": word_of("unknown_instance", "evidence_too_old", "facts_missing", "version_changed")}),
}


def answer_body(value: Any) -> None:
    record({"outcome": word_of(*_OUTCOMES)})(value)
    _OUTCOMES[value["outcome"]](value)


def _session_secret(value: Any) -> None:
    record({"name": IDENTIFIER, "version": integer(1), "mode": word_of("delivered", "brokered")})(value)
    if value["mode"] == "delivered":
        record({"value": text(4096, r".*")})(value)


SESSION_TOKEN = record({"api": IDENTIFIER, "header": HEADER, "prefix": text(64), "token": COMPACT})

SEALED_SESSION = record(
    {
        "session": b64u_of(16),
        "verdict": word_of("trusted", "restricted"),
        "arc": ARC,
        "expiresInSeconds": integer(1, 300),
        "refreshInSeconds": integer(1, 300),
        "credential": OPAQUE,
        "tokens": items(SESSION_TOKEN, 16),
        "clientAttestations": items(record({"clientId": text(256, shortest=1), "jwt": COMPACT}), 16),
        "secrets": items(_session_secret, 64),
        "pass": OPAQUE,
        "proofKey": b64u_of(32),
    },
    {
        "reenrolInSeconds": integer(),
        "watch": record({"generation": integer(), "spreadSeconds": integer(0, 3600)}),
        "customTokens": items(SESSION_TOKEN, 4),
        "valuesKeys": items(record({"generation": integer(0, 255), "key": b64u_of(32)}), 2, 1),
    },
)

KEY_LIST = record(
    {
        "project": b64u_of(16),
        "environment": ENVIRONMENT,
        "version": integer(1),
        "manifestEpoch": integer(),
        "keys": items(record({"kid": b64u_of(8), "use": word_of("response", "manifest"), "point": point}), 8, 1),
    }
)

_HEX = text(128, r"(?:[0-9a-f]{2})*")
_FACTS = {
    "ios": record(
        {
            "appId": text(256, shortest=1),
            "environment": ENVIRONMENT,
            "osVersion": either_null(text(128)),
            "bundleVersion": either_null(text(128)),
            "validationCategory": either_null(integer()),
        }
    ),
    "android": record(
        {
            "packages": items(record({"name": text(256), "version": integer()}), 64),
            "signingDigests": items(_HEX, 64),
            "securityLevel": word_of("software", "tee", "strongbox"),
            "provisioning": either_null(word_of("factory", "remote")),
            "deviceLocked": either_null(boolean),
            "verifiedBootState": either_null(word_of("verified", "self_signed", "unverified", "failed")),
            "verifiedBootKey": either_null(_HEX),
            "osVersion": either_null(integer()),
            "osPatchLevel": either_null(integer()),
        }
    ),
    "web": record({"origin": either_null(text(256))}),
}


def facts(value: Any) -> None:
    record({"platform": PLATFORM})(value)
    _FACTS[value["platform"]](value)


CREDENTIAL = record(
    {
        "instance": b64u_of(16),
        "platform": PLATFORM,
        "app": IDENTIFIER,
        "attestedKey": b64u_of(65),
        "instanceKey": b64u_of(65),
        "counter": integer(),
        "subject": b64u_of(16),
        "evidenceAt": integer(),
        "factsVersion": integer(),
        "facts": facts,
        "iat": integer(),
        "exp": integer(),
    }
)

PASS = record(
    {
        "instance": b64u_of(16),
        "subject": b64u_of(16),
        "app": IDENTIFIER,
        "verdict": word_of("trusted", "restricted"),
        "session": b64u_of(16),
        "issuedAtMs": integer(),
        "exp": integer(),
        "secrets": items(IDENTIFIER, 64),
    }
)


class UnsupportedVersion(Malformed):
    """`v` is an integer other than 1."""


def read(data: bytes, shape: Shape, longest: int, version: bool = True) -> Any:
    """Parses and checks a text. `version` demands `v: 1` before anything else."""
    value = strict_json(data, longest)
    if version:
        record({"v": integer()})(value)
        if value["v"] != 1:
            raise UnsupportedVersion("v is not 1")
    shape(value)
    return value
