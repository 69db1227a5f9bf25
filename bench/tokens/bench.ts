import type { BenchSet } from "../measure.ts";
import { adaptersBench, fastifyBench } from "./adapters.ts";
import { mintingBench } from "./minting.ts";
import { verificationBench } from "./verification.ts";

/** Verification and minting against the libraries that backends have and against bare cryptography, and what adapters add. */
export async function tokensBench(): Promise<BenchSet> {
  return {
    what: "tokens: verification, minting, adapters; one thread",
    parts: {
      "verify-HS256": await verificationBench("HS256"),
      "verify-ES256": await verificationBench("ES256"),
      "verify-RS256": await verificationBench("RS256"),
      "verify-EdDSA": await verificationBench("EdDSA"),
      "mint-HS256": await mintingBench("HS256"),
      "mint-ES256": await mintingBench("ES256"),
      adapters: await adaptersBench(),
      fastify: await fastifyBench(),
    },
  };
}
