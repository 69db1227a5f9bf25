import { NativeKeyError } from "@countersign/client";

export type StatementUse = "enrol" | "session";

/**
 * What native code looks at before it signs: the statement's own `use` and `project`. Throws NativeKeyError `unsupported` for anything
 * that is not a statement of this project, so that a hooked app layer cannot have other bytes signed.
 */
export function readStatementUse(statement: Uint8Array, project: string): StatementUse {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(statement));
  } catch {
    throw new NativeKeyError("unsupported", "these bytes are not a statement");
  }
  if (typeof parsed !== "object" || parsed === null) {
    throw new NativeKeyError("unsupported", "these bytes are not a statement");
  }
  const { use, project: named } = parsed as Record<string, unknown>;
  if (named !== project) throw new NativeKeyError("unsupported", "the statement is of another project");
  if (use !== "enrol" && use !== "session") throw new NativeKeyError("unsupported", "the statement has no known use");
  return use;
}
