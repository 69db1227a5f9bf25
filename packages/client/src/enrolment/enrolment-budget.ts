import type { AgentClock, Moment } from "../clock/agent-clock.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const perDay = 3;
/** As many as the doubled wait takes to reach an hour, and one more. */
const kept = 8;

/**
 * Seconds until an enrolment that an outcome or error drives is allowed. 0: now.
 *
 * Beside a key that is held: at most 1 per hour and 3 per day (protocol section 14), so that forged errors burn three keys a day at most. Where
 * none is held: after 1 minute, doubled with each of the last day, to an hour (decision 0525).
 */
export function enrolmentWaitSeconds(driven: readonly Moment[], clock: AgentClock, isKeyHeld: boolean): number {
  const ages = driven.map((moment) => clock.ageMs(moment)).sort((a, b) => a - b);
  const [youngest] = ages;
  if (youngest === undefined) return 0;
  const third = ages[perDay - 1];
  const ofDay = ages.filter((age) => age < dayMs).length;
  const doubled = Math.min(hourMs, minuteMs * 2 ** Math.max(0, ofDay - 1));
  const byLast = (isKeyHeld ? hourMs : doubled) - youngest;
  const byDay = isKeyHeld && third !== undefined ? dayMs - third : 0;
  return Math.ceil(Math.max(0, byLast, byDay) / 1000);
}

/** The moments that still count, with this one. */
export function recordEnrolment(driven: readonly Moment[], clock: AgentClock): Moment[] {
  return [...driven.filter((moment) => clock.ageMs(moment) < dayMs), clock.moment()].slice(-kept);
}
