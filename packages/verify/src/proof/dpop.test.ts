import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { secretKeys } from "../keys/secret-keys.ts";
import {
  instance,
  issuer,
  nowMs,
  nowSeconds,
  otherInstance,
  ports,
  reasonOf,
  secret,
  segmentOf,
  tokenOf,
  viewOf,
} from "../minting.suite.ts";
import { openVerifier } from "../open-verifier.ts";
import { createMemoryReplayStore } from "../replay/memory-replay-store.ts";
import type { RequestView } from "../request-view.ts";
import type { VerifierOptions } from "../verifier-options.ts";
import { b64uSha256, dpopOf, instanceJwk, instanceThumbprint, origin } from "./proving.suite.ts";

const token = tokenOf({ cnf: { jkt: instanceThumbprint } });

describe.each(ports)("a DPoP proof over %s", (_, port) => {
  const open = (other: Partial<VerifierOptions> = {}) =>
    openVerifier(port, {
      issuer,
      audience: "nasa",
      keys: secretKeys([{ secret }]),
      nowMs: () => nowMs,
      proof: "dpop",
      origin,
      ...other,
    });
  const reason = async (
    proof: string | readonly string[],
    { view, sent = token, ...other }: Partial<VerifierOptions> & { view?: Partial<RequestView>; sent?: string } = {},
  ): Promise<string> => {
    const proofs = (typeof proof === "string" ? [proof] : proof).map((each) => ["DPoP", each] as const);
    return reasonOf(await open(other).verify(viewOf([["Countersign-Token", sent], ...proofs], view)));
  };

  it("by the key that the token names passes, once", async () => {
    const verifier = open();
    const view = viewOf([
      ["Countersign-Token", token],
      ["DPoP", dpopOf(token)],
    ]);
    const first = await verifier.verify(view);
    expect(first.ok && first.token.proof).toBe("dpop");
    expect(await verifier.verify(view)).toEqual({ ok: false, bucket: "reused", reason: "proof_replayed" });
    const fresh = dpopOf(token, { claims: { jti: "another" } });
    expect(
      reasonOf(
        await verifier.verify(
          viewOf([
            ["Countersign-Token", token],
            ["DPoP", fresh],
          ]),
        ),
      ),
    ).toBe("ok");
  });

  it("that is missing or comes twice is refused", async () => {
    const proof = dpopOf(token);
    expect(await reason([])).toBe("proof_missing");
    expect(await reason("")).toBe("proof_missing");
    expect(await reason([proof, proof])).toBe("proof_duplicated");
    expect(await reason(`${proof}, ${proof}`)).toBe("proof_duplicated");
  });

  it("that is no JWS of its type is refused", async () => {
    const proof = dpopOf(token);
    const [head = "", payload = "", signature = ""] = proof.split(".");
    for (const each of [
      "x",
      `${head}.${payload}`,
      `${proof}.x`,
      `${proof}=`,
      `!.${payload}.${signature}`,
      "a".repeat(5000),
    ])
      expect(await reason(each), each.slice(0, 20)).toBe("proof_malformed");
    for (const changes of [{ typ: "JWT" }, { typ: undefined }, { crit: ["exp"] }, { kid: "x" }, { jku: "https://x" }])
      expect(await reason(dpopOf(token, { header: changes }))).toBe("proof_malformed");
  });

  it("of another algorithm, none or a MAC above all, is refused", async () => {
    for (const alg of ["none", "HS256", "RS256", "EdDSA", "ES384", undefined])
      expect(await reason(dpopOf(token, { header: { alg } }))).toBe("proof_algorithm_refused");
  });

  it("whose key is private, of another kind, or not on the curve is refused", async () => {
    const { x } = instanceJwk;
    const jwks: unknown[] = [
      undefined,
      "x",
      { ...instanceJwk, d: x },
      { ...instanceJwk, k: x },
      { ...instanceJwk, crv: "P-384" },
      { ...instanceJwk, x: `${x}A` },
      { ...instanceJwk, x: x.slice(0, -4) },
      { kty: "oct", k: x },
    ];
    for (const jwk of jwks) expect(await reason(dpopOf(token, { header: { jwk } }))).toBe("proof_malformed");
    expect(await reason(dpopOf(token, { header: { jwk: { ...instanceJwk, y: x } } }))).toBe("proof_key_wrong");
    const off = { crv: "P-256", kty: "EC", x, y: x };
    const named = tokenOf({ cnf: { jkt: b64uSha256(JSON.stringify(off)) } });
    expect(await reason(dpopOf(named, { header: { jwk: off } }), { sent: named })).toBe("proof_malformed");
  });

  it("by another key than the token's is refused, whatever it proves", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { kty, crv, x, y } = other.publicKey.export({ format: "jwk" });
    const proof = dpopOf(token, { header: { jwk: { kty, crv, x, y } }, key: other.privateKey });
    expect(await reason(proof)).toBe("proof_key_wrong");
    expect(await reason(dpopOf(tokenOf()), { sent: tokenOf() })).toBe("proof_key_wrong");
    const named = tokenOf({ cnf: { jwk: instanceJwk } });
    expect(await reason(dpopOf(named), { sent: named })).toBe("proof_key_wrong");
  });

  it("whose signature is another's is refused", async () => {
    expect(await reason(dpopOf(token, { key: otherInstance.privateKey }))).toBe("proof_signature_invalid");
    const [head = "", payload = ""] = dpopOf(token).split(".");
    expect(await reason(`${head}.${payload}.${"A".repeat(86)}`)).toBe("proof_signature_invalid");
    expect(await reason(`${head}.${payload}.`)).toBe("proof_signature_invalid");
    const der = sign("sha256", Buffer.from(`${head}.${payload}`), instance.privateKey).toString("base64url");
    expect(await reason(`${head}.${payload}.${der}`)).toBe("proof_signature_invalid");
    expect(await reason(`${head}.${segmentOf({ jti: "x" })}.${"A".repeat(86)}`)).toBe("proof_signature_invalid");
  });

  it("that lacks a claim is refused", async () => {
    for (const name of ["jti", "htm", "htu", "iat", "ath"])
      expect(await reason(dpopOf(token, { claims: { [name]: undefined } })), name).toBe("proof_malformed");
    for (const claims of [{ jti: "" }, { jti: 7 }, { jti: "x".repeat(257) }, { iat: nowSeconds + 0.5 }, { nonce: 7 }])
      expect(await reason(dpopOf(token, { claims }))).toBe("proof_malformed");
  });

  it("for another method or address is refused", async () => {
    expect(await reason(dpopOf(token), { view: { method: "POST" } })).toBe("proof_method_wrong");
    expect(await reason(dpopOf(token, { claims: { htm: "get" } }))).toBe("proof_method_wrong");
    const others = [
      "https://api.example.com/v1/other",
      "https://api.example.com/v1/apod/",
      "https://api.example.com/V1/apod",
      "https://evil.example.com/v1/apod",
      "http://api.example.com/v1/apod",
      "https://api.example.com:8443/v1/apod",
      "https://user@api.example.com/v1/apod",
      "https://api.example.com/v1/apod?date=today",
      "https://api.example.com/v1/apod#x",
      "/v1/apod",
      "",
    ];
    for (const htu of others) expect(await reason(dpopOf(token, { claims: { htu } })), htu).toBe("proof_target_wrong");
  });

  it("for the same address in another spelling passes (RFC 3986 section 6.2.2, 6.2.3)", async () => {
    for (const htu of [
      "HTTPS://API.example.com:443/v1/apod",
      "https://api.example.com/v1/%61pod",
      "https://api.example.com/x/../v1/./apod",
    ])
      expect(await reason(dpopOf(token, { claims: { htu } })), htu).toBe("ok");
  });

  it("for an address is not for another spelling that a router would take for another address", async () => {
    for (const url of [
      "/admin/../v1/apod",
      "/v1/./apod",
      "/admin/%2E%2e/v1/apod",
      "/admin/.%2e/v1/apod",
      "/admin/..\\v1/apod",
      "https://api.example.com/admin/../v1/apod",
    ])
      expect(await reason(dpopOf(token), { view: { url } }), url).toBe("proof_target_wrong");
    expect(await reason(dpopOf(token), { view: { url: "/v1/%61pod" } })).toBe("ok");
    const dotted = dpopOf(token, { claims: { htu: `${origin}/v1/.well-known/..a/...` } });
    expect(await reason(dotted, { view: { url: "/v1/.well-known/..a/..." } })).toBe("ok");
  });

  it("is held to the operator's origin, whatever host the request names", async () => {
    const view = { url: "https://evil.example.com/v1/apod", headers: [] };
    expect(await reason(dpopOf(token), { view: { url: view.url } })).toBe("ok");
    const forged = dpopOf(token, { claims: { htu: view.url } });
    expect(await reason(forged, { view: { url: view.url } })).toBe("proof_target_wrong");
  });

  it("for another token is refused", async () => {
    expect(await reason(dpopOf(tokenOf({ jti: "other", cnf: { jkt: instanceThumbprint } })))).toBe("proof_token_wrong");
  });

  it("of another minute is refused, either way", async () => {
    expect(await reason(dpopOf(token, { claims: { iat: nowSeconds - 60 } }))).toBe("ok");
    expect(await reason(dpopOf(token, { claims: { iat: nowSeconds - 61 } }))).toBe("proof_stale");
    expect(await reason(dpopOf(token, { claims: { iat: nowSeconds + 60 } }))).toBe("ok");
    expect(await reason(dpopOf(token, { claims: { iat: nowSeconds + 61 } }))).toBe("proof_stale");
  });

  it("must carry this verifier's nonce where it gives nonces, and then needs no right clock", async () => {
    const dpopNonce = { key: new Uint8Array(32).fill(3), lifetimeSeconds: 300 };
    const ask = async (claims: object, atMs = nowMs) =>
      open({ dpopNonce, nowMs: () => atMs }).verify(
        viewOf([
          ["Countersign-Token", token],
          ["DPoP", dpopOf(token, { claims: { ...claims } })],
        ]),
      );
    const asked = await ask({});
    expect(reasonOf(asked)).toBe("proof_nonce_required");
    const nonce = asked.ok ? "" : (asked.nonce ?? "");
    expect(reasonOf(await ask({ nonce, iat: nowSeconds - 90_000 }))).toBe("ok");
    expect(reasonOf(await ask({ nonce }, nowMs + 289_000))).toBe("ok");
    expect(reasonOf(await ask({ nonce: `${nonce.slice(0, -1)}A` }))).toBe("proof_nonce_required");
    const later = await open({ dpopNonce, nowMs: () => nowMs + 300_000, clockToleranceSeconds: 60 }).verify(
      viewOf([
        ["Countersign-Token", token],
        ["DPoP", dpopOf(token, { claims: { nonce } })],
      ]),
    );
    expect(reasonOf(later)).toBe("proof_nonce_required");
  });

  it("that was seen does not pass again in the moment its time ends", async () => {
    let atMs = nowMs;
    const verifier = open({ nowMs: () => atMs, replay: createMemoryReplayStore({ nowMs: () => atMs }) });
    const ask = () =>
      verifier.verify(
        viewOf([
          ["Countersign-Token", token],
          ["DPoP", dpopOf(token)],
        ]),
      );
    expect(reasonOf(await ask())).toBe("ok");
    atMs += 60_999;
    expect(reasonOf(await ask())).toBe("proof_replayed");
    const asked = ask();
    atMs += 1;
    expect(reasonOf(await asked)).toBe("proof_stale");
  });

  it("is remembered longer than it is good, by the time that a store of the network may take", async () => {
    const ttls: number[] = [];
    const replay = { once: async (_: string, ttlSeconds: number) => ttls.push(ttlSeconds) > 0 };
    await reason(dpopOf(token, { claims: { iat: nowSeconds + 60 } }), { replay });
    await reason(dpopOf(token, { claims: { iat: nowSeconds - 60 } }), { replay });
    expect(ttls).toEqual([131, 11]);
  });

  it("is refused where nobody can say whether it was seen", async () => {
    const replay = { once: () => Promise.reject(new Error("away")) };
    expect(await reason(dpopOf(token), { replay })).toBe("replay_store_unavailable");
  });

  it("with an identifier that no store's key should hold is refused", async () => {
    for (const jti of ["", "a b", "a\r\nset x 0 0 1", "\u0000", "\u00e9", "\ud83d\ude00", "a".repeat(257), 7])
      expect(await reason(dpopOf(token, { claims: { jti } })), String(jti)).toBe("proof_malformed");
    expect(await reason(dpopOf(token, { claims: { jti: "a".repeat(256) } }))).toBe("ok");
  });

  it("that fails is not remembered", async () => {
    const keys: string[] = [];
    const replay = {
      once: async (key: string) => {
        keys.push(key);
        return true;
      },
    };
    await reason(dpopOf(token), { replay, view: { method: "POST" } });
    await reason(dpopOf(token, { claims: { iat: 1 } }), { replay });
    expect(keys).toEqual([]);
    await reason(dpopOf(token), { replay });
    expect(keys).toEqual([`dpop:${instanceThumbprint}:e1j3V_bKic8-LAEB`]);
  });

  it("is demanded by default of a token that names a key, and waived by none alone", async () => {
    expect(await reason([], { proof: undefined })).toBe("proof_missing");
    expect(await reason([], { proof: "none" })).toBe("ok");
    expect(await reason([], { proof: undefined, sent: tokenOf() })).toBe("ok");
  });
});
