import {
  developmentKeyId,
  developmentKeyInput,
  encodeBase64url,
  equalBytes,
  formatDevelopmentKey,
  statementHash,
  tag,
} from "@countersign/protocol";
import { hmacSha256, mintChallenge, sha256 } from "@countersign/protocol/server";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { androidInstance, draw, draw16, nowMs, project, serviceSeed, statementOf } from "../world.ts";

const secret = draw(60);
const stranger = draw(61);

function statementWith(index: number): Uint8Array {
  const challenge = mintChallenge({
    kind: "open",
    scope: androidInstance,
    project,
    generation: 3,
    seed: serviceSeed,
    nowMs,
    random: draw16(index),
  });
  return statementOf({
    use: "enrol",
    platform: "android",
    environment: "development",
    challenge: encodeBase64url(challenge),
  });
}

function vector(name: string, expected: string, made: { readonly by: Uint8Array; readonly over: Uint8Array }): Vector {
  const statement = statementWith(62);
  const hash = statementHash(sha256, statement);
  const input = developmentKeyInput(hash);
  const mac = hmacSha256(made.by, developmentKeyInput(statementHash(sha256, made.over)));
  return vectorOf({
    name,
    expected,
    inputs: { secret, statement },
    steps: {
      idPrefix: tag("development-key-id"),
      text: formatDevelopmentKey(secret),
      key: developmentKeyId(sha256, secret),
      prefix: tag("development-key"),
      hash,
      input,
    },
    travels: { mac },
    judge: (travels) => (equalBytes(travels.mac ?? mac, hmacSha256(secret, input)) ? "ok" : "development_key_invalid"),
  });
}

/** How a development key proves itself at an enrolment, and what names it. */
export function developmentKey(): VectorSet {
  return {
    set: "development-key",
    about:
      "Section 5: the id of a development key, and HMAC-SHA256 by it over tag and H. The key itself never travels.",
    vectors: [
      vector("for this statement", "ok", { by: secret, over: statementWith(62) }),
      vector("for another statement", "development_key_invalid", { by: secret, over: statementWith(63) }),
      vector("by another key", "development_key_invalid", { by: stranger, over: statementWith(62) }),
    ],
  };
}
