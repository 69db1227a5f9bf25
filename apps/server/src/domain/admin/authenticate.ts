import { timingSafeEqual } from "node:crypto";
import type { Actor, AdminContext } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { tokenHashOf } from "./bootstrap.ts";

const FAILURES_PER_MINUTE = 20;

const refused = (): AdminError =>
  new AdminError(
    "unauthorized",
    "The administrator token is missing or not valid. Log in again with `countersign login`.",
  );

/**
 * The administrator whose token this is. Only SHA-256 hashes are looked up and compared (in constant time), so neither the store's index nor a
 * comparison leaks the token. Failures count against the caller's `network`: beyond 20 a minute they are `slow_down`.
 */
export async function authenticate(context: AdminContext, token: string | null, network: string): Promise<Actor> {
  if (token !== null && /^csa_[A-Za-z0-9_-]{43}$/.test(token)) {
    const hash = tokenHashOf(token);
    const administrator = await context.store.administrators.byTokenHash(hash);
    if (
      administrator !== null &&
      timingSafeEqual(Buffer.from(administrator.tokenHash, "hex"), Buffer.from(hash, "hex"))
    ) {
      return { id: administrator.id, name: administrator.name };
    }
  }
  await countFailure(context, network);
  throw refused();
}

/** Counts one failed authentication; `slow_down` when the network has had its share. */
export async function countFailure(context: AdminContext, network: string): Promise<void> {
  if (await context.ledger.take(`service:admin-failures:${network}`, FAILURES_PER_MINUTE, 60)) return;
  throw new AdminError("slow_down", "Too many failed attempts from this network. Try again in a minute.", {
    retryAfterSeconds: 60,
  });
}
