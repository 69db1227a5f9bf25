import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createCliContext } from "./cli-context.ts";
import { processIo } from "./cli-io.ts";
import { jsonShapes } from "./json-shapes.ts";
import { createProgram } from "./program.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");

interface Documented {
  readonly usage: string;
  readonly options: readonly string[];
  readonly json: readonly string[] | null;
}

/** What docs/cli.md says of each command, by its usage. */
const documented = new Map<string, Documented>(
  [...page.matchAll(/^### `countersign ([^`]+)`\n([\s\S]*?)(?=^##|$(?![\s\S]))/gm)].map(([, usage = "", body = ""]) => {
    const options = [...body.matchAll(/^\| `([^`]+)` \|/gm)].map(([, flags = ""]) => flags.replaceAll("\\|", "|"));
    const json = /^JSON: (.+)$/m.exec(body)?.[1]?.matchAll(/`(\w+)`/g);
    return [usage, { usage, options, json: json === undefined ? null : [...json].map(([, name = ""]) => name) }];
  }),
);

function leavesOf(command: Command, path: readonly string[]): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(" "), command]];
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

const program = createProgram(createCliContext(processIo()), () => undefined);
const leaves = leavesOf(program, []);

function usageOf(name: string, command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const text = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${text}>` : `[${text}]`;
  });
  return [name, ...args].join(" ");
}

describe("docs/cli.md", () => {
  it("has every command with its arguments, and none that is not there", () => {
    expect([...documented.keys()].toSorted()).toEqual(
      leaves.map(([name, command]) => usageOf(name, command)).toSorted(),
    );
  });

  it.each(leaves)("has every option of %s, and none that is not there", (name, command) => {
    const shown = command.options
      .filter((option) => !option.hidden && option.long !== "--json")
      .map((option) => option.flags);
    expect(documented.get(usageOf(name, command))?.options).toEqual(shown);
  });

  it.each(leaves)("has the JSON members of %s", (name, command) => {
    const shapes: Readonly<Record<string, readonly string[]>> = jsonShapes;
    expect(documented.get(usageOf(name, command))?.json ?? undefined).toEqual(shapes[name]);
  });

  it("names every environment variable that the sources read", () => {
    const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((file) =>
      /(?<!\.test)\.ts$/.test(file),
    );
    const text = sources.map((file) => readFileSync(join(import.meta.dirname, file), "utf8")).join("\n");
    const names = new Set([...text.matchAll(/\benv(?:\.|\[")([A-Z_]+)/g)].map(([, name = ""]) => name));
    names.delete("TERM");
    expect(names.size).toBeGreaterThan(6);
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });
});

describe("every command", () => {
  it.each(leaves)("%s has --json and a description that ends in a full stop", (_, command) => {
    expect(command.options.map((option) => option.long)).toContain("--json");
    expect(command.description()).toMatch(/^[A-Z].*\.$/);
  });
});
