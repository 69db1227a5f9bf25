import { expect, it } from "vitest";
import type { CliContext } from "./cli-context.ts";
import { printOutcome } from "./define-command.ts";

it("prints JSON that means the same and moves no cursor, whatever a token's claims hold", () => {
  const printed: string[] = [];
  const context = { io: { stdout: (text: string) => printed.push(text) } } as unknown as CliContext;
  const claims = { iss: "\u009b2J \u202e\u2066 \u2028 \u{e0001} \u001b[2J \u6f22 \\u009b" };
  const rest = { valid: false, reason: null, api: null, profile: null, header: null, key: null, checks: [] };
  printOutcome(context, "token inspect", true, { json: { ...rest, claims }, text: "" });
  const text = printed.join("");
  expect(JSON.parse(text)).toEqual({ ...rest, claims });
  expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});
