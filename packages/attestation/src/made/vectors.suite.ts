import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBase64, parsePemCertificates, sha256 } from "@countersign/asn1";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";

const folder = vectorsFolder();

/** True where the third-party vectors are absent and may be skipped. */
export const withoutVectors = folder === null && !requireAll;

export const vectorPath = (...parts: readonly string[]): string => join(folder ?? "no-vectors", ...parts);
export const vectorText = (...parts: readonly string[]): string => readFileSync(vectorPath(...parts), "utf8");

/** One of Google's chains with the JSON beside it. */
export interface AndroidVector {
  readonly name: string;
  readonly path: string;
  readonly chain: readonly Uint8Array[];
  readonly json: GoogleJson;
  readonly nowMs: number;
}
export interface GoogleJson {
  readonly softwareEnforced: { readonly creationDateTime: string } & Readonly<Record<string, unknown>>;
  readonly hardwareEnforced: { readonly rootOfTrust?: { readonly deviceLocked: boolean } } & Readonly<
    Record<string, unknown>
  >;
  readonly attestationSecurityLevel: string;
}

const testdata = ["android-keyattestation", "testdata"];

export function pemChain(...parts: readonly string[]): readonly Uint8Array[] {
  return parsePemCertificates(vectorText(...parts)) ?? [];
}

/** Google's 21 chains, by device, release and case. */
export function androidVectors(): readonly AndroidVector[] {
  if (folder === null) return [];
  const files = readdirSync(vectorPath(...testdata), { recursive: true, encoding: "utf8" });
  const names = files.filter((file) => file.endsWith(".pem")).map((file) => file.slice(0, -4));
  return names
    .filter((name) => files.includes(`${name}.json`))
    .map((name) => {
      // Google's JSON has comments on lines of their own.
      const json = JSON.parse(vectorText(...testdata, `${name}.json`).replaceAll(/^\s*\/\/.*$/gm, "")) as GoogleJson;
      const nowMs = Number(json.softwareEnforced.creationDateTime);
      return {
        name,
        path: vectorPath(...testdata, `${name}.pem`),
        chain: pemChain(...testdata, `${name}.pem`),
        json,
        nowMs,
      };
    });
}

/** One genuine App Attest attestation. */
export interface AttestationVector {
  readonly attestation: Uint8Array;
  readonly keyId: Uint8Array;
  readonly appId: string;
  readonly environment: "production" | "development";
  readonly clientDataHash: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly nowMs: number;
  readonly osVersion: string;
}

/** One genuine App Attest assertion. */
export interface AssertionVector {
  readonly assertion: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly clientDataHash: Uint8Array;
  readonly appId: string;
  readonly counter: number;
}

interface ClientData {
  readonly clientData: { readonly mode: "raw" | "sha256"; readonly b64: string };
}

export function attestationVectors(): readonly AttestationVector[] {
  return readAppAttest("attestations.json").map((entry) => ({
    attestation: base64(entry.attestationB64),
    keyId: base64(entry.keyIdB64),
    appId: String(entry.appIdFromCert),
    environment: entry.aaguid === "appattest" ? "production" : "development",
    clientDataHash: hashOf(entry),
    publicKey: base64(entry.publicKeySpkiB64).slice(-65),
    nowMs: Date.parse(String(entry.leafNotBefore)) + 1000,
    osVersion: String(entry.osVersionFromCert),
  }));
}

export function assertionVectors(): readonly AssertionVector[] {
  return readAppAttest("assertions.json").map((entry) => ({
    assertion: base64(entry.assertionB64),
    publicKey: base64(entry.publicKeySpkiB64).slice(-65),
    clientDataHash: hashOf(entry),
    appId: String(entry.appId),
    counter: Number(entry.counter),
  }));
}

/** One genuine App Attest receipt, with what it is known to say. */
export interface ReceiptVector {
  readonly receipt: Uint8Array;
  readonly appId: string;
  readonly publicKey: Uint8Array;
  readonly nowMs: number;
  readonly properties: Readonly<Record<ReceiptProperty, string>>;
}
type ReceiptProperty =
  | "type"
  | "environment"
  | "token"
  | "clientHashBase64"
  | "creationTime"
  | "expirationTime"
  | "notBefore"
  | "riskMetric";

/** Receipts that stand alone, each described by the lines of its YAML document. */
export function receiptVectors(): readonly ReceiptVector[] {
  if (folder === null) return [];
  const documents = readdirSync(vectorPath("appattest", "receipts"))
    .toSorted()
    .flatMap((file) => vectorText("appattest", "receipts", file).split(/^---$/m))
    .filter((document) => /^type: receipt$/m.test(document));
  return documents.map((document) => {
    const line = (name: string, indent = ""): string =>
      new RegExp(`^${indent}${name}:[ ]?'?(.*?)'?$`, "m").exec(document)?.[1] ?? "";
    const pem = /-----BEGIN PUBLIC KEY-----\s+(.*?)\s+-----END/s.exec(document)?.[1] ?? "";
    const names = ["type", "environment", "token", "clientHashBase64", "creationTime", "expirationTime"] as const;
    const all = [...names, "notBefore", "riskMetric"] as const;
    return {
      receipt: base64(line("receiptBase64")),
      appId: `${line("teamIdentifier")}.${line("bundleIdentifier")}`,
      publicKey: base64(pem.replaceAll(/\s/g, "")).slice(-65),
      nowMs: Date.parse(line("timestamp")),
      properties: Object.fromEntries(all.map((name) => [name, line(name, "  ")])) as ReceiptVector["properties"],
    };
  });
}

function readAppAttest(file: string): (ClientData & Readonly<Record<string, unknown>>)[] {
  return folder === null ? [] : (JSON.parse(vectorText("appattest", file)) as (ClientData & Record<string, unknown>)[]);
}

/** Some apps, and Apple's samples, hand the challenge itself over as the hash. */
function hashOf({ clientData }: ClientData): Uint8Array {
  const bytes = base64(clientData.b64);
  return clientData.mode === "raw" ? bytes : sha256(bytes);
}

function base64(text: unknown): Uint8Array {
  return fromBase64(String(text)) ?? new Uint8Array();
}
