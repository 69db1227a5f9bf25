import { decodeBase64url, encodeBase64url, isPoint } from "@countersign/protocol";
import { NativeKeyError, type NativeKeys, type Randomness } from "../ports.ts";
import type { NativeIdentity, NativeKeyCalls } from "./native-bridge.ts";
import { toKeyError } from "./native-failure.ts";

export interface NativeKeysOptions {
  readonly bridge: NativeKeyCalls;
  readonly platform: NativeIdentity["platform"];
  /** The project's id, b64u: the native half signs nothing of another. */
  readonly project: string;
  readonly randomness: Randomness;
}

/** Bytes that the native half must have given: anything else is a bridge that broke. */
function bytesOf(text: unknown, alias: string): Uint8Array {
  const bytes = typeof text === "string" ? decodeBase64url(text) : null;
  if (bytes === null) throw new NativeKeyError("unavailable", "the native half answered no bytes", alias);
  return bytes;
}

function pointOf(text: unknown, alias: string): Uint8Array {
  const point = bytesOf(text, alias);
  if (!isPoint(point)) throw new NativeKeyError("unavailable", "the native half answered no key", alias);
  return point;
}

/** The platform's keys, behind a bridge. Names of keys are made here, so that one whose making broke off can be gone on with. */
export function nativeKeys({ bridge, platform, project, randomness }: NativeKeysOptions): NativeKeys {
  const ask = async <T>(alias: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw toKeyError(error, alias);
    }
  };
  const member = (value: unknown, name: string, alias: string): Record<string, Uint8Array> =>
    value === undefined || value === null ? {} : { [name]: bytesOf(value, alias) };

  return {
    platform,
    async enrol(challenge, halfMade) {
      const alias = halfMade ?? encodeBase64url(randomness.bytes(16));
      const made = await ask(alias, () => bridge.enrol({ alias, project, challenge: encodeBase64url(challenge) }));
      return {
        alias,
        instanceKey: pointOf(made.instanceKey, alias),
        attestedKey: pointOf(made.attestedKey, alias),
        evidence: made.evidence,
      };
    },
    async prove(alias, bytes) {
      const statement = encodeBase64url(bytes);
      const { assertion, signature } = await ask(alias, () => bridge.prove({ alias, project, statement }));
      return { ...member(assertion, "assertion", alias), ...member(signature, "signature", alias) };
    },
    async provePrevious(alias, bytes) {
      const statement = encodeBase64url(bytes);
      return bytesOf((await ask(alias, () => bridge.provePrevious({ alias, project, statement }))).signature, alias);
    },
    async dpop(alias, { method, url, token, nonce = null, iat, jti }) {
      return (await ask(alias, () => bridge.dpop({ alias, method, url, token, nonce, iat, jti }))).proof;
    },
    async httpSignature(alias, { method, targetUri, contentDigest, header, created, nonce }) {
      const of = { alias, method, targetUri, contentDigest, header, created, nonce };
      const { signatureInput, signature } = await ask(alias, () => bridge.httpSignature(of));
      return { signatureInput, signature };
    },
    async clientAttestationProof(alias, { audience, challenge = null, iat, jti }) {
      return (await ask(alias, () => bridge.clientAttestationProof({ alias, audience, challenge, iat, jti }))).proof;
    },
    async forget(alias) {
      await ask(alias, () => bridge.forget({ alias }));
    },
  };
}
