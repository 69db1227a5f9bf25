import { decodeBase64url, parseStrictJson } from "@countersign/protocol";
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  json,
  jsonValue,
  nat,
  oneof,
  property,
  record,
  string,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { isObject } from "./keys/parse-jwks.ts";
import { secretKeys } from "./keys/secret-keys.ts";
import { issuer, nowMs, ports, secret, segmentOf, tokenOf, viewOf } from "./minting.suite.ts";
import { openVerifier } from "./open-verifier.ts";
import { dpopOf, instanceJwk, instanceThumbprint, origin, signatureOf } from "./proof/proving.suite.ts";
import { normalizeTarget, pathAndQueryOf } from "./proof/request-target.ts";
import { verifyReasons } from "./reasons.ts";
import type { RequestView } from "./request-view.ts";
import { isBase64url } from "./token/base64url-text.ts";
import { parseClaims } from "./token/parse-claims.ts";
import type { Verification } from "./verification.ts";

const base = { issuer, audience: "nasa", keys: secretKeys([{ secret }]), nowMs: () => nowMs };
const dpopToken = tokenOf({ cnf: { jkt: instanceThumbprint } });
const signedToken = tokenOf({ cnf: { jwk: instanceJwk } });
const [[, signatureInput], [, signature]] = signatureOf(signedToken) as [[string, string], [string, string]];

/** The text with one character exchanged for another. */
function flip(text: string, at: number, by: number): string {
  const index = at % text.length;
  const code = text.charCodeAt(index);
  return text.slice(0, index) + String.fromCharCode(code ^ (1 << (by % 7))) + text.slice(index + 1);
}

const isRefused = (verification: Verification): boolean =>
  !verification.ok && Object.hasOwn(verifyReasons, verification.reason);

describe.each(ports)("over %s", (_, port) => {
  it("a token with any character changed is refused, never thrown", async () => {
    const token = tokenOf();
    const verifier = openVerifier(port, base);
    await assert(
      asyncProperty(nat(), nat(), async (at, by) => isRefused(await verifier.verifyToken(flip(token, at, by)))),
      { numRuns: 500 },
    );
    expect((await verifier.verifyToken(token)).ok).toBe(true);
  });

  it("a DPoP proof with any character changed is refused, never thrown", async () => {
    const proof = dpopOf(dpopToken);
    const verify = (text: string) =>
      openVerifier(port, { ...base, proof: "dpop", origin }).verify(
        viewOf([
          ["Countersign-Token", dpopToken],
          ["DPoP", text],
        ]),
      );
    await assert(
      asyncProperty(nat(), nat(), async (at, by) => isRefused(await verify(flip(proof, at, by)))),
      { numRuns: 300 },
    );
    expect((await verify(proof)).ok).toBe(true);
  });

  it("a message signature with any character of its headers changed is refused, never thrown", async () => {
    const verify = (input: string, signed: string) =>
      openVerifier(port, { ...base, proof: "httpsig", origin }).verify(
        viewOf([
          ["Countersign-Token", signedToken],
          ["Signature-Input", input],
          ["Signature", signed],
        ]),
      );
    await assert(
      asyncProperty(nat(), nat(), async (at, by) => isRefused(await verify(flip(signatureInput, at, by), signature))),
      { numRuns: 200 },
    );
    await assert(
      asyncProperty(nat(), nat(), async (at, by) => isRefused(await verify(signatureInput, flip(signature, at, by)))),
      { numRuns: 200 },
    );
    expect((await verify(signatureInput, signature)).ok).toBe(true);
  });

  it("random texts in every place are refused, never thrown", async () => {
    const text = oneof(string(), string({ unit: "binary" }), json());
    const segments = array(oneof(text.map(segmentOf), text), { maxLength: 6 }).map((each) => each.join("."));
    const anything = oneof(text, segments);
    const verifiers = (["none", "dpop", "httpsig"] as const).map((proof) =>
      openVerifier(port, { ...base, proof, origin }),
    );
    await assert(
      asyncProperty(record({ token: anything, proof: anything, input: anything, url: anything }), async (sent) => {
        const view: RequestView = viewOf(
          [
            ["Countersign-Token", sent.token],
            ["DPoP", sent.proof],
            ["Signature-Input", sent.input],
            ["Signature", sent.proof],
          ],
          { url: sent.url },
        );
        const verdicts = await Promise.all(verifiers.map((verifier) => verifier.verify(view)));
        return verdicts.every(isRefused) && isRefused((await verifiers[0]?.verifyToken(sent.token)) as Verification);
      }),
      { numRuns: 300 },
    );
  });

  it("claims are read as the strict parser reads them", () => {
    const read = (text: string): unknown => parseClaims(port, Buffer.from(text).toString("base64url"));
    const strictly = (text: string): unknown => {
      const strict = parseStrictJson(Buffer.from(text), { maxBytes: 8192 });
      return strict.ok && isObject(strict.value) ? strict.value : null;
    };
    const edges = constantFrom(
      '{"a":1,"a":1}',
      '{"a":{"b":1,"b":2}}',
      '{"a":"\\ud800"}',
      '{"a":9007199254740992}',
      '{"a":1e21}',
      '{"a":-0}',
      '{"2":1,"1":2}',
      '{"__proto__":{"a":1}}',
      '{"a":[[[[[[[[1]]]]]]]]}',
      '{"a":[[[[[[[1]]]]]]]}',
      '{"a":"\u00e9"}',
      '{"a":"\u007f"}',
      '{"a": 1}',
      "{}",
    );
    const texts = oneof(
      edges,
      jsonValue().map((value) => JSON.stringify(value)),
      jsonValue().map((value) => JSON.stringify({ value })),
      string(),
    );
    assert(
      property(texts, (text) => {
        expect(read(text)).toEqual(strictly(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("canonical base64url", () => {
  const alphabet = constantFrom(..."ABCDQRSTwxyz0123_-+/=. \n".split(""));

  it("is told without decoding exactly as protocol's decoder tells it", () => {
    assert(
      property(
        oneof(
          array(alphabet, { maxLength: 9 }).map((each) => each.join("")),
          string(),
        ),
        (text) => {
          expect(isBase64url(text)).toBe(decodeBase64url(text) !== null);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("is decoded alike by both ports", () => {
    assert(
      property(
        array(alphabet, { maxLength: 12 }).map((each) => each.join("")),
        (text) => {
          const [node, web] = ports.map(([, port]) => port.decodeBase64url(text));
          expect(node === null ? null : [...(node ?? [])]).toEqual(web === null ? null : [...(web ?? [])]);
        },
      ),
    );
  });
});

describe("a request's target", () => {
  it("in normal form is a fixed point, and a random text is none or one", () => {
    assert(
      property(
        oneof(
          string(),
          array(constantFrom("/", ".", "..", "%2e", "%2F", "a", "%61", "%zz", "//"), { maxLength: 8 }).map(
            (each) => `/${each.join("/")}`,
          ),
        ),
        (path) => {
          const normal = normalizeTarget(`https://api.example.com${path}`);
          if (normal !== null) expect(normalizeTarget(normal)).toBe(normal);
          const read = pathAndQueryOf(path);
          if (read !== null) expect(read.path.startsWith("/")).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
