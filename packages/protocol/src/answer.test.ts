import { describe, expect, it } from "vitest";
import { keyListOf, keys, manifestOf, project } from "../vectors/world.ts";
import { type AnswerBody, parseAnswerBody, parseSignedAnswer, responseInput } from "./answer.ts";
import { isArc, toArc } from "./arc.ts";
import { encodeBase64url } from "./base64url.ts";
import { sha256 } from "./server/derive-key.ts";
import { generateSigningKey, verifyEs256 } from "./server/es256.ts";
import { signAnswer, signKeyList, signManifest } from "./server/signing.ts";
import { toUtf8 } from "./utf8.ts";

const common = {
  v: 1,
  project: encodeBase64url(project),
  environment: "production",
  serverTimeMs: 1,
  keys: 1,
  manifest: { epoch: 0, version: 0 },
  challenge: "A".repeat(80),
} as const;
const refused: AnswerBody = { ...common, outcome: "refused", arc: "ABCDEFGHIJKLMNOP", retryAfterSeconds: 300 };
const hash = sha256(toUtf8("statement"));
const body = (value: unknown): Uint8Array => toUtf8(JSON.stringify(value));

describe("signed answers", () => {
  it("carry key list and manifest, and verify under this statement's hash alone", () => {
    const { privateKey, point } = generateSigningKey();
    const list = signKeyList(keyListOf(), { point: keys.root.point, key: keys.root.sign });
    const manifest = signManifest(manifestOf(), { kid: keys.manifest.kid, key: keys.manifest.sign });
    const answer = signAnswer({
      responseKey: privateKey,
      kid: keys.response.kid,
      hash,
      body: refused,
      keys: list,
      manifest,
    });
    const received = parseSignedAnswer(JSON.stringify(answer));
    if (!received.ok) throw new Error(received.detail);
    const { signed, signature } = received.value;
    expect(received.value.keys?.envelope).toEqual(list);
    expect(received.value.manifest?.envelope).toEqual(manifest);
    expect(verifyEs256(point, responseInput(hash, signed), signature)).toBe(true);
    expect(verifyEs256(point, responseInput(sha256(hash), signed), signature)).toBe(false);
    expect(parseAnswerBody(signed)).toEqual({ ok: true, value: refused });
  });

  it.each([
    ["nothing", ""],
    ["a problem", '{"type":"/errors/internal","status":500}'],
    ["another version", '{"v":2}'],
    [
      "a key list that is text",
      JSON.stringify({ v: 1, kid: "AAAAAAAAAAA", signed: "AA", signature: "A".repeat(86), keys: "x" }),
    ],
  ])("are refused where they are %s", (_, text) => {
    expect(parseSignedAnswer(text).ok).toBe(false);
  });
});

describe("parseAnswerBody", () => {
  it.each<AnswerBody>([
    {
      ...common,
      outcome: "session",
      enc: encodeBase64url(new Uint8Array(32)),
      sealed: encodeBase64url(new Uint8Array(16)),
    },
    refused,
    { ...refused, reasons: ["signal_hook"] },
    { ...refused, action: "update" },
    { ...common, outcome: "enrol", reason: "unknown_instance" },
  ])("reads outcome $outcome", (answer) => {
    expect(parseAnswerBody(body(answer))).toEqual({ ok: true, value: answer });
  });

  it("ignores an action of a later version, and refuses one that is no word", () => {
    expect(parseAnswerBody(body({ ...refused, action: "wait" }))).toEqual({ ok: true, value: refused });
    expect(parseAnswerBody(body({ ...refused, action: ["update"] })).ok).toBe(false);
    expect(parseAnswerBody(body({ ...refused, action: "Please update" })).ok).toBe(false);
  });

  it.each([
    ["an unknown outcome", { ...common, outcome: "maybe" }],
    ["a session without its seal", { ...common, outcome: "session" }],
    ["a refusal without an ARC", { ...refused, arc: undefined }],
    ["an ARC in lower case", { ...refused, arc: "abcdefghijklmnop" }],
    ["an unknown reason to enrol", { ...common, outcome: "enrol", reason: "boredom" }],
    ["a challenge of another length", { ...refused, challenge: "AAAA" }],
    ["no manifest version", { ...refused, manifest: { epoch: 0 } }],
  ])("refuses %s", (_, answer) => {
    expect(parseAnswerBody(body(answer))).toMatchObject({ ok: false, code: "malformed" });
  });
});

describe("ARC", () => {
  it("is 80 bits in 16 characters", () => {
    expect(toArc(new Uint8Array(10))).toBe("AAAAAAAAAAAAAAAA");
    expect(toArc(new Uint8Array(10).fill(255))).toBe("7777777777777777");
    expect(isArc(toArc(hash.slice(0, 10)))).toBe(true);
    expect(isArc("AAAAAAAAAAAAAAA1")).toBe(false);
    expect(() => toArc(new Uint8Array(9))).toThrow(TypeError);
  });
});
