import { isVerifyReason, verifyReasons } from "@countersign/protocol";
import type { TokenAnswer } from "../answers.ts";
import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import { toFields, toTable } from "../table.ts";

const marks = { pass: "ok", fail: "FAIL", not_evaluated: "-" } as const;

/** A judged token for a terminal: verdict, of the failed check what it means and what to do; every check; what the token says of itself. */
export function renderToken(paint: Paint, { valid, reason, api, profile, key, claims, checks }: TokenAnswer): string {
  const verdict = valid ? paint("green", "valid") : paint("red", `refused, ${printable(reason ?? "")}`);
  const meaning = reason !== null && isVerifyReason(reason) ? verifyReasons[reason] : null;
  const rows = checks.map((check) => [check.name, marks[check.result], cut(check.expected), cut(check.found)]);
  const head = toFields(paint, [
    ["api", api ?? "none of this project"],
    ["profile", profile ?? "-"],
    ["key", key === null ? "unknown" : `${key.kid} (${key.alg}, ${key.state})`],
  ]);
  return [
    `Token: ${verdict}\n`,
    meaning === null ? "" : `  ${meaning.title}. ${meaning.mend}\n`,
    `\n${head}\n`,
    toTable(paint, ["CHECK", "RESULT", "EXPECTED", "FOUND"], rows, ""),
    "\n- is not evaluated: nothing was given to judge it by, or an earlier failure left nothing to judge.\n",
    claims === null ? "" : `\n${valid ? "Claims" : "Claims, not to be believed"}:\n${toClaims(paint, claims)}`,
  ].join("");
}

function toClaims(paint: Paint, claims: Readonly<Record<string, unknown>>): string {
  return toFields(
    paint,
    Object.entries(claims).map(([name, value]) => [`  ${printable(name)}`, cut(shown(name, value))]),
  );
}

function shown(name: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isTime = ["iat", "exp", "nbf"].includes(name) && Number.isSafeInteger(value) && Number(value) < 8.64e12;
  return isTime ? `${text} (${new Date(Number(value) * 1000).toISOString()})` : text;
}

function cut(text: string | null): string {
  if (text === null) return "";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
