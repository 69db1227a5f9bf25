import * as limits from "@countersign/protocol/limits";
import { createAborter } from "../abort.ts";
import type { SessionSummary } from "../agent-state.ts";
import { Backoff } from "../clock/backoff.ts";
import { pause } from "../clock/pause.ts";
import { randomFraction } from "../clock/random-fraction.ts";
import { AgentError } from "../errors.ts";
import type { Emitter } from "../events.ts";
import type { AgentLog } from "../log/agent-log.ts";
import { forgetMatch } from "../memory/detached.ts";
import type { AbortHandle } from "../ports.ts";
import { covers, type Needs, noNeeds } from "../statement/asks.ts";
import type { Core } from "./core.ts";
import { Round, type RoundOutcome, type RoundPurpose } from "./round.ts";
import { type HeldToken, Session } from "./session.ts";

const maxRoundsPerDemand = 3;
/** While a session is open, detectors are asked at least this often. */
const observeEveryMs = 30_000;

/** A signed refusal, and until when no statement is sent. */
export interface Refusal {
  readonly arc: string;
  readonly reasons?: readonly string[];
  readonly action: "update" | null;
  readonly untilMs: number;
}

type Settled =
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "failed"; readonly error: AgentError };

/** A session, and a token of it that no other call has. */
export interface TakenToken {
  readonly session: Session;
  /** Null where the service granted none. */
  readonly token: HeldToken | null;
  /** How often everything had been wiped when it was taken: after another wipe it is not sent. */
  readonly wipes: number;
}

/** The end of a call, without what it gave: a promise that is kept holds its value in memory. */
function over(call: Promise<unknown>): Promise<void> {
  const forget = (): void => {};
  return call.then(forget, forget);
}

/** The one statement in flight of this process. */
interface Flight {
  /** What it asks for; null while it is not built, so that every need recorded until then goes with it. */
  asked: Needs | null;
  readonly settled: Promise<Settled>;
}

export interface KeeperOptions {
  /** A call waits this long for a back-off to end; a longer one fails it at once. */
  readonly patienceSeconds: number;
  readonly emitter: Emitter;
  readonly log: AgentLog;
  /** Called after every change of what the agent holds. */
  readonly onChange: () => void;
}

/**
 * Holds the session and decides when a statement is made. All callers share the one in flight; what they need beyond it goes into the next.
 */
export class SessionKeeper {
  readonly #core: Core;
  readonly #options: KeeperOptions;
  readonly #stop = createAborter();
  readonly #backoff: Backoff;
  #session: Session | null = null;
  #refusal: Refusal | null = null;
  #flight: Flight | null = null;
  #used = false;
  #wipes = 0;
  #lastError: AgentError | null = null;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #reason: string | null = null;
  #cancelRefresh: () => void = () => {};
  #cancelObserve: () => void = () => {};
  #background = false;
  /** Calls that take a token for themselves, one after the other. */
  #turns: Promise<void> = Promise.resolve();
  /** What every flight settles as when the agent is stopped, whatever it still waits for. */
  readonly #stopped: Promise<Settled>;

  constructor(core: Core, options: KeeperOptions) {
    this.#core = core;
    this.#options = options;
    this.#backoff = new Backoff(core.ports.randomness);
    this.#stopped = new Promise((resolve) => {
      this.#stop.handle.onAbort(() => resolve({ kind: "failed", error: new AgentError("stopped") }));
    });
  }

  /** The open session, if there is one now. */
  session(): Session | null {
    return this.#session?.isOpen() === true ? this.#session : null;
  }

  /** The refusal in force, if there is one now. */
  refusal(): Refusal | null {
    const refusal = this.#refusal;
    return refusal !== null && this.#core.clock.nowMs() < refusal.untilMs ? refusal : null;
  }

  working(): boolean {
    return this.#flight !== null;
  }

  reason(): string | null {
    return this.#reason;
  }

  lastError(): AgentError | null {
    return this.#lastError;
  }

  wipes(): number {
    return this.#wipes;
  }

  /** A session that was asked for what the caller needs. Rejects with AgentError; what the session then lacks, the service did not grant. */
  demand(needs: Needs): Promise<Session> {
    return this.#demand(
      needs,
      () => true,
      (session) => session,
    );
  }

  /**
   * As `demand`, with this API's token given to this call alone: where another call has the session's, a new statement buys the next.
   * Calls take turns, so that none waits for ever while others are served; one that was given up before its turn makes no statement.
   */
  take(needs: Needs, api: string, abort?: AbortHandle): Promise<TakenToken> {
    const isFit = (session: Session): boolean => !session.isTaken(api);
    const give = (session: Session): TakenToken => ({
      session,
      token: session.takeToken(api),
      wipes: this.#wipes,
    });
    const turn = this.#turns.then(() => {
      if (abort?.aborted === true) throw new AgentError("aborted");
      return this.#demand(needs, isFit, give);
    });
    this.#turns = over(turn);
    return turn;
  }

  /** A token with these claims, asked for by this call alone; with `once` no other call gets it. Null where the service granted none. */
  custom(api: string, claims: string, once: boolean): Promise<string | null> {
    const needs = { ...noNeeds, customTokens: [{ api, claims }] };
    const isFit = (session: Session): boolean => !session.isCustomTaken(api);
    const turn = this.#turns
      .then(() => this.#demand(needs, isFit, (session) => session.revealCustomToken(api, claims, once)))
      .finally(() => this.#core.asks.dropCustomToken(api));
    this.#turns = over(turn);
    return turn;
  }

  /**
   * `give` runs in the same step in which the session was found open and fit. Detectors are asked anew after each wait: a severe signal that came while
   * an answer was on its way has to be seen before what the answer brought is sent.
   */
  async #demand<T>(needs: Needs, isFit: (session: Session) => boolean, give: (session: Session) => T): Promise<T> {
    if (this.#background) throw new AgentError("in_background");
    this.#used = true;
    for (let rounds = 0; ; rounds += 1) {
      await this.#core.observe();
      this.#core.asks.use(needs);
      const session = this.session();
      if (session !== null && covers(session.asked, needs) && isFit(session)) {
        this.#used = true;
        if (this.#isDue(session) && this.#flight === null && !this.#isBackingOff()) this.#inBackground("due", "keep");
        return give(session);
      }
      if (rounds === maxRoundsPerDemand) {
        throw new AgentError(session === null ? "statement_rejected" : "token_unavailable");
      }
      const flight = this.#flight;
      if (flight !== null && flight.asked !== null && !covers(flight.asked, needs)) {
        await flight.settled;
        rounds -= 1;
        continue;
      }
      const settled = await (flight ?? this.#begin("demand", "keep")).settled;
      if (settled.kind !== "session") throw this.#toError(settled);
    }
  }

  /** Makes one statement, or joins one that is not built yet. A refusal is a value; anything that is no signed answer is thrown. */
  async refresh(reason: string): Promise<SessionSummary> {
    this.#used = true;
    await this.#core.observe();
    if (this.#flight !== null && this.#flight.asked !== null) await this.#flight.settled;
    const settled = await (this.#flight ?? this.#begin(reason, "keep")).settled;
    if (settled.kind === "session") return settled.session.summary();
    if (settled.kind === "failed") throw settled.error;
    return this.#toSummary(settled.refusal);
  }

  /** What this instance is worth now: the open session's word or the refusal's, without a statement; else that of one statement. */
  async precheck(): Promise<SessionSummary> {
    if (!this.#background) await this.#core.observe();
    const session = this.session();
    return session === null || this.#background ? this.refresh("precheck") : session.summary();
  }

  /**
   * The platform has no instance key any more for what this session is bound to: unless another key took its place meanwhile, one is
   * enrolled, within the budget.
   */
  async replaceKey(session: Session): Promise<void> {
    if (this.#flight !== null) await this.#flight.settled;
    if (this.#core.instance.current().held?.alias !== session.alias) return;
    const settled = await (this.#flight ?? this.#begin("key_lost", "renew")).settled;
    if (settled.kind !== "session") throw this.#toError(settled);
  }

  /** A refresh nobody waits for; its failure is told by the `error` event. */
  refreshInBackground(reason: string): void {
    if (this.#stop.handle.aborted || this.#background || this.refusal() !== null) return;
    const flight = this.#flight;
    if (flight === null) this.#inBackground(reason, "keep");
    else if (flight.asked !== null) {
      void flight.settled.then(
        () => this.#flight === null && this.#inBackground(reason, "keep"),
        () => {},
      );
    }
  }

  /** Forgets session, secrets, tokens and keys of this session now; an answer on its way is not installed. */
  wipe(): void {
    this.#wipes += 1;
    this.#cancelRefresh();
    this.#cancelObserve();
    this.#forget();
  }

  #forget(): void {
    this.#session?.wipe();
    this.#session = null;
    this.#options.onChange();
  }

  isInBackground(): boolean {
    return this.#background;
  }

  /** Wipes now; until it is called with false, no session is opened and calls that need one fail. */
  setBackground(background: boolean): void {
    if (this.#background === background || this.#stop.handle.aborted) return;
    this.#background = background;
    if (background) this.wipe();
    else this.#options.onChange();
  }

  stop(): void {
    this.#stop.abort();
    this.wipe();
  }

  /** What every statement and every demand begins with: a severe signal that is new wipes before anything else happens. */
  onSevere(fresh: readonly string[]): void {
    if (fresh.length === 0) return;
    this.#options.log.tell({ level: "warn", event: "wiped", signals: fresh });
    this.wipe();
  }

  #isBackingOff(): boolean {
    return this.#core.clock.nowMs() < this.#notBeforeMs;
  }

  #isDue(session: Session): boolean {
    return this.#core.clock.nowMs() - session.sentAtMs >= session.refreshInSeconds * 1000;
  }

  #inBackground(reason: string, purpose: RoundPurpose): void {
    this.#begin(reason, purpose).settled.catch(() => {});
  }

  /** Starts a flight, or settles at once where a refusal or a long back-off stands. */
  #begin(reason: string, purpose: RoundPurpose): Flight {
    if (this.#stop.handle.aborted) return this.#settledAt({ kind: "failed", error: new AgentError("stopped") });
    if (this.#background) return this.#settledAt({ kind: "failed", error: new AgentError("in_background") });
    const refusal = this.refusal();
    if (refusal !== null) return this.#settledAt({ kind: "refused", refusal });
    const waitMs = this.#notBeforeMs - this.#core.clock.nowMs();
    if (waitMs > this.#options.patienceSeconds * 1000) {
      const code = this.#lastError?.code ?? "service_unreachable";
      const error = new AgentError(code, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
      return this.#settledAt({ kind: "failed", error });
    }
    this.#reason = reason;
    const flight: { asked: Needs | null; settled: Promise<Settled> } = {
      asked: null,
      settled: Promise.resolve({ kind: "failed", error: new AgentError("stopped") }),
    };
    const round = this.#round(purpose, flight);
    const run = async (): Promise<Settled> => {
      if (waitMs > 0) await pause(this.#core.ports.timers, waitMs, this.#stop.handle);
      this.#used = false;
      const outcome = await round.run();
      // What was wiped while keys were stored or deleted is not brought back: the signal goes into another statement first.
      const late = outcome.kind === "session" && outcome.sent.wipes !== this.#wipes && !this.#background;
      return this.#settle(late ? await this.#round("keep", flight).run() : outcome, purpose);
    };
    flight.settled = Promise.race([run(), this.#stopped]).finally(() => {
      this.#flight = null;
      this.#options.onChange();
    });
    this.#flight = flight;
    this.#options.onChange();
    return flight;
  }

  #round(purpose: RoundPurpose, flight: Flight): Round {
    return new Round(this.#core, purpose, this.#stop.handle, (asked) => {
      flight.asked = asked;
    });
  }

  #settledAt(settled: Settled): Flight {
    return { asked: null, settled: Promise.resolve(settled) };
  }

  #settle(outcome: RoundOutcome, purpose: RoundPurpose): Settled {
    if (this.#stop.handle.aborted) return { kind: "failed", error: new AgentError("stopped") };
    if (outcome.kind === "failed" && outcome.error.code === "in_background") return outcome;
    if (this.#background && outcome.kind !== "refused") {
      return { kind: "failed", error: new AgentError("in_background") };
    }
    if (outcome.kind === "failed") return this.#failed(outcome.error, purpose);
    this.#backoff.reset();
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    this.#lastError = null;
    if (outcome.kind === "refused") {
      const { arc, reasons, action = null, retryAfterSeconds } = outcome.answer;
      const waitSeconds = retryAfterSeconds > 0 ? retryAfterSeconds : limits.retryAfterSeconds;
      const refusal: Refusal = {
        arc,
        ...(reasons === undefined ? {} : { reasons }),
        action,
        untilMs: outcome.sentAtMs + waitSeconds * 1000,
      };
      this.#refusal = refusal;
      this.wipe();
      this.#options.emitter.emit("refused", {
        arc,
        ...(reasons === undefined ? {} : { reasons }),
        action,
        retryAfterSeconds: waitSeconds,
      });
      return { kind: "refused", refusal };
    }
    if (outcome.sent.wipes !== this.#wipes) return this.#failed(new AgentError("statement_rejected"), purpose);
    return { kind: "session", session: this.#install(outcome) };
  }

  #failed(error: AgentError, purpose: RoundPurpose): Settled {
    this.#lastError = error;
    this.#options.emitter.emit("error", error);
    if (purpose === "keep") {
      const retryAfterSeconds = error.code === "service_busy" ? error.retryAfterSeconds : 0;
      const waitMs = this.#backoff.nextMs(retryAfterSeconds);
      this.#notBeforeMs = this.#core.clock.nowMs() + waitMs;
      this.#refreshAfter(waitMs, () => this.#used || this.session() !== null);
    }
    return { kind: "failed", error };
  }

  #install({ sealed, serverTimeMs, sent }: RoundOutcome & { kind: "session" }): Session {
    const { clock, ports } = this.#core;
    const { asked, sentAtMs, setBacks } = sent;
    const session = new Session({
      sealed,
      asked,
      serverTimeMs,
      sentAtMs,
      clock,
      setBacks,
      randomness: this.#core.masks,
      alias: sent.key.alias,
    });
    this.#session?.wipe();
    this.#session = session;
    this.#refusal = null;
    const spread = 0.9 + 0.2 * randomFraction(ports.randomness);
    const delayMs = session.refreshInSeconds * 1000 * spread - (clock.nowMs() - sentAtMs);
    this.#refreshAfter(delayMs, () => this.#used);
    this.#watchOver();
    forgetMatch();
    this.#options.emitter.emit("session", session.summary());
    if (this.#isRenewalDue(session)) {
      this.#core.ports.timers.after(0, () => {
        if (this.#flight === null && this.session() === session) this.#inBackground("renewal", "renew");
      });
    }
    return session;
  }

  /** Evidence near its end, or an Android build that the old evidence does not name; within the budget of enrolments. */
  #isRenewalDue(session: Session): boolean {
    const { instance, ports, keys } = this.#core;
    const build = instance.current().held?.build;
    const updated = ports.keys.platform === "android" && build !== undefined && build !== ports.app.build;
    if (session.reenrolInSeconds === null && !updated) return false;
    return keys.freshPending() !== null || keys.enrolmentWaitSeconds() === 0;
  }

  /** After a session: if the app was used since. After a failure: also while the old session lasts. */
  #refreshAfter(delayMs: number, isWanted: () => boolean): void {
    this.#cancelRefresh();
    this.#cancelRefresh = this.#core.ports.timers.after(Math.max(0, delayMs), () => {
      if (isWanted()) this.refreshInBackground("timer");
    });
  }

  /**
   * While a session is open: a severe signal that nobody's call finds is found here, wipes, and the service is told. At its end what it held
   * is wiped, though nobody asks for it any more.
   */
  #watchOver(): void {
    this.#cancelObserve();
    const leftMs = this.#session?.expiresInMs() ?? 0;
    this.#cancelObserve = this.#core.ports.timers.after(Math.max(0, Math.min(observeEveryMs, leftMs)), () => {
      if (this.session() === null) return this.#forget();
      this.#watchOver();
      void this.#core.observe().then(({ fresh }) => {
        if (fresh.length > 0) this.refreshInBackground("signal");
      });
    });
  }

  #toError(settled: Exclude<Settled, { kind: "session" }>): AgentError {
    if (settled.kind === "failed") return settled.error;
    const { arc, reasons, action } = settled.refusal;
    const retryAfterSeconds = this.#waitSeconds(settled.refusal);
    return new AgentError("refused", { arc, ...(reasons === undefined ? {} : { reasons }), action, retryAfterSeconds });
  }

  #toSummary(refusal: Refusal): SessionSummary {
    const { arc, reasons, action } = refusal;
    return {
      outcome: "refused",
      verdict: "refused",
      arc,
      ...(reasons === undefined ? {} : { reasons }),
      action,
      retryAfterSeconds: this.#waitSeconds(refusal),
      secrets: [],
    };
  }

  #waitSeconds(refusal: Refusal): number {
    return Math.max(0, Math.ceil((refusal.untilMs - this.#core.clock.nowMs()) / 1000));
  }
}
