import { decodeBase64url, encodeBase64url, fromUtf8, toUtf8 } from "@countersign/protocol";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { draw } from "../world.ts";

/** The 12 ways to be wrong. */
const bad: readonly (readonly [string, string])[] = [
  ["padding", "AA=="],
  ["one padding character", "AAA="],
  ["length 1 modulo 4", "AAAAA"],
  ["a single character", "A"],
  ["unused bits after one byte", "AB"],
  ["unused bits after two bytes", "AAB"],
  ["plus of the standard alphabet", "AA+A"],
  ["slash of the standard alphabet", "AA/A"],
  ["space", "AA A"],
  ["line break at the end", "AAAA\n"],
  ["non-ASCII letter", "AAÄA"],
  ["NUL", "AAA\0"],
];

function good(length: number): Vector {
  const bytes = draw(30).slice(0, length);
  const text = encodeBase64url(bytes);
  return vectorOf({
    name: `${length} bytes`,
    inputs: { bytes },
    travels: { text: toUtf8(text) },
    // A change may give the text of other bytes; it never gives these.
    judge: (travels) => {
      const decoded = decodeBase64url(fromUtf8(travels.text ?? bytes) ?? "=");
      if (decoded === null) return "malformed";
      return encodeBase64url(decoded) === text ? "ok" : "different";
    },
    expected: "ok",
  });
}

export function b64u(): VectorSet {
  const refused = bad.map(([name, text]) =>
    vectorOf({
      name,
      inputs: {},
      travels: { text: toUtf8(text) },
      judge: (travels) => (decodeBase64url(fromUtf8(travels.text ?? toUtf8("")) ?? "=") === null ? "malformed" : "ok"),
      expected: "malformed",
    }),
  );
  return {
    set: "b64u",
    about: "RFC 4648 section 5 without padding; one text for each byte string. `different`: valid, but other bytes.",
    vectors: [...[0, 1, 2, 3, 4, 5, 16, 32].map(good), ...refused],
  };
}
