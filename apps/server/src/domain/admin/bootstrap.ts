import { createHash } from "node:crypto";
import type { BootstrapTokens } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { parseDisplayName } from "./rules/display-name.ts";
import { accept } from "./rules/rule.ts";

const BOOTSTRAP_LIFETIME_MS = 24 * 3600 * 1000;

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** Lower-case hex SHA-256 of a token's text: all that is ever stored of it. */
export function tokenHashOf(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/**
 * Makes the bootstrap token (`csb_` and 32 random bytes as b64u) and stores its hash in place of an earlier one. It lives 24 h and buys
 * exactly one administrator token.
 */
export async function mintBootstrapToken(from: {
  readonly bootstrapTokens: Pick<BootstrapTokens, "set">;
  readonly nowMs: () => number;
  readonly random: (length: number) => Uint8Array;
}): Promise<{ token: string; expiresAtMs: number }> {
  const token = `csb_${b64u(from.random(32))}`;
  const createdAtMs = from.nowMs();
  const expiresAtMs = createdAtMs + BOOTSTRAP_LIFETIME_MS;
  await from.bootstrapTokens.set({ tokenHash: tokenHashOf(token), createdAtMs, expiresAtMs, usedAtMs: null });
  return { token, expiresAtMs };
}

export interface Redeemed {
  readonly administrator: Actor;
  /** `csa_` and 32 random bytes as b64u. Shown once; the service keeps its hash. */
  readonly token: string;
}

/** Spends the bootstrap token for one administrator token under `name`. */
export async function redeemBootstrap(
  context: AdminContext,
  input: { readonly token: string; readonly name: string },
): Promise<Redeemed> {
  const name = accept("/name", parseDisplayName(input.name));
  const administrator = { id: b64u(context.random(9)), name };
  const token = `csa_${b64u(context.random(32))}`;
  const nowMs = context.nowMs();
  const stored = { ...administrator, tokenHash: tokenHashOf(token), createdAtMs: nowMs };
  if (!(await context.store.bootstrapTokens.redeem(tokenHashOf(input.token), stored, nowMs))) {
    throw new AdminError(
      "bootstrap_refused",
      "The bootstrap token is unknown, spent or older than 24 hours. Make a new one with `countersign admin bootstrap` on the service's data folder.",
    );
  }
  await audited(context, administrator, null, "administrator.create", administrator.id, { name });
  return { administrator, token };
}
