import { describe, expect, it } from "vitest";
import { project } from "../vectors/world.ts";
import { encodeBase64url } from "./base64url.ts";
import {
  type EnrolRequest,
  encodeChallengeRequest,
  encodeEnrolRequest,
  encodeSessionRequest,
  parseChallengeRequest,
  parseEnrolRequest,
  parseSessionRequest,
  type SessionRequest,
} from "./requests.ts";
import { toUtf8 } from "./utf8.ts";

const statement = toUtf8("{}");
const signature = new Uint8Array(64).fill(7);
const session: SessionRequest = { statement, proof: { assertion: new Uint8Array(3), signature }, credential: "abc" };
const enrol: EnrolRequest = {
  statement,
  proof: { signature },
  evidence: [
    { type: "android", challenge: "c", chain: [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)] },
    { type: "play", token: "a.b.c" },
  ],
  previous: { credential: "abc", signature },
};

const body = (value: unknown): Uint8Array => toUtf8(JSON.stringify(value));

describe("requests", () => {
  it("come back from their own text", () => {
    expect(parseSessionRequest(toUtf8(encodeSessionRequest(session)))).toEqual({ ok: true, value: session });
    expect(parseSessionRequest(toUtf8(encodeSessionRequest({ statement, proof: {} })))).toEqual({
      ok: true,
      value: { statement, proof: {} },
    });
    expect(parseEnrolRequest(toUtf8(encodeEnrolRequest(enrol)))).toEqual({ ok: true, value: enrol });
    const apple: EnrolRequest = {
      ...enrol,
      evidence: [{ type: "apple", challenge: "c", attestation: new Uint8Array(9) }],
    };
    expect(parseEnrolRequest(toUtf8(encodeEnrolRequest(apple)))).toEqual({ ok: true, value: apple });
    const request = { project: encodeBase64url(project) };
    expect(parseChallengeRequest(toUtf8(encodeChallengeRequest(request)))).toEqual({ ok: true, value: request });
  });

  it("are refused by size before they are read", () => {
    expect(parseChallengeRequest(new Uint8Array(257))).toMatchObject({ ok: false, code: "too_large" });
    expect(parseSessionRequest(new Uint8Array(16 * 1024 + 1))).toMatchObject({ ok: false, code: "too_large" });
    expect(parseEnrolRequest(new Uint8Array(64 * 1024 + 1))).toMatchObject({ ok: false, code: "too_large" });
  });

  it.each([
    ["a signature of 63 bytes", { v: 1, statement: "AA", proof: { signature: encodeBase64url(new Uint8Array(63)) } }],
    ["an empty statement", { v: 1, statement: "", proof: {} }],
    ["a statement past 8 KiB", { v: 1, statement: encodeBase64url(new Uint8Array(8193)), proof: {} }],
    ["no proof", { v: 1, statement: "AA" }],
    ["a proof that is a list", { v: 1, statement: "AA", proof: [] }],
    ["a credential past 1500 characters", { v: 1, statement: "AA", proof: {}, credential: "A".repeat(1501) }],
    ["a credential that is null", { v: 1, statement: "AA", proof: {}, credential: null }],
  ])("refuse %s", (_, value) => {
    expect(parseSessionRequest(body(value))).toMatchObject({ ok: false, code: "malformed" });
  });

  it.each([
    [
      "three items",
      [
        { type: "play", token: "a" },
        { type: "play", token: "b" },
        { type: "play", token: "c" },
      ],
    ],
    [
      "two items of one type",
      [
        { type: "play", token: "a" },
        { type: "play", token: "b" },
      ],
    ],
    ["an unknown type", [{ type: "other", token: "a" }]],
    ["a chain of two", [{ type: "android", challenge: "c", chain: ["AA", "AA"] }]],
    ["a chain of seven", [{ type: "android", challenge: "c", chain: Array.from({ length: 7 }, () => "AA") }]],
    [
      "a certificate past 8 KiB",
      [{ type: "android", challenge: "c", chain: ["AA", "AA", encodeBase64url(new Uint8Array(8193))] }],
    ],
    [
      "more than 40 KiB",
      [
        {
          type: "android",
          challenge: "c",
          chain: Array.from({ length: 6 }, () => encodeBase64url(new Uint8Array(7000))),
        },
      ],
    ],
  ])("refuse evidence of %s", (_, evidence) => {
    expect(parseEnrolRequest(body({ v: 1, statement: "AA", proof: {}, evidence }))).toMatchObject({
      ok: false,
      code: "malformed",
    });
  });

  it("name another version", () => {
    expect(parseSessionRequest(body({ v: 2 }))).toMatchObject({ ok: false, code: "unsupported_version" });
  });
});
