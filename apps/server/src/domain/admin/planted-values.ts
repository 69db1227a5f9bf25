import { fromUtf8 } from "@countersign/protocol";
import { decoyDigest, digestContext } from "../alarms/watched-decoys.ts";
import type { AdminContext } from "./admin-context.ts";
import { invalidInput } from "./admin-error.ts";

/** The decoy of a project that has this value; null where none has. */
export async function decoyOfValue(context: AdminContext, project: string, value: string): Promise<string | null> {
  const digest = decoyDigest(value);
  const decoys = await context.store.decoySecrets.list(project);
  const isOf = (name: string, sealed: string): boolean =>
    Buffer.from(context.vault.open(sealed, digestContext(project, name)).reveal()).equals(digest);
  return decoys.find(({ name, digest: sealed }) => isOf(name, sealed))?.name ?? null;
}

/** A decoy that became a secret would raise an alarm at each of its genuine uses. */
export async function refusePlanted(context: AdminContext, project: string, value: Uint8Array): Promise<void> {
  const text = fromUtf8(value);
  const decoy = text === null ? null : await decoyOfValue(context, project, text);
  if (decoy !== null)
    throw invalidInput("/value", `This is the value of the decoy ${decoy}: each of its uses would raise an alarm.`);
}
