export type { Check, CheckResult } from "./check.ts";
export { isReason, type Reason, type ReasonText, reasons } from "./reasons.ts";
