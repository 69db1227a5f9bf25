"""Section 1: the primitives, on Debian's python3-cryptography and hashlib."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Optional

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .encoding import tag

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def same(a: bytes, b: bytes) -> bool:
    return hmac.compare_digest(a, b)


def derive_key(seed: bytes, name: str, project: bytes = b"") -> bytes:
    """HKDF-SHA256 with an empty salt, 32 bytes (RFC 5869)."""
    extracted = mac(bytes(32), seed)
    return mac(extracted, tag(name) + project + b"\x01")


def point_key(point: bytes) -> Optional[ec.EllipticCurvePublicKey]:
    """The key of 65 bytes `04 X Y` on P-256, or None."""
    if len(point) != 65 or point[0] != 4:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return None


def verify_es256(point: bytes, message: bytes, signature: bytes) -> bool:
    key = point_key(point)
    if key is None or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def aes_gcm_open(key: bytes, sealed: bytes, aad: bytes) -> Optional[bytes]:
    try:
        return AESGCM(key).decrypt(bytes(12), sealed, aad)
    except InvalidTag:
        return None


def aes_gcm_seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    return AESGCM(key).encrypt(bytes(12), plaintext, aad)


_KEM = b"KEM\x00\x20"
_HPKE = b"HPKE\x00\x20\x00\x01\x00\x03"


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return mac(salt or bytes(32), b"HPKE-v1" + suite + label + ikm)


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return mac(prk, labelled + b"\x01")[:length]


@dataclass(frozen=True)
class Schedule:
    """RFC 9180 base mode, every intermediate."""

    dh: bytes
    kem_context: bytes
    shared_secret: bytes
    context: bytes
    secret: bytes
    key: bytes
    nonce: bytes
    exporter_secret: bytes


def public_of(private: bytes) -> bytes:
    key = X25519PrivateKey.from_private_bytes(private).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _agree(private: bytes, peer: bytes) -> Optional[bytes]:
    if len(peer) != 32:
        return None
    try:
        dh = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(peer))
    except ValueError:
        return None
    return None if dh == bytes(32) else dh


def schedule(dh: bytes, enc: bytes, recipient: bytes, info: bytes) -> Schedule:
    kem_context = enc + recipient
    shared = _expand(_KEM, _extract(_KEM, b"", b"eae_prk", dh), b"shared_secret", kem_context, 32)
    context = b"\x00" + _extract(_HPKE, b"", b"psk_id_hash", b"") + _extract(_HPKE, b"", b"info_hash", info)
    secret = _extract(_HPKE, shared, b"secret", b"")
    return Schedule(
        dh,
        kem_context,
        shared,
        context,
        secret,
        _expand(_HPKE, secret, b"key", context, 32),
        _expand(_HPKE, secret, b"base_nonce", context, 12),
        _expand(_HPKE, secret, b"exp", context, 32),
    )


def hpke_schedule_of_sender(ephemeral: bytes, recipient: bytes, info: bytes) -> Optional[Schedule]:
    dh = _agree(ephemeral, recipient)
    return None if dh is None else schedule(dh, public_of(ephemeral), recipient, info)


def hpke_seal(ephemeral: bytes, recipient: bytes, info: bytes, aad: bytes, plaintext: bytes) -> Optional[bytes]:
    keys = hpke_schedule_of_sender(ephemeral, recipient, info)
    return None if keys is None else ChaCha20Poly1305(keys.key).encrypt(keys.nonce, plaintext, aad)


def hpke_open(private: bytes, enc: bytes, info: bytes, aad: bytes, sealed: bytes) -> Optional[bytes]:
    dh = _agree(private, enc)
    if dh is None or len(sealed) < 16:
        return None
    keys = schedule(dh, enc, public_of(private), info)
    try:
        return ChaCha20Poly1305(keys.key).decrypt(keys.nonce, sealed, aad)
    except InvalidTag:
        return None
