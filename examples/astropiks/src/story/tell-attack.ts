import type { Attack, AttackOutcome } from "@countersign/virtual-device";
import { findLeaks } from "../leaks/find-leaks.ts";
import { AdminCallError } from "../world/admin-client.ts";
import type { GuardingLab } from "../world/demo-lab.ts";
import type { DemoCase } from "./demo-case.ts";

export interface ToldAttack {
  readonly row: DemoCase;
  readonly broken: readonly string[];
}

/** The first reason behind an ARC, as an operator looks it up; null where no project of the demo knows it. */
async function reasonOf(lab: GuardingLab, arc: string): Promise<string | null> {
  const { admin, project, productionProject, playProject } = lab.world;
  for (const { id } of [project, productionProject, playProject]) {
    try {
      const trace = await admin.call<{ reasons: readonly { reason: string }[] }>("GET", `/projects/${id}/arcs/${arc}`);
      return trace.reasons[0]?.reason ?? null;
    } catch (error) {
      if (!(error instanceof AdminCallError) || error.status !== 404) throw error;
    }
  }
  return null;
}

/** How an outcome reads: a problem or typed error by its code, a refusal by its first reason, a session by its verdict. */
async function codeOf(lab: GuardingLab, outcome: AttackOutcome): Promise<string | null> {
  if (outcome.code !== null) return outcome.code;
  if (outcome.verdict === "refused") return outcome.arc === null ? null : await reasonOf(lab, outcome.arc);
  return outcome.verdict;
}

/** What nobody but a genuine app may see. */
export function guardedValues(lab: GuardingLab): Readonly<Record<string, string>> {
  const keys = lab.world.apiKeys().map((key, index) => [`key ${index + 1}`, key] as const);
  return { ...Object.fromEntries(keys), ...lab.guarded() };
}

/** Runs one attack and holds it to its promise: the code, no key, and no guarded value in any byte the attacker saw. */
export async function tellAttack(
  lab: GuardingLab,
  attack: Pick<Attack, "name" | "platform" | "attack" | "expected">,
  run: () => Promise<AttackOutcome>,
): Promise<ToldAttack> {
  const { name, platform } = attack;
  const broken: string[] = [];
  let outcome: AttackOutcome;
  try {
    outcome = await run();
  } catch (error) {
    const text = error instanceof Error ? error.message : "failed";
    const row: DemoCase = {
      name,
      platform,
      attack: attack.attack,
      verdict: null,
      arc: null,
      reason: "failed",
      secretDelivered: false,
      upstreamStatus: null,
    };
    return { row, broken: [`${name}: ${text}`] };
  }
  const code = await codeOf(lab, outcome);
  if (code !== attack.expected.code)
    broken.push(`${name}: ended in ${code ?? "nothing"}, promised is ${attack.expected.code}`);
  if (outcome.secretDelivered) broken.push(`${name}: the attacker was given the key`);
  for (const leak of findLeaks(outcome.seen, guardedValues(lab)))
    broken.push(`${name}: ${leak.what} was seen (${leak.form})`);
  const problem = outcome.verdict === null;
  const row: DemoCase = {
    name,
    platform,
    attack: attack.attack,
    verdict: outcome.verdict,
    arc: problem ? null : outcome.arc,
    reason: outcome.verdict === "trusted" || outcome.verdict === "restricted" ? null : code,
    secretDelivered: outcome.secretDelivered,
    upstreamStatus: outcome.upstreamStatus,
  };
  return { row, broken };
}
