/**
 * How long an answer may be used, in seconds (RFC 9111 §5.2.2): `max-age` less its `Age`, 0 for `no-store` and `no-cache`. Null where
 * the answer does not say.
 */
export function readMaxAge(headers: Headers): number | null {
  const directives = (headers.get("cache-control") ?? "")
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
  if (directives.includes("no-store") || directives.includes("no-cache")) return 0;
  const ages = directives
    .map((each) => /^max-age="?([0-9]{1,10})"?$/.exec(each)?.[1])
    .filter((each) => each !== undefined);
  if (ages.length === 0) return null;
  const age = /^[0-9]{1,10}$/.exec(headers.get("age")?.trim() ?? "")?.[0] ?? "0";
  return Math.max(0, Math.min(...ages.map(Number)) - Number(age));
}
