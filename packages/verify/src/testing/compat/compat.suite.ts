import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { generateTokenKey, type MintInput, type TokenAlg, type TokenKey, type TokenProfile } from "@countersign/tokens";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { b64u, segment } from "../corpus/forge.ts";
import type { Backend, OpenBackend } from "./backend.ts";
import { boundValue, openScheme, type Scheme } from "./scheme.ts";

const profilesOf = (alg: TokenAlg): readonly TokenProfile[] =>
  alg === "HS256" ? ["approov", "countersign"] : ["countersign", "approov", "firebase-app-check"];

const partsOf = (token: string): readonly [string, string] => {
  const [header = "", payload = ""] = token.split(".");
  return [header, payload];
};
const read = (part: string): object => JSON.parse(Buffer.from(part, "base64url").toString()) as object;

function unsigned(token: string, alg: string): string {
  const [header, payload] = partsOf(token);
  return `${segment({ ...read(header), alg })}.${payload}.`;
}

function confused(token: string, secret: string): string {
  const [header, payload] = partsOf(token);
  const input = `${segment({ ...read(header), alg: "HS256" })}.${payload}`;
  return `${input}.${b64u(createHmac("sha256", secret).update(input).digest())}`;
}

function altered(token: string): string {
  const [header, payload] = partsOf(token);
  return `${header}.${segment({ ...read(payload), sub: "another" })}.${token.split(".")[2]}`;
}

const ago = (seconds: number): Partial<MintInput> => {
  const issuedAtMs = Date.now() - seconds * 1000;
  return { issuedAtMs, endsAtMs: issuedAtMs + 300_000 };
};

const elsewhere = {
  audience: "payments",
  firebase: { projectNumber: "654321", projectId: "maps", appIds: {} },
} satisfies Partial<MintInput>;

/** What every backend that checks tokens this way must accept and refuse, by algorithm and profile. */
export function describeBackend(name: string, algs: readonly TokenAlg[], open: OpenBackend): void {
  const schemes = algs.flatMap((alg) => profilesOf(alg).map((profile) => [profile, alg] as const));
  describe.each(schemes)(`${name}, profile %s, %s`, (profile, alg) => {
    let scheme: Scheme;
    let stranger: TokenKey;
    let backend: Backend;
    beforeAll(async () => {
      scheme = await openScheme(profile, alg);
      stranger = { ...(await generateTokenKey(alg)), kid: scheme.key.kid };
      backend = await open(scheme);
    });
    afterAll(async () => {
      await backend.close();
      await scheme.close();
    });

    const refuses = (what: string, make: () => string, authorization = boundValue): void =>
      it(`refuses ${what}`, async () => {
        await expect(backend.check(make(), authorization)).rejects.toThrow();
        // The same backend, right after: what was refused is the token, not everything.
        await expect(backend.check(scheme.mint(), boundValue)).resolves.toBeDefined();
      });

    it("accepts our token and reads its claims", async () => {
      const claims = await backend.check(scheme.mint({ arc: "ABCDEFGH", claims: { tier: "gold" } }), boundValue);
      expect(claims).toMatchObject({ iss: scheme.issuer, arc: "ABCDEFGH", tier: "gold" });
      expect(claims.exp).toBeGreaterThan(Number(claims.iat));
      expect([claims.aud].flat()).toContain(scheme.audience);
    });

    it("accepts a token that is good once, an example and a long-lived one, which only our verifier tells apart", async () => {
      for (const use of ["limited", "example", "long-lived"] as const) {
        await expect(backend.check(scheme.mint({ use }), boundValue)).resolves.toMatchObject({ use });
      }
    });

    refuses("an expired token", () => scheme.mint(ago(3600)));
    refuses("an altered token", () => altered(scheme.mint()));
    refuses("another API's token", () => scheme.mint(elsewhere));
    refuses("another issuer's token", () => scheme.mint({ issuer: `${scheme.issuer}/development` }));
    refuses("a token bound to another user's header", () => scheme.mint(), "Bearer user-2");
    refuses("a token bound to nothing", () => scheme.mint({ bind: undefined }));
    refuses("a token of another key under this key's name", () => scheme.mint({ key: stranger }));
    refuses("a token without signature", () => unsigned(scheme.mint(), "none"));
    refuses("a token without signature, the algorithm in capitals", () => unsigned(scheme.mint(), "NONE"));
    if (alg !== "HS256") {
      refuses("HS256 with the public PEM as secret", () => confused(scheme.mint(), scheme.pem ?? ""));
      refuses("HS256 with the trimmed public PEM as secret", () => confused(scheme.mint(), (scheme.pem ?? "").trim()));
    } else {
      refuses("a decoy, which has the form of ours under a secret the backend has not", () =>
        scheme.mint({ key: { ...scheme.key, key: createSecretKey(randomBytes(32)) } }),
      );
    }
  });
}
