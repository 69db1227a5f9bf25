import { timingSafeEqual } from "node:crypto";
import {
  contentDigest,
  isSignatureInTime,
  limits,
  type Pass,
  type ProblemCode,
  parseSignature,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import type { BrokerPorts, BrokerRequest, Decoys } from "./ports.ts";
import { singleHeader } from "./single-header.ts";

/** A caller whose pass and MAC are good; `digest` is what its body must have, null for none. */
export interface KnownCaller {
  readonly ok: true;
  readonly pass: Pass;
  readonly digest: string | null;
  /** Origin of this service that the MAC covered. */
  readonly origin: string;
  /** Set where the call is a decoy's. */
  readonly decoys: Decoys | null;
}

export type CheckedCaller = KnownCaller | { readonly ok: false; readonly code: ProblemCode };

const refuse = (code: ProblemCode): { readonly ok: false; readonly code: ProblemCode } => ({ ok: false, code });

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Who asks: a pass of this project that has not expired, the MAC of its bearer over method, target URI, body digest and pass (RFC 9421 with
 * `hmac-sha256`), fresh by the service clock, made since what was seen is remembered, within its quota, its nonce new in this session, and
 * no ban. Codes in this order: `pass_invalid`, `signature_invalid`, `request_replayed`, `slow_down`, `request_replayed`, `pass_withdrawn`.
 * The quota comes before the nonce, so that nobody fills the memory of nonces. The body is unread; `isBodyCovered` judges it afterwards.
 */
export async function checkCaller(
  ports: BrokerPorts,
  request: BrokerRequest,
  callsPerMinute: number,
): Promise<CheckedCaller> {
  const { headers, project } = request;
  const text = singleHeader(headers, "countersign-pass");
  const opened = text === null || text.length > limits.credentialCharacters ? null : ports.openPass(project, text);
  const nowMs = ports.nowMs();
  if (text === null || opened === null || !opened.ok || opened.pass.exp * 1000 <= nowMs) return refuse("pass_invalid");
  const { pass, proofKey, decoy } = opened;

  const signatureInput = singleHeader(headers, "signature-input");
  const signature = singleHeader(headers, "signature");
  const digest = singleHeader(headers, "content-digest");
  if (signatureInput === null || signature === null) return refuse("signature_invalid");
  const header = { name: "countersign-pass", value: text };
  const received = ports
    .origins()
    .map((origin) => {
      // The MAC of a WebSocket opens no request, and none opens it.
      const opened = request.opening === undefined ? origin : origin.replace(/^http/, "ws");
      const covered = { method: request.method, targetUri: opened + request.rawTarget, contentDigest: digest, header };
      return { ...parseSignature({ signatureInput, signature }, covered), origin };
    })
    .find((parsed) => parsed.ok && equal(hmacSha256(proofKey, parsed.value.base), parsed.value.signature));
  if (received?.ok !== true || received.value.keyid !== pass.session) return refuse("signature_invalid");
  if (!isSignatureInTime(received.value, nowMs / 1000)) return refuse("signature_invalid");
  // `created` is a whole second: one in which the memory began may be from before it, unless the pass is younger.
  const epochMs = await ports.epochMs();
  if (pass.issuedAtMs < epochMs && received.value.created * 1000 < epochMs) return refuse("request_replayed");

  const within = await ports.take(`${project}:broker:${pass.instance}`, callsPerMinute, 60);
  if (!within) return refuse("slow_down");
  // From a minute before `created` to a minute after it, and 10 s for a ledger that is slow to answer: the time was judged before it was asked.
  const lifetimeSeconds = 2 * limits.signatureSeconds + 10;
  const first = await ports.once(`${project}:broker:${pass.session}:${received.value.nonce}`, lifetimeSeconds);
  if (!first) return refuse("request_replayed");
  const standing = standingOf(ports, project, pass, decoy);
  return standing.ok ? { ok: true, pass, digest, origin: received.origin, decoys: standing.decoys } : standing;
}

/** What may have come while a checked caller's body was on its way: the end of the pass, or a ban. */
export function checkAgain(
  ports: BrokerPorts,
  project: string,
  { pass, decoys }: Pick<KnownCaller, "pass" | "decoys">,
): Standing {
  if (pass.exp * 1000 <= ports.nowMs()) return refuse("pass_invalid");
  return standingOf(ports, project, pass, decoys !== null);
}

export type Standing =
  | { readonly ok: true; readonly decoys: Decoys | null }
  | { readonly ok: false; readonly code: ProblemCode };

/** Bans end a call, or where the project has decoys make it one. Once a decoy, always one. */
function standingOf(ports: BrokerPorts, project: string, pass: Pass, decoy: boolean): Standing {
  if (!ports.isBanned(project, pass.instance, pass.subject) && !decoy) return { ok: true, decoys: null };
  const decoys = ports.decoys(project);
  return decoys === null ? refuse("pass_withdrawn") : { ok: true, decoys };
}

/** Whether this is the body whose digest the MAC covered. */
export function isBodyCovered(body: Uint8Array, digest: string | null): boolean {
  return body.length === 0 ? digest === null : digest === contentDigest(sha256, body);
}
