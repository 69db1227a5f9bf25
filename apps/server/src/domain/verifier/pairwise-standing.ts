import { decodeBase64, decodeBase64url, encodeBase64url } from "@countersign/protocol";
import { subjectFor } from "@countersign/protocol/server";
import { installationAudience } from "../device/mint-tokens.ts";
import type { Standing, StandingOf } from "../device/standing.ts";
import { isTokenIdOf, tokenIdKey } from "../device/token-id.ts";
import type { ApiToken, Instances } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";

/** An instance that was banned before the record knew it is looked for again, at most this often. */
const retryMs = 5000;
const readsAtOnce = 50;

/** Who is behind a pairwise subject that is, or lately was, banned. */
interface Target {
  readonly instance: string;
  readonly subject: string;
}

interface ProjectTargets {
  readonly revision: number;
  readonly readAtMs: number;
  readonly isWhole: boolean;
  readonly targets: readonly Target[];
}

/** By pairwise subject. Those of targets seen before are not derived again. */
interface Pairwise {
  readonly targets: readonly Target[];
  readonly byPairwise: ReadonlyMap<string, readonly Target[]>;
  readonly bySubject: ReadonlyMap<string, readonly string[]>;
}

const free: StandingOf = { banned: false, quarantined: false, quarantinedUntilMs: null };

/** Bans and quarantines as they meet tokens, which name their instance by a pairwise subject, or by their id, alone. */
export interface PairwiseStanding {
  /**
   * How the bearer of a token of `api` with these claims stands now; null where the claims name no installation as they must. A ban by instance meets
   * every token of that instance's subject. Rejects where the record cannot be read.
   */
  of(context: ProjectContext, api: string, claims: Readonly<Record<string, unknown>>): Promise<StandingOf | null>;
}

export function createPairwiseStanding(deps: {
  readonly standing: Pick<Standing, "of" | "bansOf" | "revision">;
  readonly instances: Pick<Instances, "get">;
  readonly clock: { nowMs(): number };
}): PairwiseStanding {
  const { standing, instances, clock } = deps;
  const projects = new Map<string, Promise<ProjectTargets>>();
  const derived = new Map<string, Pairwise>();
  /** An instance keeps its subject for good. */
  const subjects = new Map<string, string>();

  async function subjectOf(project: string, instance: string): Promise<string | null> {
    const key = `${project}/${instance}`;
    const known = subjects.get(key) ?? (await instances.get(project, instance))?.subject ?? null;
    if (known !== null) subjects.set(key, known);
    return known;
  }

  async function read(project: string): Promise<ProjectTargets> {
    const revision = standing.revision();
    const readAtMs = clock.nowMs();
    const bans = standing.bansOf(project);
    const targets: Target[] = [];
    let isWhole = true;
    for (let at = 0; at < bans.length; at += readsAtOnce) {
      const found = await Promise.all(
        bans.slice(at, at + readsAtOnce).map(async ({ by, target }): Promise<Target | null> => {
          if (by === "subject") return { instance: "", subject: target };
          const subject = await subjectOf(project, target);
          return subject === null ? null : { instance: target, subject };
        }),
      );
      for (const each of found) {
        if (each === null) isWhole = false;
        else targets.push(each);
      }
    }
    return { revision, readAtMs, isWhole, targets };
  }

  /** One reading at a time for each project; what is older than the set is read again. */
  async function targetsOf(project: string): Promise<readonly Target[]> {
    const revision = standing.revision();
    for (;;) {
      const before = projects.get(project);
      const held = await before?.catch(() => null);
      const isOld = held?.isWhole === false && Math.abs(clock.nowMs() - held.readAtMs) >= retryMs;
      if (held && held.revision >= revision && !isOld) return held.targets;
      // Whoever waited with us may have begun to read: then what they read is looked at first.
      if (projects.get(project) !== before) continue;
      const reading = read(project);
      projects.set(project, reading);
      return (await reading).targets;
    }
  }

  function pairwiseOf(
    { project, projectId, seeds }: ProjectContext,
    name: string,
    targets: readonly Target[],
  ): Pairwise {
    const key = `${project.id}/${seeds.map(({ generation }) => generation).join(",")}/${name}`;
    const before = derived.get(key);
    if (before?.targets === targets) return before;
    const bySubject = new Map<string, readonly string[]>();
    const byPairwise = new Map<string, readonly Target[]>();
    for (const target of targets) {
      const bytes = decodeBase64url(target.subject);
      const names =
        bySubject.get(target.subject) ??
        before?.bySubject.get(target.subject) ??
        (bytes === null ? [] : seeds.map(({ seed }) => subjectFor(seed.reveal(), projectId, name, bytes)));
      bySubject.set(target.subject, names);
      for (const each of names) byPairwise.set(each, [...(byPairwise.get(each) ?? []), target]);
    }
    const made: Pairwise = { targets, byPairwise, bySubject };
    derived.set(key, made);
    return made;
  }

  return {
    async of(context, api, claims) {
      const named = nameOf(context.apis.get(api)?.token?.profile, claims);
      if (named === null) return null;
      const targets = await targetsOf(context.project.id);
      const found =
        named.by === "id"
          ? minted(context, named.id, targets)
          : (pairwiseOf(context, named.by === "did" ? installationAudience : api, targets).byPairwise.get(named.name) ??
            []);
      const all = found.map(({ instance, subject }) => standing.of(context.project.id, instance, subject));
      return all.find(({ banned, quarantined }) => banned || quarantined) ?? free;
    },
  };
}

type Named = { readonly by: "sub" | "did"; readonly name: string } | { readonly by: "id"; readonly id: Uint8Array };

/** How a token says whose it is, by its profile. A `did` travels in padded base64. */
export function nameOf(
  profile: ApiToken["profile"] | undefined,
  claims: Readonly<Record<string, unknown>>,
): Named | null {
  const { sub, did, jti } = claims;
  if (profile === "countersign") return typeof sub === "string" ? { by: "sub", name: sub } : null;
  if (profile === "approov") {
    const bytes = typeof did === "string" ? decodeBase64(did) : null;
    return bytes === null ? null : { by: "did", name: encodeBase64url(bytes) };
  }
  const id = typeof jti === "string" ? decodeBase64url(jti, 16) : null;
  return id === null ? null : { by: "id", id };
}

/** The targets that a token of this id was minted for. An id cannot be looked up: each subject is tried. */
function minted({ projectId, seeds }: ProjectContext, id: Uint8Array, targets: readonly Target[]): readonly Target[] {
  const keys = seeds.map(({ seed }) => tokenIdKey(seed.reveal(), projectId));
  return targets.filter(({ subject }) => {
    const bytes = decodeBase64url(subject);
    return bytes !== null && keys.some((key) => isTokenIdOf(key, id, bytes));
  });
}
