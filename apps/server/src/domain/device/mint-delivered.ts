import type { Secret, SecretValue } from "../ports/index.ts";
import { usedBy } from "../project/secret-use.ts";
import type { DeviceDeps } from "./device-deps.ts";
import type { Grant } from "./grant.ts";

/** An answer waits no longer for all that is minted for it: what is not there by then is in the next one. */
const waitMs = 3_000;

/**
 * The minted values of the delivered secrets among these, by name; one that is not there in time, or does not live as long as the session, is left out as
 * one is that cannot be opened. Nothing is minted for a decoy, which waits as if; and nothing is waited for where no secret is a recipe.
 */
export async function mintDelivered(
  { recipes }: Pick<DeviceDeps, "recipes">,
  { context, statement, verdict, known, decoy }: Grant,
  secrets: readonly Secret[],
  sessionMs: number,
): Promise<ReadonlyMap<string, SecretValue>> {
  const bearer = { app: statement.app.id, verdict };
  const mintable = secrets.filter((secret) => secret.recipe != null && usedBy(secret, bearer) === "delivered");
  if (mintable.length === 0) return new Map();
  if (decoy) {
    await Promise.all(mintable.map((secret) => recipes.pretend(secret, known, waitMs)));
    return new Map();
  }
  const need = { leftMs: sessionMs, waitMs };
  const minted = await Promise.all(
    mintable.map(async (secret) => [secret.name, await recipes.valueOf(context, secret, known, need)] as const),
  );
  return new Map(minted.flatMap(([name, value]) => (value.ok ? [[name, value.value] as const] : [])));
}
