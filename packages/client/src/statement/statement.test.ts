import { encodeBase64url, parseChallenge, parseConfigurationString, parseStatement } from "@countersign/protocol";
import { generateSigningKey } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { createAborter } from "../abort.ts";
import { FakeProject } from "../testing/fake-project.ts";
import { FakeService } from "../testing/fake-service.ts";
import { noTrust } from "../trust/trust.ts";
import { Asks, covers, noNeeds } from "./asks.ts";
import { buildStatement, type StatementInput } from "./build-statement.ts";
import { solveWork } from "./solve-work.ts";

const project = new FakeProject();
const parsed = parseConfigurationString(project.configuration());

function inputOf(change: Partial<StatementInput>): StatementInput {
  if (!parsed.ok) throw new TypeError("configuration");
  return {
    use: "session",
    configuration: parsed.value,
    challenge: "A".repeat(80),
    platform: "android",
    app: { id: "astropiks", version: "1", build: "1" },
    instance: encodeBase64url(new Uint8Array(16)),
    instanceKey: encodeBase64url(generateSigningKey().point),
    sessionKey: new Uint8Array(32),
    detectors: {},
    seen: [],
    asks: noNeeds,
    trust: noTrust,
    work: null,
    ...change,
  };
}

describe("a statement", () => {
  it("is what the service's parser reads, at most 8 KiB, however much there is to say", () => {
    const detectors = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`detector-${"d".repeat(30)}${index}`, index]),
    );
    const seen = Array.from({ length: 100 }, (_, index) => ({
      name: `signal-${"s".repeat(30)}${index}`,
      count: index,
      ageSeconds: 1,
      detail: "é".repeat(500),
    }));
    const asks = {
      customTokens: [0].map((index) => ({ api: `a${index}`, claims: `{"a":"${"x".repeat(1000)}"}` })),
      valuesKeys: true,
      clientAttestations: Array.from({ length: 16 }, (_, index) => `c${"c".repeat(250)}${index}`),
      tokens: Array.from({ length: 16 }, (_, index) => ({
        api: `a${"a".repeat(40)}${index}`,
        bind: encodeBase64url(new Uint8Array(32)),
      })),
      secrets: Array.from({ length: 64 }, (_, index) => `s${"s".repeat(40)}${index}`),
    };
    const { bytes, asked } = buildStatement(inputOf({ detectors, seen, asks }));
    const read = parseStatement(bytes);
    expect(read.ok).toBe(true);
    expect(bytes.length).toBeLessThanOrEqual(8192);
    expect(read.ok ? read.value.asks.secrets : []).toEqual(asked.secrets);
    expect(asked.secrets.at(-1)).toBe(asks.secrets.at(-1));
  });

  it("names only detectors and signals of the documented form, with counts that are counts", () => {
    const { bytes } = buildStatement(
      inputOf({
        detectors: { hook: 1.7, "Bad Name": 1 },
        seen: [{ name: "root", count: Number.POSITIVE_INFINITY, ageSeconds: -3, detail: "a\nb" }],
      }),
    );
    const read = parseStatement(bytes);
    expect(read.ok ? read.value.signals : null).toEqual({
      detectors: { hook: 1 },
      seen: [{ name: "root", count: 0, ageSeconds: 0, detail: "a?b" }],
    });
  });

  it("whose app claims do not fit is the caller's mistake", () => {
    const app = { id: "astropiks", version: "v".repeat(9000), build: "1" };
    expect(() => buildStatement(inputOf({ app }))).toThrow(TypeError);
  });
});

describe("asks", () => {
  it("are the union of what was used, and forget the longest unused beyond 16 tokens and 64 secrets", () => {
    const asks = new Asks();
    for (let index = 0; index < 70; index += 1)
      asks.use({
        tokens: [{ api: `a${index}`, bind: null }],
        secrets: [`s${index}`],
        clientAttestations: [],
        customTokens: [],
        valuesKeys: false,
      });
    asks.use({ ...noNeeds, secrets: ["s6"] });
    asks.use({ ...noNeeds, secrets: ["s70"] });
    const { tokens, secrets } = asks.current();
    expect([tokens.length, secrets.length]).toEqual([16, 64]);
    expect(tokens[0]?.api).toBe("a54");
    const clients = Array.from({ length: 20 }, (_, index) => `c${index}`);
    for (const client of clients)
      asks.use({ ...noNeeds, clientAttestations: [client], customTokens: [], valuesKeys: false });
    asks.use({ ...noNeeds, clientAttestations: ["c4"], customTokens: [], valuesKeys: false });
    expect(asks.current().clientAttestations).toEqual([...clients.slice(5), "c4"]);
    expect(
      covers(asks.current(), { ...noNeeds, clientAttestations: ["c4", "c19"], customTokens: [], valuesKeys: false }),
    ).toBe(true);
    expect(
      covers(asks.current(), { ...noNeeds, clientAttestations: ["c3"], customTokens: [], valuesKeys: false }),
    ).toBe(false);
    expect([secrets.includes("s6"), secrets.includes("s7")]).toEqual([true, false]);
  });

  it("keep one binding per API, the last", () => {
    const asks = new Asks();
    asks.use({
      tokens: [{ api: "a", bind: "one" }],
      secrets: [],
      clientAttestations: [],
      customTokens: [],
      valuesKeys: false,
    });
    asks.use({
      tokens: [{ api: "a", bind: "two" }],
      secrets: [],
      clientAttestations: [],
      customTokens: [],
      valuesKeys: false,
    });
    expect(asks.current().tokens).toEqual([{ api: "a", bind: "two" }]);
    expect(
      covers(asks.current(), {
        tokens: [{ api: "a", bind: "one" }],
        secrets: [],
        clientAttestations: [],
        customTokens: [],
        valuesKeys: false,
      }),
    ).toBe(false);
  });
});

describe("work", () => {
  const timers = {
    after: (_delayMs: number, call: () => void) => {
      const handle = setImmediate(call);
      return () => clearImmediate(handle);
    },
  };

  it("is found for what a challenge demands, and is absent where it demands none", async () => {
    const service = new FakeService(project, () => 1_000_000);
    for (const bits of [0, 1, 9, 13]) {
      service.workBits = bits;
      const challenge = parseChallenge(service.openChallenge());
      if (!challenge.ok) throw new TypeError("challenge");
      const work = await solveWork(challenge.value, timers, createAborter().handle);
      expect(work === null).toBe(bits === 0);
    }
  });

  it("is given up when the agent stops", async () => {
    const service = new FakeService(project, () => 1_000_000);
    service.workBits = 20;
    const challenge = parseChallenge(service.openChallenge());
    if (!challenge.ok) throw new TypeError("challenge");
    const aborter = createAborter();
    const work = solveWork(
      challenge.value,
      {
        after: (_delayMs, call) => {
          aborter.abort();
          call();
          return () => {};
        },
      },
      aborter.handle,
    );
    const found = await work;
    expect(found === null || found.length === 8).toBe(true);
  });
});
