import { isHost, toUtf8 } from "@countersign/protocol";

/** Where a request of an unregistered host goes. */
export interface PlainTarget {
  readonly host: string;
  readonly port: number;
  readonly target: string;
}

function percentEscape(text: string): string {
  let escaped = "";
  for (const byte of toUtf8(text)) {
    const character = String.fromCharCode(byte);
    escaped += /[!#$&-;=?-Z_a-z~%[\]|]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/**
 * The parts of an `https` URL that names no registered host, more leniently than the strict parser: capitals, a trailing dot, and
 * characters that need an escape. Null for any other scheme, userinfo, or a host that is none.
 */
export function parsePlainUrl(text: string): PlainTarget | null {
  const match = /^https:\/\/(\[[0-9a-f:]*\]|[^/?#:@[\]\\]*)(?::([0-9]{1,5}))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i.exec(
    text,
  );
  if (match === null) return null;
  const host = (match[1] ?? "").toLowerCase().replace(/\.$/, "");
  const port = match[2] === undefined ? 443 : Number(match[2]);
  if (!isHost(host) || port < 1 || port > 65535) return null;
  const query = match[4] === undefined ? "" : `?${percentEscape(match[4])}`;
  return { host, port, target: `${percentEscape(match[3] ?? "/")}${query}` };
}
