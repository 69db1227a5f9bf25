import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "corpus");

/** The seeds of one target: a line of base64 each; lines that begin with # say what they are. */
export function loadSeeds(name: string): readonly Uint8Array[] {
  const lines = readFileSync(join(folder, `${name}.txt`), "utf8").split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => new Uint8Array(Buffer.from(line, "base64")));
}

/** What the seeds are held against: made once, with them. Binary members are base64. */
export interface CorpusWorld {
  readonly nowMs: number;
  readonly anchorPems: readonly string[];
  readonly apple: {
    readonly appId: string;
    readonly keyId: string;
    readonly clientDataHash: string;
    readonly publicKey: string;
    readonly assertionHash: string;
    readonly counter: number;
  };
  readonly android: { readonly challenge: string; readonly packageName: string; readonly signingDigest: string };
  /** Response keys and the verdict's expectations. */
  readonly play: {
    readonly decryptionKey: string;
    readonly verificationKey: string;
    readonly packageName: string;
    readonly signingDigest: string;
    readonly nonce: string;
    readonly requestHash: string;
    readonly nowMs: number;
  };
  readonly credential: { readonly projectSeed: string; readonly project: string };
}

export function loadWorld(): CorpusWorld {
  return JSON.parse(readFileSync(join(folder, "world.json"), "utf8")) as CorpusWorld;
}
