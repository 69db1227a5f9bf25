import { generateTokenKey, signJwt, tokenAlgs } from "@countersign/tokens";
import { describe, expect, it } from "vitest";
import { parseJws } from "./parse-jws.ts";
import { verifySignature } from "./verify-signature.ts";

const keys = await Promise.all(tokenAlgs.map((alg) => generateTokenKey(alg)));
const partsOf = (token: string) => {
  const parsed = parseJws(token);
  if (!parsed.ok) throw new TypeError(parsed.reason);
  return parsed.jws;
};

describe.each(keys)("a signature under $alg", (key) => {
  const { input, signature } = partsOf(signJwt(key, { iss: "x" }));

  it("verifies under its key and under no other", () => {
    expect(verifySignature(key, input, signature)).toBe(true);
    for (const other of keys.filter(({ kid }) => kid !== key.kid)) {
      expect(verifySignature(other, input, signature)).toBe(false);
      // A key is for one algorithm: named another, it verifies nothing, and nothing is thrown.
      expect(verifySignature({ ...key, alg: other.alg }, input, signature)).toBe(false);
    }
  });

  it("does not verify with any byte of it changed, cut off or added, or over another input", () => {
    for (let at = 0; at < signature.length; at += 1) {
      const changed = Uint8Array.from(signature);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(verifySignature(key, input, changed)).toBe(false);
    }
    expect(verifySignature(key, input, signature.subarray(1))).toBe(false);
    expect(verifySignature(key, input, Uint8Array.from([...signature, 0]))).toBe(false);
    expect(verifySignature(key, input, new Uint8Array(0))).toBe(false);
    expect(verifySignature(key, input.subarray(1), signature)).toBe(false);
  });
});

describe.each(["RS256", "PS256"] as const)("a signature under %s", (alg) => {
  it("does not verify without its leading zero", () => {
    const key = keys.find((each) => each.alg === alg);
    if (key === undefined) throw new TypeError("no key");
    for (let at = 0; ; at += 1) {
      const { input, signature } = partsOf(signJwt(key, { at }));
      if (signature[0] !== 0) continue;
      expect(verifySignature(key, input, signature)).toBe(true);
      expect(verifySignature(key, input, signature.subarray(1))).toBe(false);
      return;
    }
  });
});
