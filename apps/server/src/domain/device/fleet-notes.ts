import { type Decision, decide } from "@countersign/policy";
import { attestedFacts, type Check, type Facts, type Statement } from "@countersign/protocol";
import { withInstance } from "../fleet/instance-sketch.ts";
import type { FleetVersion, Project, RecordStore, VersionKey } from "../ports/index.ts";

/** What a statement of an instance showed of its version. */
export interface Sighting {
  readonly statement: Statement;
  readonly facts: Facts;
  /** The registered package; null where the app has none. */
  readonly packageName: string | null;
}

/** Write-behind of which versions are in use: nothing is read or written while a device waits. */
export interface FleetNotes {
  note(sighting: Sighting, atMs: number): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
  /** Sightings of versions for which there was no room between two writings. */
  readonly dropped: number;
}

export function createFleetNotes(
  store: Pick<RecordStore, "fleet">,
  options: { readonly capacity: number; readonly versionsPerProject: number },
): FleetNotes {
  let notes = new Map<string, FleetVersion>();
  let dropped = 0;

  return {
    note(sighting, atMs) {
      const { statement } = sighting;
      const key = versionKeyOf(sighting);
      const name = JSON.stringify(key);
      const noted = notes.get(name);
      if (noted === undefined && notes.size >= options.capacity) {
        dropped += 1;
        return;
      }
      const { manifestEpoch: epoch, manifest: version } = statement.holds;
      const held = noted?.manifest ?? { epoch: 0, version: 0 };
      const isNewer = epoch > held.epoch || (epoch === held.epoch && version > held.version);
      notes.set(name, {
        ...key,
        firstSeenMs: noted?.firstSeenMs ?? atMs,
        lastSeenMs: atMs,
        sketch: withInstance(noted?.sketch ?? {}, statement.instance, atMs),
        manifest: isNewer ? { epoch, version } : held,
      });
    },
    async flush() {
      const written = [...notes.values()];
      notes = new Map();
      if (written.length > 0) await store.fleet.add(written, options.versionsPerProject);
    },
    get dropped() {
      return dropped;
    },
  };
}

/** Rules that speak of the version alone: what they refuse is a version of the app all the same. */
const ofVersion: ReadonlySet<string> = new Set([
  "release_not_withdrawn",
  "release_not_expired",
  "release_registered",
  "release_of_running_build",
  "android_release",
  "evidence_age",
  "facts_complete",
  "detectors_ran",
]);

/** Whether nothing but its version stands against an instance: evidence proved the registered app on a device that counts. */
export function isOfFleet(checks: readonly Check[], settings: Parameters<typeof decide>[1]): boolean {
  const others = checks.filter((check) => check.result !== "fail" || !ofVersion.has(check.name));
  const decision: Decision = decide(others, settings);
  return decision.verdict !== "refused";
}

/** The settings by which an instance is judged, of a project. */
export function rulesOf({ kind, settings }: Project): Parameters<typeof decide>[1] {
  return { kind, permissions: settings.permissions };
}

function versionKeyOf(sighting: Sighting): VersionKey {
  const { project, platform, app, sdk, signals } = sighting.statement;
  const { identity, attested } = provenOf(sighting);
  const { id, version, build } = app;
  const detectors = Object.keys(signals.detectors).toSorted();
  return { project, app: id, platform, version, build, sdk, identity, attested, detectors };
}

function provenOf({ statement, facts: all, packageName }: Sighting): Pick<VersionKey, "identity" | "attested"> {
  const facts = attestedFacts(all);
  if (facts === null) return { identity: null, attested: statement.app.build };
  if (facts.platform === "ios") return { identity: facts.appId, attested: facts.bundleVersion };
  if (facts.platform === "web") return { identity: facts.origin, attested: null };
  const attested = facts.packages.find((each) => each.name === packageName);
  return {
    identity: `${attested?.name ?? ""} ${facts.signingDigests.toSorted().join(",")}`,
    attested: attested === undefined ? null : String(attested.version),
  };
}
