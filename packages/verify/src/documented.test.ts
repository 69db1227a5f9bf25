import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { secretKeys } from "./keys/secret-keys.ts";
import {
  claimsOf,
  instance,
  issuer,
  macJws,
  nowMs,
  nowSeconds,
  otherInstance,
  ports,
  secret,
} from "./minting.suite.ts";
import { openVerifier } from "./open-verifier.ts";
import { dpopOf, instanceJwk, instanceThumbprint, origin } from "./proof/proving.suite.ts";
import { verifyReasons } from "./reasons.ts";
import { profiles } from "./token/profile.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/verify.md"), "utf8");
const source = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");

const sectionOf = (title: string): string => page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const firstCells = (text: string): string[] => [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = ""]) => name);
const membersOf = (path: string, name: string): string[] => {
  const body = source(path).split(`export interface ${name} {\n`)[1]?.split("\n}")[0] ?? "";
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = ""]) => member);
};

const faults = [
  "request_malformed",
  "token_duplicated",
  "token_malformed",
  "type_wrong",
  "algorithm_refused",
  "key_unknown",
  "signature_invalid",
  "claims_malformed",
  "issuer_wrong",
  "audience_wrong",
  "use_refused",
  "token_expired",
  "binding_wrong",
  "proof_duplicated",
  "proof_malformed",
  "proof_algorithm_refused",
  "proof_key_wrong",
  "proof_signature_invalid",
  "proof_method_wrong",
  "proof_target_wrong",
  "proof_token_wrong",
  "proof_stale",
  "proof_replayed",
  "token_consumed",
] as const;
type Fault = (typeof faults)[number];

describe("docs/verify.md", () => {
  it("names every reason in the order of the checks, and no other", () => {
    const named = new Set(
      [...sectionOf("Order of the checks").matchAll(/`([a-z]+(?:_[a-z]+)+)`|`(decoy)`/g)].map(([, a, b]) => a ?? b),
    );
    expect([...named].toSorted()).toEqual(Object.keys(verifyReasons).toSorted());
  });

  it("names every option of a verifier and of a remote key set, in their order, and no other", () => {
    expect(firstCells(sectionOf("Options"))).toEqual(membersOf("verifier-options.ts", "VerifierOptions"));
    expect(firstCells(sectionOf("Key sources"))).toEqual(membersOf("keys/remote-jwks.ts", "JwksOptions"));
  });

  it("puts reasons into the buckets that the table puts them into", () => {
    const rows = [...sectionOf("Buckets").matchAll(/^\| `(\w+)` \| (.*) \|$/gm)];
    for (const [, bucket = "", text = ""] of rows) {
      for (const [, reason = ""] of text.matchAll(/`(token_\w+|proof_\w+|decoy)`/g))
        expect(verifyReasons[reason as Fault].bucket, reason).toBe(bucket);
    }
    const special = Object.entries(verifyReasons).filter(([, { bucket }]) => bucket !== "invalid");
    for (const [reason] of special) expect(sectionOf("Buckets")).toContain(`\`${reason}\``);
  });

  it("names the header of each profile", () => {
    const [row = ""] = sectionOf("Options").match(/^\| `header` .*$/m) ?? [];
    for (const { header } of Object.values(profiles)) expect(row).toContain(`\`${header}\``);
  });
});

/** A request with every fault from `first` on: what is refused shows which of them is looked at first. */
async function reasonFrom(port: (typeof ports)[number][1], first: number): Promise<string> {
  const has = (fault: Fault): boolean => faults.indexOf(fault) >= first;
  const pick = <T>(fault: Fault, wrong: T, right: T): T => (has(fault) ? wrong : right);
  const token = macJws(
    {
      alg: pick("algorithm_refused", "none", "HS256"),
      typ: pick("type_wrong", "JOSE", "JWT"),
      kid: pick("key_unknown", "k2", "k1"),
      ...pick("token_malformed", { crit: ["exp"] }, {}),
    },
    claimsOf({
      cnf: { jkt: instanceThumbprint },
      use: pick("use_refused", "example", "limited"),
      sub: pick<unknown>("claims_malformed", 7, "AAAAAAAAAAAAAAAAAAAAAA"),
      iss: pick("issuer_wrong", "https://other.example", issuer),
      aud: pick("audience_wrong", "esa", "nasa"),
      exp: pick("token_expired", nowSeconds - 6, nowSeconds + 60),
      pay: pick("binding_wrong", "AAAA", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
    }),
    pick("signature_invalid", Buffer.alloc(32, 1), secret),
  );
  const { x, y } = otherInstance.publicKey.export({ format: "jwk" });
  const proof = dpopOf(token, {
    header: {
      typ: pick("proof_malformed", "JWT", "dpop+jwt"),
      alg: pick("proof_algorithm_refused", "HS256", "ES256"),
      jwk: pick<unknown>("proof_key_wrong", { ...instanceJwk, x, y }, instanceJwk),
    },
    claims: {
      htm: pick("proof_method_wrong", "POST", "GET"),
      htu: pick("proof_target_wrong", "https://other.example/", `${origin}/v1/apod`),
      ...pick("proof_token_wrong", { ath: "AAAA" }, {}),
      iat: pick("proof_stale", 1, nowSeconds),
    },
    key: pick("proof_signature_invalid", otherInstance.privateKey, instance.privateKey),
  });
  const verifier = openVerifier(port, {
    issuer,
    audience: "nasa",
    keys: secretKeys([{ secret, kid: "k1" }]),
    bind: ["Authorization"],
    proof: "dpop",
    origin,
    nowMs: () => nowMs,
    replay: { once: async () => !has("proof_replayed") },
    service: {
      consume: async () => ({ ok: true, alreadyConsumed: has("token_consumed") }),
      report: async () => true,
    },
  });
  const tokens = pick("token_duplicated", 2, 1);
  const proofs = pick("proof_duplicated", 2, 1);
  const verification = await verifier.verify({
    method: pick("request_malformed", "", "GET"),
    url: "/v1/apod?date=today",
    headers: [
      ...Array.from({ length: tokens }, () => ["Countersign-Token", token] as const),
      ...Array.from({ length: proofs }, () => ["DPoP", proof] as const),
      ["Authorization", "abc"],
    ],
  });
  return verification.ok ? "ok" : verification.reason;
}

describe.each(ports)("the order of the checks over %s", (_, port) => {
  it("is the documented one: with every later fault there, each is refused for itself", async () => {
    const reasons: string[] = [];
    for (const index of faults.keys()) reasons.push(await reasonFrom(port, index));
    expect(reasons).toEqual(faults);
    expect(await reasonFrom(port, faults.length)).toBe("ok");
    const steps = sectionOf("Order of the checks")
      .split("\n")
      .filter((line) => /^\| \d/.test(line) && !line.includes("HTTP signature"));
    let at = -1;
    for (const fault of faults) {
      const step = steps.findIndex((line, index) => index >= at && line.includes(`\`${fault}\``));
      expect(step, fault).toBeGreaterThanOrEqual(at);
      at = step;
    }
  });
});
