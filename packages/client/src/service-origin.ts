import type { Configuration } from "@countersign/protocol";

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/** Whether plain http is spoken: to a development project on this very machine only, unless a certificate for it is at hand. */
export function isPlainService(configuration: Configuration, hasCertificate: boolean): boolean {
  return configuration.kind === "development" && loopback.includes(configuration.host) && !hasCertificate;
}

/** Where an origin of a signed manifest is found. Plain http it may name for this very machine only (`isBrokerOrigin`). */
export function addressOf(origin: string): { readonly secure: boolean; readonly host: string; readonly port: number } {
  const [, scheme, host = "", port] = /^(https?):\/\/(\[[^\]]*\]|[^:]*)(?::([0-9]+))?$/.exec(origin) ?? [];
  const secure = scheme !== "http";
  return { secure, host, port: port === undefined ? (secure ? 443 : 80) : Number(port) };
}

/** The origin that is spoken to, as a signed target URI begins. */
export function serviceOrigin({ host, port }: Configuration, isPlain: boolean): string {
  return `${isPlain ? "http" : "https"}://${host}${port === null ? "" : `:${port}`}`;
}
