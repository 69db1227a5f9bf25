"""Section 3: manifests, with what an unknown word does."""

import re
from typing import Any

from .encoding import Malformed
from .shapes import (
    ENVIRONMENT,
    HEADER,
    ID,
    IDENTIFIER,
    NAME,
    TOKEN,
    b64u_of,
    boolean,
    integer,
    items,
    read,
    record,
    text,
)

_FRAMING = {
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


def is_ipv4(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and all(re.fullmatch(r"0|[1-9][0-9]{0,2}", part) and int(part) <= 255 for part in parts)


def is_ipv6(host: str) -> bool:
    if re.fullmatch(r"\[[0-9a-f:]{2,39}\]", host) is None:
        return False
    halves = host[1:-1].split("::")
    groups = [group for half in halves if half != "" for group in half.split(":")]
    if len(halves) > 2 or not all(re.fullmatch(r"[0-9a-f]{1,4}", group) for group in groups):
        return False
    return len(groups) <= 7 if len(halves) == 2 else len(groups) == 8


def is_host(host: str) -> bool:
    if is_ipv4(host) or is_ipv6(host):
        return True
    labels = host.split(".")
    if len(host) > 253 or not all(re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels):
        return False
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) is None


def _api(api: Any) -> None:
    record(
        {
            "api": IDENTIFIER,
            "host": text(255),
            "port": integer(1, 65535),
            "channel": text(10**6, r".*"),
            "pins": items(b64u_of(32), 16),
            "whenUnavailable": text(10**6, r".*"),
        },
        {
            "token": record(
                {"header": HEADER, "prefix": text(64), "bind": items(HEADER, 16)},
                {"binding": text(10**6, r".*"), "limitedUse": boolean},
            ),
            "proof": text(10**6, r".*"),
        },
    )(api)
    if not is_host(api["host"]):
        raise Malformed("host")
    # A word this version does not know refuses the host, and only the host.
    if api.get("proof", "dpop") not in ("dpop", "httpsig"):
        api["channel"] = "unknown"
    if api.get("token", {}).get("binding", "lines") not in ("lines", "concatenated"):
        api["channel"] = "unknown"
    if api["channel"] in ("pins", "both") and len(api["pins"]) < 2:
        raise Malformed("fewer than two pins")


def _is_name(where: str, name: str) -> bool:
    if where == "header":
        return re.fullmatch(TOKEN, name) is not None and name.lower() not in _FRAMING
    if where == "segment":
        return re.fullmatch(r"[1-9][0-9]?", name) is not None
    if where == "basic":
        return name in ("username", "password")
    if where == "json":
        return re.fullmatch(r"(?:/(?:[^~/]|~0|~1)*)+", name, re.DOTALL) is not None
    return name != ""


_PLACE = record(
    {
        "api": IDENTIFIER,
        "methods": items(text(32, r"[A-Z][A-Z-]*"), 16, 1),
        "path": text(1024, r"/[!-~]*"),
        "in": text(10**6, r".*"),
        "name": text(256),
        "when": text(10**6, r".*"),
    },
    {"prefix": text(128)},
)
_PLACES = ("header", "query", "segment", "form", "json", "basic")


def _is_known(place: Any) -> bool:
    return place["in"] in _PLACES and place["when"] in ("placeholder", "always")


def _secret(secret: Any) -> None:
    record(
        {
            "name": IDENTIFIER,
            "placeholder": text(64, rf"cs-{ID}-[a-z2-7]{{10}}"),
            "places": items(_PLACE, 16),
        }
    )(secret)
    if secret["placeholder"][:-11] != "cs-" + secret["name"]:
        raise Malformed("placeholder of another name")
    if not all(_is_name(place["in"], place["name"]) for place in secret["places"] if _is_known(place)):
        raise Malformed("name of a place")
    # A place with a word this version does not know is never filled.
    secret["places"] = [place for place in secret["places"] if _is_known(place)]


_MANIFEST = record(
    {
        "project": b64u_of(16),
        "environment": ENVIRONMENT,
        "app": IDENTIFIER,
        "epoch": integer(),
        "version": integer(),
        "issuedAtMs": integer(),
        "staleAfterSeconds": integer(1),
        "apis": items(_api, 256),
        "secrets": items(_secret, 512),
        "roots": items(b64u_of(1, 8192), 64),
        "signals": record({"required": items(NAME, 64)}),
    },
    {"broker": text(270)},
)


def is_broker_origin(origin: str, environment: str) -> bool:
    match = re.fullmatch(r"(https?)://(\[[^\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?", origin)
    if match is None or not is_host(match[2]):
        return False
    port = None if match[3] is None else int(match[3])
    if port is not None and port > 65535:
        return False
    if match[1] == "https":
        return port != 443
    return environment == "development" and match[2] in ("localhost", "127.0.0.1", "[::1]") and port != 80


def read_manifest(data: bytes) -> Any:
    manifest = read(data, _MANIFEST, 262144)
    if "broker" in manifest and not is_broker_origin(manifest["broker"], manifest["environment"]):
        raise Malformed("no origin of a broker")
    for names in (
        [api["api"] for api in manifest["apis"]],
        [(api["host"], api["port"]) for api in manifest["apis"]],
        [secret["name"] for secret in manifest["secrets"]],
    ):
        if len(set(names)) != len(names):
            raise Malformed("stands twice")
    return manifest
