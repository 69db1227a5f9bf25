import type { Manifest, ManifestApi, Place } from "./manifest-types.ts";
import { decodeFully } from "./percent.ts";
import { type HeaderList, RequestDraft } from "./request-draft.ts";
import type { Slot } from "./slot.ts";
import { parseStrictUrl, type StrictUrl } from "./strict-url.ts";
import { fromUtf8 } from "./utf8.ts";

/** A request as the app made it, with placeholders. */
export interface UnfilledRequest {
  readonly url: string;
  /** Upper-case. */
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
  readonly manifest: Manifest;
}

/** Why a request must not be sent. `secret_unfit`: the value does not fit the place, such as a line break in a header. */
export type FillRefusal = "url_refused" | "secret_unavailable" | "secret_unfit";

/** No registered host: to be sent as it is. `unfilled` names secrets whose placeholder stands in it. */
export interface UnchangedRequest {
  readonly kind: "unchanged";
  readonly unfilled: readonly string[];
}

export interface RefusedRequest {
  readonly kind: "refused";
  readonly code: FillRefusal;
  /** The secret at fault, where there is one. */
  readonly secret: string | null;
}

export interface MatchedRequest {
  readonly kind: "matched";
  readonly api: ManifestApi;
  /** Rebuilt, unfilled: what logs and errors may show. */
  readonly url: StrictUrl;
  /** Secrets that a place of this request asks for. */
  readonly demanded: readonly string[];
}

export interface FilledRequest {
  readonly kind: "filled";
  readonly api: ManifestApi;
  /** Rebuilt, unfilled: what logs and errors may show. */
  readonly shownUrl: string;
  /** What must be sent; holds secret values. */
  readonly url: StrictUrl;
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
  readonly used: readonly { readonly name: string }[];
  /** Secrets whose placeholder stands somewhere no place allows. */
  readonly unfilled: readonly string[];
}

interface Match {
  readonly secret: string;
  readonly prefix: string;
  readonly slot: Slot;
}

interface Analysis {
  readonly kind: "analysed";
  readonly api: ManifestApi;
  readonly url: StrictUrl;
  readonly draft: RequestDraft;
  readonly matches: readonly Match[];
}

/** True where `path` is `prefix` or goes on from it at a segment boundary. Both as written. */
export function isUnderPath(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
}

function applies(place: Place, request: UnfilledRequest, api: ManifestApi, url: StrictUrl): boolean {
  return place.api === api.api && place.methods.includes(request.method) && isUnderPath(url.path, place.path);
}

function findMatches(request: UnfilledRequest, api: ManifestApi, url: StrictUrl, draft: RequestDraft): Match[] {
  const matches: Match[] = [];
  const taken = new Set<string>();
  for (const secret of request.manifest.secrets) {
    for (const place of secret.places) {
      const slot = applies(place, request, api, url) ? draft.slot(place) : null;
      if (slot === null || isTaken(taken, slot.key)) continue;
      const prefix = place.prefix ?? "";
      if (place.when === "placeholder" && slot.current !== prefix + secret.placeholder) continue;
      taken.add(slot.key);
      matches.push({ secret: secret.name, prefix, slot });
    }
  }
  return matches;
}

/** True where a spot is filled already: the same one, or the `Authorization` header as a whole and a half of it. */
function isTaken(taken: ReadonlySet<string>, key: string): boolean {
  const whole = "header authorization";
  if (key === whole) return [...taken].some((other) => other === whole || other.startsWith("basic "));
  return taken.has(key) || (key.startsWith("basic ") && taken.has(whole));
}

/** Placeholders of the manifest that stand in this text of a request. */
function standing(manifest: Manifest, url: string, headers: HeaderList, body: Uint8Array | null): string[] {
  const bodyText = body === null ? "" : (fromUtf8(body) ?? "");
  const text = [url, decodeFully(url) ?? "", ...headers.map(([, value]) => value), bodyText].join("\n");
  return manifest.secrets.filter((secret) => text.includes(secret.placeholder)).map((secret) => secret.name);
}

function analyse(request: UnfilledRequest): Analysis | UnchangedRequest | RefusedRequest {
  const { manifest, headers, body } = request;
  const strict = parseStrictUrl(request.url, manifest.apis);
  if (!strict.ok && strict.refused) return { kind: "refused", code: "url_refused", secret: null };
  const url = strict.ok ? strict.url : null;
  const api = manifest.apis.find((entry) => entry.host === url?.host && entry.port === url.port);
  if (url === null || api === undefined) {
    return { kind: "unchanged", unfilled: standing(manifest, request.url, headers, body) };
  }
  const draft = new RequestDraft(url, headers, body);
  return { kind: "analysed", api, url, draft, matches: findMatches(request, api, url, draft) };
}

/** Which API a request goes to and which secrets its places ask for, without any value. Never throws. */
export function matchRequest(request: UnfilledRequest): MatchedRequest | UnchangedRequest | RefusedRequest {
  const analysis = analyse(request);
  if (analysis.kind !== "analysed") return analysis;
  const { api, url, matches } = analysis;
  return { kind: "matched", api, url, demanded: [...new Set(matches.map((match) => match.secret))] };
}

/**
 * Fills the declared places of a request (section 10). `secretOf` gives the value of a delivered, unexpired secret, or null: then the
 * whole request is refused, for a placeholder is never sent where its place matches. Never throws.
 */
export function fillRequest(
  request: UnfilledRequest & { readonly secretOf: (name: string) => string | null },
): FilledRequest | UnchangedRequest | RefusedRequest {
  const analysis = analyse(request);
  if (analysis.kind !== "analysed") return analysis;
  const used = new Set<string>();
  for (const { secret, prefix, slot } of analysis.matches) {
    const value = request.secretOf(secret);
    if (value === null) return { kind: "refused", code: "secret_unavailable", secret };
    if (!slot.put(prefix + value)) return { kind: "refused", code: "secret_unfit", secret };
    used.add(secret);
  }
  const built = analysis.draft.build();
  return {
    kind: "filled",
    api: analysis.api,
    shownUrl: analysis.url.text,
    ...built,
    used: [...used].map((name) => ({ name })),
    unfilled: standing(request.manifest, built.url.text, built.headers, built.body),
  };
}
