import {
  type AndroidFacts,
  attestedFacts,
  type Facts,
  type IosFacts,
  type PlayFacts,
  playLabels,
  type Statement,
} from "@countersign/protocol";
import type { App, ProjectSettings } from "../ports/index.ts";

export interface DecoyFactsInput {
  readonly statement: Statement;
  readonly app: App | null;
  readonly origin: string | null;
  /** What the refused evidence says, where it could be read. */
  readonly claimed: Facts | null;
  readonly settings: Pick<ProjectSettings, "play" | "playLabels">;
  /** Whether a token of Play Integrity came with it. */
  readonly hasPlayToken: boolean;
}

/**
 * What evidence of this very device would have said if it counted. Goes into a decoy's credential alone: who knows a device and this source
 * knows to the character how long a genuine one is. It is never shown, and nothing is decided by it.
 */
export function decoyFacts(input: DecoyFactsInput): Facts {
  const { statement, app, origin } = input;
  const claimed = attestedFacts(input.claimed);
  const { platform, app: claims } = statement;
  if (platform === "web") return { platform, origin };
  return platform === "ios"
    ? iosFacts(claims.id, app, claimed?.platform === "ios" ? claimed : null)
    : { ...androidFacts(claims, app, claimed?.platform === "android" ? claimed : null), ...playOf(input) };
}

/** Without it, a project that demands Play asks for an enrolment at each refresh. */
function playOf({ settings, hasPlayToken }: DecoyFactsInput): { readonly play?: PlayFacts } {
  const { play = "off", playLabels: demanded = [] } = settings;
  if (play === "off" || (play === "observe" && !hasPlayToken)) return {};
  const met = new Set<string>(["basic", "device", ...demanded]);
  return { play: { labels: playLabels.filter((label) => met.has(label)), sdk: 36, licensed: true, testing: false } };
}

function iosFacts(id: string, app: App | null, claimed: IosFacts | null): IosFacts {
  const registered = app?.ios?.appIds ?? [];
  const own = registered.find((appId) => appId === claimed?.appId);
  return {
    platform: "ios",
    appId: own ?? registered[0] ?? `0000000000.${id}`,
    environment: "production",
    osVersion: claimed?.osVersion ?? null,
    bundleVersion: claimed?.bundleVersion ?? null,
    validationCategory: claimed?.validationCategory ?? null,
  };
}

function androidFacts(claims: Statement["app"], app: App | null, claimed: AndroidFacts | null): AndroidFacts {
  const { packageName, signingDigests } = app?.android ?? { packageName: claims.id, signingDigests: ["0".repeat(64)] };
  const level = claimed?.securityLevel ?? "tee";
  const key = claimed?.verifiedBootKey ?? "";
  return {
    platform: "android",
    packages: [{ name: packageName, version: claimed?.packages[0]?.version ?? toVersionCode(claims.build) }],
    signingDigests: signingDigests.slice(0, 1),
    securityLevel: level === "software" ? "tee" : level,
    provisioning: claimed?.provisioning ?? "remote",
    deviceLocked: true,
    verifiedBootState: "verified",
    verifiedBootKey: key.length === 64 ? key : "0".repeat(64),
    osVersion: claimed === null ? 150_000 : claimed.osVersion,
    osPatchLevel: claimed === null ? 202_501 : claimed.osPatchLevel,
    certificatesIssued: claimed?.certificatesIssued ?? null,
  };
}

function toVersionCode(build: string): number {
  return /^\d{1,9}$/.test(build) ? Number(build) : 1;
}
