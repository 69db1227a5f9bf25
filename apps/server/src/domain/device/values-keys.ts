import { encodeBase64url, limits, type SealedSession } from "@countersign/protocol";
import { decoyValuesKeyOf, valuesKeyOf } from "@countersign/protocol/server";
import type { Grant } from "./grant.ts";

/**
 * The keys of what the app keeps on this device: of the seed in use, then of the one before. Only where they are asked for, and only for a
 * trusted instance; nothing is in the session otherwise. A decoy gets keys that open nothing of a genuine session.
 */
export function valuesKeysOf({
  context,
  statement,
  subject,
  verdict,
  decoy,
}: Grant): Pick<SealedSession, "valuesKeys"> {
  if (statement.asks.valuesKeys !== true || verdict !== "trusted") return {};
  const keyOf = decoy ? decoyValuesKeyOf : valuesKeyOf;
  const valuesKeys = context.seeds.slice(0, limits.valuesKeys).map(({ generation, seed }) => ({
    generation,
    key: encodeBase64url(keyOf(seed.reveal(), context.projectId, subject)),
  }));
  return { valuesKeys };
}
