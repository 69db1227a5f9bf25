import { type Configuration, encodeBase64url, type SeenSignal, type Statement, toUtf8 } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import type { AppClaims, Platform, Signal } from "../ports.ts";
import { manifestInForce, type Trust } from "../trust/trust.ts";
import type { Needs } from "./asks.ts";

/** The agent as statements name it. */
export const sdk = "countersign-js/0.1.0";

export interface StatementInput {
  readonly use: "enrol" | "session";
  readonly configuration: Configuration;
  readonly challenge: string;
  readonly platform: Platform;
  readonly app: AppClaims;
  /** b64u of 16 bytes. */
  readonly instance: string;
  /** b64u of the 65-byte point. */
  readonly instanceKey: string;
  /** The public X25519 key of this one statement. */
  readonly sessionKey: Uint8Array;
  readonly detectors: Readonly<Record<string, number>>;
  readonly seen: readonly Signal[];
  readonly asks: Needs;
  readonly trust: Trust;
  readonly work: Uint8Array | null;
}

const word = /^[a-z0-9_.-]{1,48}$/;

function toCount(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(0, Math.floor(value)), Number.MAX_SAFE_INTEGER) : 0;
}

function toSeen(signal: Signal, withDetail: boolean): SeenSignal {
  const detail = signal.detail?.replace(/[^ -~]/g, "?").slice(0, limits.detailCharacters);
  return {
    name: signal.name,
    count: toCount(signal.count),
    ageSeconds: toCount(signal.ageSeconds),
    ...(withDetail && detail !== undefined ? { detail } : {}),
  };
}

function toStatement(input: StatementInput, signals: Statement["signals"], asks: Needs): Statement {
  const { configuration, app, trust } = input;
  const manifest = manifestInForce(trust);
  return {
    v: 1,
    use: input.use,
    project: configuration.project,
    environment: configuration.environment,
    challenge: input.challenge,
    platform: input.platform,
    app: {
      id: app.id,
      version: app.version,
      build: app.build,
      ...(app.bundle === undefined ? {} : { bundle: app.bundle }),
    },
    sdk,
    instance: input.instance,
    instanceKey: input.instanceKey,
    sessionKey: encodeBase64url(input.sessionKey),
    signals,
    asks: {
      tokens: asks.tokens.map(({ api, bind }) => (bind === null ? { api } : { api, bind })),
      secrets: asks.secrets,
      clientAttestations: asks.clientAttestations.map((clientId) => ({ clientId })),
      ...(asks.customTokens.length === 0 ? {} : { customTokens: asks.customTokens }),
      ...(asks.valuesKeys ? { valuesKeys: true } : {}),
    },
    holds: {
      keys: trust.keys?.list.version ?? 0,
      manifestEpoch: manifest?.epoch ?? 0,
      manifest: manifest?.version ?? 0,
    },
    ...(input.work === null ? {} : { work: encodeBase64url(input.work) }),
  };
}

/** The exact bytes to sign, and the asks that are in them. */
export interface BuiltStatement {
  readonly bytes: Uint8Array;
  readonly asked: Needs;
}

/**
 * The statement of at most 8 KiB. Where everything does not fit, details of signals go first, then signals past the sixteenth, then the
 * longest unused secrets and client attestations: a later statement asks for those when they are used. Custom tokens go last.
 */
export function buildStatement(input: StatementInput): BuiltStatement {
  const detectors = Object.fromEntries(
    Object.entries(input.detectors)
      .filter(([name]) => word.test(name))
      .slice(0, limits.detectors)
      .map(([name, revision]) => [name, toCount(revision)]),
  );
  const seen = input.seen.filter((signal) => word.test(signal.name)).slice(0, limits.signals);
  const { secrets, clientAttestations: clients } = input.asks;
  const attempts = [
    { withDetail: true, signals: limits.signals, secrets, clients },
    { withDetail: false, signals: limits.signals, secrets, clients },
    { withDetail: false, signals: 16, secrets, clients },
    { withDetail: false, signals: 16, secrets: secrets.slice(-32), clients: clients.slice(-4) },
    { withDetail: false, signals: 16, secrets: secrets.slice(-8), clients: clients.slice(-1) },
    { withDetail: false, signals: 16, secrets: secrets.slice(-8), clients: clients.slice(-1), customTokens: [] },
  ];
  for (const attempt of attempts) {
    const { customTokens = input.asks.customTokens } = attempt;
    const asked: Needs = { ...input.asks, secrets: attempt.secrets, clientAttestations: attempt.clients, customTokens };
    const signals = {
      detectors,
      seen: seen.slice(0, attempt.signals).map((each) => toSeen(each, attempt.withDetail)),
    };
    const bytes = toUtf8(JSON.stringify(toStatement(input, signals, asked)));
    if (bytes.length <= limits.statementBytes) return { bytes, asked };
  }
  throw new TypeError("the app's claims or detectors do not fit a statement of 8 KiB");
}
