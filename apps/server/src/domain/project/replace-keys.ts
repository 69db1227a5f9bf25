import type { Project, SigningKey } from "../ports/index.ts";
import type { ProjectDeps } from "./create-project.ts";
import { issueKeyList, listedKids, nextVersion } from "./key-list.ts";
import { createSigningKey, newestKey } from "./signing-keys.ts";

const dayMs = 86_400_000;
/** How long a response or manifest key signs, and how long the list still names it after its successor. */
export const keyLife = { signsMs: 90 * dayMs, overlapMs: 14 * dayMs } as const;

type OnlineUse = "response" | "manifest";
const onlineUses: readonly OnlineUse[] = ["response", "manifest"];

/** What the list of a project is to name next: the same object twice where nothing is due. */
interface Plan {
  readonly kept: readonly SigningKey[];
  readonly uses: readonly OnlineUse[];
}

function planRotation(listed: readonly SigningKey[], nowMs: number): Plan {
  const kept = listed.filter((key) => {
    const newest = newestKey(listed.filter((other) => other.use === key.use));
    return newest === key || newest === null || nowMs - newest.createdAtMs < keyLife.overlapMs;
  });
  const uses = onlineUses.filter((use) => {
    const newest = newestKey(listed.filter((key) => key.use === use));
    return newest === null || nowMs - newest.createdAtMs >= keyLife.signsMs;
  });
  return { kept, uses };
}

/**
 * Makes the successors that are due, drops what has been succeeded for 14 days, and signs a new key list by the root; after a recovery by
 * the recovery root. Gives the row to be stored, the same object where nothing is due, null where the root's key is not held here. Keys are added before the list names them and
 * retired after it stopped (`retireUnlisted`): a crash between leaves a service that signs with listed keys.
 */
export async function rotateKeys(deps: ProjectDeps, project: Project): Promise<Project | null> {
  const named = listedKids(project);
  const listed = (await deps.store.signingKeys.ofProject(project.id)).filter((key) => named.has(key.kid));
  const { kept, uses } = planRotation(listed, deps.clock.nowMs());
  if (uses.length === 0 && kept.length === listed.length) return project;
  const by = project.keyListByRecovery ? "recovery" : "root";
  if (!(await deps.roots.held(project.id)).includes(by)) return null;
  return publish(deps, project, [...kept, ...(await addKeys(deps, project, uses))], by, project.manifestEpoch);
}

/**
 * Puts every online key aside: fresh response and manifest keys, a new manifest epoch, and a key list signed by the recovery root. An
 * agent that has seen it takes no list of the root again.
 */
export async function recoverKeys(deps: ProjectDeps, project: Project): Promise<Project> {
  return publish(deps, project, await addKeys(deps, project, onlineUses), "recovery", project.manifestEpoch + 1);
}

/** Retires the response and manifest keys that the stored list does not name. */
export async function retireUnlisted(deps: ProjectDeps, project: Project): Promise<Project> {
  const named = listedKids(project);
  for (const key of await deps.store.signingKeys.ofProject(project.id)) {
    if (key.retiredAtMs !== null || named.has(key.kid)) continue;
    await deps.store.signingKeys.retire(project.id, key.kid, deps.clock.nowMs());
  }
  return project;
}

async function addKeys(deps: ProjectDeps, { id }: Project, uses: readonly OnlineUse[]): Promise<readonly SigningKey[]> {
  const nowMs = deps.clock.nowMs();
  const keys = uses.map((use) => createSigningKey(deps.vault, { project: id, use, nowMs }));
  for (const key of keys) await deps.store.signingKeys.add(key);
  return keys;
}

async function publish(
  deps: ProjectDeps,
  project: Project,
  keys: readonly SigningKey[],
  by: "root" | "recovery",
  manifestEpoch: number,
): Promise<Project> {
  const nowMs = deps.clock.nowMs();
  const version = nextVersion(project.keyListVersion, nowMs);
  return {
    ...project,
    keyList: await issueKeyList(deps.roots, project, keys, { version, manifestEpoch, by }),
    keyListVersion: version,
    keyListByRecovery: by === "recovery",
    manifestEpoch,
    manifestVersion: nextVersion(project.manifestVersion, nowMs),
  };
}
