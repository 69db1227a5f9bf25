import type { Manifest } from "@countersign/protocol";
import type { Bearer } from "./ports.ts";
import type { HeaderPairs } from "./strip-headers.ts";

/** A request that passed the path rules and asks, in places declared for it, only for secrets its bearer may use. No value is known yet. */
export interface Injection {
  readonly ok: true;
  /** Rebuilt by the strict rules, unfilled. */
  readonly url: string;
  readonly method: string;
  readonly headers: HeaderPairs;
  readonly body: Uint8Array | null;
  /** Lower-case hex, of a body that is sent without being held: `body` is null then. */
  readonly streamedSha256?: string | undefined;
  readonly manifest: Manifest;
  readonly secrets: readonly string[];
  readonly bearer: Bearer;
}
