import { defaultTemplate, makeDecoy } from "../alarms/make-decoy.ts";
import { decoyDigest, digestContext, longestDecoy, shortestDecoy } from "../alarms/watched-decoys.ts";
import type { DecoySecret } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { decoyOfValue } from "./planted-values.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept, type Ruled, refused, ruled } from "./rules/rule.ts";

const mostDecoys = 64;

/** A decoy as operators see it later: never its value, of which a sealed digest is all that is kept. */
export type DecoyView = Pick<DecoySecret, "name" | "note" | "length" | "createdAtMs">;

export interface DecoyInput {
  readonly name: string;
  /** Where it will be planted. Default none. */
  readonly note?: string | undefined;
  /** The form of the value (`makeDecoy`). Default 40 letters and digits. */
  readonly like?: string | undefined;
  /** A value of the operator's own, for example of a key that has no rights. */
  readonly value?: string | undefined;
}

/** `value` is shown once, to be planted. */
export interface NewDecoy extends DecoyView {
  readonly value: string;
}

const toView = ({ name, note, length, createdAtMs }: DecoySecret): DecoyView => ({ name, note, length, createdAtMs });

export async function listDecoys(context: AdminContext, projectId: string): Promise<readonly DecoyView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.decoySecrets.list(project.id)).map(toView);
}

/** Makes a decoy: a value that no genuine use exists for, and whose use raises an alarm from now on. */
export async function addDecoy(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: DecoyInput,
): Promise<NewDecoy> {
  const project = await projectOf(context, projectId);
  const name = accept("/name", parseIdentifier(input.name));
  const note = accept("/note", parseNote(input.note ?? ""));
  const held = await context.store.decoySecrets.list(project.id);
  if (held.length >= mostDecoys)
    throw new AdminError("limit_reached", `A project has at most ${mostDecoys} decoys. Remove one first.`);
  const value = toValue(context, input);
  if ((await decoyOfValue(context, project.id, value)) !== null)
    throw invalidInput("/value", "Another decoy of this project has this value: nobody could tell the two apart.");
  await refuseGenuine(context, project.id, value);
  const sealed = context.vault.seal(decoyDigest(value), digestContext(project.id, name));
  const { length } = value;
  const decoy: DecoySecret = { project: project.id, name, note, digest: sealed, length, createdAtMs: context.nowMs() };
  if (!(await context.store.decoySecrets.add(decoy)))
    throw new AdminError("conflict", "There is a decoy of this name. Choose another name, or remove it.");
  context.operations.decoysChanged(project.id);
  await audited(context, actor, project.id, "decoy.add", name);
  return { ...toView(decoy), value };
}

/** Takes a decoy out of use: its value raises no alarm any more. Alarms that it raised stay. */
export async function removeDecoy(context: AdminContext, actor: Actor, projectId: string, name: string): Promise<void> {
  const project = await projectOf(context, projectId);
  const hook = (await context.store.alarmHooks.list(project.id)).find(({ decoy }) => decoy === name);
  if (hook !== undefined)
    throw new AdminError("in_use", `The hook ${hook.name} reports this decoy. Remove the hook first.`);
  if (!(await context.store.decoySecrets.remove(project.id, name)))
    throw new AdminError("not_found", "There is no such decoy. `countersign decoy list` shows those there are.");
  context.operations.decoysChanged(project.id);
  await audited(context, actor, project.id, "decoy.remove", name);
}

function parseNote(text: string): Ruled<string> {
  return /^[ -~\u00a0-\uffff]{0,128}$/.test(text) && text.isWellFormed() && !/\p{C}/u.test(text)
    ? ruled(text)
    : refused("A note has at most 128 printable characters.");
}

function toValue(context: AdminContext, { like, value }: DecoyInput): string {
  if (value === undefined) {
    const made = makeDecoy(like ?? defaultTemplate, context.random);
    if (made === null)
      throw invalidInput(
        "/like",
        "A template has printable text and fields such as {alnum*24}, and draws at least 80 bits: sk_live_{alnum*24}, for example. Fields: alnum, lower, upper, hex, digits, base32, base64url.",
      );
    return made;
  }
  if (like !== undefined) throw invalidInput("/value", "Give a template or a value, not both.");
  const fits = new RegExp(`^[!-~]{${shortestDecoy},${longestDecoy}}$`).test(value) && new Set(value).size >= 8;
  if (!fits)
    throw invalidInput(
      "/value",
      `A decoy has ${shortestDecoy} to ${longestDecoy} printable characters without spaces, at least 8 of them different: another would come by chance.`,
    );
  return value;
}

/** A value that is used in earnest would raise an alarm at each of its uses. */
async function refuseGenuine(context: AdminContext, project: string, value: string): Promise<void> {
  const bytes = Buffer.from(value, "utf8");
  for (const secret of await context.store.secrets.list(project)) {
    const opened = context.vault.open(secret.value, ["secret", project, secret.name, String(secret.version)]);
    if (bytes.equals(opened.reveal()))
      throw invalidInput("/value", `This is the value of the secret ${secret.name}, which is used in earnest.`);
  }
}
