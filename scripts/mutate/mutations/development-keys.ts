import { mutationsOf } from "../mutation.ts";

const domain = "apps/server/src/domain";
const device = "apps/server/src/http/device/development-keys.test.ts";
const policy = "packages/policy/src/development-key.test.ts";
const group = { table: "reason", tests: [device] } as const;
const key = { ...group, file: `${domain}/device/appraise-development-key.ts` } as const;

const rule = mutationsOf({ ...group, file: "packages/policy/src/rules/development.ts", tests: [policy] }, [
  [
    "development_key_not_allowed",
    "rule development_key: that no development key counts in production",
    `if (settings.kind !== "development") {`,
    "if (false) {",
  ],
  [
    "development_key_unknown/facts",
    "that facts which rest on a development key ask for it",
    `developmentKey ?? { state: "unknown", name: null }`,
    `developmentKey ?? { state: "good", name: null }`,
  ],
  [
    "development_key_unknown/state",
    "that a key has to stand",
    `judged(state === "good", "a development key that counts", found)`,
    `judged(true, "a development key that counts", found)`,
  ],
]);

const appraisal = mutationsOf(key, [
  [
    "development_key_unknown",
    "that the key is one of the project's",
    `  if (key === undefined) return { state: "unknown", name: null };
  const { name } = key;
  const secret`,
    `  if (key === undefined) return { state: "good", name: null };
  const { name } = key;
  const secret`,
  ],
  [
    "development_key_invalid",
    "that the MAC is by the key over this statement",
    "!equalBytes(evidence.mac, expected)",
    "false",
  ],
  [
    "development_key_revoked",
    "that a revoked key ends what it enrolled",
    "if (key.revokedAtMs !== null)",
    "if (false)",
  ],
  ["development_key_expired", "that a key has an end", "nowMs < key.expiresAtMs", "true"],
  ["development_key_exhausted/day", "how many enrolments a day may have", "key.perDay, 86_400", "1_000_000, 86_400"],
  [
    "development_key_exhausted",
    "how many enrolments a key buys in all",
    "(await store.developmentKeys.countEnrolment(project, key.id))",
    "true",
  ],
]);

const production = mutationsOf({ ...group, file: "apps/server/src/domain/admin/development-keys.ts" }, [
  [
    "development_key_not_allowed/made",
    "that no key is made for a production project",
    `if (project.kind !== "development") {`,
    "if (false) {",
    { tests: ["apps/server/src/domain/admin/development-keys.test.ts"] },
  ],
]);

/** Development keys: the policy rule, what the service asks of a key, and that production has none. */
export const developmentKeyMutations = [...rule, ...appraisal, ...production];
