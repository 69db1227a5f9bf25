/** A time as ISO 8601 in UTC to the second, for findings; the plain number where it is no time. */
export function isoTime(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? `${timeMs}` : date.toISOString().replace(".000Z", "Z");
}
