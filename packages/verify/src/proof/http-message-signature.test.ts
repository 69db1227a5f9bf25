import { describe, expect, it } from "vitest";
import { secretKeys } from "../keys/secret-keys.ts";
import {
  issuer,
  nowMs,
  nowSeconds,
  otherInstance,
  ports,
  reasonOf,
  secret,
  tokenOf,
  viewOf,
} from "../minting.suite.ts";
import { openVerifier } from "../open-verifier.ts";
import { createMemoryReplayStore } from "../replay/memory-replay-store.ts";
import type { RequestView } from "../request-view.ts";
import type { VerifierOptions } from "../verifier-options.ts";
import { digestOf, instanceJwk, origin, type SignatureChanges, signatureOf } from "./proving.suite.ts";

const token = tokenOf({ cnf: { jwk: instanceJwk } });
const body = Buffer.from('{"a":1}');

describe.each(ports)("an HTTP message signature over %s", (_, port) => {
  const open = (other: Partial<VerifierOptions> = {}) =>
    openVerifier(port, {
      issuer,
      audience: "nasa",
      keys: secretKeys([{ secret }]),
      nowMs: () => nowMs,
      proof: "httpsig",
      origin,
      ...other,
    });
  const reason = async (
    headers: readonly (readonly [string, string])[],
    { view, sent = token, ...other }: Partial<VerifierOptions> & { view?: Partial<RequestView>; sent?: string } = {},
  ) => reasonOf(await open(other).verify(viewOf([["Countersign-Token", sent], ...headers], view)));
  const signed = (changes: SignatureChanges = {}) => signatureOf(token, changes);
  const withBody = (content: Uint8Array): Partial<RequestView> => ({ method: "POST", body: async () => content });
  const post = (digest: string | null) => signed({ request: { method: "POST", contentDigest: digest } });

  it("by the key in the token passes, once", async () => {
    const verifier = open();
    const view = viewOf([["Countersign-Token", token], ...signed()]);
    const first = await verifier.verify(view);
    expect(first.ok && first.token.proof).toBe("httpsig");
    expect(reasonOf(await verifier.verify(view))).toBe("proof_replayed");
    const again = viewOf([["Countersign-Token", token], ...signed({ nonce: "another" })]);
    expect(reasonOf(await verifier.verify(again))).toBe("ok");
  });

  it("that was seen does not pass again by a body that trickles in until the store has forgotten it", async () => {
    let atMs = nowMs;
    const verifier = open({ nowMs: () => atMs, replay: createMemoryReplayStore({ nowMs: () => atMs }) });
    const request = (read: () => Promise<Uint8Array>) =>
      viewOf([["Countersign-Token", token], ["Content-Digest", digestOf(body)], ...post(digestOf(body))], {
        method: "POST",
        body: read,
      });
    expect(reasonOf(await verifier.verify(request(async () => body)))).toBe("ok");
    atMs += 60_999;
    for (const waitMs of [0, 1, 240_000]) {
      const trickled = request(async () => {
        atMs += waitMs;
        return body;
      });
      expect(reasonOf(await verifier.verify(trickled)), String(waitMs)).toBe(
        waitMs === 0 ? "proof_replayed" : "proof_stale",
      );
      atMs = nowMs + 60_999;
    }
  });

  it("that is missing or comes twice is refused", async () => {
    const [input = ["", ""], signature = ["", ""]] = signed();
    expect(await reason([])).toBe("proof_missing");
    expect(await reason([input])).toBe("proof_missing");
    expect(await reason([signature])).toBe("proof_missing");
    expect(await reason([input, signature, signature])).toBe("proof_duplicated");
    expect(await reason([input, input, signature])).toBe("proof_duplicated");
    expect(await reason([input, [signature[0], `${signature[1]}, other=:AA==:`]])).toBe("proof_duplicated");
  });

  it("in any other than the one documented form is refused", async () => {
    const [input = ["", ""], signature = ["", ""]] = signed();
    const bad = [
      input[1].replace("countersign=", "sig1="),
      input[1].replace(';tag="countersign"', ""),
      input[1].replace(' "@target-uri"', ""),
      input[1].replace("expires=", "expires=9"),
      `${input[1]};alg="ecdsa-p256-sha256"`,
    ];
    for (const each of bad) expect(await reason([[input[0], each], signature]), each).toBe("proof_malformed");
    expect(await reason([input, [signature[0], "countersign=:!:"]])).toBe("proof_malformed");
  });

  it("by another key, or under a token that carries none, is refused", async () => {
    expect(await reason(signed({ keyid: "someone" }))).toBe("proof_key_wrong");
    expect(await reason(signed({ key: otherInstance.privateKey }))).toBe("proof_signature_invalid");
    expect(await reason(signatureOf(tokenOf()), { sent: tokenOf() })).toBe("proof_key_wrong");
    const off = tokenOf({ cnf: { jwk: { ...instanceJwk, y: instanceJwk.x } } });
    expect(await reason(signatureOf(off), { sent: off })).toBe("proof_key_wrong");
    const own = tokenOf({ cnf: { jwk: { ...instanceJwk, d: instanceJwk.x } } });
    expect(await reason(signatureOf(own), { sent: own })).toBe("proof_key_wrong");
  });

  it("covers method, address, query and token", async () => {
    expect(await reason(signed(), { view: { method: "DELETE" } })).toBe("proof_signature_invalid");
    expect(await reason(signed(), { view: { url: "/v1/apod?date=other" } })).toBe("proof_signature_invalid");
    expect(await reason(signed(), { view: { url: "/v1/other?date=today" } })).toBe("proof_signature_invalid");
    expect(await reason(signed(), { origin: "https://other.example.com" })).toBe("proof_signature_invalid");
    expect(await reason(signatureOf(tokenOf({ jti: "x" })))).toBe("proof_signature_invalid");
    expect(await reason(signed(), { view: { url: "no path" } })).toBe("proof_target_wrong");
  });

  it("of another minute is refused, either way", async () => {
    expect(await reason(signed({ created: nowSeconds - 60 }))).toBe("ok");
    expect(await reason(signed({ created: nowSeconds - 61 }))).toBe("proof_stale");
    expect(await reason(signed({ created: nowSeconds + 61 }))).toBe("proof_stale");
  });

  it("covers the body by its digest", async () => {
    const digest = digestOf(body);
    const headers = [...post(digest), ["Content-Digest", digest] as const];
    expect(await reason(headers, { view: withBody(body) })).toBe("ok");
    expect(await reason(headers, { view: withBody(Buffer.from("{}")) })).toBe("digest_wrong");
    expect(await reason(post(null), { view: withBody(body) })).toBe("digest_missing");
    expect(await reason(post(null), { view: withBody(new Uint8Array(0)) })).toBe("ok");
    expect(await reason(post(digest), { view: withBody(body) })).toBe("proof_malformed");
    const other = [...post(digest), ["Content-Digest", digestOf(Buffer.from("{}"))] as const];
    expect(await reason(other, { view: withBody(Buffer.from("{}")) })).toBe("proof_signature_invalid");
    const twice = [...headers, ["Content-Digest", digest] as const];
    expect(await reason(twice, { view: withBody(body) })).toBe("proof_duplicated");
  });

  it("over a body that cannot be read again is refused", async () => {
    const digest = digestOf(body);
    const headers = [...post(digest), ["Content-Digest", digest] as const, ["Content-Length", "7"] as const];
    expect(await reason(headers, { view: { method: "POST" } })).toBe("body_unavailable");
    const failing = { method: "POST", body: () => Promise.reject(new Error("used")) };
    expect(await reason(headers, { view: failing })).toBe("body_unavailable");
    const chunked = [...post(null), ["Transfer-Encoding", "chunked"] as const];
    expect(await reason(chunked, { view: { method: "POST" } })).toBe("body_unavailable");
  });

  it("is not bought a reading of the body before it verified", async () => {
    let read = 0;
    const view = {
      method: "POST",
      body: async () => {
        read += 1;
        return body;
      },
    };
    const forged = signed({ request: { method: "POST" }, key: otherInstance.privateKey });
    expect(await reason(forged, { view })).toBe("proof_signature_invalid");
    expect(read).toBe(0);
  });
});
