import type { DevelopmentKeyState } from "@countersign/policy";
import { type DevelopmentEvidence, developmentKeyInput, equalBytes, type Facts } from "@countersign/protocol";
import { hmacSha256 } from "@countersign/protocol/server";
import { openDevelopmentKey } from "../project/development-key.ts";
import type { ProjectContext } from "../project/project-context.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import type { DeviceDeps } from "./device-deps.ts";

/** How a development key of the project stands now, by its id. A production project has none. */
export function standingOfDevelopmentKey(context: ProjectContext, id: string, nowMs: number): DevelopmentKeyState {
  const key = context.developmentKeys.get(id);
  if (key === undefined) return { state: "unknown", name: null };
  const { name } = key;
  if (key.revokedAtMs !== null) return { state: "revoked", name };
  return { state: nowMs < key.expiresAtMs ? "good" : "expired", name };
}

/**
 * What a development key is worth at an enrolment: known, proven over this statement, standing, and with an enrolment left. Only who holds the
 * key can use its quota up, so it is counted last; the share of the day first, since the total is for good. `known` are the facts of this instance,
 * where it is known: what this very key enrolled is not counted again, or a lost answer would use up what is left.
 */
export async function appraiseDevelopmentKey(
  { clock, ledger, store, vault }: DeviceDeps,
  { context, hash, statement }: AdmittedStatement,
  evidence: DevelopmentEvidence,
  known: Facts | null,
): Promise<DevelopmentKeyState> {
  const key = context.developmentKeys.get(evidence.key);
  if (key === undefined) return { state: "unknown", name: null };
  const { name } = key;
  const secret = openDevelopmentKey(vault, key);
  const expected = hmacSha256(secret.reveal(), developmentKeyInput(hash));
  if (!equalBytes(evidence.mac, expected)) return { state: "invalid", name };
  const standing = standingOfDevelopmentKey(context, key.id, clock.nowMs());
  if (standing.state !== "good") return standing;
  if (known !== null && "development" in known && known.development.key === key.id) return standing;
  const { project } = statement;
  const isCounted =
    (await ledger.take(`${project}:development-key:${key.id}`, key.perDay, 86_400)) &&
    (await store.developmentKeys.countEnrolment(project, key.id));
  return isCounted ? standing : { state: "exhausted", name };
}
