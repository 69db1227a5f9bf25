import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CoveredRequest,
  contentDigest,
  formatSignature,
  isSignatureInTime,
  parseSignature,
  signatureBase,
} from "./http-signature.ts";
import { sha256 } from "./server/derive-key.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

const request: CoveredRequest = {
  method: "POST",
  targetUri: "https://broker.example/b/p/nasa/x?y=1",
  contentDigest: contentDigest(sha256, toUtf8('{"hello": "world"}')),
  header: { name: "Countersign-Pass", value: "abc" },
};
const parameters = { created: 1_700_000_000, expires: 1_700_000_060, nonce: "bm9uY2U", keyid: "a2V5" };
const made = signatureBase(request, parameters);
if (!made.ok) throw new Error(made.detail);
const { signatureInput } = made.value;
const signature = formatSignature(new Uint8Array(32).fill(9));

describe("contentDigest", () => {
  it("is the digest RFC 9530 shows for this body", () => {
    expect(contentDigest(sha256, toUtf8('{"hello": "world"}'))).toBe(
      "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
    );
  });
});

describe("signatureBase", () => {
  it("is the text of RFC 9421 section 2.5", () => {
    const inner =
      '("@method" "@target-uri" "content-digest" "countersign-pass");created=1700000000;expires=1700000060;nonce="bm9uY2U";keyid="a2V5";tag="countersign"';
    expect(signatureInput).toBe(`countersign=${inner}`);
    expect(fromUtf8(made.value.base)).toBe(
      [
        '"@method": POST',
        '"@target-uri": https://broker.example/b/p/nasa/x?y=1',
        '"content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
        '"countersign-pass": abc',
        `"@signature-params": ${inner}`,
      ].join("\n"),
    );
  });

  it("refuses a component that could forge a line, and parameters with quotes", () => {
    expect(signatureBase({ ...request, method: 'GET\n"x": y' }, parameters).ok).toBe(false);
    expect(signatureBase({ ...request, header: { name: "a", value: "b\r\nc" } }, parameters).ok).toBe(false);
    expect(signatureBase(request, { ...parameters, nonce: 'a"' }).ok).toBe(false);
    expect(signatureBase(request, { ...parameters, keyid: "" }).ok).toBe(false);
  });
});

describe("parseSignature", () => {
  it("gives the base the sender signed", () => {
    expect(parseSignature({ signatureInput, signature }, request)).toEqual({
      ok: true,
      value: { ...parameters, base: made.value.base, signature: new Uint8Array(32).fill(9) },
    });
  });

  it.each([
    ["another label", signatureInput.replace("countersign=", "sig1=")],
    ["a second label", `${signatureInput}, sig2=()`],
    ["the label twice", `${signatureInput}, ${signatureInput}`],
    ["another tag", signatureInput.replace('tag="countersign"', 'tag="other"')],
    ["no tag", signatureInput.replace(';tag="countersign"', "")],
    ["an algorithm", signatureInput.replace(";tag=", ';alg="hmac-sha256";tag=')],
    ["a component left out", signatureInput.replace(' "content-digest"', "")],
    ["another order", signatureInput.replace('"@method" "@target-uri"', '"@target-uri" "@method"')],
    ["a component parameter", signatureInput.replace('"@method"', '"@method";req')],
    ["another lifetime", signatureInput.replace("expires=1700000060", "expires=1700000061")],
    ["a leading zero", signatureInput.replace("created=17", "created=017")],
    ["white space", signatureInput.replace(";created", "; created")],
    ["nothing", ""],
  ])("refuses %s", (_, changed) => {
    expect(parseSignature({ signatureInput: changed, signature }, request)).toMatchObject({
      ok: false,
      code: "malformed",
    });
  });

  it("covers the digest if and only if there is a body", () => {
    expect(parseSignature({ signatureInput, signature }, { ...request, contentDigest: null }).ok).toBe(false);
  });

  it.each([
    "countersign=:AA:",
    "countersign=:AB==:",
    "sig1=:AAAA:",
    "countersign=AAAA",
    "countersign=:AAAA:, x=:AAAA:",
  ])("refuses the signature %j", (changed) => {
    expect(parseSignature({ signatureInput, signature: changed }, request)).toMatchObject({
      ok: false,
      code: "malformed",
    });
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        (input, text, value) => {
          parseSignature({ signatureInput: input, signature: text }, { ...request, header: { name: "a", value } });
          parseSignature({ signatureInput: signatureInput + input, signature }, request);
        },
      ),
    );
  });
});

describe("a signature over any request", () => {
  const text = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  const name = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/);
  const requests = fc.record({
    method: fc.stringMatching(/^[A-Z]{1,10}$/),
    targetUri: text.map((path) => `https://api.example/${path}`),
    contentDigest: fc.option(fc.uint8Array().map((body) => contentDigest(sha256, body))),
    header: fc.option(fc.record({ name, value: text })),
  });
  const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
  const all = fc.record({ created: fc.integer({ min: 1, max: 99_999_999_999 }), nonce: word, keyid: word });
  const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const make = (covered: CoveredRequest, given: { created: number; nonce: string; keyid: string }) => {
    const parameterSet = { ...given, expires: given.created + 60 };
    const result = signatureBase(covered, parameterSet);
    if (!result.ok) throw new Error(result.detail);
    return { ...result.value, parameters: parameterSet };
  };

  it("is read as it was made", () => {
    fc.assert(
      fc.property(requests, all, bytes, (covered, given, value) => {
        const sent = make(covered, given);
        const headers = { signatureInput: sent.signatureInput, signature: formatSignature(value) };
        const expected = { ...sent.parameters, base: sent.base, signature: value };
        expect(parseSignature(headers, covered)).toEqual({ ok: true, value: expected });
      }),
    );
  });

  it("is refused or has another base where any one character of Signature-Input differs", () => {
    fc.assert(
      fc.property(requests, all, fc.nat(), fc.integer({ min: 32, max: 126 }), (covered, given, at, code) => {
        const { signatureInput: input, base } = make(covered, given);
        const place = at % input.length;
        const changed = input.slice(0, place) + String.fromCharCode(code) + input.slice(place + 1);
        fc.pre(changed !== input);
        const read = parseSignature({ signatureInput: changed, signature }, covered);
        expect(read.ok && fromUtf8(read.value.base) === fromUtf8(base)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("has another base for any other request", () => {
    fc.assert(
      fc.property(requests, requests, all, (one, other, given) => {
        const lower = ({ header, ...rest }: CoveredRequest): string =>
          JSON.stringify({ ...rest, header: header === null ? null : [header.name.toLowerCase(), header.value] });
        fc.pre(lower(one) !== lower(other));
        expect(fromUtf8(make(one, given).base)).not.toBe(fromUtf8(make(other, given).base));
      }),
    );
  });
});

describe("isSignatureInTime", () => {
  it("allows 60 seconds either way", () => {
    expect([-61, -60, 60, 61].map((offset) => isSignatureInTime({ created: 1000 }, 1000 + offset))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
