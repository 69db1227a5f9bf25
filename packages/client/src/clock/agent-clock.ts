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
  #continuousMs: number;
  #wallMs: number;
  #greatestLeadMs: number;
  #setBacks = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#runsInSleep = clock.runsInSleep !== false;
    this.#continuousMs = clock.continuousMs();
    this.#wallMs = clock.wallMs();
    this.#nowMs = this.#continuousMs;
    this.#greatestLeadMs = this.#wallMs - this.#continuousMs;
  }

  /** Milliseconds that never go back. */
  nowMs(): number {
    const continuousMs = this.#clock.continuousMs();
    let advanceMs = continuousMs - this.#continuousMs;
    this.#continuousMs = continuousMs;
    if (!this.#runsInSleep) {
      const wallMs = this.#clock.wallMs();
      advanceMs = Math.max(advanceMs, wallMs - this.#wallMs);
      this.#wallMs = wallMs;
      const leadMs = wallMs - continuousMs;
      if (leadMs < this.#greatestLeadMs - toleratedBackMs) {
        this.#setBacks += 1;
        this.#greatestLeadMs = leadMs;
      } else {
        this.#greatestLeadMs = Math.max(this.#greatestLeadMs, leadMs);
      }
    }
    this.#nowMs += Math.max(0, advanceMs);
    return this.#nowMs;
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
