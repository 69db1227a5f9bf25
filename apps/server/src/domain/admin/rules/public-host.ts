import { parseAuthority } from "@countersign/protocol";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** `HOST[:PORT]` under which apps reach the service, as it stands in a configuration string. */
export function parsePublicHost(text: string): Ruled<string> {
  return parseAuthority(text) === null
    ? refused("Give `HOST` or `HOST:PORT` in lower case and without scheme, for example `attest.example.org:8443`.")
    : ruled(text);
}
