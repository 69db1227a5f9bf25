import {
  type ChallengeFields,
  type Configuration,
  encodeChallengeRequest,
  parseChallenge,
  parseManifestEnvelope,
  parseStrictJson,
  type ReceivedManifest,
} from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import type { AgentPorts, ServiceRequest, ServiceResponse } from "../ports.ts";
import { type DeviceProblem, isDeviceProblem } from "./reactions.ts";

/**
 * What came back for a statement. A problem is unsigned: `retryAfterSeconds` is cut to 300, so that a forged one buys no more than a
 * bounded wait.
 */
export type Exchanged = { readonly kind: "answer"; readonly bytes: Uint8Array } | Unanswered;

/** What is no answer. */
export type Unanswered =
  | {
      readonly kind: "problem";
      readonly code: DeviceProblem;
      readonly challenge: ChallengeFields | null;
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: "none" };

export interface OfferedChallenge {
  readonly kind: "challenge";
  readonly challenge: ChallengeFields;
}

const maxUnsignedWaitSeconds = 300;
const none: Unanswered = { kind: "none" };
const jsonHeaders = [
  ["content-type", "application/json"],
  ["accept", "application/json"],
] as const;

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** An open challenge that may be used: nothing else is accepted from an unsigned text. */
function openChallenge(text: unknown): ChallengeFields | null {
  const parsed = typeof text === "string" ? parseChallenge(text) : null;
  return parsed?.ok === true && parsed.value.kind === "open" ? parsed.value : null;
}

function toExchanged(bytes: Uint8Array): Exchanged {
  const json = parseStrictJson(bytes, { maxBytes: limits.answerBytes });
  if (!json.ok) return none;
  const { code, challenge, retryAfterSeconds, signed } = members(json.value);
  if (signed !== undefined) return { kind: "answer", bytes };
  if (typeof code !== "string" || !isDeviceProblem(code)) return none;
  const seconds = typeof retryAfterSeconds === "number" && retryAfterSeconds > 0 ? retryAfterSeconds : 0;
  return {
    kind: "problem",
    code,
    challenge: openChallenge(challenge),
    retryAfterSeconds: Math.min(seconds, maxUnsignedWaitSeconds),
  };
}

/** The device API, as seen from the device: bytes in, nothing believed. Never rejects. */
export class Exchange {
  readonly #ports: Pick<AgentPorts, "service" | "timers">;
  readonly #configuration: Configuration;
  readonly #timeoutMs: number;

  constructor(ports: Pick<AgentPorts, "service" | "timers">, configuration: Configuration, timeoutMs: number) {
    this.#ports = ports;
    this.#configuration = configuration;
    this.#timeoutMs = timeoutMs;
  }

  async #send(method: "GET" | "POST", path: string, body: string | null): Promise<Uint8Array | null> {
    try {
      const headers = body === null ? [["accept", "application/json"] as const] : jsonHeaders;
      const answer = await this.#bounded({ method, path, headers, body, timeoutMs: this.#timeoutMs });
      const bytes = answer?.body ?? null;
      return bytes === null || bytes.length > limits.answerBytes ? null : bytes;
    } catch {
      return null;
    }
  }

  /** Null after the time that was given: one request that never ends would hold up every later one, so no transport is trusted to end it. */
  #bounded(request: ServiceRequest): Promise<ServiceResponse | null> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.timers.after(request.timeoutMs, () => resolve(null));
      this.#ports.service.send(request).then(resolve, reject).finally(cancel);
    });
  }

  async statement(path: "/v1/instances" | "/v1/sessions", body: string): Promise<Exchanged> {
    const bytes = await this.#send("POST", path, body);
    return bytes === null ? none : toExchanged(bytes);
  }

  /** A fresh open challenge, or what came instead. */
  async challenge(): Promise<OfferedChallenge | Unanswered> {
    const body = encodeChallengeRequest({ project: this.#configuration.project });
    const bytes = await this.#send("POST", "/v1/challenges", body);
    const json = bytes === null ? null : parseStrictJson(bytes, { maxBytes: limits.answerBytes });
    if (bytes === null || json?.ok !== true) return none;
    const challenge = openChallenge(members(json.value).challenge);
    if (challenge !== null && members(json.value).code === undefined) return { kind: "challenge", challenge };
    const exchanged = toExchanged(bytes);
    return exchanged.kind === "answer" ? none : exchanged;
  }

  /** The current manifest of an app; unverified. */
  async manifest(app: string): Promise<ReceivedManifest | null> {
    const bytes = await this.#send("GET", `/v1/manifest/${this.#configuration.project}/${app}`, null);
    const parsed = bytes === null ? null : parseManifestEnvelope(bytes);
    return parsed?.ok === true ? parsed.value : null;
  }
}
