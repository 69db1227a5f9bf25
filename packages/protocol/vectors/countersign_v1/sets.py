"""One checker per set: recomputes every step from the inputs and returns the judge of what travels."""

import base64
import json
from typing import Any, Callable, Dict

from . import judges, shapes
from .crypto import aes_gcm_seal, derive_key, hpke_open, hpke_schedule_of_sender, hpke_seal, mac, public_of, sha256, verify_es256
from .encoding import b64u, tag, unb64u
from .manifest import read_manifest
from .substitution import fill

Travels = Dict[str, bytes]
Judge = Callable[[Travels], str]


class Mismatch(Exception):
    """A step or a travelling text that comes out otherwise here."""


def same(name: str, theirs: Any, ours: Any) -> None:
    if isinstance(ours, bytes):
        ours = ours.hex()
    if theirs != ours:
        raise Mismatch(f"{name}: {theirs!r} is {ours!r} here")


def ascii_or_empty(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        return ""


def _bytes(inputs: Any, *names: str) -> Any:
    found = [bytes.fromhex(inputs[name]) for name in names]
    return found[0] if len(found) == 1 else found


def check_b64u(vector: Any, travels: Travels) -> Judge:
    text = ascii_or_empty(travels["text"])
    if vector["result"] == "ok":
        same("text", text, b64u(_bytes(vector["inputs"], "bytes")))

    def judge(sent: Travels) -> str:
        try:
            data = unb64u(sent["text"].decode("ascii"))
        except UnicodeDecodeError:
            data = None
        if data is None:
            return "malformed"
        return "ok" if b64u(data) == text else "different"

    return judge


def check_challenge(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    project, scope, seed, random = _bytes(inputs, "project", "scope", "serviceSeed", "random")
    first28 = (
        bytes([1, 0 if inputs["kind"] == "open" else 1, inputs["generation"], inputs["workBits"]])
        + inputs["issuedAtMs"].to_bytes(6, "big")
        + inputs["lifetimeSeconds"].to_bytes(2, "big")
        + random
    )
    key = derive_key(seed, "challenge-key")
    covered = judges.challenge_input(project, scope, first28)
    same("keyInfo", steps["keyInfo"], tag("challenge-key"))
    same("key", steps["key"], key)
    same("macInput", steps["macInput"], covered)
    same("challenge", steps["challenge"], first28 + mac(key, covered))
    same("text", travels["text"].decode("ascii"), b64u(first28 + mac(key, covered)))
    clock = judges.Clock(_bytes(inputs, "judgedProject"), seed, inputs["generation"], inputs["judgedAtMs"])
    work = None if inputs["work"] is None else _bytes(inputs, "work")
    return lambda sent: judges.judge_challenge(ascii_or_empty(sent["text"]), scope, work, clock)


def check_statement(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    message = tag("statement") + travels["statement"]
    same("prefix", steps["prefix"], tag("statement"))
    same("statementText", steps["statementText"], travels["statement"].decode("utf-8"))
    same("message", steps["message"], message)
    same("hash", steps["hash"], sha256(message))
    attested, instance_key, rp = _bytes(inputs, "attestedKey", "instanceKey", "rpIdHash")
    known = judges.Known(inputs["platform"], attested, instance_key, rp, inputs["greatestCounter"])
    clock = judges.Clock(_bytes(inputs, "project"), _bytes(inputs, "serviceSeed"), inputs["generation"], inputs["nowMs"])

    def judge(sent: Travels) -> str:
        proof = {name: sent[name] for name in ("assertion", "signature") if name in sent}
        return judges.judge_statement(sent["statement"], proof, inputs["use"], known, clock)

    return judge


def check_evidence(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    if vector["name"] == "previous":
        hashed = sha256(tag("statement") + _bytes(inputs, "statement"))
        covered = tag("previous") + hashed
        same("prefix", steps["prefix"], tag("previous"))
        same("hash", steps["hash"], hashed)
        same("input", steps["input"], covered)
        same("requestHash", steps["requestHash"], b64u(hashed))
        point = _bytes(inputs, "previousKey")
        return lambda sent: "ok" if verify_es256(point, covered, sent["signature"]) else "proof_invalid"
    same("prefix", steps["prefix"], tag("key"))
    same("instance", steps["instance"], judges.instance_id(_bytes(inputs, "project"), _bytes(inputs, "attestedKey")))
    if vector["name"] == "apple":
        same("input", steps["input"], tag("key") + travels["challenge"] + travels["instanceKey"])
        expected, code = _bytes(inputs, "clientDataHash"), "nonce_mismatch"
        return lambda sent: "ok" if sha256(tag("key") + sent["challenge"] + sent["instanceKey"]) == expected else code
    same("input", steps["input"], tag("key") + travels["challenge"])
    expected = _bytes(inputs, "attestationChallenge")
    return lambda sent: "ok" if sha256(tag("key") + sent["challenge"]) == expected else "challenge_mismatch"


def check_development_key(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    secret, statement = _bytes(inputs, "secret", "statement")
    hashed = sha256(tag("statement") + statement)
    covered = tag("development-key") + hashed
    same("idPrefix", steps["idPrefix"], tag("development-key-id"))
    same("text", steps["text"], "csd_" + b64u(secret))
    same("key", steps["key"], b64u(sha256(tag("development-key-id") + secret)[:16]))
    same("prefix", steps["prefix"], tag("development-key"))
    same("hash", steps["hash"], hashed)
    same("input", steps["input"], covered)
    return lambda sent: "ok" if sent["mac"] == mac(secret, covered) else "development_key_invalid"


def check_credential(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    seed, project, salt, judged = _bytes(inputs, "projectSeed", "project", "salt", "judgedProject")
    key = derive_key(seed, "credential", project)
    head = bytes([1, inputs["generation"]]) + salt
    same("keyInfo", steps["keyInfo"], tag("credential") + project)
    same("key", steps["key"], key)
    same("messageKey", steps["messageKey"], mac(key, salt))
    same("aad", steps["aad"], head + project)
    sealed = aes_gcm_seal(mac(key, salt), steps["plaintext"].encode("utf-8"), head + project)
    same("text", travels["text"].decode("ascii"), b64u(head + sealed))

    def judge(sent: Travels) -> str:
        text = ascii_or_empty(sent["text"])
        opened = judges.open_self_sealed("credential", text, seed, judged, inputs["acceptedGenerations"], shapes.CREDENTIAL)
        return "credential_invalid" if opened is None else "ok"

    return judge


def check_answer(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    project, statement, point, private = _bytes(inputs, "project", "statement", "responsePoint", "sessionPrivate")
    hashed = sha256(tag("statement") + statement)
    same("prefix", steps["prefix"], tag("response"))
    same("hash", steps["hash"], hashed)
    same("kid", inputs["kid"], b64u(sha256(point)[:8]))
    envelope = json.loads(travels["answer"])
    signed = unb64u(envelope["signed"])
    same("signedText", steps["signedText"], signed.decode("utf-8"))
    if vector["name"] != "answer to another statement":
        same("signatureInput", steps["signatureInput"], tag("response") + hashed + signed)
    if "skE" in steps:
        info = tag("seal") + hashed
        plaintext = steps["plaintext"].encode("utf-8")
        padded = plaintext + b" " * (-len(plaintext) % 1024)
        same("info", steps["info"], info)
        same("padded", steps["padded"], padded)
        same("enc", steps["enc"], public_of(_bytes(steps, "skE")))
        same("sealed", steps["sealed"], hpke_seal(_bytes(steps, "skE"), public_of(private), info, b"", padded))
    return lambda sent: judges.judge_answer(sent["answer"], hashed, inputs["kid"], point, project, private)


def check_keys(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    signed = steps["signedText"].encode("utf-8")
    same("prefix", steps["prefix"], tag("keys"))
    same("signatureInput", steps["signatureInput"], tag("keys") + signed)
    same("signed", json.loads(travels["envelope"])["signed"], b64u(signed))
    configuration = judges.read_configuration(inputs["configuration"])
    return lambda sent: judges.judge_key_list(sent["envelope"], configuration, inputs["held"])


def check_manifest(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    signed = steps["signedText"].encode("utf-8")
    point = _bytes(inputs, "manifestPoint")
    same("prefix", steps["prefix"], tag("manifest"))
    same("signatureInput", steps["signatureInput"], tag("manifest") + signed)
    same("signed", json.loads(travels["envelope"])["signed"], b64u(signed))
    same("kid", inputs["kid"], b64u(sha256(point)[:8]))
    return lambda sent: judges.judge_manifest(
        sent["envelope"], inputs["kid"], point, inputs["project"], inputs["app"], inputs["manifestEpoch"], inputs["held"]
    )


def check_seal(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    recipient, ephemeral, info, aad, plaintext = _bytes(inputs, "pkR", "skE", "info", "aad", "plaintext")
    sealed = hpke_seal(ephemeral, recipient, info, aad, plaintext)
    if vector["result"] == "malformed":
        return lambda sent: "malformed" if sealed is None else "ok"
    private = _bytes(inputs, "skR")
    keys = hpke_schedule_of_sender(ephemeral, recipient, info)
    same("pkR", inputs["pkR"], public_of(private))
    same("dh", steps["dh"], keys.dh)
    same("kemContext", steps["kemContext"], keys.kem_context)
    same("sharedSecret", steps["sharedSecret"], keys.shared_secret)
    same("keyScheduleContext", steps["keyScheduleContext"], keys.context)
    same("secret", steps["secret"], keys.secret)
    same("key", steps["key"], keys.key)
    same("baseNonce", steps["baseNonce"], keys.nonce)
    same("exporterSecret", steps["exporterSecret"], keys.exporter_secret)
    same("enc", travels["enc"].hex(), public_of(ephemeral))
    same("sealed", travels["sealed"].hex(), sealed)

    def judge(sent: Travels) -> str:
        opened = hpke_open(private, sent["enc"], info, aad, sent["sealed"])
        return "ok" if opened == plaintext else "service_untrusted"

    return judge


def check_placeholder(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    covered = tag("placeholder") + _bytes(inputs, "project") + inputs["name"].encode("ascii")
    same("prefix", steps["prefix"], tag("placeholder"))
    same("input", steps["input"], covered)
    same("hash", steps["hash"], sha256(covered))
    text = f"cs-{inputs['name']}-{base64.b32encode(sha256(covered)).decode('ascii').lower()[:10]}"
    return lambda sent: "ok" if sent["placeholder"] == text.encode("ascii") else "different"


def check_subject(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    seed, project, subject = _bytes(inputs, "projectSeed", "project", "subject")
    key = derive_key(seed, "subject", project)
    covered = inputs["api"].encode("ascii") + b"\0" + subject
    same("key", steps["key"], key)
    same("input", steps["input"], covered)
    text = b64u(mac(key, covered)[:16])
    return lambda sent: "ok" if sent["sub"] == text.encode("ascii") else "different"


def check_substitution(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    manifest = read_manifest(inputs["manifest"].encode("utf-8"))
    headers = [(name, value) for name, value in inputs["headers"]]
    body = None if inputs["body"] is None else _bytes(inputs, "body")

    def run(text: str) -> Any:
        return fill(text, inputs["method"], headers, body, manifest, inputs["values"])

    whole = run(travels["url"].decode("utf-8"))
    same("output", steps["output"], whole.output)

    def judge(sent: Travels) -> str:
        try:
            now = run(sent["url"].decode("utf-8"))
        except UnicodeDecodeError:
            return "not_text"
        if now.code != "filled":
            return now.code
        if now.used < whole.used:
            return "unfilled"
        return "ok" if whole.code == "filled" and whole.used > 0 and now.output == whole.output else "other"

    return judge


def _http_judge(vector: Any, verify: Callable[[Travels, judges.HttpSignature], bool]) -> Judge:
    inputs = vector["inputs"]
    digest = None
    if inputs["body"] is not None:
        digest = f"sha-256=:{base64.b64encode(sha256(_bytes(inputs, 'body'))).decode('ascii')}:"

    def judge(sent: Travels) -> str:
        texts = {name: ascii_or_empty(data) for name, data in sent.items()}
        components = [("@method", inputs["method"]), ("@target-uri", inputs["targetUri"])]
        if digest is not None:
            if texts["content-digest"] != digest:
                return "proof_invalid"
            components.append(("content-digest", digest))
        components.append((inputs["carrier"], texts[inputs["carrier"]]))
        read = judges.read_http_signature(texts["signature-input"], texts["signature"], components)
        if read is None or read.keyid != inputs["keyid"] or abs(inputs["atSeconds"] - read.created) > 60:
            return "proof_invalid"
        return "ok" if verify(sent, read) else "proof_invalid"

    return judge


def _check_base(vector: Any, travels: Travels) -> None:
    inputs = vector["inputs"]
    names = ["@method", "@target-uri", *(["content-digest"] if inputs["body"] is not None else []), inputs["carrier"]]
    values = [inputs["method"], inputs["targetUri"], *[travels[name].decode("ascii") for name in names[2:]]]
    parameters = (
        f"({' '.join(json.dumps(name) for name in names)});created={inputs['created']};expires={inputs['created'] + 60}"
        f';nonce="{inputs["nonce"]}";keyid="{inputs["keyid"]}";tag="countersign"'
    )
    lines = [f'"{name}": {value}' for name, value in zip(names, values)] + [f'"@signature-params": {parameters}']
    same("base", vector["steps"]["base"], "\n".join(lines).encode("ascii"))
    same("signature-input", travels["signature-input"].decode("ascii"), f"countersign={parameters}")


def check_broker_mac(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    seed, project, salt = _bytes(inputs, "projectSeed", "project", "salt")
    pass_key, proof_secret = derive_key(seed, "pass", project), derive_key(seed, "proof", project)
    head = bytes([1, inputs["generation"]]) + salt
    sealed = aes_gcm_seal(mac(pass_key, salt), steps["passPlaintext"].encode("utf-8"), head + project)
    text = b64u(head + sealed)
    same("passKey", steps["passKey"], pass_key)
    same("proofSecret", steps["proofSecret"], proof_secret)
    same("countersign-pass", travels["countersign-pass"].decode("ascii"), text)
    same("proofKey", steps["proofKey"], mac(proof_secret, text.encode("ascii")))
    _check_base(vector, travels)

    def verify(sent: Travels, read: judges.HttpSignature) -> bool:
        sent_pass = ascii_or_empty(sent["countersign-pass"])
        if judges.open_self_sealed("pass", sent_pass, seed, project, inputs["acceptedGenerations"], shapes.PASS) is None:
            return False
        return mac(mac(proof_secret, sent_pass.encode("ascii")), read.base) == read.signature

    return _http_judge(vector, verify)


def _thumbprint(point: bytes) -> str:
    text = f'{{"crv":"P-256","kty":"EC","x":"{b64u(point[1:33])}","y":"{b64u(point[33:])}"}}'
    return b64u(sha256(text.encode("ascii")))


def check_httpsig(vector: Any, travels: Travels) -> Judge:
    point = _bytes(vector["inputs"], "instanceKey")
    same("keyid", vector["inputs"]["keyid"], _thumbprint(point))
    _check_base(vector, travels)
    return _http_judge(vector, lambda sent, read: verify_es256(point, read.base, read.signature))


def check_dpop(vector: Any, travels: Travels) -> Judge:
    inputs, steps = vector["inputs"], vector["steps"]
    point = _bytes(inputs, "point")
    jwk = {"kty": "EC", "crv": "P-256", "x": b64u(point[1:33]), "y": b64u(point[33:])}
    ath = b64u(sha256(inputs["token"].encode("ascii")))
    claims = {
        "jti": inputs["jti"],
        "htm": inputs["method"],
        "htu": inputs["url"].split("#")[0].split("?")[0],
        "iat": inputs["iat"],
        "ath": ath,
        **({} if inputs["nonce"] is None else {"nonce": inputs["nonce"]}),
    }
    parts = [{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}, claims]
    signing_input = ".".join(b64u(json.dumps(part, separators=(",", ":")).encode("ascii")) for part in parts)
    same("jkt", steps["jkt"], _thumbprint(point))
    same("ath", steps["ath"], ath)
    same("signingInput", steps["signingInput"], signing_input)

    def judge(sent: Travels) -> str:
        head, _, tail = ascii_or_empty(sent["jws"]).rpartition(".")
        signature = unb64u(tail)
        if head != signing_input or signature is None:
            return "proof_invalid"
        return "ok" if verify_es256(point, head.encode("ascii"), signature) else "proof_invalid"

    return judge


CHECKERS: Dict[str, Callable[[Any, Travels], Judge]] = {
    "b64u": check_b64u,
    "challenge": check_challenge,
    "statement-ios": check_statement,
    "statement-android": check_statement,
    "evidence-binding": check_evidence,
    "development-key": check_development_key,
    "credential": check_credential,
    "answer-session": check_answer,
    "answer-refused": check_answer,
    "keys": check_keys,
    "manifest": check_manifest,
    "seal": check_seal,
    "placeholder": check_placeholder,
    "subject": check_subject,
    "substitution": check_substitution,
    "broker-mac": check_broker_mac,
    "dpop": check_dpop,
    "httpsig": check_httpsig,
}
