/**
 * What may be shown of a value: at most its first 4 and last 2 characters, and never more than about a quarter of it, so that a short password is not given away.
 */
export function maskValue(value: string): string {
  const head = Math.min(4, Math.floor(value.length / 6));
  const tail = Math.min(2, Math.floor(value.length / 12));
  return `${value.slice(0, head)}…${tail === 0 ? "" : value.slice(-tail)}`;
}
