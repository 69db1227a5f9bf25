import { randomBytes } from "node:crypto";
import { concat, fromBase64url, utf8 } from "../encoding/bytes.ts";
import { statementHash } from "../wire/bindings.ts";
import { openSeal, type SessionKey } from "../wire/open-seal.ts";
import { tag } from "../wire/tag.ts";
import type { AttackOutcome } from "./attack.ts";
import type { AttackLab } from "./lab.ts";

/** The parts of a sealed session that an attacker is after. */
export interface OpenedSession {
  readonly verdict: "trusted" | "restricted";
  readonly arc: string;
  readonly credential: string;
  readonly secrets: readonly { readonly name: string; readonly mode: string }[];
  readonly plaintext: Uint8Array;
}

/** An answer, read without any of the checks that an agent owes itself. */
export interface RawAnswer {
  /** Code of the problem, or null. */
  readonly problem: string | null;
  readonly outcome: "session" | "refused" | "enrol" | null;
  readonly arc: string | null;
  /** Why the service wants an enrolment. */
  readonly reason: string | null;
  /** The continuing challenge. */
  readonly challenge: Uint8Array | null;
  readonly session: OpenedSession | null;
}

/** A body for the service and what opens its answer. */
export interface Prepared {
  readonly path: "/v1/instances" | "/v1/sessions";
  readonly body: Readonly<Record<string, unknown>>;
  readonly statement: Uint8Array;
  readonly sessionKey: SessionKey;
}

/** Talks to the service by hand and keeps every byte of it. */
export interface Exchange {
  /** An open challenge for the project of `project` (b64u). */
  challenge(project: string): Promise<Uint8Array>;
  send(prepared: Prepared): Promise<RawAnswer>;
  /** The outcome of an attack whose last answer this is. The attacker sees what the answer's session key opens. */
  outcome(answer: RawAnswer): AttackOutcome;
}

export function createExchange(lab: AttackLab): Exchange {
  const seen: Uint8Array[] = [];
  const post = async (path: string, body: unknown): Promise<{ readonly status: number; readonly json: unknown }> => {
    seen.push(utf8(JSON.stringify(body)));
    const response = await lab.send("POST", path, body);
    seen.push(response.body);
    return response;
  };
  return {
    challenge: async (project) => {
      const { json } = await post("/v1/challenges", { v: 1, project });
      return fromBase64url(text(member(json, "challenge")) ?? "");
    },
    send: async (prepared) => {
      const { json } = await post(prepared.path, prepared.body);
      return readAnswer(json, prepared);
    },
    outcome: (answer) => {
      const opened = answer.session;
      if (opened !== null) seen.push(opened.plaintext);
      return {
        verdict: opened?.verdict ?? (answer.outcome === "refused" ? "refused" : null),
        arc: answer.arc,
        code: answer.problem ?? answer.reason,
        secretDelivered: opened?.secrets.some((secret) => secret.mode === "delivered") ?? false,
        upstreamStatus: null,
        seen,
      };
    },
  };
}

function readAnswer(json: unknown, prepared: Prepared): RawAnswer {
  const signed = text(member(json, "signed"));
  if (signed === null) {
    const problem = text(member(json, "code")) ?? "unreadable_answer";
    return { problem, outcome: null, arc: null, reason: null, challenge: null, session: null };
  }
  const body: unknown = JSON.parse(Buffer.from(fromBase64url(signed)).toString());
  const outcome = member(body, "outcome");
  const challenge = text(member(body, "challenge"));
  const session = outcome === "session" ? open(body, prepared) : null;
  return {
    problem: null,
    outcome: outcome === "session" || outcome === "refused" || outcome === "enrol" ? outcome : null,
    arc: session?.arc ?? text(member(body, "arc")),
    reason: text(member(body, "reason")),
    challenge: challenge === null ? null : fromBase64url(challenge),
    session,
  };
}

function open(body: unknown, prepared: Prepared): OpenedSession {
  const plaintext = openSeal(
    prepared.sessionKey,
    concat(tag("seal"), statementHash(prepared.statement)),
    fromBase64url(text(member(body, "enc")) ?? ""),
    fromBase64url(text(member(body, "sealed")) ?? ""),
  );
  const session: unknown = JSON.parse(Buffer.from(plaintext).toString());
  const secrets = member(session, "secrets");
  return {
    verdict: member(session, "verdict") === "trusted" ? "trusted" : "restricted",
    arc: text(member(session, "arc")) ?? "",
    credential: text(member(session, "credential")) ?? "",
    secrets: (Array.isArray(secrets) ? (secrets as unknown[]) : []).map((secret) => ({
      name: text(member(secret, "name")) ?? "",
      mode: text(member(secret, "mode")) ?? "",
    })),
    plaintext,
  };
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Randomness of the attacker's own. */
export function randomness(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}
