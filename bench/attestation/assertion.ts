import { createHash, createPublicKey, verify } from "node:crypto";
import { p256Spki } from "@countersign/asn1";
import { verifyAppAttestAssertion } from "@countersign/attestation";
import { parseCborMap } from "../../packages/attestation/src/cbor.ts";
import type { Bench } from "../measure.ts";
import type { AssertionSample } from "./evidence.ts";
import { assertAccepted, repeat } from "./repeat.ts";

/** An assertion against one `crypto.verify` of its signature, with the key imported and the nonce hashed before. */
export function assertionBench(sample: AssertionSample, source: string): Bench {
  const { assertion, publicKey, clientDataHash, appId, counter } = sample;
  const map = parseCborMap(assertion);
  const signature = map?.get("signature");
  const data = map?.get("authenticatorData");
  if (!(signature instanceof Uint8Array) || !(data instanceof Uint8Array)) throw new Error("unreadable evidence");
  const nonce = createHash("sha256").update(data).update(clientDataHash).digest();
  const spki = Buffer.from(p256Spki(publicKey));
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const given = { assertion, publicKey, clientDataHash, appIds: [appId], counter: counter - 1 };
  return {
    what: `one App Attest assertion, ${source}`,
    iterations: 400,
    goals: [{ subject: "ours", atMost: 1.2 }],
    notes: [
      "Bare is crypto.verify over the finished nonce with a KeyObject. Ours also parses, hashes, and judges every rule; the key's import is remembered.",
    ],
    subjects: [
      {
        name: "bare crypto.verify",
        run: repeat(() => {
          if (!verify("sha256", nonce, key, signature)) throw new Error("refused");
        }),
      },
      { name: "ours", run: repeat(() => assertAccepted(verifyAppAttestAssertion(given))) },
      {
        name: "ours, and every finding written out",
        run: repeat(() => {
          const verification = verifyAppAttestAssertion(given);
          assertAccepted(verification);
          if (verification.checks.length === 0) throw new Error("no findings");
        }),
      },
      {
        name: "import of the key, and bare crypto.verify",
        run: repeat(() => {
          const imported = createPublicKey({ key: spki, format: "der", type: "spki" });
          if (!verify("sha256", nonce, imported, signature)) throw new Error("refused");
        }),
      },
    ],
  };
}
