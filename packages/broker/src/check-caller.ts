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
import type { BrokerPorts, BrokerRequest } from "./ports.ts";
import { singleHeader } from "./single-header.ts";

export type CheckedCaller =
  | { readonly ok: true; readonly pass: Pass; readonly digest: string | null }
  | { readonly ok: false; readonly code: ProblemCode };

const refuse = (code: ProblemCode): { readonly ok: false; readonly code: ProblemCode } => ({ ok: false, code });

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Who asks: a pass of this project that has not expired, the MAC of its bearer over method, target URI, body digest and pass (RFC 9421 with
 * `hmac-sha256`), fresh by the service clock, its nonce new in this session, and no ban. Codes in this order: `pass_invalid`,
 * `signature_invalid`, `request_replayed`, `pass_withdrawn`. The body is unread; `isBodyCovered` judges it afterwards.
 */
export async function checkCaller(ports: BrokerPorts, request: BrokerRequest): Promise<CheckedCaller> {
  const { headers, project } = request;
  const text = singleHeader(headers, "countersign-pass");
  const opened = text === null || text.length > limits.credentialCharacters ? null : ports.openPass(project, text);
  const nowMs = ports.nowMs();
  if (text === null || opened === null || !opened.ok || opened.pass.exp * 1000 <= nowMs) return refuse("pass_invalid");
  const { pass, proofKey } = opened;

  const signatureInput = singleHeader(headers, "signature-input");
  const signature = singleHeader(headers, "signature");
  const digest = singleHeader(headers, "content-digest");
  if (signatureInput === null || signature === null) return refuse("signature_invalid");
  const header = { name: "countersign-pass", value: text };
  const received = ports
    .origins()
    .map((origin) => ({ method: request.method, targetUri: origin + request.rawTarget, contentDigest: digest, header }))
    .map((covered) => parseSignature({ signatureInput, signature }, covered))
    .find((parsed) => parsed.ok && equal(hmacSha256(proofKey, parsed.value.base), parsed.value.signature));
  if (received?.ok !== true || received.value.keyid !== pass.session) return refuse("signature_invalid");
  if (!isSignatureInTime(received.value, nowMs / 1000)) return refuse("signature_invalid");

  const lifetimeSeconds = 2 * limits.signatureSeconds + 1;
  const first = await ports.once(`${project}:broker:${pass.session}:${received.value.nonce}`, lifetimeSeconds);
  if (!first) return refuse("request_replayed");
  return ports.isBanned(project, pass.instance, pass.subject) ? refuse("pass_withdrawn") : { ok: true, pass, digest };
}

/** Whether this is the body whose digest the MAC covered. */
export function isBodyCovered(body: Uint8Array, digest: string | null): boolean {
  return body.length === 0 ? digest === null : digest === contentDigest(sha256, body);
}
