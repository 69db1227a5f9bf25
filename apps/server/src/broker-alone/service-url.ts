import type { Configuration } from "@countersign/protocol";
import { StartError } from "../data-folder/start-error.ts";

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Where the service is asked: what was named, else the host of the configuration string, over plain HTTP only where a development project's is this machine.
 *
 * @throws StartError `option_invalid`.
 */
export function serviceUrl(named: string | null, { host, port, kind }: Configuration): string {
  const plain = kind === "development" && loopback.has(host);
  const text = named ?? `${plain ? "http" : "https"}://${host}${port === null ? "" : `:${port}`}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && `${url.origin}/` === url.href && (text === url.origin || text === url.href);
  if (isOrigin && (url.protocol === "https:" || (url.protocol === "http:" && loopback.has(url.hostname))))
    return url.origin;
  throw new StartError(
    "option_invalid",
    "The service's URL is not https://HOST[:PORT].",
    "Name it without a path; plain http is spoken to this machine alone.",
  );
}
