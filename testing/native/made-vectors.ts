import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { clientAttestationSigningInput, dpopSigningInput, parseStrictJson } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";

/** Texts that try a JSON writer: quotes, control characters, what lies outside of ASCII and of the first plane. */
const hard = 'a"b\\c\b\f\n\r\t\u0000\u001f\u007f/é\u2028😀';

const plain =
  '{"v":1,"use":"session","a":[1,-0.5e+1,true,false,null,{"b":"\\u00e9\\n\\ud83d\\ude00é😀"},[],{}],"project":""}';
const pieces = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "0",
  "-",
  "e",
  ".",
  " ",
  "\t",
  "\u00a0",
  "\ufeff",
  '"v":1,',
  "\\u0061",
  "\\ud800",
  "9007199254740992",
];
const bytes = ["c0", "80", "ff", "eda080", "f48fbfbf", "f4908080", "00", "1f", "7f", "c3a9"].map((hex) =>
  Buffer.from(hex, "hex"),
);

/** Texts around a JSON text, each with one to three changes that follow from a fixed seed, as hex, and whether the protocol package reads them. */
function madeJson(
  count: number,
): readonly { readonly name: string; readonly inputs: { readonly json: string }; readonly result: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const draws = createHash("sha256").update(`json ${index}`).digest();
    const draw = (place: number, below: number): number => draws.readUInt16BE(place * 2) % below;
    let text: Buffer = Buffer.from(plain);
    for (let change = 0; change <= draw(0, 3); change += 1) {
      const at = draw(1 + change * 4, text.length + 1);
      const piece = draw(2 + change * 4, pieces.length + bytes.length);
      const put =
        piece < pieces.length ? Buffer.from(pieces[piece] ?? "") : (bytes[piece - pieces.length] ?? Buffer.of());
      const over = draw(3 + change * 4, 3);
      text = Buffer.concat([text.subarray(0, at), put, text.subarray(at + over)]);
    }
    const isRead = parseStrictJson(text, { maxBytes: 8192 }).ok;
    return { name: `json ${index}`, inputs: { json: text.toString("hex") }, result: isRead ? "ok" : "malformed" };
  });
}

/** Writes what the protocol package makes of inputs for which docs/vectors have no set, in their form, for the native tests to make again. */
export function writeMadeVectors(file: string, point: Uint8Array): void {
  const attestations = [
    { audience: "https://as.example", challenge: "c-1", iat: 1_795_000_000, jti: "bm9uY2Vub25jZW5vbmNlbg" },
    { audience: "https://as.example", iat: 1, jti: "j" },
    { audience: hard, challenge: hard, iat: 9_007_199_254_740_991, jti: hard },
  ];
  const requests = [
    { method: "POST", url: `https://api.example.com/${hard}`, token: null, iat: 5, jti: hard, nonce: hard },
    { method: "GET", url: "https://api.example.com/a?b#c?d", token: hard, iat: 5, jti: "j" },
    { method: "GET", url: "https://api.example.com/a#c?d", token: "t", iat: 5, jti: "j" },
  ];
  const vectors = [
    ...attestations.map((inputs, index) => ({
      name: `client attestation ${index}`,
      inputs,
      steps: { signingInput: clientAttestationSigningInput(inputs) },
    })),
    ...requests.map((inputs, index) => ({
      name: `dpop ${index}`,
      inputs: { ...inputs, point: Buffer.from(point).toString("hex") },
      steps: { signingInput: dpopSigningInput(sha256, { ...inputs, point }) },
    })),
  ];
  writeFileSync(file, JSON.stringify({ vectors: [...vectors, ...madeJson(4000)] }));
}
