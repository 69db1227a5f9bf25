import type { Bearer } from "@countersign/broker";
import { defaultGrants, type SecretUse } from "@countersign/policy";
import type { Secret } from "../ports/index.ts";
import { isForApp } from "./manifest.ts";

/** How an instance of this app and verdict has a secret, at this moment; null: not at all. */
export function usedBy(secret: Pick<Secret, "mode" | "apps">, bearer: Pick<Bearer, "app" | "verdict">): SecretUse {
  return isForApp(secret, bearer.app) ? (defaultGrants[bearer.verdict].secrets[secret.mode] ?? null) : null;
}

/** Whether the broker uses a secret on behalf of the bearer of such a pass, at this moment. */
export function isBrokeredFor(secret: Pick<Secret, "mode" | "apps">, bearer: Pick<Bearer, "app" | "verdict">): boolean {
  return usedBy(secret, bearer) === "brokered";
}
