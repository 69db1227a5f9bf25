import type { AgentClock, Moment } from "../clock/agent-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const perDay = 3;

/**
 * Seconds until an enrolment that an outcome or error drives is allowed: at most 1 per hour and 3 per day (protocol section 14). 0: now.
 * Forged errors can therefore burn three keys a day at most.
 */
export function enrolmentWaitSeconds(driven: readonly Moment[], clock: AgentClock): number {
  const ages = driven.map((moment) => clock.ageMs(moment)).sort((a, b) => a - b);
  const youngest = ages[0];
  const third = ages[perDay - 1];
  const byHour = youngest === undefined ? 0 : hourMs - youngest;
  const byDay = third === undefined ? 0 : dayMs - third;
  return Math.ceil(Math.max(0, byHour, byDay) / 1000);
}

/** The moments that still count, with this one. */
export function recordEnrolment(driven: readonly Moment[], clock: AgentClock): Moment[] {
  return [...driven.filter((moment) => clock.ageMs(moment) < dayMs), clock.moment()].slice(-perDay);
}
