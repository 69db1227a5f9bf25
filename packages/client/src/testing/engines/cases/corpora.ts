import {
  decodeBase64url,
  encodeBase64url,
  fillRequest,
  fromHex,
  fromUtf8,
  type Manifest,
  parseStrictJson,
  toHex,
  toUtf8,
} from "@countersign/protocol";
import base64urlSet from "../../../../../../docs/vectors/v1/b64u.json" with { type: "json" };
import substitutionSet from "../../../../../../docs/vectors/v1/substitution.json" with { type: "json" };
import { type Cases, equal } from "../assert.ts";
import { noteTraffic } from "../transcript.ts";

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
const textOf = (hex: string): string | null => fromUtf8(bytesOf(hex));

interface Vector {
  readonly name: string;
  readonly result: string;
  readonly inputs: Record<string, unknown>;
  readonly steps: Record<string, unknown>;
  readonly travels: Record<string, string>;
  readonly changes: readonly (readonly (string | number)[])[];
}

/** What travelled, and each change of it by one byte. */
function* travelled(vector: Vector, name: string): Generator<{ hex: string; change: string | null }> {
  const bytes = bytesOf(vector.travels[name] ?? "");
  yield { hex: toHex(bytes), change: null };
  for (const [what, offset, mask, code] of vector.changes) {
    if (what !== name) continue;
    const changed = Uint8Array.from(bytes);
    changed[Number(offset)] = (changed[Number(offset)] ?? 0) ^ Number(mask);
    yield { hex: toHex(changed), change: String(code) };
  }
}

const json: readonly (readonly [string, boolean])[] = [
  ['{"a":[1,-2.5e1,true,false,null,"\\u00e4\\ud83d\\udd11\\n\\/"],"b":{}}', true],
  ["[[[[[[[[1]]]]]]]]", true],
  ["[9007199254740991,-9007199254740991,0.5]", true],
  ['{"__proto__":{"admin":true},"constructor":1}', true],
  ['{"a":1,"a":1}', false],
  ['{"a":1,"\\u0061":1}', false],
  ["\ufeff{}", false],
  ['"\\ud800"', false],
  ['"\\udc00x"', false],
  ["9007199254740992", false],
  ["1e400", false],
  ["01", false],
  ["[1,]", false],
  ["{} {}", false],
  ['"\u0001"', false],
  ['"\\x41"', false],
  ["[[[[[[[[[]]]]]]]]]", false],
  ["[".repeat(4000), false],
  ["", false],
];

/** Texts that engines read alike only where nothing of theirs is asked. */
export const corpusCases: Cases = {
  "reads and refuses base64url as the vectors say"() {
    for (const vector of base64urlSet.vectors as unknown as readonly Vector[]) {
      for (const { hex, change } of travelled(vector, "text")) {
        const text = textOf(hex);
        const bytes = text === null ? null : decodeBase64url(text);
        const code = bytes === null ? "malformed" : toHex(bytes) === vector.inputs.bytes ? "ok" : "different";
        const expected = change ?? vector.result;
        if (text !== null) equal(code, expected, vector.name);
        if (bytes !== null) equal(encodeBase64url(bytes), text, vector.name);
      }
    }
  },

  "reads and refuses JSON alike"() {
    for (const [text, isRead] of json) {
      const read = parseStrictJson(text, { maxBytes: 4096 });
      equal(read.ok, isRead, text);
      if (read.ok) equal(read.value, JSON.parse(text), text);
    }
    equal(parseStrictJson(Uint8Array.of(0x22, 0xff, 0x22), { maxBytes: 9 }).ok, false);
  },

  "judges addresses and fills requests as the vectors say"() {
    for (const vector of substitutionSet.vectors as unknown as readonly Vector[]) {
      const { inputs, steps } = vector;
      const manifest = JSON.parse(String(inputs.manifest)) as Manifest;
      const values = inputs.values as Readonly<Record<string, string>>;
      for (const { hex, change } of travelled(vector, "url")) {
        const url = textOf(hex);
        if (url === null) continue;
        const filled = fillRequest({
          manifest,
          method: String(inputs.method),
          url,
          headers: inputs.headers as readonly (readonly [string, string])[],
          body: typeof inputs.body === "string" ? bytesOf(inputs.body) : null,
          secretOf: (name) => values[name] ?? null,
        });
        noteTraffic(
          url,
          JSON.stringify(filled, (_name, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value)),
        );
        const kind = filled.kind === "refused" ? filled.code : filled.kind;
        const expected = change ?? vector.result;
        const isRefusal = ["url_refused", "secret_unfit", "secret_unavailable"].includes(expected);
        if (isRefusal) equal(kind, expected, `${vector.name}: ${url}`);
        else if (change === null && expected === "ok")
          equal(filled.kind === "filled" ? filled.url.text : null, (steps.output as { url: string }).url, vector.name);
      }
    }
    equal(toHex(toUtf8("ü 🚀 \ud800")), "c3bc20f09f9a8020efbfbd");
  },
};
