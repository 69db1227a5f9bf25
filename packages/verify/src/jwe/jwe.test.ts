import { generateKeyPairSync } from "node:crypto";
import { CompactEncrypt, exportJWK, exportPKCS8 } from "jose";
import { describe, expect, it } from "vitest";
import { secretKeys } from "../keys/secret-keys.ts";
import { issuer, nowMs, ports, reasonOf, secret, tokenOf, viewOf } from "../minting.suite.ts";
import { openVerifier } from "../open-verifier.ts";
import { type DecryptionKey, tokenDecryption } from "./index.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const otherEc = generateKeyPairSync("ec", { namedCurve: "P-256" });
const outer = { enc: "A256GCM", typ: "JWT", cty: "JWT" } as const;

const encrypt = (header: object, key: Parameters<CompactEncrypt["encrypt"]>[0], inner = tokenOf()): Promise<string> =>
  new CompactEncrypt(Buffer.from(inner))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", ...outer, ...header })
    .encrypt(key);

const keys: DecryptionKey[] = [
  { alg: "RSA-OAEP-256", key: await exportPKCS8(rsa.privateKey) },
  { alg: "ECDH-ES+A256KW", key: { ...(await exportJWK(ec.privateKey)) } },
];

describe.each(ports)("an encrypted token over %s", (_, port) => {
  const reason = async (token: string, given: readonly DecryptionKey[] | null = keys): Promise<string> =>
    reasonOf(
      await openVerifier(port, {
        issuer,
        audience: "nasa",
        keys: secretKeys([{ secret }]),
        nowMs: () => nowMs,
        ...(given === null ? {} : { decrypt: tokenDecryption(given) }),
      }).verifyToken(token),
    );

  it("is opened by either kind of key, and judged by what is in it", async () => {
    expect(await reason(await encrypt({ alg: "RSA-OAEP-256" }, rsa.publicKey))).toBe("ok");
    expect(await reason(await encrypt({}, ec.publicKey))).toBe("ok");
    expect(await reason(await encrypt({ kid: "k" }, ec.publicKey))).toBe("ok");
    expect(await reason(await encrypt({}, ec.publicKey, tokenOf({ aud: "esa" })))).toBe("audience_wrong");
    expect(await reason(await encrypt({}, ec.publicKey, "no token"))).toBe("token_malformed");
  });

  it("is refused without the key, under another one, and where it was altered", async () => {
    const token = await encrypt({}, ec.publicKey);
    expect(await reason(token, null)).toBe("token_encrypted");
    expect(await reason(await encrypt({}, otherEc.publicKey))).toBe("decryption_failed");
    expect(await reason(`${token.slice(0, -4)}AAAA`)).toBe("decryption_failed");
    expect(await reason(token, [{ alg: "RSA-OAEP-256", key: "no key" }])).toBe("decryption_failed");
  });

  it("in any other form is refused: an algorithm that is not the key's, another content encryption, more members", async () => {
    const named: DecryptionKey[] = [
      { alg: "ECDH-ES+A256KW", key: { ...(await exportJWK(ec.privateKey)) }, kid: "mine" },
    ];
    expect(await reason(await encrypt({ kid: "other" }, ec.publicKey), named)).toBe("decryption_failed");
    for (const header of [
      { alg: "ECDH-ES" },
      { alg: "ECDH-ES+A128KW" },
      { enc: "A128GCM" },
      { enc: "A256CBC-HS512" },
      { cty: undefined },
      { typ: "at+jwt" },
      { jku: "https://x.example" },
    ])
      expect(await reason(await encrypt(header, ec.publicKey)), JSON.stringify(header)).toBe("decryption_failed");
    expect(await reason(await encrypt({ alg: "RSA-OAEP" }, rsa.publicKey))).toBe("decryption_failed");
    const token = await encrypt({}, ec.publicKey);
    expect(await reason(`${token}=`)).toBe("decryption_failed");
  });

  it("that counts once is used up as the signed one it holds: the service has no key to open it", async () => {
    const limited = tokenOf({ use: "limited" });
    const consumed: string[] = [];
    const verifier = openVerifier(port, {
      issuer,
      audience: "nasa",
      keys: secretKeys([{ secret }]),
      nowMs: () => nowMs,
      decrypt: tokenDecryption(keys),
      service: {
        consume: async (token) => ({ ok: true, alreadyConsumed: consumed.push(token) > 2 }),
        report: async () => true,
      },
    });
    const token = await encrypt({}, ec.publicKey, limited);
    expect(reasonOf(await verifier.verifyToken(token))).toBe("ok");
    expect(reasonOf(await verifier.verify(viewOf([["Countersign-Token", token]])))).toBe("ok");
    expect(consumed).toEqual([limited, limited]);
  });

  it("encrypted twice is refused", async () => {
    expect(await reason(await encrypt({}, ec.publicKey, await encrypt({}, ec.publicKey)))).toBe("token_encrypted");
  });
});

describe("tokenDecryption", () => {
  it("needs 1 to 8 keys", () => {
    expect(() => tokenDecryption([])).toThrow(TypeError);
    expect(() =>
      tokenDecryption(Array.from({ length: 9 }, () => ({ alg: "RSA-OAEP-256", key: "x" }) as const)),
    ).toThrow(TypeError);
  });
});
