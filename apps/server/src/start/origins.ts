import { isIPv6 } from "node:net";

/** By which names a service is known. */
export interface Origins {
  /** What was bound, as a caller on this machine reaches it. */
  readonly spoken: string;
  /** What issuers and configuration strings name: scheme and `HOST[:PORT]`. */
  readonly public: string;
  /** `HOST[:PORT]` of `public`. */
  readonly publicHost: string;
  /** Every origin a signed target URI may begin with. */
  readonly all: readonly string[];
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The origins of a service bound to `host` and `port`. `publicHost` is the operator's `HOST[:PORT]`, where one was given. */
export function originsOf(bound: {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly publicHost: string | null;
}): Origins {
  const scheme = bound.tls ? "https" : "http";
  const host = callableHost(bound.host);
  const withPort = `${host}${bound.port === (bound.tls ? 443 : 80) ? "" : `:${bound.port}`}`;
  const spoken = `${scheme}://${withPort}`;
  const publicHost = bound.publicHost ?? withPort;
  const publicScheme = isLoopback(publicHost) ? scheme : "https";
  const neighbours = loopback.has(host) ? [...loopback].map((name) => spoken.replace(host, name)) : [];
  const all = new Set([`${publicScheme}://${publicHost}`, spoken, ...neighbours]);
  return { spoken, public: `${publicScheme}://${publicHost}`, publicHost, all: [...all] };
}

function isLoopback(authority: string): boolean {
  return loopback.has(authority.replace(/:\d+$/, ""));
}

/** An address that means every interface is called by a name of this machine. */
function callableHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || host === "") return "localhost";
  return isIPv6(host) ? `[${host}]` : host;
}
