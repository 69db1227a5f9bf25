import { type Manifest, toUtf8 } from "@countersign/protocol";
import { estimateInstances, type InstanceSketch, mergeSketches } from "../fleet/instance-sketch.ts";
import type { FleetVersion } from "../ports/index.ts";
import type { LockoutReason } from "./lockout-reasons.ts";
import { addressOf, lostAt } from "./lost-place.ts";
import { refusedHost, refusedManifest } from "./refused-host.ts";
import { refusedVersion } from "./refused-version.ts";
import { knowledgeOf, type SdkKnowledge, type SdkRelease } from "./sdk-knowledge.ts";
import { isOtherChannel } from "./touched-hosts.ts";
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

/** What may lock devices out and cannot be told. */
export interface NotJudged {
  /** `chain`: the API's live chain could not be read. `host`: devices refuse its certificate by themselves, as it is. `sdk`: no row says what this agent knows. `setting`: it refuses by device, not by version. */
  readonly what: "chain" | "host" | "sdk" | "setting";
  readonly name: string;
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
  const found = new Map<string, LockedOut & { readonly sketch: InstanceSketch }>();
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
      const { app, platform, version: name, build, sdk } = version;
      const key = JSON.stringify([app, platform, name, build, sdk, each.api]);
      const same = found.get(key);
      const sketch = mergeSketches(same?.sketch ?? {}, version.sketch);
      const lastSeenMs = Math.max(same?.lastSeenMs ?? 0, version.lastSeenMs);
      const fromMs = Math.min(same?.fromMs ?? each.fromMs, each.fromMs);
      const reason = same?.reason ?? each.reason;
      const shared = { app, platform, version: name, build, sdk, api: each.api, reason, lastSeenMs, fromMs };
      found.set(key, { ...shared, instances: estimateInstances(sketch), sketch });
    }
  }
  const lockedOut = [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    lockedOut: lockedOut.map(([, { sketch: _, ...each }]) => each),
    notJudged: [
      ...untoldChains(before, after),
      ...[...unknown].toSorted().map((name) => ({ what: "sdk", name }) as const),
      ...settingsOfDevices(before, after),
    ],
    versions: new Set(
      fleet.map(({ app, platform, version, build, sdk }) => [app, platform, version, build, sdk].join()),
    ).size,
  };
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

function untoldChains(before: World, after: World): readonly NotJudged[] {
  return [...after.chains]
    .filter(([name]) => isOtherChannel(name, before, after))
    .flatMap(([name, answer]): readonly NotJudged[] => {
      if (!answer.ok) return [{ what: "chain", name }];
      return answer.chain.named && answer.chain.store ? [] : [{ what: "host", name }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Settings that refuse by what a device is, of which the fleet's record knows nothing. */
const ofDevices = [
  "bootKeys",
  "maxCertificatesIssued",
  "maxPatchAgeMonths",
  "maxRiskMetric",
  "permissions",
  "play",
  "playLabels",
  "requireStrongBox",
  "requiredCategories",
] as const;

function settingsOfDevices(before: World, after: World): readonly NotJudged[] {
  return ofDevices
    .filter((name) => JSON.stringify(before.project.settings[name]) !== JSON.stringify(after.project.settings[name]))
    .map((name) => ({ what: "setting", name }) as const);
}
