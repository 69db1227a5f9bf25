import type { Configuration } from "@countersign/protocol";

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/** Whether plain http is spoken: to a development project on this very machine only, unless a certificate for it is at hand. */
export function isPlainService(configuration: Configuration, hasCertificate: boolean): boolean {
  return configuration.kind === "development" && loopback.includes(configuration.host) && !hasCertificate;
}

/** The origin that is spoken to, as a signed target URI begins. */
export function serviceOrigin({ host, port }: Configuration, isPlain: boolean): string {
  return `${isPlain ? "http" : "https"}://${host}${port === null ? "" : `:${port}`}`;
}
