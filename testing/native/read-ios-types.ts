import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { splitList } from "./split-list.ts";

/** Types are as TypeScript writes them: `NSData | null`. */
export interface IosFunction {
  readonly parameters: readonly string[];
  readonly gives: string;
}

/** The surface of iOS as `@nativescript/types-ios` declares it: selectors are joined, `attestKey:clientDataHash:` is `attestKeyClientDataHash`. */
export interface IosSurface {
  /** Functions of C. */
  readonly functions: ReadonlyMap<string, IosFunction>;
  /** Classes, protocols, structures and enumerations, each with its members; null for a member that is no method. */
  readonly types: ReadonlyMap<string, ReadonlyMap<string, IosFunction | null>>;
  /** Constants and variables, with their types. */
  readonly values: ReadonlyMap<string, string>;
  /** Versions of iOS since when there is a function, value, type or `Type.member`, where that is said. */
  readonly since: ReadonlyMap<string, number>;
}

const typeOf = (parameter: string): string => parameter.slice(parameter.indexOf(":") + 1).trim();

/** Of a declaration, from the bracket that opens its parameters. */
function toFunction(text: string): IosFunction {
  let depth = 0;
  let end = 0;
  for (; end < text.length; end += 1) {
    if (text.charAt(end) === "(") depth += 1;
    if (text.charAt(end) === ")") depth -= 1;
    if (depth === 0) break;
  }
  const gives = text
    .slice(end + 1)
    .replace(/^:\s*/, "")
    .replace(/;.*$/, "");
  return { parameters: splitList(text.slice(1, end)).map(typeOf), gives: gives.trim() };
}

/** Reads every declaration file of a folder. They are written by a machine, one declaration on a line. */
export function readIosTypes(folder: string): IosSurface {
  const functions = new Map<string, IosFunction>();
  const types = new Map<string, Map<string, IosFunction | null>>();
  const values = new Map<string, string>();
  const since = new Map<string, number>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".d.ts"))) {
    let members: Map<string, IosFunction | null> | null = null;
    let owner = "";
    let said: number | null = null;
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const version = /^\s*\* @since ([\d.]+)/.exec(line)?.[1];
      if (version !== undefined) said = Number(version);
      const named = /^(\t?)(?:(?:declare|function|var|const|let|class|interface|enum|static|readonly) )*(\w+)/.exec(
        line,
      );
      if (named?.[2] !== undefined) {
        if (said !== null) since.set(named[1] === "" ? named[2] : `${owner}.${named[2]}`, said);
        said = null;
      }
      const called = /^declare function (\w+)(?:<[^(]*>)?(\(.*)$/.exec(line);
      if (called !== null) functions.set(called[1] ?? "", toFunction(called[2] ?? ""));
      const value = /^declare (?:var|const|let) (\w+)\s*:\s*([^;]*)/.exec(line);
      if (value !== null) values.set(value[1] ?? "", value[2] ?? "");
      const type = /^(?:declare )?(?:class|interface|const enum) (\w+)/.exec(line)?.[1];
      if (type !== undefined) {
        members = types.get(type) ?? new Map();
        types.set(type, members);
        owner = type;
      }
      const member = /^\t(?:static |readonly )*(\w+)\??(?:<[^(]*>)?\s*([(:=,]|$)/.exec(line);
      if (member === null) continue;
      const at = line.indexOf("(");
      members?.set(member[1] ?? "", member[2] === "(" ? toFunction(line.slice(at)) : null);
    }
  }
  return { functions, types, values, since };
}
