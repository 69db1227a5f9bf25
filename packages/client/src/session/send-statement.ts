import {
  type ChallengeFields,
  decodeBase64url,
  type Evidence,
  encodeBase64url,
  encodeEnrolRequest,
  encodeSessionRequest,
  instanceId,
  statementHash,
} from "@countersign/protocol";
import type { Moment } from "../clock/agent-clock.ts";
import { sha256 } from "../crypto/sha256.ts";
import { createX25519KeyPair, type X25519KeyPair } from "../crypto/x25519.ts";
import type { DeviceKey } from "../enrolment/stored-instance.ts";
import { AgentError } from "../errors.ts";
import type { AbortHandle, NativeProof, Evidence as PortEvidence } from "../ports.ts";
import type { Observation } from "../signals/signals.ts";
import { type Needs, noNeeds } from "../statement/asks.ts";
import { type BuiltStatement, buildStatement } from "../statement/build-statement.ts";
import { solveWork } from "../statement/solve-work.ts";
import type { Core } from "./core.ts";
import type { Exchanged } from "./exchange.ts";
import { playEvidence } from "./play-evidence.ts";

/** Where one statement goes, and with which key. */
export interface Path {
  readonly use: "enrol" | "session";
  readonly key: DeviceKey;
  readonly evidence: readonly PortEvidence[];
  readonly challenge: ChallengeFields;
}

/** A statement that went out, with everything its answer must be held against. */
export interface Sent extends Path {
  readonly exchanged: Exchanged;
  readonly hash: Uint8Array;
  readonly sessionKey: X25519KeyPair;
  readonly observation: Observation;
  readonly asked: Needs;
  readonly sentAtMs: number;
  readonly sentAt: Moment;
  readonly setBacks: number;
  readonly wipes: number;
}

export interface SendOptions {
  readonly withCredential: boolean;
  readonly abort: AbortHandle;
  readonly onAsked: (asked: Needs) => void;
}

/** The b64u instance id of a key. */
export function instanceOf(core: Pick<Core, "configuration">, key: DeviceKey): string {
  const attested = decodeBase64url(key.attestedKey) ?? new Uint8Array(0);
  return encodeBase64url(instanceId(sha256, core.configuration.projectId, attested));
}

function toWire(evidence: PortEvidence): Evidence {
  const bytes = (text: string): Uint8Array => decodeBase64url(text) ?? new Uint8Array(0);
  if (evidence.type === "apple") return { ...evidence, attestation: bytes(evidence.attestation) };
  return { ...evidence, chain: evidence.chain.map(bytes) };
}

/** Without the old key's word the new instance is a stranger: worse for its history, never for the device, so a lost old key is no obstacle. */
async function previousOf(
  core: Core,
  statement: Uint8Array,
): Promise<{ previous?: { credential: string; signature: Uint8Array } }> {
  const { held, credential } = core.instance.current();
  if (held === null || credential === null) return {};
  try {
    return { previous: { credential, signature: await core.ports.keys.provePrevious(held.alias, statement) } };
  } catch {
    return {};
  }
}

/** An instance of a development key proves itself by its instance key alone, on every platform. */
function proofOf({ development }: Core, proof: NativeProof): NativeProof {
  return development === null || proof.signature === undefined ? proof : { signature: proof.signature };
}

async function evidenceOf(core: Core, path: Path, statement: Uint8Array): Promise<readonly Evidence[]> {
  const hash = statementHash(sha256, statement);
  if (core.development !== null) return [core.development.evidenceFor(hash)];
  return [...path.evidence.map(toWire), ...(await playEvidence(core, hash))];
}

async function bodyOf(core: Core, path: Path, statement: Uint8Array, withCredential: boolean): Promise<string> {
  const { held, credential } = core.instance.current();
  const proof = proofOf(core, await core.ports.keys.prove(path.key.alias, statement));
  const isHeld = path.key.alias === held?.alias;
  if (path.use === "enrol") {
    const previous = isHeld ? {} : await previousOf(core, statement);
    const evidence = await evidenceOf(core, path, statement);
    return encodeEnrolRequest({ statement, proof, evidence, ...previous });
  }
  const own = isHeld && withCredential && credential !== null ? { credential } : {};
  return encodeSessionRequest({ statement, proof, ...own });
}

function build(
  core: Core,
  path: Path,
  observation: Observation,
  sessionKey: X25519KeyPair,
  work: Uint8Array | null,
): BuiltStatement {
  const { configuration, ports, trust, asks } = core;
  return buildStatement({
    use: path.use,
    configuration,
    challenge: encodeBase64url(path.challenge.bytes),
    platform: ports.keys.platform,
    app: ports.app,
    instance: instanceOf(core, path.key),
    instanceKey: path.key.instanceKey,
    sessionKey: sessionKey.publicKey,
    detectors: observation.detectors,
    seen: observation.seen,
    asks: observation.unjudged.length > 0 ? noNeeds : asks.current(),
    trust: trust.current(),
    work,
  });
}

/**
 * Makes one statement, has it proved and sends it. Every call has its own session key and its own proof: the same bytes never go out
 * twice. Rejects with the platform's error where the key cannot be used.
 */
export async function sendStatement(core: Core, path: Path, options: SendOptions): Promise<Sent> {
  const { ports, clock } = core;
  const work = await solveWork(path.challenge, ports.timers, options.abort);
  if (options.abort.aborted) throw new AgentError("stopped");
  const observation = await core.observe();
  const wipes = core.wipes();
  const sessionKey = createX25519KeyPair(ports.randomness.bytes(32));
  const { bytes, asked } = build(core, path, observation, sessionKey, work);
  options.onAsked(asked);
  const body = await bodyOf(core, path, bytes, options.withCredential);
  const setBacks = clock.setBacks();
  const sentAtMs = clock.nowMs();
  const sentAt = clock.moment();
  const exchanged = await core.exchange.statement(path.use === "enrol" ? "/v1/instances" : "/v1/sessions", body);
  const hash = statementHash(sha256, bytes);
  return { ...path, exchanged, hash, sessionKey, observation, asked, sentAtMs, sentAt, setBacks, wipes };
}
