import {
  type Configuration,
  compareKeyListOrder,
  decodeBase64url,
  type KeyList,
  keyListInput,
  parseKeyList,
  parseKeyListEnvelope,
  rootOf,
} from "@countersign/protocol";
import { sha256, verifyEs256 } from "@countersign/protocol/server";

/** The newest key list of the project that was seen, verified as an agent verifies it (protocol section 3). */
export interface HeldKeys {
  /** Takes a list that is newer than the held one, and gives the point of a response key; null where list or key is not to be trusted. */
  pointOf(keys: unknown, kid: string): Uint8Array | null;
}

interface Held {
  readonly recovery: boolean;
  readonly list: KeyList;
}

/** In memory alone: a new process begins with what the configuration string says. */
export function createHeldKeys(configuration: Configuration): HeldKeys {
  let held: Held | null = null;

  function read(keys: unknown): Held | null {
    const received = parseKeyListEnvelope(JSON.stringify(keys ?? null));
    if (!received.ok) return null;
    const { point, signed, signature } = received.value;
    const root = rootOf(sha256, point, configuration);
    if (root === null || !verifyEs256(point, keyListInput(signed), signature)) return null;
    const list = parseKeyList(signed, sha256);
    if (!list.ok) return null;
    const { project, environment } = list.value;
    if (project !== configuration.project || environment !== configuration.environment) return null;
    return { recovery: root === "recovery", list: list.value };
  }

  return {
    pointOf(keys, kid) {
      const next = read(keys);
      if (next === null) return null;
      if (held === null || compareKeyListOrder(orderOf(next), orderOf(held)) > 0) held = next;
      const key = held.list.keys.find((each) => each.kid === kid && each.use === "response");
      return key === undefined ? null : decodeBase64url(key.point, 65);
    },
  };
}

function orderOf({ recovery, list }: Held): { readonly recovery: boolean; readonly version: number } {
  return { recovery, version: list.version };
}
