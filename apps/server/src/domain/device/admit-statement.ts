import {
  type ChallengeFields,
  decodeBase64url,
  encodeBase64url,
  parseStatement,
  type Statement,
  statementMessage,
} from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";
import { checkStatementChallenge, mintOpenChallenge, openChallenge, toSpend } from "./challenges.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { type DeviceProblem, problem } from "./outcome.ts";
import { isSmallOrder } from "./small-order.ts";

/** A statement whose form, project and challenge are in order. Who made it is not yet known. */
export interface AdmittedStatement {
  readonly statement: Statement;
  /** M: what a proof signs. */
  readonly message: Uint8Array;
  /** H: what the answer is bound to. */
  readonly hash: Uint8Array;
  readonly context: ProjectContext;
  readonly challenge: ChallengeFields;
  readonly instance: Uint8Array;
  readonly network: string;
}

/** Which budget a call draws on before anything costly is done for it. */
export interface WorkBudget {
  readonly name: "enrolments" | "lookups";
  readonly perMinute: number;
}

/**
 * Steps 2 to 4 of protocol section 7: statement, project and environment, challenge. `budget` is that of a call which is not a known
 * instance's refresh: over it the statement's challenge must ask for work.
 */
export async function admitStatement(
  deps: DeviceDeps,
  bytes: Uint8Array,
  expected: { readonly use: Statement["use"]; readonly network: string; readonly budget: WorkBudget | null },
): Promise<{ readonly ok: true; readonly admitted: AdmittedStatement } | DeviceProblem> {
  const parsed = parseStatement(bytes);
  if (!parsed.ok) return problem(parsed.code, parsed.detail);
  const statement = parsed.value;
  if (statement.use !== expected.use) return problem("malformed", "use does not fit the call");
  const instance = decodeBase64url(statement.instance, 16);
  const sessionKey = decodeBase64url(statement.sessionKey, 32);
  if (instance === null || sessionKey === null || isSmallOrder(sessionKey)) {
    return problem("malformed", "instance or sessionKey cannot be used");
  }
  const message = statementMessage(bytes);
  const hash = sha256(message);

  const context = await deps.contexts.get(statement.project);
  if (context === null || context.project.kind !== statement.environment) {
    return problem("unknown_project", "no project of this id and environment");
  }

  const { network, budget } = expected;
  const checked = checkStatementChallenge(deps, context.projectId, statement);
  if (!checked.ok) return withFreshChallenge(deps, context, network, checked);
  const { fields } = checked;
  if (budget !== null) {
    const within = await deps.ledger.take(`${statement.project}:${budget.name}:${network}`, budget.perMinute, 60);
    if (!within && !(await hasWork(deps, statement.project, fields))) {
      const challenge = openChallenge(deps, context.projectId, deps.budgets.workBits);
      return problem("challenge_invalid", "over its budget this network is asked for work", { challenge });
    }
  }
  const unspent = await deps.ledger.peek(toSpend(statement.project, statement.instance, fields, null));
  if (!unspent.ok) return withFreshChallenge(deps, context, network, problem(unspent.reason, "seen by the ledger"));
  return { ok: true, admitted: { statement, message, hash, context, challenge: fields, instance, network } };
}

/** Whether the call comes with work that let in no other: a call that fails before its proof spends no challenge, but the work in it. */
async function hasWork(deps: DeviceDeps, project: string, fields: ChallengeFields): Promise<boolean> {
  if (fields.workBits < deps.budgets.workBits) return false;
  const key = `${project}:work:${encodeBase64url(fields.nonce)}`;
  return deps.ledger.take(key, 1, fields.lifetimeSeconds + 10);
}

const wantsFreshChallenge: ReadonlySet<string> = new Set([
  "challenge_invalid",
  "challenge_expired",
  "challenge_spent",
  "evidence_challenge_reused",
]);

/** Adds a fresh open challenge to the problems after which the agent makes a new statement at once. */
export async function withFreshChallenge(
  deps: DeviceDeps,
  context: ProjectContext,
  network: string,
  refused: DeviceProblem,
): Promise<DeviceProblem> {
  if (!wantsFreshChallenge.has(refused.code) || refused.challenge !== undefined) return refused;
  return { ...refused, challenge: await mintOpenChallenge(deps, context.projectId, network) };
}
