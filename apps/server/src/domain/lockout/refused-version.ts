import { appraise, FACTS_VERSION } from "@countersign/policy";
import type { Check, Facts } from "@countersign/protocol";
import type { FleetVersion } from "../ports/index.ts";
import type { LockoutReason } from "./lockout-reasons.ts";
import type { World } from "./world.ts";

/** That statements of a version are refused, and from when on. */
export interface RefusedVersion {
  readonly reason: LockoutReason;
  /** The present time where it is so now. */
  readonly fromMs: number;
}

/** Rules of the policy that speak of what the fleet's record holds, and what a failure of each is called here. */
const reasonOf: Readonly<Record<string, LockoutReason>> = {
  app_registered: "app_removed",
  platform_registered: "platform_removed",
  apple_app_id: "identity_removed",
  android_package: "identity_removed",
  android_signing_digest: "identity_removed",
  web_origin: "identity_removed",
  release_not_withdrawn: "release_withdrawn",
  release_not_expired: "release_expired",
  release_registered: "release_unregistered",
  detectors_ran: "detector_missing",
};

/** Why and from when on statements of this version are refused, by the service's own rules; null: not for its version. Pure. */
export function refusedVersion(version: FleetVersion, world: World, nowMs: number): RefusedVersion | null {
  const ends = world.releases.flatMap(({ app, expiresAtMs }) => (app === version.app ? [expiresAtMs ?? nowMs] : []));
  const times = [nowMs, ...ends.filter((endMs) => endMs > nowMs).toSorted((a, b) => a - b)];
  for (const fromMs of times) {
    const reason = refusedAt(version, world, fromMs);
    if (reason !== null) return { reason, fromMs };
  }
  return null;
}

function refusedAt(version: FleetVersion, world: World, atMs: number): LockoutReason | null {
  const now = checksOf(version, world, atMs, "session");
  const reason = refusing(now);
  if (reason !== null || now.every(({ name, result }) => name !== "release_of_running_build" || result !== "fail"))
    return reason;
  // The agent enrols again by itself, with evidence of the build that runs.
  return refusing(checksOf({ ...version, attested: version.build }, world, atMs, "enrol"));
}

function refusing(checks: readonly Check[]): LockoutReason | null {
  const failed = new Set(checks.filter(({ result }) => result === "fail").map(({ name }) => name));
  const name = Object.keys(reasonOf).find((each) => failed.has(each));
  return name === undefined ? null : (reasonOf[name] ?? null);
}

function checksOf(version: FleetVersion, world: World, atMs: number, use: "session" | "enrol"): readonly Check[] {
  const { project } = world;
  const app = world.apps.find((each) => each.id === version.app) ?? null;
  const known = world.releases.filter((release) => release.app === version.app);
  return appraise({
    use,
    platform: version.platform,
    evidence: { state: "verified" },
    facts: factsOf(version),
    developmentKey: version.identity === null ? { state: "good", name: null } : null,
    factsVersion: FACTS_VERSION,
    claims: { id: version.app, version: version.version, build: version.build },
    signals: [],
    detectors: Object.fromEntries(version.detectors.map((name) => [name, 1])),
    references: app,
    releases: app && { mode: app.releases, known },
    settings: { kind: project.kind, ...project.settings },
    bans: { banned: false, quarantined: false },
    nowMs: atMs,
    evidenceAtMs: atMs,
  });
}

/** A device against which nothing stands, with this version of the app. */
function factsOf({ platform, identity, attested }: FleetVersion): Facts {
  if (identity === null) return { platform, development: { key: "" } };
  if (platform === "web") return { platform, origin: identity };
  if (platform === "ios") {
    const device = { environment: "production", osVersion: null, validationCategory: null } as const;
    return { platform, appId: identity, bundleVersion: attested, ...device };
  }
  const [name = "", digests = ""] = identity.split(" ");
  return {
    platform,
    packages: attested === null ? [] : [{ name, version: Number(attested) }],
    signingDigests: digests.split(","),
    securityLevel: "strongbox",
    provisioning: null,
    deviceLocked: true,
    verifiedBootState: "verified",
    verifiedBootKey: null,
    osVersion: null,
    osPatchLevel: null,
  };
}
