import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The surface of iOS as `@nativescript/types-ios` declares it: selectors are joined, `attestKey:clientDataHash:` is `attestKeyClientDataHash`. */
export interface IosSurface {
  /** Functions of C with how many arguments they take. */
  readonly functions: ReadonlyMap<string, number>;
  /** Classes, protocols, structures and enumerations, each with its members. */
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
  /** Constants and variables. */
  readonly values: ReadonlySet<string>;
}

/** Parameters of a declaration, of which the text after the opening bracket is given. */
function countParameters(text: string): number {
  let depth = 0;
  let count = 0;
  let isEmpty = true;
  for (const character of text) {
    if (character === ")" && depth === 0) break;
    if ("(<{[".includes(character)) depth += 1;
    if (")>}]".includes(character)) depth -= 1;
    if (character === "," && depth === 0) count += 1;
    if (character.trim() !== "") isEmpty = false;
  }
  return isEmpty ? 0 : count + 1;
}

/** Reads every declaration file of a folder. They are written by a machine, one declaration on a line. */
export function readIosTypes(folder: string): IosSurface {
  const functions = new Map<string, number>();
  const types = new Map<string, Set<string>>();
  const values = new Set<string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".d.ts"))) {
    let members: Set<string> | null = null;
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const called = /^declare function (\w+)(?:<[^(]*>)?\((.*)$/.exec(line.replaceAll("=>", ""));
      if (called !== null) functions.set(called[1] ?? "", countParameters(called[2] ?? ""));
      const value = /^declare (?:var|const|let) (\w+)\s*:/.exec(line)?.[1];
      if (value !== undefined) values.add(value);
      const type = /^(?:declare )?(?:class|interface|const enum) (\w+)/.exec(line)?.[1];
      if (type !== undefined) {
        members = types.get(type) ?? new Set();
        types.set(type, members);
      }
      const member =
        /^\t(?:static |readonly )*(\w+)\??(?:<[^(]*>)?\s*[(:=,]/.exec(line)?.[1] ?? /^\t(\w+)$/.exec(line)?.[1];
      if (member !== undefined) members?.add(member);
    }
  }
  return { functions, types, values };
}
