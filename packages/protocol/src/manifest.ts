import { concatBytes, equalBytes } from "./bytes.ts";
import type { Environment } from "./configuration-string.ts";
import { limits } from "./limits.ts";
import { readApi, readPlace, readSecret } from "./manifest-entries.ts";
import { idPattern, wordPattern } from "./names.ts";
import { invalid, type Parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { tag } from "./tag.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

/** A manifest as it travels. */
export interface ManifestEnvelope {
  readonly kid: string;
  readonly signed: string;
  readonly signature: string;
}

/** An envelope that was read; the signature has not been verified. */
export interface ReceivedManifest {
  readonly envelope: ManifestEnvelope;
  readonly kid: string;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** A host the app talks to. `unknown` stands for every channel this version does not know: the host is refused. */
export interface ManifestApi {
  readonly api: string;
  readonly host: string;
  readonly port: number;
  readonly channel: "pins" | "roots" | "both" | "system" | "unknown";
  /** b64u SHA-256 of SPKI; at least 2 where the channel has pins. */
  readonly pins: readonly string[];
  readonly token?: { readonly header: string; readonly prefix: string; readonly bind: readonly string[] };
  readonly proof?: "dpop" | "httpsig";
  /** `proceed` is ignored for a host that any secret may go to: see `mayProceed`. */
  readonly whenUnavailable: "fail" | "proceed";
}

/** The one declared spot of a request where a secret may be filled. */
export interface Place {
  readonly api: string;
  /** Upper-case, exact. */
  readonly methods: readonly string[];
  /** Prefix of the path as it is written, at a segment boundary. */
  readonly path: string;
  readonly in: "header" | "query" | "segment" | "form" | "json" | "basic";
  /** Header, parameter, segment number from 1, form field, JSON pointer (RFC 6901), or `username` / `password`. */
  readonly name: string;
  /** Text before the placeholder in the decoded value, for example `Bearer `. */
  readonly prefix?: string;
  readonly when: "placeholder" | "always";
}

export interface ManifestSecret {
  readonly name: string;
  readonly placeholder: string;
  readonly places: readonly Place[];
}

/** Signed, versioned configuration of one app, which the agent obeys. */
export interface Manifest {
  readonly v: 1;
  readonly project: string;
  readonly environment: Environment;
  readonly app: string;
  readonly epoch: number;
  readonly version: number;
  readonly issuedAtMs: number;
  readonly staleAfterSeconds: number;
  readonly apis: readonly ManifestApi[];
  readonly secrets: readonly ManifestSecret[];
  /** b64u DER of managed roots, for channels `roots` and `both`. */
  readonly roots: readonly string[];
  /** Detectors that a statement must name. */
  readonly signals: { readonly required: readonly string[] };
}

export function readManifestEnvelope(root: ValueReader): ReceivedManifest {
  const signed = root.member("signed");
  const signature = root.member("signature");
  const kid = root.member("kid").bytesText(8);
  const bounds = { min: 1, max: limits.manifestBytes };
  return {
    envelope: { kid, signed: signed.bytesText(bounds), signature: signature.bytesText(64) },
    kid,
    signed: signed.bytes(bounds),
    signature: signature.bytes(64),
  };
}

/** Reads an envelope from its JSON text. Codes: `too_large`, `malformed`. */
export function parseManifestEnvelope(input: string | Uint8Array): Parsed<ReceivedManifest> {
  const json = parseStrictJson(input, { maxBytes: 2 * limits.manifestBytes });
  return json.ok ? readShape(json.value, readManifestEnvelope, false) : json;
}

function readManifest(root: ValueReader): Manifest {
  const max = Number.MAX_SAFE_INTEGER;
  return {
    v: 1,
    project: root.member("project").bytesText(16),
    environment: root.member("environment").oneOf(["production", "development"]),
    app: root.member("app").string({ max: limits.nameCharacters, pattern: idPattern }),
    epoch: root.member("epoch").integer(0, max),
    version: root.member("version").integer(0, max),
    issuedAtMs: root.member("issuedAtMs").integer(0, max),
    staleAfterSeconds: root.member("staleAfterSeconds").integer(1, max),
    apis: root.member("apis").list({ max: limits.apis }, readApi),
    secrets: root.member("secrets").list({ max: limits.secrets }, readSecret),
    roots: root
      .member("roots")
      .list({ max: limits.roots }, (der) => der.bytesText({ min: 1, max: limits.certificateBytes })),
    signals: {
      required: root
        .member("signals")
        .member("required")
        .list({ max: limits.detectors }, (name) => name.string({ max: limits.nameCharacters, pattern: wordPattern })),
    },
  };
}

function twice(names: readonly string[]): boolean {
  return new Set(names).size !== names.length;
}

/** Reads the signed bytes. Codes: `too_large`, `malformed`, `unsupported_version`. */
export function parseManifest(bytes: Uint8Array): Parsed<Manifest> {
  const json = parseStrictJson(bytes, { maxBytes: limits.manifestBytes });
  if (!json.ok) return json;
  const manifest = readShape(json.value, readManifest);
  if (!manifest.ok) return manifest;
  const { apis, secrets } = manifest.value;
  if (twice(apis.map((api) => api.api))) return invalid("malformed", "apis[].api stands twice");
  if (twice(apis.map((api) => `${api.host}:${api.port}`)))
    return invalid("malformed", "apis[] names a host and port twice");
  if (twice(secrets.map((secret) => secret.name))) return invalid("malformed", "secrets[].name stands twice");
  return manifest;
}

/** Reads one place from a parsed JSON value, for whoever lets an operator declare one. Unknown words are refused here. */
export function parsePlace(value: unknown): Parsed<Place> {
  return readShape(
    value,
    (root) => {
      const place = readPlace(root);
      if (place === null) root.fail("has an unknown in or when");
      return place ?? { api: "", methods: [], path: "/", in: "header", name: "", when: "placeholder" };
    },
    false,
  );
}

/** What a manifest key signs: `tag("manifest") ∥ signedBytes`. */
export function manifestInput(signed: Uint8Array): Uint8Array {
  return concatBytes(tag("manifest"), signed);
}

export interface ManifestOrder {
  readonly epoch: number;
  readonly version: number;
}

/** Negative, zero or positive as `a` is before, equal to or after `b`, by (epoch, version). */
export function compareManifestOrder(a: ManifestOrder, b: ManifestOrder): number {
  return Math.sign(a.epoch - b.epoch) || Math.sign(a.version - b.version);
}

/** Whether a verified manifest may take the place of the held one: lower is refused, equal with other bytes is refused. */
export function judgeManifest(
  held: (ManifestOrder & { readonly signed: Uint8Array }) | null,
  next: ManifestOrder & { readonly signed: Uint8Array },
): "take" | "same" | "refused" {
  const order = held === null ? 1 : compareManifestOrder(next, held);
  if (order > 0) return "take";
  return order === 0 && held !== null && equalBytes(held.signed, next.signed) ? "same" : "refused";
}

/** Whether requests to an API may go out without a session: never where any secret may go there. */
export function mayProceed(manifest: Manifest, api: ManifestApi): boolean {
  const hasSecret = manifest.secrets.some((secret) => secret.places.some((place) => place.api === api.api));
  return api.whenUnavailable === "proceed" && !hasSecret;
}
