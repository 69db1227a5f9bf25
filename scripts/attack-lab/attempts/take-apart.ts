import { mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findLeaks } from "../../../testing/leak-detector.ts";
import { type Attempt, type Form, toAttempt } from "../attempt.ts";
import type { BuiltForm } from "../build-forms.ts";
import { filesBelow, hermesc, run } from "../tools.ts";

export interface TakenApart {
  readonly form: Form;
  readonly built: BuiltForm;
  /** Every key there is: what is looked for. */
  readonly keys: readonly string[];
  /** A folder of the attacker's. */
  readonly folder: string;
}

function placesIn(files: readonly string[], keys: readonly string[], base: string): readonly string[] {
  return files.filter((file) => holds(readFileSync(file), keys)).map((file) => relative(base, file));
}

const holds = (bytes: Uint8Array, keys: readonly string[]): boolean =>
  keys.some((key) => findLeaks(bytes, key).length > 0);

/** Everything an attacker does with the package alone: no phone, no network. */
export function takeApart({ form, built, keys, folder }: TakenApart): readonly Attempt[] {
  const { apk, bytecode } = built;
  const at = (name: string): string => join(folder, `${form}-${name}`);
  const attempt = (title: string, tool: string, looked: string, found: readonly string[]): Attempt =>
    toAttempt({ title, tool, form, looked, found });

  mkdirSync(at("unzipped"), { recursive: true });
  run("unzip", ["-q", "-o", apk, "-d", at("unzipped")]);
  const unzipped = filesBelow(at("unzipped"));
  const printed = unzipped.filter((file) => holds(run("strings", ["-a", "-n", "6", file]), keys));

  run("apktool", ["d", "-f", "-q", "-p", at("frameworks"), "-o", at("apktool"), apk]);
  const decoded = filesBelow(at("apktool"));

  run("enjarify", ["-f", "-o", at("classes.jar"), join(at("unzipped"), "classes.dex")]);
  run("procyon", ["-jar", at("classes.jar"), "-o", at("java")]);
  const java = filesBelow(at("java"));

  const dumped = run(hermesc, ["-dump-bytecode", "-b", bytecode]);
  return [
    attempt(
      "Unzip the package and print what reads like text",
      "unzip, strings",
      `${unzipped.length} files`,
      printed.map((file) => relative(at("unzipped"), file)),
    ),
    attempt(
      "Decode manifest, resources and code",
      "apktool",
      `${decoded.length} files`,
      placesIn(decoded, keys, at("apktool")),
    ),
    attempt(
      "Decompile the code to Java",
      "enjarify, procyon",
      `${java.length} classes`,
      placesIn(java, keys, at("java")),
    ),
    attempt(
      "Disassemble the JavaScript bytecode",
      "hermesc -dump-bytecode",
      `${Math.round(dumped.length / 1024 / 1024)} MiB of listing`,
      holds(dumped, keys) ? ["string table"] : [],
    ),
  ];
}
