import {
  type Configuration,
  type DevelopmentEvidence,
  developmentKeyId,
  developmentKeyInput,
  parseDevelopmentKey,
} from "@countersign/protocol";
import { hmacSha256 } from "../crypto/hmac.ts";
import { sha256 } from "../crypto/sha256.ts";

/** A development key in the agent's hands. It proves itself over each statement and never travels; nothing prints it. */
export class DevelopmentKey {
  /** b64u of 16 bytes. */
  readonly id: string;
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.id = developmentKeyId(sha256, secret);
    this.#secret = secret;
  }

  /** The evidence for the enrolment whose statement has this hash. */
  evidenceFor(hash: Uint8Array): DevelopmentEvidence {
    return { type: "development", key: this.id, mac: hmacSha256(this.#secret, developmentKeyInput(hash)) };
  }
}

/** Takes a development key where it may stand: a TypeError in a production project, and where the text is none. It is never repeated. */
export function takeDevelopmentKey(text: string, { kind }: Pick<Configuration, "kind">): DevelopmentKey {
  if (kind === "production") throw new TypeError("a production project (cs1~) takes no development key");
  const parsed = parseDevelopmentKey(text);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return new DevelopmentKey(parsed.value);
}
