import { type Credential, decodeBase64url, type Facts, type Platform } from "@countersign/protocol";
import type { Instance } from "../ports/index.ts";

/** An instance as credential or record know it. */
export interface KnownInstance {
  readonly instance: string;
  readonly platform: Platform;
  readonly app: string;
  readonly attestedKey: string;
  readonly instanceKey: string;
  readonly counter: number;
  readonly subject: string;
  readonly evidenceAtMs: number;
  readonly factsVersion: number;
  readonly facts: Facts;
}

export function fromCredential(credential: Credential): KnownInstance {
  const { evidenceAt, iat: _iat, exp: _exp, ...rest } = credential;
  return { ...rest, evidenceAtMs: evidenceAt * 1000 };
}

export function fromRecord(instance: Instance): KnownInstance {
  const { platform, app, attestedKey, instanceKey, counter, subject, evidenceAtMs, factsVersion, facts } = instance;
  return {
    instance: instance.instance,
    platform,
    app,
    attestedKey,
    instanceKey,
    counter,
    subject,
    evidenceAtMs,
    factsVersion,
    facts,
  };
}

/** The keys of an instance as points. Throws a TypeError where the store or a credential of ours holds something else. */
export function keysOf(known: KnownInstance): { readonly attestedKey: Uint8Array; readonly instanceKey: Uint8Array } {
  const attestedKey = decodeBase64url(known.attestedKey, 65);
  const instanceKey = decodeBase64url(known.instanceKey, 65);
  if (attestedKey === null || instanceKey === null) throw new TypeError("a known instance has keys that are no points");
  return { attestedKey, instanceKey };
}
