import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

/** What opens the broker: the pass and the MAC of its bearer (RFC 9421), as the headers of a request hold them. */
export interface PassFields {
  readonly pass: string;
  readonly signatureInput: string;
  readonly signature: string;
}

/** What an opening of a brokered WebSocket offers. */
export interface BrokeredOffer extends PassFields {
  /** The app's own subprotocols, in its order. */
  readonly protocols: readonly string[];
}

/**
 * The subprotocol a broker names where the upstream chose none, and the beginning of all that are no app's. It has to name one: a browser fails an
 * opening whose subprotocols were all ignored.
 */
export const brokeredSocket = "countersign";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const maxProtocols = 32;
const maxCharacters = 8 * 1024;

/** Whether an app may offer these: tokens (RFC 6455 §4.1), each once, none of the broker's. */
function areOfApp(protocols: readonly string[]): boolean {
  return (
    protocols.length <= maxProtocols &&
    new Set(protocols).size === protocols.length &&
    protocols.every((each) => token.test(each) && !each.toLowerCase().startsWith(brokeredSocket))
  );
}

/**
 * The subprotocols of a brokered opening: the app's own, `countersign`, and `countersign.` with b64u of pass, `Signature-Input` and `Signature`, a line
 * each. Subprotocols, for they are all that every platform lets a caller say; never the URL, which is logged. Null where the app's own cannot be offered.
 */
export function toBrokeredProtocols({ protocols, ...fields }: BrokeredOffer): readonly string[] | null {
  if (!areOfApp(protocols)) return null;
  const text = [fields.pass, fields.signatureInput, fields.signature].join("\n");
  return [...protocols, brokeredSocket, `${brokeredSocket}.${encodeBase64url(toUtf8(text))}`];
}

/** Reads `Sec-WebSocket-Protocol` as `toBrokeredProtocols` makes it, and in no other form. Nothing of it is verified yet. Code: `pass_invalid`. */
export function parseBrokeredProtocols(header: string): Parsed<BrokeredOffer> {
  if (header.length > maxCharacters) return invalid("pass_invalid", "the subprotocols are too long");
  const offered = header.split(",").map((each) => each.replace(/^[\t ]+|[\t ]+$/g, ""));
  const protocols = offered.slice(0, -2);
  const [marker = "", sealed = ""] = offered.slice(-2);
  const bytes = sealed.startsWith(`${brokeredSocket}.`)
    ? decodeBase64url(sealed.slice(brokeredSocket.length + 1))
    : null;
  const lines = (bytes === null ? null : fromUtf8(bytes))?.split("\n") ?? [];
  const [pass = "", signatureInput = "", signature = ""] = lines;
  if (marker !== brokeredSocket || lines.length !== 3 || !areOfApp(protocols))
    return invalid("pass_invalid", "the subprotocols are not of the one documented form");
  return parsed({ protocols, pass, signatureInput, signature });
}
