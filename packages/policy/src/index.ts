export { appraise } from "./appraise.ts";
export { type Decision, decide, decideAsIfGenuine, notesOf, type RenewReason, type Verdict } from "./decide.ts";
export { defaultGrants, type Grants, type SecretMode, type SecretUse } from "./grants.ts";
export {
  type AppraisalInput,
  type DevelopmentKeyState,
  type EvidenceState,
  FACTS_VERSION,
  type ObservedSignal,
  type PlayState,
  type PolicySettings,
  type References,
  type ReleaseReference,
  type ReleaseReferences,
} from "./input.ts";
export { isPermission, type Permission, type PermissionText, permissions } from "./permissions.ts";
export type { Effect, Judgement, Rule } from "./rule.ts";
export { defaultRules } from "./rules/index.ts";
