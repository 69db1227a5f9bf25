import { toBase64 } from "@countersign/asn1";
import { authorizationFields } from "./authorization-fields.ts";
import type { AuthorizationList } from "./authorization-list.ts";
import type { KeyDescription } from "./key-description.ts";

/** A value of JSON. */
export type Json = string | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A key description as Google's verifier prints it: its field names, numbers as decimal text, binary as base64. */
export function toGoogleJson(description: KeyDescription): { readonly [name: string]: Json } {
  return {
    attestationVersion: `${description.attestationVersion}`,
    attestationSecurityLevel: description.attestationSecurityLevel,
    keyMintVersion: `${description.keyMintVersion}`,
    keyMintSecurityLevel: description.keyMintSecurityLevel,
    attestationChallenge: toBase64(description.attestationChallenge),
    uniqueId: toBase64(description.uniqueId),
    softwareEnforced: listToJson(description.softwareEnforced),
    hardwareEnforced: listToJson(description.hardwareEnforced),
  };
}

function listToJson(list: AuthorizationList): Json {
  const json: Record<string, Json> = {};
  for (const { name } of authorizationFields) if (list[name] !== undefined) json[name] = valueToJson(list[name]);
  return { ...json, areTagsOrdered: list.areTagsOrdered };
}

function valueToJson(value: unknown): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(valueToJson);
  const entries = Object.entries(value ?? {}).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([name, member]) => [name, valueToJson(member)]));
}
