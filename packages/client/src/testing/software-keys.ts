import { randomUUID } from "node:crypto";
import {
  clientAttestationSigningInput,
  concatBytes,
  dpopSigningInput,
  encodeBase64url,
  formatSignature,
  limits,
  previousInput,
  signatureBase,
  statementHash,
  statementMessage,
  thumbprintOf,
  toJws,
  toUtf8,
  u32,
} from "@countersign/protocol";
import { generateSigningKey, type SigningKeyPair, sha256, signEs256 } from "@countersign/protocol/server";
import { type Evidence, NativeKeyError, type NativeKeys, type Platform } from "../ports.ts";

interface SoftwareKey {
  readonly instance: SigningKeyPair;
  readonly attest: SigningKeyPair;
  counter: number;
  attested: boolean;
}

/** Keys in memory that behave as the platforms' do, with evidence and assertions of a form only `FakeService` reads. */
export interface SoftwareKeys extends NativeKeys {
  /** Keys that exist now, in the order they were made. */
  aliases(): string[];
  /** How many keys were ever made. */
  made(): number;
  /** The next `enrol` fails as if the vendor were away. */
  failNextEnrolment(): void;
  /** From now on the platform says that it cannot make proofs for requests. */
  refuseProofs(): void;
  /** Takes a key away, as a restored backup or a reset keystore does. */
  lose(alias: string): void;
}

/** An assertion of the fake iPhone: counter, then ES256 by the attest key over counter and H. */
function assertionOf(key: SoftwareKey, statement: Uint8Array): Uint8Array {
  key.counter += 1;
  const counter = u32(key.counter);
  return concatBytes(counter, signEs256(key.attest.privateKey, concatBytes(counter, statementHash(sha256, statement))));
}

export function createSoftwareKeys(platform: Platform): SoftwareKeys {
  const keys = new Map<string, SoftwareKey>();
  let made = 0;
  let isVendorAway = false;
  let makesProofs = true;

  const proverOf = (alias: string): SigningKeyPair => {
    if (!makesProofs) throw new NativeKeyError("unsupported", "this platform makes no proofs", alias);
    return keyOf(alias).instance;
  };
  const jws = (key: SigningKeyPair, signingInput: string): string =>
    toJws(signingInput, signEs256(key.privateKey, toUtf8(signingInput)));
  const keyOf = (alias: string): SoftwareKey => {
    const key = keys.get(alias);
    if (key === undefined) throw new NativeKeyError("invalid_key", "no such key", alias);
    return key;
  };
  const make = (): string => {
    const alias = `key-${randomUUID()}`;
    const instance = generateSigningKey();
    keys.set(alias, {
      instance,
      attest: platform === "ios" ? generateSigningKey() : instance,
      counter: 0,
      attested: false,
    });
    made += 1;
    return alias;
  };
  const evidenceOf = (key: SoftwareKey, challenge: Uint8Array): Evidence[] => {
    const text = encodeBase64url(challenge);
    const point = encodeBase64url(key.attest.point);
    if (platform === "ios") return [{ type: "apple", challenge: text, attestation: point }];
    return platform === "android" ? [{ type: "android", challenge: text, chain: [point, point, point] }] : [];
  };

  return {
    platform,
    aliases: () => [...keys.keys()],
    made: () => made,
    failNextEnrolment: () => {
      isVendorAway = true;
    },
    refuseProofs: () => {
      makesProofs = false;
    },
    lose: (alias) => void keys.delete(alias),
    async enrol(challenge, continued) {
      const alias = continued ?? make();
      const key = keyOf(alias);
      if (isVendorAway) {
        isVendorAway = false;
        throw new NativeKeyError("unavailable", "the vendor is away", alias);
      }
      if (key.attested && platform === "ios") throw new NativeKeyError("invalid_key", "attested before", alias);
      key.attested = true;
      const evidence = evidenceOf(key, challenge);
      return { alias, instanceKey: key.instance.point, attestedKey: key.attest.point, evidence };
    },
    async prove(alias, statement) {
      const key = keyOf(alias);
      const { use } = JSON.parse(Buffer.from(statement).toString()) as { use: string };
      const signature = signEs256(key.instance.privateKey, statementMessage(statement));
      if (platform !== "ios") return { signature };
      const assertion = assertionOf(key, statement);
      return use === "enrol" ? { assertion, signature } : { assertion };
    },
    async provePrevious(alias, statement) {
      return signEs256(keyOf(alias).instance.privateKey, previousInput(statementHash(sha256, statement)));
    },
    async dpop(alias, request) {
      const key = proverOf(alias);
      return jws(key, dpopSigningInput(sha256, { ...request, point: key.point }));
    },
    async httpSignature(alias, request) {
      const key = proverOf(alias);
      const { created, nonce } = request;
      const keyid = thumbprintOf(sha256, key.point);
      const made = signatureBase(request, { created, expires: created + limits.signatureSeconds, nonce, keyid });
      if (!made.ok) throw new NativeKeyError("unsupported", made.detail, alias);
      const { base, signatureInput } = made.value;
      return { signatureInput, signature: formatSignature(signEs256(key.privateKey, base)) };
    },
    async clientAttestationProof(alias, request) {
      return jws(proverOf(alias), clientAttestationSigningInput(request));
    },
    async forget(alias) {
      keys.delete(alias);
    },
  };
}
