const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Dotted IPv4 without leading zeros. */
export function isIpv4(host: string): boolean {
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

/** An IPv6 literal in brackets: RFC 5952 characters, lower case, no zone, no embedded IPv4. */
export function isIpv6Literal(host: string): boolean {
  if (!/^\[[0-9a-f:]{2,39}\]$/.test(host)) return false;
  const inner = host.slice(1, -1);
  const halves = inner.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}

/** Lower-case LDH labels without trailing dot whose last is not a number (RFC 1123 §2.1, RFC 3986 §3.2.2), at most 253 characters. */
export function isHostName(host: string): boolean {
  const labels = host.split(".");
  if (host.length > 253 || !labels.every((part) => label.test(part))) return false;
  return !/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels[labels.length - 1] ?? "");
}

/** A host as the protocol names one: a host name or an exact IP literal. */
export function isHost(host: string): boolean {
  return isHostName(host) || isIpv4(host) || isIpv6Literal(host);
}

const loopback: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether a broker may be found there: `https://HOST[:PORT]`; in development also `http` to the machine itself. A default port is left out. */
export function isBrokerOrigin(text: string, environment: "production" | "development"): boolean {
  const [, scheme = "", authority = ""] = /^(https?):\/\/(.*)$/.exec(text) ?? [];
  const at = parseAuthority(authority);
  if (at === null) return false;
  if (scheme === "https") return at.port !== 443;
  return environment === "development" && loopback.includes(at.host) && at.port !== 80;
}

/** `HOST` or `HOST:PORT`, port 1 to 65535 without leading zeros; null otherwise. */
export function parseAuthority(text: string): { readonly host: string; readonly port: number | null } | null {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::([1-9][0-9]{0,4}))?$/.exec(text);
  const host = match?.[1] ?? "";
  if (match === null || !isHost(host)) return null;
  const port = match[2] === undefined ? null : Number(match[2]);
  return port !== null && port > 65535 ? null : { host, port };
}
