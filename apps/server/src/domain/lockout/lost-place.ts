import { isUnderPath, type Manifest, type ManifestApi, type Place } from "@countersign/protocol";
import type { LockoutReason } from "./lockout-reasons.ts";
import type { SdkKnowledge } from "./sdk-knowledge.ts";

/** A place with the secret that is filled there and the address it belongs to. */
interface Filled {
  readonly secret: string;
  readonly address: string;
  readonly place: Place;
}

export const addressOf = ({ host, port }: Pick<ManifestApi, "host" | "port">): string => `${host}:${port}`;

/** Why requests to a host lose what installed code relies on there; null: they do not. Pure. */
export function lostAt(address: string, before: Manifest, after: Manifest, sdk: SdkKnowledge): LockoutReason | null {
  const api = before.apis.find((each) => addressOf(each) === address);
  if (api === undefined) return null;
  const isKnown = ({ place }: Filled): boolean =>
    sdk.placesIn.includes(place.in) && sdk.placesWhen.includes(place.when);
  const filled = placesOf(before, address).filter(isKnown);
  if (!after.apis.some((each) => addressOf(each) === address)) {
    return api.token !== undefined || filled.length > 0 ? "api_removed" : null;
  }
  const next = placesOf(after, address);
  const lost = filled.filter((each) => !isCovered(each, next.filter(isKnown)));
  if (lost.length === 0) return null;
  return lost.every((each) => isCovered(each, next)) ? "place_unknown" : "place_removed";
}

function placesOf(manifest: Manifest, address: string): readonly Filled[] {
  const apis = new Set(manifest.apis.filter((api) => addressOf(api) === address).map(({ api }) => api));
  return manifest.secrets.flatMap(({ name, places }) =>
    places.filter(({ api }) => apis.has(api)).map((place) => ({ secret: name, address, place })),
  );
}

/** Whether every request that the place filled is filled by these: each method by one of them. */
function isCovered({ secret, place }: Filled, others: readonly Filled[]): boolean {
  return place.methods.every((method) =>
    others.some(
      (other) =>
        other.secret === secret &&
        other.place.in === place.in &&
        sameName(other.place, place) &&
        (other.place.prefix ?? "") === (place.prefix ?? "") &&
        (other.place.when === "always" || place.when === "placeholder") &&
        other.place.methods.includes(method) &&
        isUnderPath(place.path, other.place.path),
    ),
  );
}

/** Names of header fields are the same in any case. */
function sameName(one: Place, other: Place): boolean {
  if (one.in !== "header") return one.name === other.name;
  return one.name.toLowerCase() === other.name.toLowerCase();
}
