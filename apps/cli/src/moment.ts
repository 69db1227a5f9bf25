import { InvalidArgumentError } from "commander";

const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/;
const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Option parser: milliseconds since 1970 of a day or time in UTC. */
export function toTimeMs(text: string): number {
  const ms = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(ms) || ms < 0) {
    throw new InvalidArgumentError("Give a UTC day or time, 2027-01-31 or 2027-01-31T12:00Z.");
  }
  return ms;
}

/** Option parser: the seconds of `90s`, `6m`, `24h` or `7d`. */
export function toLeadSeconds(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (secondsOf[unit] ?? Number.NaN);
  if (!Number.isFinite(seconds)) throw new InvalidArgumentError("Give a length of time, such as 90s, 6m, 24h or 7d.");
  return seconds;
}
