import { concatBytes, equalBytes } from "./bytes.ts";
import { isBrokerOrigin } from "./host.ts";
import * as limits from "./limits.ts";
import { readApi, readPlace, readSecret } from "./manifest-entries.ts";
import type { Manifest, ManifestApi, Place, ReceivedManifest } from "./manifest-types.ts";
import { idPattern, wordPattern } from "./names.ts";
import { invalid, type Parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { tag } from "./tag.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

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
  const environment = root.member("environment").oneOf(["production", "development"]);
  const broker = root.optional("broker");
  const origin = broker?.string({ max: limits.originCharacters }) ?? "";
  if (broker !== null && !isBrokerOrigin(origin, environment)) broker.fail("is no origin of a broker");
  return {
    v: 1,
    project: root.member("project").bytesText(16),
    environment,
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
    ...(broker === null ? {} : { broker: origin }),
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
