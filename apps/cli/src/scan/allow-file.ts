import { CliFailure } from "../cli-failure.ts";
import { readJsonFile } from "../read-input-file.ts";

/** The findings that somebody has accepted, with why. */
export type AllowList = ReadonlyMap<string, string>;

/** `{"allow": [{"id", "reason"}]}`. A finding is accepted by its id alone, and never without a reason. */
export function readAllowFile(file: string): AllowList {
  const json = readJsonFile(file);
  const rows =
    typeof json === "object" && json !== null && "allow" in json && Array.isArray(json.allow)
      ? (json.allow as readonly unknown[])
      : null;
  if (rows === null) throw malformed(file);
  const list = new Map<string, string>();
  for (const row of rows) {
    if (typeof row !== "object" || row === null || !("id" in row) || !("reason" in row)) throw malformed(file);
    const { id, reason } = row;
    if (typeof id !== "string" || !/^[0-9a-f]{16}$/.test(id) || typeof reason !== "string" || reason.trim() === "")
      throw malformed(file);
    if (list.has(id)) throw new CliFailure("allow_malformed", `${file} names the finding ${id} twice.`);
    list.set(id, reason);
  }
  return list;
}

function malformed(file: string): CliFailure {
  return new CliFailure(
    "allow_malformed",
    `${file} must be {"allow":[{"id":"16 hexadecimal characters","reason":"why"}]}.`,
  );
}
