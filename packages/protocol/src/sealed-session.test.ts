import { describe, expect, it } from "vitest";
import { encodeSession, padSession, parseSealedSession, type SealedSession } from "./sealed-session.ts";
import { toUtf8 } from "./utf8.ts";

const session: SealedSession = {
  session: "A".repeat(22),
  verdict: "trusted",
  arc: "ABCDEFGHIJKLMNOP",
  expiresInSeconds: 300,
  refreshInSeconds: 150,
  credential: "abc",
  tokens: [{ api: "nasa", header: "x-token", prefix: "Bearer ", token: "a.b.c" }],
  clientAttestations: [],
  secrets: [
    { name: "key", version: 1, mode: "delivered", value: 'any text: "\u0000\n\u{1f511}' },
    { name: "other", version: 2, mode: "brokered" },
  ],
  pass: "abc",
  proofKey: "A".repeat(43),
};
const encode = (value: unknown): Uint8Array => padSession(toUtf8(JSON.stringify(value)));

describe("sealed sessions", () => {
  it("come back from their padded plaintext", () => {
    expect(encodeSession(session)).toHaveLength(1024);
    expect(parseSealedSession(encodeSession(session))).toEqual({ ok: true, value: session });
    const watched = { ...session, reenrolInSeconds: 0, watch: { generation: 5, spreadSeconds: 30 } };
    expect(parseSealedSession(encodeSession(watched))).toEqual({ ok: true, value: watched });
    const asked = { ...session, customTokens: session.tokens, valuesKeys: [{ generation: 255, key: "A".repeat(43) }] };
    expect(parseSealedSession(encodeSession(asked))).toEqual({ ok: true, value: asked });
  });

  it("have lengths that are multiples of 1024 whatever is in them", () => {
    for (const length of [0, 1, 1023, 1024, 1025, 5000]) {
      const padded = padSession(new Uint8Array(length).fill(0x7b));
      expect(padded.length % 1024).toBe(0);
      expect(padded.length - length).toBeLessThan(1024);
      expect(padded.slice(length).every((byte) => byte === 0x20)).toBe(true);
    }
  });

  it("are refused without padding", () => {
    expect(parseSealedSession(toUtf8(JSON.stringify(session)))).toMatchObject({ ok: false, code: "malformed" });
  });

  it.each([
    ["a session past 300 seconds", { ...session, expiresInSeconds: 301 }],
    ["a delivered secret without value", { ...session, secrets: [{ name: "key", version: 1, mode: "delivered" }] }],
    [
      "a value past 4 KiB",
      { ...session, secrets: [{ name: "key", version: 1, mode: "delivered", value: "x".repeat(4097) }] },
    ],
    ["a verdict of refused", { ...session, verdict: "refused" }],
    ["a header with a line break", { ...session, tokens: [{ api: "a", header: "x\r\ny", prefix: "", token: "t" }] }],
    ["a token with a line break", { ...session, tokens: [{ api: "a", header: "x", prefix: "", token: "t\r\n" }] }],
    ["no proof key", { ...session, proofKey: undefined }],
  ])("refuse %s", (_, value) => {
    expect(parseSealedSession(encode(value))).toMatchObject({ ok: false, code: "malformed" });
  });
});
