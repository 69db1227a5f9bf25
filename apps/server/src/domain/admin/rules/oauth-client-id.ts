import { limits } from "@countersign/protocol";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

const clientId = /^[!-~](?:[ -~]*[!-~])?$/;

/** An OAuth client id (RFC 6749 appendix A.1), as long as a statement may name one. */
export function parseOauthClientId(text: string): Ruled<string> {
  return clientId.test(text) && text.length <= limits.clientIdCharacters
    ? ruled(text)
    : refused(`A client id has 1 to ${limits.clientIdCharacters} printable ASCII characters and no space at its ends.`);
}
