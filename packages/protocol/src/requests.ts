import { encodeBase64url } from "./base64url.ts";
import { type Evidence, readEvidence } from "./evidence.ts";
import * as limits from "./limits.ts";
import type { Parsed } from "./parsed.ts";
import { type Proof, readProof } from "./proof.ts";
import { parseStrictJson } from "./strict-json.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

/** `POST /v1/challenges` */
export interface ChallengeRequest {
  /** b64u of 16 bytes. */
  readonly project: string;
}

/** `POST /v1/sessions` */
export interface SessionRequest {
  /** The bytes that were signed. */
  readonly statement: Uint8Array;
  readonly proof: Proof;
  readonly credential?: string;
}

/** `POST /v1/instances` */
export interface EnrolRequest {
  readonly statement: Uint8Array;
  readonly proof: Proof;
  readonly evidence: readonly Evidence[];
  /** The old credential and the old instance key's signature over `tag("previous") ∥ H`. */
  readonly previous?: { readonly credential: string; readonly signature: Uint8Array };
}

const credential = { max: limits.credentialCharacters, min: 1, pattern: /^[A-Za-z0-9_-]+$/ };

function readStatementBytes(root: ValueReader): Uint8Array {
  return root.member("statement").bytes({ min: 1, max: limits.statementBytes });
}

function readSession(root: ValueReader): SessionRequest {
  const held = root.optional("credential");
  return {
    statement: readStatementBytes(root),
    proof: readProof(root.member("proof")),
    ...(held === null ? {} : { credential: held.string(credential) }),
  };
}

function readEnrol(root: ValueReader): EnrolRequest {
  const previous = root.optional("previous");
  return {
    statement: readStatementBytes(root),
    proof: readProof(root.member("proof")),
    evidence: readEvidence(root.member("evidence")),
    ...(previous === null
      ? {}
      : {
          previous: {
            credential: previous.member("credential").string(credential),
            signature: previous.member("signature").bytes(64),
          },
        }),
  };
}

function parseBody<T>(body: Uint8Array, maxBytes: number, shape: (root: ValueReader) => T): Parsed<T> {
  const json = parseStrictJson(body, { maxBytes });
  return json.ok ? readShape(json.value, shape) : json;
}

/** Reads a body of at most 256 bytes. Codes of all three: `too_large`, `malformed`, `unsupported_version`. */
export function parseChallengeRequest(body: Uint8Array): Parsed<ChallengeRequest> {
  return parseBody(body, limits.challengeBodyBytes, (root) => ({ project: root.member("project").bytesText(16) }));
}

/** Reads a body of at most 16 KiB. */
export function parseSessionRequest(body: Uint8Array): Parsed<SessionRequest> {
  return parseBody(body, limits.sessionBodyBytes, readSession);
}

/** Reads a body of at most 64 KiB. */
export function parseEnrolRequest(body: Uint8Array): Parsed<EnrolRequest> {
  return parseBody(body, limits.enrolBodyBytes, readEnrol);
}

function encodeProof(proof: Proof): { assertion?: string; signature?: string } {
  return {
    ...(proof.assertion === undefined ? {} : { assertion: encodeBase64url(proof.assertion) }),
    ...(proof.signature === undefined ? {} : { signature: encodeBase64url(proof.signature) }),
  };
}

function encodeEvidence(item: Evidence): object {
  if (item.type === "apple") return { ...item, attestation: encodeBase64url(item.attestation) };
  if (item.type === "android") return { ...item, chain: item.chain.map((der) => encodeBase64url(der)) };
  if (item.type === "development") return { ...item, mac: encodeBase64url(item.mac) };
  return item;
}

/** The body of `POST /v1/challenges`. */
export function encodeChallengeRequest(request: ChallengeRequest): string {
  return JSON.stringify({ v: 1, project: request.project });
}

/** The body of `POST /v1/sessions`. */
export function encodeSessionRequest(request: SessionRequest): string {
  const held = request.credential === undefined ? {} : { credential: request.credential };
  return JSON.stringify({
    v: 1,
    statement: encodeBase64url(request.statement),
    proof: encodeProof(request.proof),
    ...held,
  });
}

/** The body of `POST /v1/instances`. */
export function encodeEnrolRequest(request: EnrolRequest): string {
  const { previous } = request;
  return JSON.stringify({
    v: 1,
    statement: encodeBase64url(request.statement),
    proof: encodeProof(request.proof),
    evidence: request.evidence.map(encodeEvidence),
    ...(previous === undefined
      ? {}
      : { previous: { credential: previous.credential, signature: encodeBase64url(previous.signature) } }),
  });
}
