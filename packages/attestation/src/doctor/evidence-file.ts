import { fromBase64, p256Point, parsePemCertificates, sha256 } from "@countersign/asn1";
import { fromUtf8, parseStrictJson, toUtf8 } from "@countersign/protocol";
import type { AppAttestEnvironment } from "../apple/environment.ts";
import { type BinaryKind, binaryKind } from "./binary-kind.ts";

/** What a file for the doctor may hold. */
export type EvidenceFile =
  | { readonly kind: "android-key-attestation"; readonly chain: readonly Uint8Array[] }
  | ({ readonly kind: "app-attest-attestation"; readonly attestation: Uint8Array } & AppAttestFields)
  | ({ readonly kind: "app-attest-assertion"; readonly assertion: Uint8Array } & AppAttestFields)
  | ({ readonly kind: "app-attest-receipt"; readonly receipt: Uint8Array } & AppAttestFields)
  | { readonly kind: "play-integrity-verdict"; readonly payload: unknown };

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

const maximumLength = 1024 * 1024;
const maximumCertificates = 16;

const noFields: AppAttestFields = {
  keyId: null,
  appIds: null,
  clientDataHash: null,
  environments: null,
  publicKey: null,
  counter: null,
};

/** A field that is not what it must be. Caught in `parseEvidenceFile`, which is the only way in. */
class FieldError extends Error {}

/**
 * Reads what docs/evidence.md names: a PEM chain, a JSON object with App Attest fields or a decoded Play Integrity verdict, bare evidence as
 * bytes, or any of these as standard base64 (of which several, joined by commas, are a chain of certificates).
 */
export function parseEvidenceFile(input: string | Uint8Array): ParsedEvidenceFile {
  if (input.length > maximumLength) return refused("the input is larger than 1 MiB; give one piece of evidence");
  if (typeof input !== "string") return parseBytes(input);
  const text = input.replace(/^\u{feff}/u, "").trim();
  return parseText(text) ?? parseBase64(text);
}

function parseBytes(bytes: Uint8Array): ParsedEvidenceFile {
  const text = fromUtf8(bytes)
    ?.replace(/^\u{feff}/u, "")
    .trim();
  if (text === undefined) return parseBinary(bytes);
  return parseText(text) ?? parseBase64(text);
}

/** Null for a text that is neither PEM nor JSON. */
function parseText(text: string): ParsedEvidenceFile | null {
  if (text.startsWith("{")) return parseJsonFile(text);
  if (/^[\w-]+(?:\.[\w-]+){4}$/.test(text)) {
    return refused("a classic Play Integrity token opens with its keys; give both key files");
  }
  if (!text.includes("-----BEGIN ")) return null;
  const chain = parsePemCertificates(text);
  if (chain === null)
    return refused("the PEM text is damaged or holds something else than certificates; give the chain again");
  return { ok: true, file: { kind: "android-key-attestation", chain } };
}

function parseBase64(text: string): ParsedEvidenceFile {
  const parts = text.replaceAll(/\s/g, "").split(",", maximumCertificates + 1);
  const pieces = parts.map((part) => (part === "" ? null : fromBase64(part)));
  const [first] = pieces;
  if (first === undefined || first === null || pieces.includes(null)) {
    return refused(
      "the input is neither PEM nor JSON nor base64; give a certificate chain, a JSON object, or evidence in base64",
    );
  }
  const inner = pieces.length === 1 ? fromUtf8(first)?.trim() : undefined;
  if (inner !== undefined) return parseText(inner) ?? unknownEvidence;
  return pieces.length === 1 ? parseBinary(first) : toChain(pieces.filter((piece) => piece !== null));
}

const unknownEvidence = refused("the bytes are no evidence that is known here; give the whole of one piece");

function parseBinary(bytes: Uint8Array): ParsedEvidenceFile {
  const kind = binaryKind(bytes);
  return kind === null ? unknownEvidence : { ok: true, file: toFile(kind, bytes) };
}

function toFile(kind: BinaryKind, bytes: Uint8Array): EvidenceFile {
  switch (kind) {
    case "certificate":
      return { kind: "android-key-attestation", chain: [bytes] };
    case "attestation":
      return { kind: "app-attest-attestation", attestation: bytes, ...noFields };
    case "assertion":
      return { kind: "app-attest-assertion", assertion: bytes, ...noFields };
    case "receipt":
      return { kind: "app-attest-receipt", receipt: bytes, ...noFields };
  }
}

function toChain(chain: readonly Uint8Array[]): ParsedEvidenceFile {
  const isChain = chain.length <= maximumCertificates && chain.every((bytes) => binaryKind(bytes) === "certificate");
  if (!isChain) return refused("several pieces of base64 must be the certificates of one chain, leaf first");
  return { ok: true, file: { kind: "android-key-attestation", chain } };
}

function parseJsonFile(text: string): ParsedEvidenceFile {
  try {
    const object = JSON.parse(text) as JsonObject;
    const verdict = ["tokenPayloadExternal", "requestDetails"].find((name) => Object.hasOwn(object, name));
    if (verdict !== undefined) return parseVerdict(text, verdict);
    const attestation = binary(object, "attestation");
    const assertion = binary(object, "assertion");
    const receipt = binary(object, "receipt");
    const fields = appAttestFields(object);
    if ([attestation, assertion, receipt].filter((evidence) => evidence !== null).length !== 1) {
      return refused(
        'the JSON object must have exactly one of "attestation", "assertion" and "receipt", or be a decoded Play Integrity verdict',
      );
    }
    if (attestation) return { ok: true, file: { kind: "app-attest-attestation", attestation, ...fields } };
    if (assertion) return { ok: true, file: { kind: "app-attest-assertion", assertion, ...fields } };
    return { ok: true, file: { kind: "app-attest-receipt", receipt: receipt ?? new Uint8Array(), ...fields } };
  } catch (error) {
    return refused(
      error instanceof FieldError ? error.message : "the file is not valid JSON; check it with a JSON tool",
    );
  }
}

/** A verdict, bare or in the answer of Google's decode call. A repeated member would have two readings. */
function parseVerdict(text: string, member: string): ParsedEvidenceFile {
  const json = parseStrictJson(toUtf8(text), { maxBytes: maximumLength });
  if (!json.ok) return refused("the verdict names a member twice, or nests too deep; give it as Google sent it");
  const value = json.value as JsonObject;
  const payload = member === "tokenPayloadExternal" ? value[member] : value;
  return { ok: true, file: { kind: "play-integrity-verdict", payload } };
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
