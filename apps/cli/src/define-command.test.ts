import { Command } from "commander";
import { describe, expect, it } from "vitest";
import type { CliContext } from "./cli-context.ts";
import { createCommand, createGroup, printOutcome } from "./define-command.ts";

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

describe("a command's argument", () => {
  async function parse(...argv: readonly string[]): Promise<unknown> {
    let heard: unknown = null;
    const ban = createCommand("ban <instance>", "").requiredOption("--reason <text>", "");
    ban.action(() => {
      heard = { args: ban.args, ...ban.opts() };
    });
    const program = new Command("countersign").addCommand(createGroup("instance", "", [ban]));
    for (const command of [program, ...program.commands, ban]) {
      command.exitOverride().configureOutput({ writeErr: () => undefined });
    }
    await program.parseAsync(["instance", "ban", ...argv], { from: "user" });
    return heard;
  }

  it.each([
    "-4XtR4rB83pfKU_AdkxLow",
    "--XtR4rB83pfKU_AdkxLow",
    "-jXtR4rB83pfKU_AdkxLow",
    "-4XtR4rB83p",
    "A4XtR4rB83pfKU_AdkxLow",
  ])("may be an id that begins as %s, before the options and after them", async (id) => {
    const wanted = { args: [id], reason: id, json: true };
    expect(await parse(id, "--reason", id, "--json")).toEqual(wanted);
    expect(await parse("--json", "--reason", id, id)).toEqual(wanted);
  });

  it.each(["-x", "--force", "--reasons-are-not-given", "-4XtR4rB83pfKU_AdkxLow0"])(
    "is never %s, which is an option that nobody knows",
    async (option) => {
      await expect(parse("A4XtR4rB83pfKU_AdkxLow", option, "--reason", "test")).rejects.toThrow("unknown option");
      await expect(parse(option, "--reason", "test")).rejects.toThrow("unknown option");
    },
  );
});
