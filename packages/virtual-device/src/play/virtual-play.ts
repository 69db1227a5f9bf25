import { createHash, generateKeyPairSync } from "node:crypto";
import { base64url } from "../encoding/bytes.ts";
import { createByteSource } from "../keys/byte-source.ts";
import { makeClassicToken } from "./classic-token.ts";
import type { PlayVerdict } from "./verdict.ts";

/** Google's side of Play Integrity in software: one app's response keys, and the decode call. */
export interface VirtualPlay {
  /** As the Play Console shows them to the operator: standard base64. */
  readonly keys: { readonly decryptionKey: string; readonly verificationKey: string };
  classicToken(verdict: PlayVerdict): string;
  /** Opaque: `decode` alone makes anything of it. */
  standardToken(verdict: PlayVerdict): string;
  /**
   * `tokenPayloadExternal` of a token that this Play made, null for any other. Google answers the same token again with a verdict that
   * evaluates nothing, not with an error.
   */
  decode(token: string): PlayVerdict | null;
}

/** Makes a Play of its own: its tokens are worth nothing to a service that does not hold its keys. */
export function createVirtualPlay(): VirtualPlay {
  const random = createByteSource();
  const encryption = random("response encryption key", 32);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const verdicts = new Map<string, PlayVerdict>();
  const decoded = new Set<string>();
  let made = 0;

  const remembered = (token: string, verdict: PlayVerdict): string => {
    verdicts.set(token, verdict);
    return token;
  };

  return {
    keys: {
      decryptionKey: Buffer.from(encryption).toString("base64"),
      verificationKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    },
    classicToken: (verdict) => {
      made += 1;
      const randomness = { contentKey: random(`content key ${made}`, 32), vector: random(`vector ${made}`, 12) };
      const keys = { encryption, signing: privateKey };
      return remembered(makeClassicToken(JSON.stringify(verdict), keys, randomness), verdict);
    },
    standardToken: (verdict) => {
      made += 1;
      const opaque = createHash("sha512")
        .update(random(`standard token ${made}`, 64))
        .digest();
      return remembered(`Cq${base64url(opaque)}`, verdict);
    },
    decode: (token) => {
      const verdict = verdicts.get(token) ?? null;
      if (verdict === null || !decoded.has(token)) {
        decoded.add(token);
        return verdict;
      }
      return {
        requestDetails: verdict.requestDetails,
        appIntegrity: { appRecognitionVerdict: "UNEVALUATED" },
        deviceIntegrity: {},
        accountDetails: { appLicensingVerdict: "UNEVALUATED" },
      };
    },
  };
}
