import { type AgentErrorCode, agentErrors } from "@countersign/client";
import { problems, reasons, verifyReasons } from "@countersign/protocol";
import { lockoutReasons } from "../../apps/server/src/domain/lockout/lockout-reasons.ts";
import { recipeProblems } from "../../apps/server/src/domain/recipes/recipe-problems.ts";
import { aabProblems } from "../../packages/app-package/src/aab/aab-problems.ts";
import { manifestProblems } from "../../packages/app-package/src/android-manifest/manifest-problems.ts";
import { apkProblems } from "../../packages/app-package/src/apk/apk-problems.ts";
import { ipaProblems } from "../../packages/app-package/src/ipa/ipa-problems.ts";
import { jarProblems } from "../../packages/app-package/src/jar/jar-problems.ts";
import { zipProblems } from "../../packages/app-package/src/zip/zip-problems.ts";
import { type CodeTable, codeTables, type Mutation } from "./mutation.ts";

/** Agent errors that are a decision about safety: something was refused because it could not be trusted. */
const agentDecisions = [
  "service_untrusted",
  "url_refused",
  "request_refused",
  "redirect_refused",
  "channel_refused",
  "manifest_stale",
  "secret_unavailable",
  "values_unavailable",
  "in_background",
] as const satisfies readonly AgentErrorCode[];

/** Faults of the native halves that are a decision about safety. */
const nativeDecisions = ["channel_refused", "network", "unsupported"];

/** Problems that are never sent to agents. */
const operatorOnly = Object.entries(problems)
  .filter(([, { agent }]) => agent === problems.invalid_input.agent)
  .map(([code]) => code);

/** The tables of app packages. */
const packageProblems = {
  ...jarProblems,
  ...zipProblems,
  ...apkProblems,
  ...manifestProblems,
  ...aabProblems,
  ...ipaProblems,
};

/** The codes that the house rule speaks of, by table. */
export const coveredCodes: Readonly<Record<CodeTable, readonly string[]>> = {
  reason: Object.keys(reasons),
  problem: Object.keys(problems).filter((code) => !operatorOnly.includes(code)),
  agent_error: Object.keys(agentErrors).filter((code) => agentDecisions.some((each) => each === code)),
  native_fault: nativeDecisions,
  verify_reason: Object.keys(verifyReasons),
  package_problem: Object.keys(packageProblems),
  lockout_reason: Object.keys(lockoutReasons),
  recipe_reason: Object.keys(recipeProblems),
};

/** Codes of the tables whose check no mutation takes away. */
export function codesWithout(mutations: readonly Mutation[]): readonly { table: CodeTable; code: string }[] {
  return codeTables.flatMap((table) =>
    coveredCodes[table]
      .filter((code) => !mutations.some((mutation) => mutation.table === table && mutation.code === code))
      .map((code) => ({ table, code })),
  );
}
