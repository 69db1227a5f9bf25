import { isPermission, type Permission, permissions } from "@countersign/policy";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** What a development project may be permitted beyond other trust anchors, each by its name. */
export function parsePermission(text: string): Ruled<Permission> {
  return isPermission(text) ? ruled(text) : refused(`A permission is one of: ${Object.keys(permissions).join(", ")}.`);
}
