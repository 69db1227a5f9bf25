"""Checks a Countersign token: PORT=8000 python3 check.py (Debian: python3-jwt; pip: PyJWT and cryptography)"""
import base64, hashlib, hmac, os, re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

ISSUER, AUDIENCE = os.environ["COUNTERSIGN_ISSUER"], os.environ["COUNTERSIGN_AUDIENCE"]
BIND = os.environ.get("COUNTERSIGN_BIND")  # the header that tokens are bound to, such as Authorization; or none
CHECKS = {"require": ["exp", "iss", "aud"], "verify_iat": False}  # exp says how long; two clocks need not agree on iat
USE = os.environ.get("COUNTERSIGN_USE")  # "example" where you try things out; else only what an app was given counts
if os.environ.get("COUNTERSIGN_SECRET"):  # the key decides the algorithm, never the token
    ALG, KEY = "HS256", base64.b64decode(os.environ["COUNTERSIGN_SECRET"], validate=True)
    assert len(KEY) >= 32, "COUNTERSIGN_SECRET is too short"
else:
    ALG, KEY = "ES256", load_pem_public_key(os.environ["COUNTERSIGN_PUBLIC_KEY"].encode())


def check(tokens, bound):
    """Whether exactly one token came and is genuine, for us, in time, and bound to this header value."""
    if len(tokens) != 1 or len(tokens[0]) > 8192 or not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", tokens[0], re.ASCII):
        return False
    try:
        claims = jwt.decode(tokens[0], KEY, [ALG], CHECKS, issuer=ISSUER, audience=AUDIENCE, leeway=5)
        pay = base64.urlsafe_b64encode(hashlib.sha256(bound.encode("latin-1")).digest()).decode().rstrip("=")
        return claims.get("use") == USE and "cnf" not in claims and (not BIND or hmac.compare_digest(claims["pay"], pay))
    except Exception:  # whatever a hostile token makes the library throw, it is not genuine
        return False


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        bound = ", ".join(self.headers.get_all(BIND, [])) if BIND else ""
        self.send_response(200 if check(self.headers.get_all("Countersign-Token", []), bound) else 401)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 0))), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
