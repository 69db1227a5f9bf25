import { randomBytes } from "node:crypto";
import { generateSessionKey, openSealed, sealTo } from "@countersign/protocol/server";
import type { Bench } from "./measure.ts";

/** One HPKE seal of a session of 2 KiB, and its opening, against each other. */
export async function sealBench(): Promise<Bench> {
  const { publicKey, privateKey } = generateSessionKey();
  const info = randomBytes(48);
  const plaintext = randomBytes(2048);
  const message = sealTo({ recipient: publicKey, info, plaintext });
  if (message === null) throw new Error("the session key cannot be sealed to");
  return {
    what: "HPKE base mode, X25519, HKDF-SHA256, ChaCha20Poly1305, 2 KiB, on node:crypto",
    iterations: 200,
    subjects: [
      {
        name: "seal",
        run: (iterations) => {
          for (let index = 0; index < iterations; index += 1) sealTo({ recipient: publicKey, info, plaintext });
        },
      },
      {
        name: "open",
        run: (iterations) => {
          for (let index = 0; index < iterations; index += 1)
            openSealed({ privateKey, info, enc: message.enc, sealed: message.sealed });
        },
      },
    ],
  };
}
