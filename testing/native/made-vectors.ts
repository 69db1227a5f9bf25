import { writeFileSync } from "node:fs";
import { clientAttestationSigningInput, dpopSigningInput } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";

/** Texts that try a JSON writer: quotes, control characters, what lies outside of ASCII and of the first plane. */
const hard = 'a"b\\c\b\f\n\r\t\u0000\u001f\u007f/é\u2028😀';

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
  writeFileSync(file, JSON.stringify({ vectors }));
}
