import { toUtf8 } from "@countersign/protocol";
import * as made from "../../../packages/attestation/src/made/play-integrity.suite.ts";
import type { CorpusWorld } from "../corpus.ts";
import { base64 } from "./evidence-seeds.ts";

/** Play Integrity tokens and verdicts, made to order, with the keys that open them. */
export async function playSeeds(): Promise<{
  readonly seeds: Readonly<Record<string, readonly Uint8Array[]>>;
  readonly world: CorpusWorld["play"];
}> {
  const { requestDetails, ...classic } = made.makeVerdict();
  const standard = {
    ...classic,
    requestDetails: { ...(requestDetails as object), nonce: undefined, requestHash: made.requestHash },
  };
  const verdicts = [{ ...classic, requestDetails }, standard];
  return {
    seeds: {
      "play-token": [toUtf8(await made.makeToken())],
      "play-verdict": verdicts.map((verdict) => toUtf8(JSON.stringify(verdict))),
    },
    world: {
      ...made.keyTexts,
      packageName: made.packageName,
      signingDigest: made.signingDigest,
      nonce: base64(made.nonce),
      requestHash: made.requestHash,
      nowMs: made.nowMs,
    },
  };
}
