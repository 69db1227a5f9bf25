import type { Platform } from "./statement.ts";
import type { ValueReader } from "./value-reader.ts";

/** What evidence said, not what was thought of it: kept in the credential and the record, judged anew at every statement. */
export type Facts = AttestedFacts | DevelopmentFacts;

/** Facts of what a platform said. */
export type AttestedFacts = IosFacts | AndroidFacts | WebFacts;

/** Of an instance that enrolled with a development key: nothing is proven but that it holds its own key and had that one. */
export interface DevelopmentFacts {
  /** As the statement claims. */
  readonly platform: Platform;
  /** `key` is the id of the development key: b64u of 16 bytes. */
  readonly development: { readonly key: string };
}

export interface IosFacts {
  readonly platform: "ios";
  readonly appId: string;
  readonly environment: "production" | "development";
  readonly osVersion: string | null;
  readonly bundleVersion: string | null;
  readonly validationCategory: number | null;
}

export interface AndroidFacts {
  readonly platform: "android";
  readonly packages: readonly { readonly name: string; readonly version: number }[];
  /** Lower-case hex SHA-256. */
  readonly signingDigests: readonly string[];
  readonly securityLevel: "software" | "tee" | "strongbox";
  readonly provisioning: "factory" | "remote" | null;
  readonly deviceLocked: boolean | null;
  readonly verifiedBootState: "verified" | "self_signed" | "unverified" | "failed" | null;
  /** Lower-case hex. */
  readonly verifiedBootKey: string | null;
  readonly osVersion: number | null;
  readonly osPatchLevel: number | null;
  /** Attestation certificates that Google issued to the device within 30 days. Null: not said. Absent: facts of an older release. */
  readonly certificatesIssued?: number | null;
  /** What Play Integrity said at the same enrolment; absent where it was not asked or its token was refused. */
  readonly play?: PlayFacts;
}

/** Device labels of Play Integrity without the words around them: MEETS_DEVICE_INTEGRITY is `device`. */
export const playLabels = ["basic", "device", "strong", "virtual"] as const;

export type PlayLabel = (typeof playLabels)[number];

/** An accepted Play Integrity verdict. */
export interface PlayFacts {
  readonly labels: readonly PlayLabel[];
  /** Android API level. */
  readonly sdk: number | null;
  readonly licensed: boolean | null;
  /** Set by hand for a tester. */
  readonly testing: boolean;
}

export interface WebFacts {
  readonly platform: "web";
  readonly origin: string | null;
}

const max = Number.MAX_SAFE_INTEGER;
const short = { max: 128 };
const hex = { max: 128, pattern: /^(?:[0-9a-f]{2})*$/ };

function readIos(root: ValueReader): IosFacts {
  return {
    platform: "ios",
    appId: root.member("appId").string({ max: 256, min: 1 }),
    environment: root.member("environment").oneOf(["development", "production"]),
    osVersion: root.member("osVersion").nullable((value) => value.string(short)),
    bundleVersion: root.member("bundleVersion").nullable((value) => value.string(short)),
    validationCategory: root.member("validationCategory").nullable((value) => value.integer(0, max)),
  };
}

function readPlay(root: ValueReader): PlayFacts {
  return {
    labels: root.member("labels").list({ max: playLabels.length }, (label) => label.oneOf(playLabels)),
    sdk: root.member("sdk").nullable((value) => value.integer(0, max)),
    licensed: root.member("licensed").nullable((value) => value.boolean()),
    testing: root.member("testing").boolean(),
  };
}

function readAndroid(root: ValueReader): AndroidFacts {
  const states = ["failed", "unverified", "self_signed", "verified"] as const;
  const issued = root.optional("certificatesIssued");
  const play = root.optional("play");
  return {
    platform: "android",
    packages: root.member("packages").list({ max: 64 }, (item) => ({
      name: item.member("name").string({ max: 256 }),
      version: item.member("version").integer(0, max),
    })),
    signingDigests: root.member("signingDigests").list({ max: 64 }, (digest) => digest.string(hex)),
    securityLevel: root.member("securityLevel").oneOf(["software", "tee", "strongbox"]),
    provisioning: root.member("provisioning").nullable((value) => value.oneOf(["factory", "remote"])),
    deviceLocked: root.member("deviceLocked").nullable((value) => value.boolean()),
    verifiedBootState: root.member("verifiedBootState").nullable((value) => value.oneOf(states)),
    verifiedBootKey: root.member("verifiedBootKey").nullable((value) => value.string(hex)),
    osVersion: root.member("osVersion").nullable((value) => value.integer(0, max)),
    osPatchLevel: root.member("osPatchLevel").nullable((value) => value.integer(0, max)),
    ...(issued === null ? {} : { certificatesIssued: issued.nullable((value) => value.integer(0, max)) }),
    ...(play === null ? {} : { play: readPlay(play) }),
  };
}

/** The facts where a platform said them; null where there are none, and those of a development key. */
export function attestedFacts(facts: Facts | null): AttestedFacts | null {
  return facts === null || "development" in facts ? null : facts;
}

export function readFacts(root: ValueReader): Facts {
  const platform = root.member("platform").oneOf(["web", "ios", "android"]);
  const development = root.optional("development");
  if (development !== null) return { platform, development: { key: development.member("key").bytesText(16) } };
  if (platform === "ios") return readIos(root);
  if (platform === "android") return readAndroid(root);
  return { platform, origin: root.member("origin").nullable((value) => value.string({ max: 256 })) };
}
