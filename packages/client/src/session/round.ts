import {
  type ChallengeFields,
  type EnrolAnswer,
  parseChallenge,
  type RefusedAnswer,
  type SealedSession,
} from "@countersign/protocol";
import { toKeyFault } from "../enrolment/device-keys.ts";
import type { DeviceKey } from "../enrolment/stored-instance.ts";
import { AgentError, type AgentErrorCode } from "../errors.ts";
import type { AbortHandle } from "../ports.ts";
import type { Needs } from "../statement/asks.ts";
import { verifyAnswer } from "../trust/verify-answer.ts";
import type { Core } from "./core.ts";
import type { OfferedChallenge, Unanswered } from "./exchange.ts";
import { reactionTo } from "./reactions.ts";
import { type Path, type Sent, sendStatement } from "./send-statement.ts";

const maxRepeats = 3;

/** `keep`: a session with the key that is held, or the first enrolment. `renew`: an enrolment beside a held key that still works. */
export type RoundPurpose = "keep" | "renew";

export type RoundOutcome =
  | { readonly kind: "session"; readonly sealed: SealedSession; readonly serverTimeMs: number; readonly sent: Sent }
  | { readonly kind: "refused"; readonly answer: RefusedAnswer; readonly sentAtMs: number }
  | { readonly kind: "failed"; readonly error: AgentError };

/** The outcome of a round, or one more statement. */
type Step = RoundOutcome | "again";

function failed(code: AgentErrorCode, retryAfterSeconds?: number): RoundOutcome {
  return { kind: "failed", error: new AgentError(code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/**
 * One refresh: statements until one is answered, with at most 3 immediate repeats. Nothing unsigned changes what the agent holds, but the
 * platform's own word that a key is gone; a signed `enrol`, a gone key or a proof turned down twice leads to an enrolment within the budget.
 */
export class Round {
  readonly #core: Core;
  readonly #abort: AbortHandle;
  readonly #onAsked: (asked: Needs | null) => void;
  readonly #purpose: RoundPurpose;
  #repeats = 0;
  #enrol = false;
  #withCredential = true;
  #withStoredChallenge = true;
  #offered: ChallengeFields | null = null;
  #proofFaults = 0;
  #evidenceFaults = 0;
  #enrolOutcomes = 0;
  /** Work is asked for without a signature, so it is done once a round: forged challenges cost a back-off each, not seconds of it. */
  #worked = false;

  /** `onAsked` hears what the statement on its way asks for, and null while the next one is not built yet. */
  constructor(core: Core, purpose: RoundPurpose, abort: AbortHandle, onAsked: (asked: Needs | null) => void) {
    this.#core = core;
    this.#abort = abort;
    this.#onAsked = onAsked;
    this.#purpose = purpose;
  }

  async run(): Promise<RoundOutcome> {
    const limited = this.#purpose === "renew" ? await this.#driveEnrolment() : null;
    if (limited !== null) return limited;
    for (;;) {
      if (this.#abort.aborted) return failed("stopped");
      if (this.#core.inBackground()) return failed("in_background");
      this.#onAsked(null);
      const step = await this.#step();
      if (step !== "again") return step;
    }
  }

  async #step(): Promise<Step> {
    const { instance, keys } = this.#core;
    const { held, pending } = instance.current();
    const fresh = keys.freshPending();
    const enrolling = this.#enrol || (held === null && (fresh !== null || pending === null));
    const key = enrolling ? fresh : (held ?? pending);
    const chosen = await this.#chooseChallenge(!enrolling && key !== null && key === held);
    if (chosen.kind !== "challenge") return this.#unanswered(chosen, null);
    const { challenge } = chosen;
    if (challenge.workBits > 0) {
      if (this.#worked) return failed("service_busy");
      this.#worked = true;
    }
    if (enrolling || key === null) return this.#enrolWith(challenge);
    return this.#state({ use: "session", key, evidence: [], challenge });
  }

  /** The problem's, the stored continuing one where the held key asks, or a new open one. */
  async #chooseChallenge(continuing: boolean): Promise<OfferedChallenge | Unanswered> {
    const offered = this.#offered;
    this.#offered = null;
    if (offered !== null) return { kind: "challenge", challenge: offered };
    const { challenge } = this.#core.instance.current();
    if (continuing && this.#withStoredChallenge && challenge !== null) {
      const stored = parseChallenge(challenge.text);
      const isGood = stored.ok && this.#core.clock.ageMs(challenge.at) < stored.value.lifetimeSeconds * 1000;
      if (isGood) return { kind: "challenge", challenge: stored.value };
    }
    return this.#core.exchange.challenge();
  }

  async #enrolWith(challenge: ChallengeFields): Promise<Step> {
    try {
      const key = this.#core.keys.freshPending() ?? (await this.#core.keys.make(challenge));
      return await this.#state({ use: "enrol", key, evidence: key.evidence, challenge });
    } catch (error) {
      if (error instanceof AgentError) return { kind: "failed", error };
      throw error;
    }
  }

  async #state(path: Path): Promise<Step> {
    let sent: Sent;
    try {
      const options = { withCredential: this.#withCredential, abort: this.#abort, onAsked: this.#onAsked };
      sent = await sendStatement(this.#core, path, options);
    } catch (error) {
      return this.#keyFailed(path.key, error);
    }
    try {
      return sent.exchanged.kind === "answer"
        ? await this.#answered(sent, sent.exchanged.bytes)
        : await this.#unanswered(sent.exchanged, path);
    } finally {
      sent.sessionKey.secretKey.fill(0);
    }
  }

  /** One more statement, or the end of the round with the error of the last. */
  #repeat(code: AgentErrorCode): Step {
    if (this.#repeats >= maxRepeats) return failed(code);
    this.#repeats += 1;
    return "again";
  }

  async #answered(sent: Sent, bytes: Uint8Array): Promise<Step> {
    const { configuration, ports, trust, exchange, instance, keys } = this.#core;
    const verified = await verifyAnswer({
      bytes,
      hash: sent.hash,
      sessionKey: sent.sessionKey,
      trust: trust.current(),
      scope: { configuration, app: ports.app.id },
      loadManifest: () => exchange.manifest(ports.app.id),
    });
    if (!verified.ok) {
      this.#core.untrusted();
      return this.#repeat("service_untrusted");
    }
    const { body, session } = verified;
    await trust.keep(verified.trust, sent.sentAtMs, sent.sentAt);
    // Who is told to enrol was not judged: what was seen has yet to be.
    if (body.outcome !== "enrol") this.#core.settle(sent.observation);
    const challenge = { text: body.challenge, at: sent.sentAt };
    if (session !== null && this.#core.wipes() === sent.wipes) {
      await keys.settle(sent.key, { credential: session.credential, challenge });
      return { kind: "session", sealed: session, serverTimeMs: body.serverTimeMs, sent };
    }
    if (sent.key.alias === instance.current().held?.alias) await instance.update({ challenge });
    if (body.outcome === "refused") return { kind: "refused", answer: body, sentAtMs: sent.sentAtMs };
    return body.outcome === "enrol" ? this.#toldToEnrol(sent, body.reason) : "again";
  }

  async #toldToEnrol(sent: Sent, reason: EnrolAnswer["reason"]): Promise<Step> {
    this.#enrolOutcomes += 1;
    const { keys, instance } = this.#core;
    // The service does not know the key, twice: in between its evidence was sent again and turned down again.
    const isTurnedDown = instance.current().held === null && sent.use === "session" && this.#enrolOutcomes === 2;
    if (this.#enrolOutcomes > 1 && !isTurnedDown) return failed("statement_rejected");
    const waitSeconds = isTurnedDown ? keys.giveUpWaitSeconds() : 0;
    if (waitSeconds > 0) return failed("enrolment_limited", waitSeconds);
    if (sent.use === "enrol") await keys.spendEvidence();
    else if (reason === "unknown_instance" && !isTurnedDown) await keys.reviveEvidence(sent.key.alias);
    return (await this.#driveEnrolment()) ?? "again";
  }

  async #unanswered(exchanged: Unanswered, path: Path | null): Promise<Step> {
    if (exchanged.kind !== "problem") return this.#repeat("service_unreachable");
    const reaction = reactionTo(exchanged.code);
    if (exchanged.code === "malformed" && path?.use === "session" && this.#withCredential) {
      this.#withCredential = false;
      return this.#repeat("malformed");
    }
    if (reaction.kind === "stop") return failed(reaction.error);
    if (reaction.kind === "back_off") return failed("service_busy", exchanged.retryAfterSeconds);
    this.#offered = exchanged.challenge;
    if (reaction.kind === "without_credential") this.#withCredential = false;
    if (reaction.kind === "fresh_challenge") {
      this.#withStoredChallenge = false;
      if (path?.use === "enrol") await this.#evidenceTurnedDown(exchanged.code === "evidence_challenge_reused");
    }
    if (reaction.kind === "enrol_beside") {
      this.#proofFaults += 1;
      if (this.#proofFaults === 2 && path?.use === "session") {
        const limited = await this.#driveEnrolment();
        if (limited !== null) return limited;
      }
    }
    return this.#repeat("statement_rejected");
  }

  /** Evidence that is turned down twice is not sent again: the service may know the key already, so a session without credential is next. */
  async #evidenceTurnedDown(atOnce: boolean): Promise<void> {
    this.#evidenceFaults += 1;
    if (!atOnce && this.#evidenceFaults < 2) return;
    await this.#core.keys.spendEvidence();
    this.#enrol = false;
  }

  async #keyFailed(key: DeviceKey, error: unknown): Promise<Step> {
    if (error instanceof TypeError || error instanceof AgentError) throw error;
    const fault = toKeyFault(error);
    if (fault.code === "unsupported") return failed("key_unsupported");
    if (fault.code === "unavailable") return failed("key_unavailable");
    await this.#core.keys.drop(key.alias);
    return (await this.#driveEnrolment()) ?? this.#repeat("key_unavailable");
  }

  /** Turns the round to an enrolment: with evidence that was not sent yet, else within the budget. Null where it may go on. */
  async #driveEnrolment(): Promise<RoundOutcome | null> {
    const { keys } = this.#core;
    if (keys.freshPending() === null) {
      const waitSeconds = keys.enrolmentWaitSeconds();
      if (waitSeconds > 0) return failed("enrolment_limited", waitSeconds);
      await keys.recordDriven();
      this.#evidenceFaults = 0;
    }
    this.#enrol = true;
    this.#offered = null;
    return null;
  }
}
