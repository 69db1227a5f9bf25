import type { Clock } from "../ports.ts";

const toleratedBackMs = 5000;

/** A moment that outlives the process: both clocks as they stood. */
export interface Moment {
  readonly continuousMs: number;
  readonly wallMs: number;
}

/**
 * The one time the agent counts lifetimes on (protocol section 13). With a clock that runs in sleep: that clock, and the wall clock is not
 * even read. Without: whichever of the two clocks has advanced more, and `setBacks` rises when the wall clock went back more than 5 s.
 */
export class AgentClock {
  readonly #clock: Clock;
  readonly #runsInSleep: boolean;
  #nowMs: number;
  /** Where both clocks stood when they were last known to agree with `#baseMs`. */
  #base: Moment;
  #baseMs: number;
  #greatestLeadMs: number;
  #setBacks = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#runsInSleep = clock.runsInSleep !== false;
    this.#base = this.moment();
    this.#baseMs = this.#base.continuousMs;
    this.#nowMs = this.#baseMs;
    this.#greatestLeadMs = this.#base.wallMs - this.#base.continuousMs;
  }

  /** Milliseconds that never go back. */
  nowMs(): number {
    const now = this.moment();
    const advances = [now.continuousMs - this.#base.continuousMs];
    if (!this.#runsInSleep) {
      const leadMs = now.wallMs - now.continuousMs;
      if (leadMs < this.#greatestLeadMs - toleratedBackMs) this.#rebase(now, leadMs);
      else this.#greatestLeadMs = Math.max(this.#greatestLeadMs, leadMs);
      advances.splice(0, 1, now.continuousMs - this.#base.continuousMs, now.wallMs - this.#base.wallMs);
    }
    this.#nowMs = Math.max(this.#nowMs, this.#baseMs + Math.max(...advances));
    return this.#nowMs;
  }

  /** The wall clock went back: it is measured from here on, so that it cannot hold time still until it has caught up. */
  #rebase(now: Moment, leadMs: number): void {
    this.#setBacks += 1;
    this.#baseMs = Math.max(this.#nowMs, this.#baseMs + now.continuousMs - this.#base.continuousMs);
    this.#base = now;
    this.#greatestLeadMs = leadMs;
  }

  /** How often the wall clock went back; a session made under another count has ended. */
  setBacks(): number {
    this.nowMs();
    return this.#setBacks;
  }

  /** The present, for storage. */
  moment(): Moment {
    return { continuousMs: this.#clock.continuousMs(), wallMs: this.#clock.wallMs() };
  }

  /**
   * How long ago a stored moment was. A continuous clock below the stored reading has begun anew: what it shows now has passed at least.
   * Without a clock that runs in sleep the wall clock counts too, where it says more.
   */
  ageMs(moment: Moment): number {
    const now = this.moment();
    const byContinuous =
      now.continuousMs >= moment.continuousMs ? now.continuousMs - moment.continuousMs : Math.max(0, now.continuousMs);
    return this.#runsInSleep ? byContinuous : Math.max(byContinuous, now.wallMs - moment.wallMs);
  }
}
