import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** An App ID: ten-character team id, dot, bundle id (Apple, "Validating apps that connect to your server": App ID). */
export function parseIosAppId(text: string): Ruled<string> {
  return text.length <= 166 && /^[A-Z0-9]{10}(?:\.[A-Za-z0-9-]+)+$/.test(text)
    ? ruled(text)
    : refused(
        "An App ID is the ten-character team id, a dot and the bundle id, for example `ABCDE12345.org.example.app`.",
      );
}
