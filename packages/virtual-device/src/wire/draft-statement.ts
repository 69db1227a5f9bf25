import type { AppClaims, Platform, Signal } from "@countersign/client";
import { base64url, utf8 } from "../encoding/bytes.ts";
import { instanceId } from "./bindings.ts";
import type { PublicConfiguration } from "./configuration.ts";

export interface StatementAsks {
  readonly tokens: readonly { readonly api: string }[];
  readonly secrets: readonly string[];
  readonly clientAttestations: readonly { readonly clientId: string }[];
  readonly customTokens?: readonly { readonly api: string; readonly claims: string }[];
  readonly valuesKeys?: boolean;
}

export const asksNothing: StatementAsks = { tokens: [], secrets: [], clientAttestations: [] };

export interface StatementFields {
  readonly configuration: PublicConfiguration;
  readonly use: "enrol" | "session";
  readonly challenge: Uint8Array;
  readonly platform: Platform;
  readonly app: AppClaims;
  /** The point that evidence certifies. */
  readonly attestedKey: Uint8Array;
  readonly instanceKey: Uint8Array;
  readonly sessionKey: Uint8Array;
  readonly detectors: Readonly<Record<string, number>>;
  readonly seen: readonly Signal[];
  readonly asks: StatementAsks;
}

/** The bytes of a statement, written by hand (protocol section 5). */
export function draftStatement(fields: StatementFields): Uint8Array {
  const { configuration } = fields;
  return utf8(
    JSON.stringify({
      v: 1,
      use: fields.use,
      project: configuration.project,
      environment: configuration.environment,
      challenge: base64url(fields.challenge),
      platform: fields.platform,
      app: fields.app,
      sdk: "virtual-device/1",
      instance: instanceId(configuration.projectBytes, fields.attestedKey),
      instanceKey: base64url(fields.instanceKey),
      sessionKey: base64url(fields.sessionKey),
      signals: { detectors: fields.detectors, seen: fields.seen },
      asks: fields.asks,
      holds: { keys: 0, manifestEpoch: 0, manifest: 0 },
    }),
  );
}
