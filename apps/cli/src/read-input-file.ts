import { readFileSync } from "node:fs";
import { parseStrictJson } from "@countersign/protocol";
import { CliFailure } from "./cli-failure.ts";

const MOST_BYTES = 1024 * 1024;

/** The text of a file that the caller named. */
export function readInputFile(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CliFailure("file_unreadable", `${file} cannot be read (${code}).`);
  }
  if (bytes.length > MOST_BYTES) throw new CliFailure("file_too_large", `${file} is larger than 1 MiB.`);
  return bytes.toString("utf8");
}

/** The value of a JSON file that the caller named. A member named twice is a mistake that must not pass unseen (RFC 7493 §2.3). */
export function readJsonFile(file: string): unknown {
  return parseInputJson(file, readInputFile(file));
}

/** The value of JSON text that the caller gave; `name` says of what. */
export function parseInputJson(name: string, text: string): unknown {
  const json = parseStrictJson(text, { maxBytes: MOST_BYTES });
  if (!json.ok) throw new CliFailure("file_not_json", `${name} is not valid JSON, or names a member twice.`);
  return json.value;
}
