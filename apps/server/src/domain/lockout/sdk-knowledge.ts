import { limits, type ManifestApi, type ManifestToken, type Place } from "@countersign/protocol";

/** What an agent can read of a manifest and obey. What is beyond it locks it out in the way that the member's reason says. */
export interface SdkKnowledge {
  readonly channels: readonly Exclude<ManifestApi["channel"], "unknown">[];
  readonly proofs: readonly NonNullable<ManifestApi["proof"]>[];
  /** Empty: the agent does not look at `token.binding` and joins values by lines. */
  readonly bindings: readonly NonNullable<ManifestToken["binding"]>[];
  /** Whether `token.limitedUse` is looked at. */
  readonly limitedUse: boolean;
  readonly placesIn: readonly Place["in"][];
  readonly placesWhen: readonly Place["when"][];
  readonly manifestBytes: number;
  readonly apis: number;
  readonly pins: number;
  readonly roots: number;
  readonly secrets: number;
  readonly places: number;
}

/** From which version on agents of this name know so much. */
export interface SdkRelease {
  /** As statements have it before the `/`. */
  readonly name: string;
  /** `MAJOR.MINOR.PATCH`, the first that knows it. */
  readonly from: string;
  readonly knowledge: SdkKnowledge;
}

/** The manifest as the protocol was first written down. */
const first: SdkKnowledge = {
  channels: ["pins", "roots", "both", "system"],
  proofs: ["dpop", "httpsig"],
  bindings: [],
  limitedUse: false,
  placesIn: ["header", "query", "segment", "form", "json", "basic"],
  placesWhen: ["placeholder", "always"],
  manifestBytes: limits.manifestBytes,
  apis: limits.apis,
  pins: limits.pinsMax,
  roots: limits.roots,
  secrets: limits.secrets,
  places: limits.places,
};

/**
 * What agents knew, by version, oldest first of each name. A release whose agent reads a new member or word of the manifest adds a row; a row is
 * never changed. Nothing before 0.1.0 was published: that row is what builds of the development before it know.
 */
export const sdkReleases: readonly SdkRelease[] = [
  { name: "countersign-js", from: "0.0.0", knowledge: first },
  {
    name: "countersign-js",
    from: "0.1.0",
    knowledge: { ...first, bindings: ["lines", "concatenated"], limitedUse: true },
  },
];

const form = /^([a-z0-9-]{1,40})\/(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+]|$)/;

function partsOf(version: string): readonly number[] {
  return version.split(".").map(Number);
}

function isFrom(version: readonly number[], from: readonly number[]): boolean {
  const at = [0, 1, 2].find((index) => version[index] !== from[index]);
  return at === undefined || (version[at] ?? 0) > (from[at] ?? 0);
}

/** What the agent of a statement's `sdk` knows; null where no row speaks of it. A newer version than any row knows what the newest row does. */
export function knowledgeOf(sdk: string, releases: readonly SdkRelease[]): SdkKnowledge | null {
  const [, name, ...version] = form.exec(sdk) ?? [];
  const own = releases.filter((release) => release.name === name && isFrom(version.map(Number), partsOf(release.from)));
  return own.toSorted((a, b) => (isFrom(partsOf(a.from), partsOf(b.from)) ? 1 : -1)).at(-1)?.knowledge ?? null;
}
