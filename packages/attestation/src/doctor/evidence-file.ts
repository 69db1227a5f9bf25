import type { AppAttestEnvironment } from "../apple/environment.ts";
import { fromBase64, sha256 } from "../bytes.ts";
import { parsePemCertificates } from "../x509/pem.ts";
import { p256Point } from "../x509/public-key.ts";

/** What a file for the doctor may hold. */
export type EvidenceFile =
  | { readonly kind: "android-key-attestation"; readonly chain: readonly Uint8Array[] }
  | ({ readonly kind: "app-attest-attestation"; readonly attestation: Uint8Array } & AppAttestFields)
  | ({ readonly kind: "app-attest-assertion"; readonly assertion: Uint8Array } & AppAttestFields);

/** The fields beside App Attest evidence; null for what was not given. */
export interface AppAttestFields {
  readonly keyId: Uint8Array | null;
  readonly appIds: readonly string[] | null;
  readonly clientDataHash: Uint8Array | null;
  readonly environments: readonly AppAttestEnvironment[] | null;
  readonly publicKey: Uint8Array | null;
  readonly counter: number | null;
}

/** Either the file, or one line that says what to change. */
export type ParsedEvidenceFile =
  | { readonly ok: true; readonly file: EvidenceFile }
  | { readonly ok: false; readonly message: string };

type JsonObject = Readonly<Record<string, unknown>>;

const maximumCharacters = 1024 * 1024;

/** A field that is not what it must be. Caught in `parseEvidenceFile`, which is the only way in. */
class FieldError extends Error {}

/** Reads a PEM chain, or a JSON object with App Attest fields (docs/evidence.md). Binary is base64 and never guessed. */
export function parseEvidenceFile(text: string): ParsedEvidenceFile {
  if (text.length > maximumCharacters)
    return refused("the file is larger than 1 MiB; give one PEM chain or one JSON object");
  const body = text.replace(/^\u{feff}/u, "").trim();
  if (body.startsWith("{")) return parseJsonFile(body);
  if (!body.includes("-----BEGIN ")) {
    return refused(
      "the file is neither PEM nor JSON; give a PEM certificate chain or a JSON object with App Attest fields",
    );
  }
  const chain = parsePemCertificates(body);
  if (chain === null)
    return refused("the PEM text is damaged or holds something else than certificates; give the chain again");
  return { ok: true, file: { kind: "android-key-attestation", chain } };
}

function parseJsonFile(text: string): ParsedEvidenceFile {
  try {
    const object = JSON.parse(text) as JsonObject;
    const attestation = binary(object, "attestation");
    const assertion = binary(object, "assertion");
    const fields = appAttestFields(object);
    if (attestation && !assertion)
      return { ok: true, file: { kind: "app-attest-attestation", attestation, ...fields } };
    if (assertion && !attestation) return { ok: true, file: { kind: "app-attest-assertion", assertion, ...fields } };
    return refused('the JSON object must have either "attestation" or "assertion"');
  } catch (error) {
    return refused(
      error instanceof FieldError ? error.message : "the file is not valid JSON; check it with a JSON tool",
    );
  }
}

function appAttestFields(object: JsonObject): AppAttestFields {
  const hash = binary(object, "clientDataHash");
  const data = binary(object, "clientData");
  if (hash && data) throw new FieldError('give "clientData" or "clientDataHash", not both');
  const appId = optional(object, "appId", toText, "text such as TEAMID.bundle.id");
  const environment = optional(object, "environment", toEnvironmentName, '"production" or "development"');
  return {
    keyId: binary(object, "keyId"),
    appIds: appId === null ? null : [appId],
    clientDataHash: hash ?? (data && sha256(data)),
    environments: environment === null ? null : [environment],
    publicKey: optional(
      object,
      "publicKey",
      toPoint,
      "the base64 of a P-256 SubjectPublicKeyInfo or of its 65-byte point",
    ),
    counter: optional(object, "counter", toCounter, "the last counter seen, a whole number"),
  };
}

function binary(object: JsonObject, name: string): Uint8Array | null {
  return optional(object, name, toBytes, "standard base64 with padding");
}

/** A field as `read` reads it, or null where it is absent; `read` answers null for what it cannot read. */
function optional<T>(object: JsonObject, name: string, read: (value: unknown) => T | null, expected: string): T | null {
  if (!Object.hasOwn(object, name)) return null;
  const value = read(object[name]);
  if (value === null) throw new FieldError(`"${name}" must be ${expected}`);
  return value;
}

function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function toBytes(value: unknown): Uint8Array | null {
  const text = toText(value);
  return text === null ? null : fromBase64(text);
}

function toPoint(value: unknown): Uint8Array | null {
  const bytes = toBytes(value);
  return bytes === null || bytes.length === 65 ? bytes : p256Point(bytes);
}

function toEnvironmentName(value: unknown): AppAttestEnvironment | null {
  return value === "production" || value === "development" ? value : null;
}

function toCounter(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32 ? value : null;
}

function refused(message: string): ParsedEvidenceFile {
  return { ok: false, message };
}
