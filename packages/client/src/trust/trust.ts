import {
  type Configuration,
  compareKeyListOrder,
  compareManifestOrder,
  decodeBase64url,
  judgeManifest,
  type KeyList,
  type KeyListEnvelope,
  keyListInput,
  type Manifest,
  type ManifestEnvelope,
  type ManifestOrder,
  manifestInput,
  type OnlineKeyUse,
  parseKeyList,
  parseManifest,
  type ReceivedKeyList,
  type ReceivedManifest,
  rootOf,
} from "@countersign/protocol";
import { verifyEs256 } from "../crypto/es256.ts";
import { sha256 } from "../crypto/sha256.ts";

/** What every signed text must be for. */
export interface TrustScope {
  readonly configuration: Configuration;
  /** The app's id. */
  readonly app: string;
}

/** A key list whose signature was verified. */
export interface HeldKeyList {
  readonly envelope: KeyListEnvelope;
  readonly recovery: boolean;
  readonly list: KeyList;
}

/** A manifest whose signature was verified when it was taken. */
export interface HeldManifest {
  readonly envelope: ManifestEnvelope;
  readonly signed: Uint8Array;
  readonly manifest: Manifest;
}

/** The configuration an agent holds. A value: an answer is verified against a copy, which is kept only if everything verifies. */
export interface Trust {
  readonly keys: HeldKeyList | null;
  /** Kept for its order even when a newer key list has put it out of force; ask `manifestInForce`. */
  readonly manifest: HeldManifest | null;
}

export const noTrust: Trust = { keys: null, manifest: null };

function heldKey(trust: Trust, kid: string, use: OnlineKeyUse): KeyList["keys"][number] | undefined {
  return trust.keys?.list.keys.find((each) => each.kid === kid && each.use === use);
}

/** The point of a held key of this use; null where the list does not hold it. A removed key is dead. */
export function heldPoint(trust: Trust, kid: string, use: OnlineKeyUse): Uint8Array | null {
  const key = heldKey(trust, kid, use);
  return key === undefined ? null : decodeBase64url(key.point, 65);
}

/** The held manifest, where the held key list still stands behind it: its epoch and its key. */
export function manifestInForce(trust: Trust): Manifest | null {
  const held = trust.manifest;
  if (held === null || held.manifest.epoch !== trust.keys?.list.manifestEpoch) return null;
  return heldKey(trust, held.envelope.kid, "manifest") === undefined ? null : held.manifest;
}

/** True where the manifest in force is not before the named one. Version 0 names none. */
export function holdsManifest(trust: Trust, named: ManifestOrder): boolean {
  if (named.version === 0) return true;
  const manifest = manifestInForce(trust);
  return manifest !== null && compareManifestOrder(manifest, named) >= 0;
}

/**
 * The trust after this key list: unchanged where its order is not greater than the held one's; null where it is not a list of this project
 * signed by the root or the recovery root (protocol section 3).
 */
export function takeKeyList(trust: Trust, received: ReceivedKeyList, scope: TrustScope): Trust | null {
  const { configuration } = scope;
  const root = rootOf(sha256, received.point, configuration);
  if (root === null || !verifyEs256(received.point, keyListInput(received.signed), received.signature)) return null;
  const parsed = parseKeyList(received.signed, sha256);
  if (!parsed.ok) return null;
  const list = parsed.value;
  if (list.project !== configuration.project || list.environment !== configuration.environment) return null;
  const next: HeldKeyList = { envelope: received.envelope, recovery: root === "recovery", list };
  const held = trust.keys;
  const newer =
    held === null ||
    compareKeyListOrder(
      { recovery: next.recovery, version: list.version },
      { recovery: held.recovery, version: held.list.version },
    ) > 0;
  if (!newer) return trust;
  // A root that had to be replaced may have signed any order: what it stood behind does not bind what comes after it.
  const recovered = next.recovery && held !== null && !held.recovery;
  return { keys: next, manifest: recovered ? null : trust.manifest };
}

/**
 * The trust after this manifest; null where it is not one of this app signed by a held manifest key, is of another epoch than the key list
 * names, is before the held one, or is of the same order with other bytes (protocol section 3).
 */
export function takeManifest(trust: Trust, received: ReceivedManifest, scope: TrustScope): Trust | null {
  const { configuration, app } = scope;
  const point = heldPoint(trust, received.kid, "manifest");
  if (point === null || !verifyEs256(point, manifestInput(received.signed), received.signature)) return null;
  const parsed = parseManifest(received.signed);
  if (!parsed.ok) return null;
  const manifest = parsed.value;
  if (manifest.project !== configuration.project || manifest.environment !== configuration.environment) return null;
  if (manifest.app !== app || manifest.epoch !== trust.keys?.list.manifestEpoch) return null;
  const held = trust.manifest;
  const judged = judgeManifest(
    held === null ? null : { epoch: held.manifest.epoch, version: held.manifest.version, signed: held.signed },
    { epoch: manifest.epoch, version: manifest.version, signed: received.signed },
  );
  if (judged === "refused") return null;
  const kept = judged === "same" && held !== null ? held.manifest : manifest;
  return { keys: trust.keys, manifest: { envelope: received.envelope, signed: received.signed, manifest: kept } };
}
