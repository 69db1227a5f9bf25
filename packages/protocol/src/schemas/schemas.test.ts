import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { vectorFiles } from "../../vectors/generate.ts";
import { keyListOf, keys, manifestOf, statementOf } from "../../vectors/world.ts";
import { fromHex } from "../bytes.ts";
import * as protocol from "../index.ts";
import { sha256 } from "../server/derive-key.ts";
import { signKeyList, signManifest } from "../server/signing.ts";
import * as schemas from "./index.ts";

interface AnswerSet {
  readonly vectors: readonly {
    readonly travels: { readonly answer: string };
    readonly steps: { readonly signedText: string; readonly plaintext?: string };
  }[];
}

const answers = (JSON.parse(vectorFiles().get("answer-session.json") ?? "") as AnswerSet).vectors;
// The last has every optional member.
const session = answers.at(-1);
if (session === undefined) throw new Error("no answer");
const text = (bytes: Uint8Array | null): string => protocol.fromUtf8(bytes ?? new Uint8Array(0)) ?? "";
const asks = {
  tokens: [{ api: "nasa" }],
  secrets: ["nasa-key"],
  clientAttestations: [{ clientId: "app" }],
  customTokens: [{ api: "nasa", claims: `{"order":1}` }],
  valuesKeys: true,
};
const statement = text(statementOf({ use: "session", platform: "ios", challenge: "A".repeat(80), asks }));

/** Each schema beside the strict parser of the same shape, with one good text. */
const pairs: readonly {
  name: string;
  schema: z.ZodType;
  parse: (text: string) => protocol.Parsed<unknown>;
  good: string;
}[] = [
  {
    name: "statement",
    schema: schemas.statementSchema,
    parse: (good) => protocol.parseStatement(protocol.toUtf8(good)),
    good: statement,
  },
  {
    name: "answer",
    schema: schemas.signedAnswerSchema,
    parse: protocol.parseSignedAnswer,
    good: text(fromHex(session.travels.answer)),
  },
  {
    name: "answer body",
    schema: schemas.answerBodySchema,
    parse: (good) => protocol.parseAnswerBody(protocol.toUtf8(good)),
    good: session.steps.signedText,
  },
  {
    name: "sealed session",
    schema: schemas.sealedSessionSchema,
    parse: (good) => protocol.parseSealedSession(protocol.padSession(protocol.toUtf8(good))),
    good: session.steps.plaintext ?? "",
  },
  {
    name: "key list",
    schema: schemas.keyListSchema,
    parse: (good) => protocol.parseKeyList(protocol.toUtf8(good), sha256),
    good: JSON.stringify(keyListOf()),
  },
  {
    name: "key list envelope",
    schema: schemas.keyListEnvelopeSchema,
    parse: protocol.parseKeyListEnvelope,
    good: JSON.stringify(signKeyList(keyListOf(), { point: keys.root.point, key: keys.root.sign })),
  },
  {
    name: "manifest",
    schema: schemas.manifestSchema,
    parse: (good) => protocol.parseManifest(protocol.toUtf8(good)),
    good: JSON.stringify(manifestOf()),
  },
  {
    name: "manifest envelope",
    schema: schemas.manifestEnvelopeSchema,
    parse: protocol.parseManifestEnvelope,
    good: JSON.stringify(signManifest(manifestOf(), { kid: keys.manifest.kid, key: keys.manifest.sign })),
  },
  {
    name: "session request",
    schema: schemas.sessionRequestSchema,
    parse: (good) => protocol.parseSessionRequest(protocol.toUtf8(good)),
    good: protocol.encodeSessionRequest({
      statement: protocol.toUtf8(statement),
      proof: { signature: new Uint8Array(64) },
      credential: "abc",
    }),
  },
  {
    name: "enrol request",
    schema: schemas.enrolRequestSchema,
    parse: (good) => protocol.parseEnrolRequest(protocol.toUtf8(good)),
    good: protocol.encodeEnrolRequest({
      statement: protocol.toUtf8(statement),
      proof: {},
      evidence: [{ type: "android", challenge: "c", chain: [1, 2, 3].map((length) => new Uint8Array(length)) }],
      previous: { credential: "abc", signature: new Uint8Array(64) },
    }),
  },
];

describe.each(pairs)("schema of $name", ({ name, schema, parse, good }) => {
  it("accepts what the strict parser accepts", () => {
    expect(parse(good).ok).toBe(true);
    expect(schema.safeParse(JSON.parse(good)).error).toBeUndefined();
  });

  it("accepts whatever the strict parser accepts of a changed text", () => {
    // An unknown word in a manifest refuses a host or a place, not the manifest; the schema states the known words.
    const isClosed = name !== "manifest";
    fc.assert(
      fc.property(
        fc.nat({ max: good.length - 1 }),
        fc.constantFrom(...'0Aa_-{}[]",:n '.split("")),
        (offset, character) => {
          const changed = good.slice(0, offset) + character + good.slice(offset + 1);
          if (isClosed && parse(changed).ok) expect(schema.safeParse(JSON.parse(changed)).error).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("becomes JSON Schema 2020-12", () => {
    expect(z.toJSONSchema(schema, { io: "input" })).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
    });
  });
});

describe("problem schema", () => {
  it("accepts every problem of the table", () => {
    for (const code of Object.keys(protocol.problems)) {
      if (protocol.isProblemCode(code))
        expect(schemas.problemSchema.safeParse(protocol.toProblem(code)).success, code).toBe(true);
    }
  });
});
