import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCaller } from "./check-caller.ts";
import type { BrokerPorts } from "./ports.ts";

const nowMs = Date.UTC(2026, 10, 22);
const b64u = (byte: number): string => Buffer.alloc(16, byte).toString("base64url");
const ports: BrokerPorts = {
  project: async () => null,
  openPass: (_project, text) =>
    text === "expired" || text === "good"
      ? {
          ok: true,
          proofKey: new Uint8Array(32),
          decoy: false,
          pass: {
            instance: b64u(1),
            subject: b64u(2),
            app: "app",
            verdict: "trusted",
            session: b64u(3),
            issuedAtMs: nowMs,
            exp: nowMs / 1000 + (text === "good" ? 60 : 0),
            secrets: [],
          },
        }
      : { ok: false, code: "pass_invalid" },
  isBanned: () => false,
  decoys: () => null,
  epochMs: async () => 0,
  take: async () => true,
  once: async () => true,
  revealSecret: async () => null,
  versionOf: async () => 1,
  termsOf: async () => ({ processor: null, budgets: [] }),
  draw: async () => true,
  linkTerms: async () => new Map(),
  sealLinks: async () => [],
  openLink: async () => null,
  nowMs: () => nowMs,
  origins: () => ["https://broker.example"],
  allowPrivate: () => false,
  upstreamCas: () => [],
  spotDecoys: () => {},
  log: () => {},
};
const check = (headers: Readonly<Record<string, string>>) =>
  checkCaller(
    ports,
    {
      method: "GET",
      project: b64u(7),
      api: "api",
      rest: "/",
      rawTarget: "/b/x/api/",
      headers,
      body: Readable.from([]),
    },
    600,
  );

test("refuses a pass at the second it expires, whatever is signed under it", async () => {
  expect(await check({ "countersign-pass": "expired" })).toEqual({ ok: false, code: "pass_invalid" });
  expect(await check({ "countersign-pass": "good" })).toEqual({ ok: false, code: "signature_invalid" });
});

test("refuses, and never throws, on any headers", async () => {
  const name = fc.constantFrom("countersign-pass", "signature", "signature-input", "content-digest");
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom("good", 'countersign=("@method" "@target-uri");created=1;expires=61', "countersign=:AAAA:"),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value), async (headers) => {
      expect((await check(headers)).ok).toBe(false);
    }),
  );
});
