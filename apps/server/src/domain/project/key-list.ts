import {
  encodeBase64url,
  type KeyList,
  keyListInput,
  limits,
  parseKeyList,
  parseKeyListEnvelope,
  toUtf8,
} from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { Project, SigningKey } from "../ports/index.ts";
import type { RootKeyName, RootKeys } from "./root-keys.ts";

/** Which order a list is to have, and who signs it. */
export interface KeyListPlan {
  readonly version: number;
  readonly manifestEpoch: number;
  readonly by: RootKeyName;
}

/** A version that no agent has seen: the time of issue, or one above the last where the clock stood still or went back. */
export function nextVersion(version: number, nowMs: number): number {
  return Math.max(version + 1, nowMs);
}

/** Names of the keys in a project's current list: no other may sign, whatever rows there are. */
export function listedKids(project: Pick<Project, "keyList">): ReadonlySet<string> {
  const envelope = parseKeyListEnvelope(project.keyList);
  const list = envelope.ok ? parseKeyList(envelope.value.signed, sha256) : envelope;
  if (!list.ok) throw new TypeError("a stored key list cannot be read");
  return new Set(list.value.keys.map((key) => key.kid));
}

/** Builds and signs a key list of these response and manifest keys; gives the envelope as JSON text. */
export async function issueKeyList(
  roots: RootKeys,
  project: Pick<Project, "id" | "kind" | "rootPoint" | "recoveryPoint">,
  keys: readonly SigningKey[],
  plan: KeyListPlan,
): Promise<string> {
  if (keys.length > limits.keyListKeys) throw new TypeError(`a key list holds at most ${limits.keyListKeys} keys`);
  const list: KeyList = {
    v: 1,
    project: project.id,
    environment: project.kind,
    version: plan.version,
    manifestEpoch: plan.manifestEpoch,
    keys: keys.map(({ kid, use, point }) => ({ kid, use, point })),
  };
  const signed = toUtf8(JSON.stringify(list));
  const signature = await roots.sign(project.id, plan.by, keyListInput(signed));
  return JSON.stringify({
    signed: encodeBase64url(signed),
    point: plan.by === "root" ? project.rootPoint : project.recoveryPoint,
    signature: encodeBase64url(signature),
  });
}
