import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectorFiles } from "../vectors/generate.ts";
import { configurationText, keyListOf, manifestOf, statementOf } from "../vectors/world.ts";
import * as protocol from "./index.ts";
import { sha256 } from "./server/derive-key.ts";

interface Travelling {
  readonly vectors: readonly { readonly travels: Readonly<Record<string, string>> }[];
}

/** Bytes of every kind that travels, whole and good. */
const samples: readonly Uint8Array[] = [
  protocol.toUtf8(configurationText),
  statementOf({ use: "session", platform: "ios", challenge: "A".repeat(80) }),
  protocol.toUtf8(JSON.stringify(keyListOf())),
  protocol.toUtf8(JSON.stringify(manifestOf())),
  ...[...vectorFiles()]
    .flatMap(([, text]) => (JSON.parse(text) as Travelling).vectors)
    .flatMap((vector) => Object.values(vector.travels))
    .map((hex) => protocol.fromHex(hex) ?? new Uint8Array(0)),
];

const parsers: Readonly<Record<string, (bytes: Uint8Array) => protocol.Parsed<unknown>>> = {
  parseStatement: protocol.parseStatement,
  parseSessionRequest: protocol.parseSessionRequest,
  parseEnrolRequest: protocol.parseEnrolRequest,
  parseChallengeRequest: protocol.parseChallengeRequest,
  parseSignedAnswer: protocol.parseSignedAnswer,
  parseAnswerBody: protocol.parseAnswerBody,
  parseSealedSession: protocol.parseSealedSession,
  parseKeyListEnvelope: protocol.parseKeyListEnvelope,
  parseKeyList: (bytes) => protocol.parseKeyList(bytes, sha256),
  parseManifestEnvelope: protocol.parseManifestEnvelope,
  parseManifest: protocol.parseManifest,
  parseCredential: protocol.parseCredential,
  parsePass: protocol.parsePass,
  parseChallenge: protocol.parseChallenge,
  parseChallengeText: (bytes) => protocol.parseChallenge(protocol.fromUtf8(bytes) ?? ""),
  parseConfigurationString: (bytes) => protocol.parseConfigurationString(protocol.fromUtf8(bytes) ?? ""),
};

const mutated = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
    fc.nat({ max: 3 }),
  )
  .map(([sample, flips, cut]) => {
    const bytes = sample.slice(0, sample.length - cut);
    for (const [offset, mask] of flips)
      if (bytes.length > 0) bytes[offset % bytes.length] = (bytes[offset % bytes.length] ?? 0) ^ mask;
    return bytes;
  });

describe.each(Object.entries(parsers))("%s", (_, parse) => {
  it("never throws on any bytes, and refuses with a code of the table", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const result = parse(bytes);
        if (!result.ok) expect(protocol.isProblemCode(result.code)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws on any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const withVersion =
          typeof value === "object" && value !== null && !Array.isArray(value) ? { v: 1, ...value } : value;
        expect(parse(protocol.toUtf8(JSON.stringify(withVersion))).ok).toBe(false);
      }),
    );
  });
});
