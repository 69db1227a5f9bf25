import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { exportJWK, exportPKCS8, exportSPKI } from "jose";
import { describe, expect, it } from "vitest";
import { claimsOf, ecJws, issuer, macJws, nowMs, ports, reasonOf } from "../minting.suite.ts";
import { openVerifier } from "../open-verifier.ts";
import type { KeySource } from "./key-source.ts";
import { localJwks } from "./local-jwks.ts";
import { pem } from "./pem.ts";
import { secretKeys } from "./secret-keys.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = await exportJWK(ec.publicKey);

/** `misuse` where the source cannot be opened, else what becomes of a token that ES256 signed. */
async function outcomeOf(port: (typeof ports)[number][1], make: () => KeySource): Promise<string> {
  const token = ecJws({ alg: "ES256", typ: "JWT" }, claimsOf(), ec.privateKey);
  try {
    const verifier = openVerifier(port, { issuer, audience: "nasa", keys: make(), nowMs: () => nowMs });
    return reasonOf(await verifier.verifyToken(token));
  } catch (error) {
    return error instanceof TypeError ? "misuse" : "thrown";
  }
}

describe.each(ports)("a key source over %s", (name, port) => {
  // WebCrypto imports later: what does not fit then makes no key, and every token is refused.
  const unfit = name === "WebCrypto" ? "keys_unavailable" : "misuse";

  it("takes a key that fits its algorithm", async () => {
    const text = await exportSPKI(ec.publicKey);
    expect(await outcomeOf(port, () => pem({ pem: text, alg: "ES256" }))).toBe("ok");
    expect(await outcomeOf(port, () => pem({ pem: `\n${text.replaceAll("\n", "\r\n")}`, alg: "ES256" }))).toBe("ok");
    expect(await outcomeOf(port, () => localJwks({ keys: [{ ...jwk }] }))).toBe("ok");
  });

  it("takes no key of another curve or kind, off its curve, or of a modulus below 2048 bits", async () => {
    const p384Pem = await exportSPKI(p384.publicKey);
    const rsaPem = await exportSPKI(rsa.publicKey);
    expect(await outcomeOf(port, () => pem({ pem: p384Pem, alg: "ES256" }))).toBe(unfit);
    expect(await outcomeOf(port, () => pem({ pem: rsaPem, alg: "ES256" }))).toBe(unfit);
    expect(await outcomeOf(port, () => localJwks({ keys: [{ ...jwk, y: jwk.x }] }))).toBe(unfit);
    for (const alg of ["RS256", "PS256"] as const) {
      const key = await port.importKey(alg, {
        kind: "spki",
        der: short.publicKey.export({ type: "spki", format: "der" }),
      });
      expect(key, alg).toBe(null);
    }
  });

  it("takes no secret for a public key, and no public key for a secret", async () => {
    const bytes = new Uint8Array(32);
    expect(await port.importKey("ES256", { kind: "secret", bytes })).toBe(null);
    expect(
      await port.importKey("HS256", { kind: "spki", der: ec.publicKey.export({ type: "spki", format: "der" }) }),
    ).toBe(null);
  });
});

describe("what can be no key", () => {
  it("is a TypeError: a private PEM, no PEM, two of them", async () => {
    const text = await exportSPKI(ec.publicKey);
    for (const bad of [await exportPKCS8(ec.privateKey), "", "x", text + text, text.replace("PUBLIC", "EC PUBLIC")])
      expect(() => pem({ pem: bad, alg: "ES256" })).toThrow(TypeError);
  });

  it("is a TypeError: a set without a key to use, with a private one, with an ambiguous one alone", async () => {
    const publicRsa = await exportJWK(rsa.publicKey);
    const bad: object[][] = [
      [],
      [{ kty: "oct", k: "AAAA" }],
      [await exportJWK(ec.privateKey)],
      [{ ...jwk, use: "enc" }],
      [{ ...jwk, alg: "ES384" }],
      [publicRsa],
    ];
    for (const keys of bad) expect(() => localJwks({ keys })).toThrow(TypeError);
    expect(localJwks({ keys: [publicRsa] }, { algs: ["PS256"] }).algs).toEqual(["PS256"]);
  });

  it("is a TypeError: a secret too short or unreadable, none, too many; and the error does not show it", () => {
    const short = Buffer.alloc(31, 65);
    for (const secret of [short, short.toString("base64"), short.toString("base64url"), "no secret at all!", ""])
      expect(() => secretKeys([{ secret }])).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/QUFB|no secret/) }),
      );
    expect(() => secretKeys([])).toThrow(TypeError);
    expect(() => secretKeys(Array.from({ length: 17 }, () => ({ secret: Buffer.alloc(32) })))).toThrow(TypeError);
  });
});

describe("a secret", () => {
  it("is no key in PEM, as bytes or in base64: whoever has the public key could sign", async () => {
    const text = Buffer.from(await exportSPKI(ec.publicKey));
    for (const secret of [text, new Uint8Array(text), text.toString("base64")])
      expect(() => secretKeys([{ secret }])).toThrow(TypeError);
  });

  it("is shown by neither its source nor a verifier", () => {
    const keys = secretKeys([{ secret: "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE" }]);
    const [[, port]] = ports;
    const verifier = openVerifier(port, { issuer, audience: null, keys });
    for (const each of [keys, verifier])
      expect(inspect(each, { depth: 9, showHidden: true }) + JSON.stringify(each)).not.toMatch(/AAAA|QUFB|41 41/);
  });

  it("is kept as it was when the caller's bytes change", async () => {
    const secret = Buffer.alloc(32, 5);
    const keys = secretKeys([{ secret }]);
    secret.fill(0);
    const [[, port]] = ports;
    const signed = macJws({ alg: "HS256", typ: "JWT" }, claimsOf(), Buffer.alloc(32, 5));
    const verifier = openVerifier(port, { issuer, audience: "nasa", keys, nowMs: () => nowMs });
    expect(reasonOf(await verifier.verifyToken(signed))).toBe("ok");
  });
});
