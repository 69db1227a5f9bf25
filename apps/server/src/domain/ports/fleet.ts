import type { InstanceSketch } from "../fleet/instance-sketch.ts";

/** What tells one installed version from another, as far as a change may treat them differently. */
export interface VersionKey {
  readonly project: string;
  readonly app: string;
  readonly platform: "ios" | "android" | "web";
  /** As statements claim. */
  readonly version: string;
  readonly build: string;
  /** The agent as statements name it. */
  readonly sdk: string;
  /** App ID; package, a space and the digests of its signing certificates joined by commas; or origin. Null: a development key stands in for it. */
  readonly identity: string | null;
  /** The version that evidence names; null where it names none. Of a development key: the build that is claimed. */
  readonly attested: string | null;
  /** Names of the detectors that ran, in order. */
  readonly detectors: readonly string[];
}

/** One version of an app as it was seen on genuine instances. */
export interface FleetVersion extends VersionKey {
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly sketch: InstanceSketch;
  /** The newest manifest that any of its instances said it holds; 0 and 0 where none did. */
  readonly manifest: { readonly epoch: number; readonly version: number };
}

/** Versions of apps as they were seen. Nothing in it leads to an instance. */
export interface Fleet {
  /**
   * Adds to what is known of these versions. Of a project at most `most` are kept: for one more, the one of the fewest instances goes, of those
   * the one not seen for the longest.
   */
  add(seen: readonly FleetVersion[], most: number): Promise<void>;
  /** By app, platform, version, build and sdk, those seen since. */
  list(project: string, sinceMs: number): Promise<readonly FleetVersion[]>;
  /** Deletes what was last seen before. */
  prune(beforeMs: number): Promise<number>;
}
