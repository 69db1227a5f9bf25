import {
  clientAttestationSigningInput,
  decodeBase64,
  dpopSigningInput,
  formatSignature,
  signatureBase,
  thumbprintOf,
  toUtf8,
} from "@countersign/protocol";
import { verifyEs256 } from "../crypto/es256.ts";
import { sha256 } from "../crypto/sha256.ts";
import { type Bench, type Check, demand, demandRefusal } from "./check.ts";
import { bytesOf } from "./made-key.ts";

/** A compact JWS must be this signing input, and hold under this key. */
function demandJws(proof: unknown, input: string, point: Uint8Array): void {
  demand(typeof proof === "string", "the proof is no text");
  const at = proof.lastIndexOf(".");
  demand(proof.slice(0, at) === input, "header or claims are other than asked for");
  const signature = bytesOf(proof.slice(at + 1), "the signature");
  demand(verifyEs256(point, toUtf8(input), signature), "the signature does not verify");
}

const signed = (bench: Bench) => ({
  method: "POST",
  targetUri: "https://api.example/a/b?key=1",
  contentDigest: "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
  header: { name: "Authorization", value: "Bearer e30.e30.c2ln" },
  created: 1_795_000_000,
  nonce: bench.random(16),
});

/** Proofs of requests: RFC 9449, RFC 9421, OAuth client attestation. */
export const proofChecks: readonly Check[] = [
  {
    name: "makes DPoP proofs of exactly the request, without its query",
    async run(bench) {
      const { alias, point } = await bench.key();
      const request = { method: "GET", url: "https://api.example/a/b?key=1#top", iat: 1_795_000_000 };
      const jti = bench.random(16);
      const whole = await bench.bridge.dpop({ alias, ...request, token: "e30.e30.c2ln", nonce: "n-1", jti });
      const input = { ...request, point, jti };
      demandJws(whole.proof, dpopSigningInput(sha256, { ...input, token: "e30.e30.c2ln", nonce: "n-1" }), point);
      const bare = await bench.bridge.dpop({ alias, ...request, token: null, nonce: null, jti });
      demandJws(bare.proof, dpopSigningInput(sha256, { ...input, token: null }), point);
    },
  },
  {
    name: "signs requests over exactly the components that it names",
    async run(bench) {
      const { alias, point } = await bench.key();
      for (const request of [signed(bench), { ...signed(bench), contentDigest: null, header: null }]) {
        const { created, nonce } = request;
        const keyid = thumbprintOf(sha256, point);
        const parameters = { created, expires: created + 60, nonce, keyid };
        const base = signatureBase(request, parameters);
        demand(base.ok, "this check made no signature base");
        const made = await bench.bridge.httpSignature({ alias, ...request });
        demand(made.signatureInput === base.value.signatureInput, "Signature-Input is another");
        const signature = decodeBase64(/^countersign=:(.+):$/.exec(made.signature)?.[1] ?? "");
        demand(signature !== null && formatSignature(signature) === made.signature, "Signature is of another form");
        demand(verifyEs256(point, base.value.base, signature), "the signature does not verify");
      }
    },
  },
  {
    name: "signs no request that would write lines or parameters of its own",
    async run(bench) {
      const { alias } = await bench.key();
      const request = signed(bench);
      const changes = {
        "a method of two lines": { method: 'GET\n"x": y' },
        "a target of two lines": { targetUri: "https://a.example/\r\nx" },
        "a header that is no name": { header: { name: 'a": b\n"c', value: "x" } },
        "a value of two lines": { header: { name: "a", value: "b\nc" } },
        "a nonce with a parameter in it": { nonce: 'a";keyid="other' },
      };
      for (const [what, change] of Object.entries(changes)) {
        const call = () => bench.bridge.httpSignature({ alias, ...request, ...change });
        await demandRefusal(what, call, ["unsupported"]);
      }
    },
  },
  {
    name: "makes proofs of client attestations",
    async run(bench) {
      const { alias, point } = await bench.key();
      const request = { audience: "https://as.example", iat: 1_795_000_000, jti: bench.random(16) };
      const asked = await bench.bridge.clientAttestationProof({ alias, ...request, challenge: "c-1" });
      demandJws(asked.proof, clientAttestationSigningInput({ ...request, challenge: "c-1" }), point);
      const bare = await bench.bridge.clientAttestationProof({ alias, ...request, challenge: null });
      demandJws(bare.proof, clientAttestationSigningInput(request), point);
    },
  },
];
