import { type Manifest, toUtf8 } from "@countersign/protocol";
import { estimateInstances, type InstanceSketch, mergeSketches } from "../fleet/instance-sketch.ts";
import type { FleetVersion } from "../ports/index.ts";
import type { LockoutReason } from "./lockout-reasons.ts";
import { addressOf, lostAt } from "./lost-place.ts";
import { type NotJudged, notJudged } from "./not-judged.ts";
import { refusedHost, refusedManifest } from "./refused-host.ts";
import { refusedVersion } from "./refused-version.ts";
import { knowledgeOf, type SdkKnowledge, type SdkRelease } from "./sdk-knowledge.ts";
import { manifestOf, type World } from "./world.ts";

/** An installed version that a change locks out. */
export interface LockedOut {
  readonly app: string;
  readonly platform: FleetVersion["platform"];
  readonly version: string;
  readonly build: string;
  readonly sdk: string;
  /** The API that it cannot call any more; null: it is refused as a whole. */
  readonly api: string | null;
  readonly reason: LockoutReason;
  /** About how many instances of it were seen. */
  readonly instances: number;
  readonly lastSeenMs: number;
  /** From when on: the present time, or a release's end. */
  readonly fromMs: number;
}

export interface Simulation {
  /** By app, platform, version, build, sdk and API. */
  readonly lockedOut: readonly LockedOut[];
  readonly notJudged: readonly NotJudged[];
  /** How many versions were looked at, each as app, platform, version, build and sdk tell them apart. */
  readonly versions: number;
}

export interface SimulationInput {
  readonly fleet: readonly FleetVersion[];
  readonly before: World;
  readonly after: World;
  readonly sdks: readonly SdkRelease[];
  readonly nowMs: number;
}

/** What a change would lock out that is not locked out already. Pure: it reads no clock, no record and no network. */
export function simulate({ fleet, before, after, sdks, nowMs }: SimulationInput): Simulation {
  const found = new Map<string, Gathered>();
  const unknown = new Set<string>();
  const manifests = new Map<string, readonly [Published, Published]>();
  // An agent that no row speaks of is told of; what locks out even the newest locks it out too.
  const newest = sdks.at(-1)?.knowledge;
  if (newest === undefined) throw new TypeError("a table of agents has a row");
  for (const version of fleet) {
    const known = knowledgeOf(version.sdk, sdks);
    if (known === null) unknown.add(version.sdk);
    const published = manifests.get(version.app) ?? [publish(before, version.app), publish(after, version.app)];
    manifests.set(version.app, published);
    for (const each of lockedOutOf(version, published, known ?? newest, nowMs)) {
      const { app, platform, build, sdk } = version;
      const key = JSON.stringify([app, platform, version.version, build, sdk, each.api]);
      found.set(key, together(found.get(key), version, each));
    }
  }
  const lockedOut = [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    lockedOut: lockedOut.map(([, gathered]) => toLockedOut(gathered)),
    notJudged: notJudged(before, after, unknown),
    versions: new Set(
      fleet.map(({ app, platform, version, build, sdk }) => [app, platform, version, build, sdk].join()),
    ).size,
  };
}

/** A version with the instances of all its rows that are locked out in one way. */
type Gathered = Omit<LockedOut, "instances"> & { readonly sketch: InstanceSketch };

function together(same: Gathered | undefined, version: FleetVersion, { api, reason, fromMs }: Found): Gathered {
  const { app, platform, build, sdk } = version;
  return {
    app,
    platform,
    version: version.version,
    build,
    sdk,
    api,
    reason: same?.reason ?? reason,
    lastSeenMs: Math.max(same?.lastSeenMs ?? 0, version.lastSeenMs),
    fromMs: Math.min(same?.fromMs ?? fromMs, fromMs),
    sketch: mergeSketches(same?.sketch ?? {}, version.sketch),
  };
}

function toLockedOut(gathered: Gathered): LockedOut {
  const { sketch, ...each } = gathered;
  return { ...each, instances: estimateInstances(sketch) };
}

/** A world and the manifest that one app gets of it. */
interface Published {
  readonly world: World;
  readonly manifest: Manifest;
  readonly bytes: number;
}

function publish(world: World, app: string): Published {
  const manifest = manifestOf(world, app);
  return { world, manifest, bytes: toUtf8(JSON.stringify(manifest)).length };
}

type Found = Pick<LockedOut, "api" | "reason" | "fromMs">;

function lockedOutOf(
  version: FleetVersion,
  [before, after]: readonly [Published, Published],
  known: SdkKnowledge,
  nowMs: number,
): readonly Found[] {
  const was = refusedVersion(version, before.world, nowMs);
  if (was !== null && was.fromMs <= nowMs) return [];
  const is = refusedVersion(version, after.world, nowMs);
  if (is !== null && is.fromMs <= nowMs) return [{ ...is, api: null }];
  const agent = refusedByAgent(version, [before, after], known, nowMs);
  if (agent.some(({ api }) => api === null) || is === null || (was !== null && was.fromMs <= is.fromMs)) return agent;
  return [{ ...is, api: null }, ...agent];
}

/** What the agent refuses by the manifest it gets, or sends so that a backend does. */
function refusedByAgent(
  version: FleetVersion,
  [before, after]: readonly [Published, Published],
  known: SdkKnowledge,
  nowMs: number,
): readonly Found[] {
  if (refusedManifest(before.manifest, before.bytes, known) !== null) return [];
  const whole = refusedManifest(after.manifest, after.bytes, known);
  if (whole !== null) return [{ api: null, reason: whole, fromMs: nowMs }];
  const addresses = new Set([...before.manifest.apis, ...after.manifest.apis].map(addressOf));
  return [...addresses].flatMap((address) => {
    if (hostRefusal(address, before, version, known) !== null) return [];
    if (isOutOfReach(address, before) || isOutOfReach(address, after)) return [];
    const reason =
      hostRefusal(address, after, version, known) ?? lostAt(address, before.manifest, after.manifest, known);
    if (reason === null) return [];
    const api = apiAt(address, after) ?? apiAt(address, before);
    return api === undefined ? [] : [{ api: api.api, reason, fromMs: nowMs }];
  });
}

function apiAt(address: string, { manifest }: Published): Manifest["apis"][number] | undefined {
  return manifest.apis.find((each) => addressOf(each) === address);
}

function hostRefusal(
  address: string,
  published: Published,
  version: FleetVersion,
  known: SdkKnowledge,
): LockoutReason | null {
  const api = apiAt(address, published);
  return api === undefined ? null : refusedHost(api, published.world.chains.get(api.api), version, known);
}

/** Whether devices refuse the host's certificate by themselves, whatever is declared. */
function isOutOfReach(address: string, published: Published): boolean {
  const answer = published.world.chains.get(apiAt(address, published)?.api ?? "");
  return answer?.ok === true && !(answer.chain.named && answer.chain.store);
}
