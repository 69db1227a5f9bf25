import {
  type Certificate,
  derSequence,
  derTag,
  parseCertificate,
  parseDer,
  toInteger,
  toOctets,
  toUtf8,
} from "@countersign/asn1";
import type { AppAttestEnvironment } from "./environment.ts";

/** What Apple signed in a receipt (https://developer.apple.com/documentation/devicecheck/assessing-fraud-risk), read and not judged. */
export interface ReceiptPayload {
  readonly appId: string;
  /** The attested leaf certificate. */
  readonly certificate: Certificate;
  /** The client data hash as the app handed it over. Apple's server spoils it in a renewed receipt. */
  readonly clientDataHash: Uint8Array;
  /** What Apple's server knows the device by. */
  readonly token: string;
  /** `ATTEST` comes with the attestation, `RECEIPT` from Apple's server. */
  readonly type: "ATTEST" | "RECEIPT";
  readonly environment: AppAttestEnvironment;
  readonly createdAtMs: number;
  /** About how many keys the device attested for this app in 30 days; only a renewed receipt has it. */
  readonly riskMetric: number | null;
  /** Before it, Apple's server renews nothing; only a renewed receipt has it. */
  readonly notBeforeMs: number | null;
  readonly expiresAtMs: number;
}

/** The payload, or which part of it is not as it must be. */
export type ReadReceiptPayload =
  | { readonly ok: true; readonly payload: ReceiptPayload }
  | { readonly ok: false; readonly structure: string };

const fieldType = {
  appId: 2,
  certificate: 3,
  clientDataHash: 4,
  token: 5,
  type: 6,
  environment: 7,
  createdAt: 12,
  riskMetric: 17,
  notBefore: 19,
  expiresAt: 21,
} as const;

type FieldName = keyof typeof fieldType;

/**
 * Reads `SET OF SEQUENCE { type INTEGER, version INTEGER, value OCTET STRING }`. Field types that this release does not know are passed
 * over; one that stands twice has no single meaning and is not.
 */
export function parseReceiptPayload(bytes: Uint8Array): ReadReceiptPayload {
  const fields = readFields(bytes);
  if (fields === null) return { ok: false, structure: "the payload" };
  const wrong: FieldName[] = [];
  const read = <T>(name: FieldName, parse: (value: Uint8Array) => T | null): T | null => {
    const value = fields.get(fieldType[name]);
    const parsed = value === undefined ? null : parse(value);
    if (parsed === null) wrong.push(name);
    return parsed;
  };
  const readOptional = <T>(name: FieldName, parse: (value: Uint8Array) => T | null): T | null =>
    fields.has(fieldType[name]) ? read(name, parse) : null;

  const appId = read("appId", toUtf8);
  const certificate = read("certificate", parseCertificate);
  const clientDataHash = read("clientDataHash", (value) => value);
  const token = read("token", toUtf8);
  const type = read("type", toType);
  const environment = read("environment", toEnvironment);
  const createdAtMs = read("createdAt", toTimeMs);
  const expiresAtMs = read("expiresAt", toTimeMs);
  const riskMetric = readOptional("riskMetric", toCount);
  const notBeforeMs = readOptional("notBefore", toTimeMs);

  const [first] = wrong;
  const structure = first === undefined ? "the payload" : `field ${fieldType[first]}`;
  if (appId === null || certificate === null || clientDataHash === null || token === null || type === null)
    return { ok: false, structure };
  if (environment === null || createdAtMs === null || expiresAtMs === null || first !== undefined)
    return { ok: false, structure };
  const payload = {
    appId,
    certificate,
    clientDataHash,
    token,
    type,
    environment,
    createdAtMs,
    riskMetric,
    notBeforeMs,
  };
  return { ok: true, payload: { ...payload, expiresAtMs } };
}

function readFields(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> | null {
  const fields = new Map<number, Uint8Array>();
  const members = derSequence(parseDer(bytes), derTag.set);
  if (members === null) return null;
  for (const member of members) {
    const parts = derSequence(member);
    const type = toInteger(parts?.[0]);
    const value = toOctets(parts?.[2]);
    if (parts?.length !== 3 || type === null || toInteger(parts[1]) === null || value === null) return null;
    if (fields.has(Number(type))) return null;
    fields.set(Number(type), value);
  }
  return fields;
}

function toType(value: Uint8Array): ReceiptPayload["type"] | null {
  const text = toUtf8(value);
  return text === "ATTEST" || text === "RECEIPT" ? text : null;
}

function toEnvironment(value: Uint8Array): AppAttestEnvironment | null {
  const text = toUtf8(value);
  if (text === "production") return "production";
  return text === "sandbox" ? "development" : null;
}

/** Decimal digits without a leading zero. */
function toCount(value: Uint8Array): number | null {
  const text = toUtf8(value) ?? "";
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : null;
}

/** ISO 8601 in UTC with up to three decimals of a second: Apple drops zeros at their end. */
function toTimeMs(value: Uint8Array): number | null {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?Z$/.exec(toUtf8(value) ?? "");
  if (parts === null) return null;
  const full = `${parts[1]}.${(parts[2] ?? "").padEnd(3, "0")}Z`;
  const timeMs = Date.parse(full);
  // Date.parse may roll an impossible day over; a real one prints as it was read.
  return Number.isFinite(timeMs) && new Date(timeMs).toISOString() === full ? timeMs : null;
}
