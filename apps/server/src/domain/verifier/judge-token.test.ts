import { randomBytes, sign } from "node:crypto";
import { generateTokenKey, issuerOf, signJwt } from "@countersign/tokens";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { createDecoyWatch } from "../alarms/watched-decoys.ts";
import { defaultApiToken } from "../project/default-api-token.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { consumeForVerifier } from "./consume-for-verifier.ts";
import { consumeToken } from "./consume-token.ts";
import { createPairwiseStanding } from "./pairwise-standing.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

const startMs = Date.UTC(2026, 10, 22, 12);
const key = await generateTokenKey("ES256");
const projectId = randomBytes(16);
const project = projectId.toString("base64url");
const api = (id: string, token: object) =>
  [id, { id, token: { ...defaultApiToken, header: "x-token", ...token } }] as const;
const seed = randomBytes(32);
const context = {
  project: { id: project, kind: "production" },
  projectId,
  seeds: [{ generation: 1, seed: { reveal: () => seed } }],
  apis: new Map([
    api("shop", {}),
    api("legacy", { profile: "approov" }),
    api("fire", {
      profile: "firebase-app-check",
      firebase: { projectNumber: "12345678", projectId: "shop-app", appIds: {} },
    }),
  ]),
  verificationKeysOf: () => [key],
} as unknown as ProjectContext;

describe("a token that is to be consumed", () => {
  let nowMs: number;
  let deps: VerifierDeps;
  let lives: number[];
  let isCurrent: boolean;

  beforeEach(() => {
    nowMs = startMs;
    lives = [];
    isCurrent = true;
    const clock = { nowMs: () => nowMs };
    const ledger = createMemoryLedger(clock);
    deps = {
      store: { tokenKeys: { ofProject: async () => [] } } as unknown as VerifierDeps["store"],
      ledger,
      once: {
        once: (name, ttlSeconds) => {
          lives.push(ttlSeconds);
          return ledger.once(name, ttlSeconds);
        },
      },
      contexts: { get: async () => context },
      watch: createDecoyWatch({ open: () => ({ reveal: () => new Uint8Array(32) }) }),
      book: { raise: () => {} },
      standing: { isCurrent: () => isCurrent },
      pairwise: createPairwiseStanding({
        standing: {
          of: () => ({ banned: false, quarantined: false, quarantinedUntilMs: null }),
          bansOf: () => [],
          revision: () => 1,
        },
        instances: { get: async () => null },
        clock,
      }),
      clock,
      budgets: { consumesPerVerifierPerMinute: 3, decisionsPerVerifierPerMinute: 3, reportsPerVerifierPerMinute: 3 },
      publicOrigin: () => "https://attest.example.org",
    };
  });

  const claims = (more: object = {}): object => ({
    iss: issuerOf("https://attest.example.org", project, "production"),
    aud: "shop",
    sub: randomBytes(16).toString("base64url"),
    iat: startMs / 1000,
    exp: startMs / 1000 + 300,
    jti: randomBytes(16).toString("base64url"),
    ...more,
  });
  const outcome = async (token: string, id = "shop") => {
    const consumed = await consumeToken(deps, context, { api: id, token });
    return consumed?.ok === false ? consumed.reason : consumed?.alreadyConsumed;
  };
  const judged = (more: object, id = "shop") => outcome(signJwt(key, claims(more)), id);

  it("is refused for each claim that is not as it must be, and for no other reason", async () => {
    const seconds = startMs / 1000;
    const cases: readonly (readonly [object, unknown])[] = [
      [{}, false],
      [{ use: "limited" }, false],
      [{ iss: issuerOf("https://attest.example.org", project, "development") }, "issuer_wrong"],
      [{ iss: issuerOf("https://other.example.org", project, "production") }, "issuer_wrong"],
      [{ iss: undefined }, "claims_malformed"],
      [{ aud: "legacy" }, "audience_wrong"],
      [{ aud: ["shop", "legacy"] }, "audience_wrong"],
      [{ aud: [] }, "claims_malformed"],
      [{ aud: [7] }, "claims_malformed"],
      [{ aud: undefined }, "claims_malformed"],
      [{ sub: undefined }, "claims_malformed"],
      [{ iat: seconds + 5 }, false],
      [{ iat: seconds + 6 }, "token_not_yet_valid"],
      [{ nbf: seconds + 6 }, "token_not_yet_valid"],
      [{ nbf: "now" }, "claims_malformed"],
      [{ iat: String(seconds) }, "claims_malformed"],
      [{ iat: seconds + 0.5 }, "claims_malformed"],
      [{ iat: undefined }, "claims_malformed"],
      [{ iat: seconds - 60, exp: seconds - 5 }, "token_expired"],
      [{ exp: seconds }, "claims_malformed"],
      [{ exp: -1 }, "claims_malformed"],
      [{ exp: undefined }, "claims_malformed"],
      [{ jti: undefined }, "claims_malformed"],
      [{ jti: "short" }, "claims_malformed"],
      [{ jti: "x".repeat(129) }, "claims_malformed"],
      [{ jti: `${"x".repeat(20)}:y` }, "claims_malformed"],
      [{ use: "example" }, "use_refused"],
      [{ use: "long-lived" }, "use_refused"],
      [{ use: "instance" }, "claims_malformed"],
      [{ use: 1 }, "claims_malformed"],
    ];
    for (const [more, expected] of cases) expect([more, await judged(more)]).toEqual([more, expected]);
  });

  it("is refused where it does not name its installation as its profile does", async () => {
    const did = randomBytes(16).toString("base64");
    expect(await judged({ aud: "legacy", did }, "legacy")).toBe(false);
    expect(await judged({ aud: "legacy" }, "legacy")).toBe("claims_malformed");
    expect(await judged({ aud: "legacy", did: did.replace("=", "") }, "legacy")).toBe("claims_malformed");
    const aud = ["projects/12345678", "projects/shop-app"];
    expect(await judged({ aud }, "fire")).toBe(false);
    expect(await judged({ aud: aud.slice(1) }, "fire")).toBe("audience_wrong");
    expect(await judged({ aud, jti: "x".repeat(40) }, "fire")).toBe("claims_malformed");
  });

  it("is refused with a member named twice, or a payload that is no object", async () => {
    const head = signJwt(key, {}).split(".")[0] ?? "";
    const signed = (payload: string) => {
      const input = `${head}.${Buffer.from(payload).toString("base64url")}`;
      const signature = sign("sha256", Buffer.from(input), { key: key.key, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    };
    const text = JSON.stringify(claims());
    expect(await outcome(signed(text))).toBe(false);
    expect(await outcome(signed(text.replace("{", '{"aud":"legacy",')))).toBe("claims_malformed");
    for (const other of ["[]", "null", "7", `[${text}]`, text.slice(1)])
      expect([other.length, await outcome(signed(other))]).toEqual([other.length, "claims_malformed"]);
  });

  it("is remembered for as long as any node could accept it", async () => {
    const token = signJwt(key, claims());
    expect(await outcome(token)).toBe(false);
    for (const secondsLater of [60, 299, 304]) {
      nowMs = startMs + secondsLater * 1000;
      expect([secondsLater, await outcome(token)]).toEqual([secondsLater, true]);
    }
    nowMs = startMs + 305_000;
    expect(await outcome(token)).toBe("token_expired");
    expect(lives[0]).toBe(300 + 5 + 60);
  });

  it("is not judged where bans could not be read lately, nor over a credential's budget", async () => {
    const verifier = { project, name: "backend", api: null, tokenHash: "", createdAtMs: 0, injections: [] };
    const ask = () => consumeForVerifier(deps, verifier, { api: "shop", token: signJwt(key, claims()) });
    isCurrent = false;
    expect(await ask()).toMatchObject({ ok: false, code: "unavailable" });
    expect(lives).toEqual([]);
    isCurrent = true;
    expect([(await ask()).ok, (await ask()).ok]).toEqual([true, true]);
    expect(await ask()).toMatchObject({ ok: false, code: "slow_down" });
  });

  it("is refused with any one character of it changed or missing; nothing is thrown and nothing is spent", async () => {
    const token = signJwt(key, claims());
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      for (const changed of [
        token.slice(0, at) + other + token.slice(at + 1),
        token.slice(0, at) + token.slice(at + 1),
      ])
        expect([at, typeof (await outcome(changed))]).toEqual([at, "string"]);
    }
    expect(lives).toEqual([]);
    expect(await outcome(token)).toBe(false);
  });
});
