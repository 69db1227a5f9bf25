import { decodeBase64url, encodeBase64url, toUtf8 } from "@countersign/protocol";
import { deriveKey, hmacSha256 } from "@countersign/protocol/server";
import type { DecoyWatch, WatchedDecoy } from "../alarms/watched-decoys.ts";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { Verifier } from "../ports/index.ts";
import type { OpenSeed, ProjectContext } from "../project/project-context.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

/** What a verifier outside looks for: lengths, and the MAC of each digest under a salt that is this credential's alone. No name stands in it. */
export interface DecoyList {
  readonly v: 1;
  /** b64u of 32 bytes. */
  readonly salt: string;
  readonly decoys: readonly { readonly length: number; readonly hash: string }[];
}

/** A decoy that a verifier says it saw. */
export interface SpottedDecoy {
  /** As the list had it. */
  readonly hash: string;
  readonly uses: number;
}

/** Two backends' lists have nothing in common, and a credential that was removed takes its salt with it. */
function saltOf({ projectId }: ProjectContext, { seed }: OpenSeed, { tokenHash }: Verifier): Uint8Array {
  return deriveKey(seed.reveal(), "verifier-decoys", projectId, toUtf8(tokenHash));
}

function hashOf(salt: Uint8Array, { digest }: WatchedDecoy): string {
  return encodeBase64url(hmacSha256(salt, decodeBase64url(digest, 32) ?? new Uint8Array(0)));
}

/** `GET /v1/decoys`. */
export async function decoysForVerifier(
  deps: Pick<VerifierDeps, "ledger" | "contexts" | "budgets" | "watch">,
  verifier: Verifier,
): Promise<{ readonly ok: true; readonly json: DecoyList } | DeviceProblem> {
  const { project, name } = verifier;
  if (!(await deps.ledger.take(`${project}:decoys:${name}`, deps.budgets.reportsPerVerifierPerMinute, 60)))
    return problem("slow_down", "too many lists of one credential", { retryAfterSeconds: 60 });
  const context = await deps.contexts.get(project);
  if (context === null) return problem("not_found", "no such project");
  const salt = saltOf(context, context.seeds[0], verifier);
  const decoys = deps.watch.of(context).decoys.map((decoy) => ({
    length: decoy.length,
    hash: hashOf(salt, decoy),
  }));
  return { ok: true, json: { v: 1, salt: encodeBase64url(salt), decoys } };
}

/** What this verifier was given the hashes of, each once; hashes that its own list never had are nothing. */
export function spottedOf(
  watch: DecoyWatch,
  context: ProjectContext,
  verifier: Verifier,
  spotted: readonly SpottedDecoy[],
): readonly { readonly decoy: WatchedDecoy; readonly uses: number }[] {
  if (spotted.length === 0) return [];
  const uses = new Map(spotted.map((each) => [each.hash, each.uses]));
  return watch.of(context).decoys.flatMap((decoy) => {
    const hashes = context.seeds.map((seed) => hashOf(saltOf(context, seed, verifier), decoy));
    const count = hashes.reduce((sum, hash) => sum + (uses.get(hash) ?? 0), 0);
    return count > 0 ? [{ decoy, uses: count }] : [];
  });
}
