import { createHash } from "node:crypto";
import {
  decoyValueInput,
  encodeBase64url,
  fromUtf8,
  type PresentedRequest,
  presentedValues,
  type SessionSecret,
} from "@countersign/protocol";
import { brokeredCanary, decoySecret, recipeDecoy } from "../device/decoy-secret.ts";
import type { AlarmKind, Secret, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";

/** Shorter values are not looked for: they would come by chance. */
export const shortestDecoy = 16;
export const longestDecoy = 512;

/** A value that is looked for in requests, by its digest alone. */
export interface WatchedDecoy {
  readonly kind: Exclude<AlarmKind, "reported">;
  /** The decoy's name; of a canary, its secret's. */
  readonly name: string;
  /** Characters of the value. */
  readonly length: number;
  /** b64u SHA-256 of `decoyValueInput`. */
  readonly digest: string;
}

/** Made once of what is watched. */
export interface DecoyIndex {
  readonly lengths: ReadonlySet<number>;
  readonly byDigest: ReadonlyMap<string, WatchedDecoy>;
}

/** The digest of a value: all that is kept of it, enveloped. */
export function decoyDigest(value: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(decoyValueInput(value)).digest());
}

/** What a digest is sealed with. */
export const digestContext = (project: string, name: string): readonly string[] => ["decoy-secret", project, name];

/** What is looked for in the requests of projects. */
export interface DecoyWatch {
  readonly of: (context: ProjectContext) => WatchedDecoys;
}

export interface WatchedDecoys {
  readonly decoys: readonly WatchedDecoy[];
  readonly index: DecoyIndex;
}

/**
 * Looks for a project's decoys, and where refused instances get canaries (protocol section 11), for those of the present values. Canaries of earlier
 * values, and what fills a decoy's brokered call, which leaves no machine, are not looked for. A value is opened once for each of its versions.
 */
export function createDecoyWatch(vault: Pick<Vault, "open">): DecoyWatch {
  const watched = new WeakMap<ProjectContext, WatchedDecoys>();
  /** By project, then by what a canary is made of. */
  const made = new Map<string, ReadonlyMap<string, readonly WatchedDecoy[]>>();

  function canaries(context: ProjectContext): readonly WatchedDecoy[] {
    const before = made.get(context.project.id);
    const now = new Map(
      [...context.secrets.values()].map((secret) => {
        const { name, version, mode, canary = null, recipe = null } = secret;
        const key = JSON.stringify([context.seeds[0].generation, name, version, mode, canary, recipe]);
        return [key, before?.get(key) ?? toWatched(name, canariesOf(vault, context, secret))] as const;
      }),
    );
    made.set(context.project.id, now);
    return [...now.values()].flat();
  }

  return {
    of(context) {
      const held = watched.get(context);
      if (held !== undefined) return held;
      const planted = context.decoySecrets.map(({ name, length, digest }): WatchedDecoy => {
        const opened = vault.open(digest, digestContext(context.project.id, name)).reveal();
        return { kind: "decoy_secret_used", name, length, digest: encodeBase64url(opened) };
      });
      const decoys = context.project.settings.decoy === true ? [...planted, ...canaries(context)] : planted;
      const fresh = { decoys, index: toDecoyIndex(decoys) };
      watched.set(context, fresh);
      return fresh;
    },
  };
}

function toWatched(name: string, values: readonly string[]): readonly WatchedDecoy[] {
  return values
    .filter(({ length }) => length >= shortestDecoy && length <= longestDecoy)
    .map((value) => ({
      kind: "canary_used",
      name,
      length: value.length,
      digest: encodeBase64url(decoyDigest(value)),
    }));
}

function canariesOf(vault: Pick<Vault, "open">, context: ProjectContext, secret: Secret): readonly string[] {
  if (secret.canary != null) return [brokeredCanary(vault, context, secret)];
  if (secret.mode === "brokered") return [];
  const { project, name, version, recipe = null } = secret;
  if (recipe !== null) return given(recipeDecoy({ vault }, context, secret, recipe)).flatMap(partsOf);
  const value = fromUtf8(vault.open(secret.value, ["secret", project, name, String(version)]).reveal());
  return value === null ? [] : given(decoySecret({ vault }, context, secret, value));
}

const given = (secret: SessionSecret): readonly string[] => (secret.mode === "delivered" ? [secret.value] : []);

/** Keys that come as one JSON text are used one by one. */
function partsOf(value: string): readonly string[] {
  if (!value.startsWith("{")) return [value];
  return Object.values(JSON.parse(value) as object).filter((each) => typeof each === "string");
}

export function toDecoyIndex(decoys: readonly WatchedDecoy[]): DecoyIndex {
  return {
    lengths: new Set(decoys.map(({ length }) => length)),
    // A decoy that is a canary too is the decoy.
    byDigest: new Map(decoys.toReversed().map((decoy) => [decoy.digest, decoy])),
  };
}

/** The decoys whose values a request presents, each once. At most 64 values are hashed, and none where nothing is looked for. */
export function spotDecoys({ lengths, byDigest }: DecoyIndex, request: PresentedRequest): readonly WatchedDecoy[] {
  if (byDigest.size === 0) return [];
  const spotted = new Set<WatchedDecoy>();
  for (const value of presentedValues(request, lengths)) {
    const decoy = byDigest.get(encodeBase64url(decoyDigest(value)));
    if (decoy !== undefined) spotted.add(decoy);
  }
  return [...spotted];
}

/** The same for one look at a project. */
export function watchedDecoys(vault: Pick<Vault, "open">, context: ProjectContext): readonly WatchedDecoy[] {
  return createDecoyWatch(vault).of(context).decoys;
}
