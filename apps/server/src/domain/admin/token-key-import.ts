import { decodeBase64url } from "@countersign/protocol";
import { decoySecretOf } from "@countersign/protocol/server";
import type { Project, StoredTokenKey } from "../ports/index.ts";
import { planSuccession } from "../project/token-key-plan.ts";
import { takeTokenSecret } from "../project/token-keys.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { checkRoom, setOfTarget } from "./token-key-set.ts";
import { readChange, type TokenKeyChangeView } from "./token-key-view.ts";

const LEAST_BYTES = 32;
const MOST_BYTES = 1024;

/**
 * Takes over an HS256 secret that backends hold already: it signs at once, and what signed before ends when its last token has. The secret is
 * base64 or base64url, as it was exported elsewhere.
 */
export async function importTokenSecret(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: { readonly api: string; readonly secret: string },
): Promise<TokenKeyChangeView> {
  const project = await projectOf(context, projectId);
  const target = await setOfTarget(context, project.id, { api: input.api });
  const { set, keys } = target;
  if (set.alg !== "HS256") {
    throw new AdminError("conflict", "Only an API whose tokens are signed with HS256 can take over a secret.");
  }
  const secret = parseSecret(input.secret);
  if (await isDecoySecret(context, project.id, secret)) {
    const message = "This is a secret that decoys are signed with: as a key it would make every decoy genuine.";
    throw invalidInput("/secret", message);
  }
  const nowMs = context.nowMs();
  checkRoom(target, nowMs);
  const { retiresAtMs, times } = planSuccession(keys, { activeFromMs: nowMs, atOnce: false }, nowMs);
  const { purpose, api } = set;
  const added = take(
    context,
    { project: project.id, purpose, api, createdAtMs: nowMs, activeFromMs: nowMs, retiresAtMs },
    secret,
  );
  const known = (await context.store.tokenKeys.ofProject(project.id)).find(({ kid }) => kid === added.kid);
  if (known !== undefined) {
    const message = `The project has this secret as key ${known.kid}. APIs of one secret share it with --token-keys project.`;
    throw new AdminError("conflict", message);
  }
  if (await isOfOtherKind(context, project, added.kid)) {
    const message =
      "A project of the other environment has this secret: a backend would take the tokens of development for those of production.";
    throw new AdminError("conflict", message);
  }
  await context.store.tokenKeys.change(project.id, { add: [added], times });
  context.operations.tokenKeysChanged(project.id, false);
  const replaced = times.map(({ kid }) => kid);
  await audited(context, actor, project.id, "key.import", added.kid, {
    api,
    alg: added.alg,
    replaced: replaced.join(","),
  });
  return await readChange(context, project.id, added.kid, replaced);
}

/** Whether a production project has the secret of a development one, or the other way round. */
async function isOfOtherKind({ store }: AdminContext, { kind }: Project, kid: string): Promise<boolean> {
  const others = (await store.projects.list()).filter((each) => each.kind !== kind);
  const keys = await Promise.all(others.map(({ id }) => store.tokenKeys.ofProject(id)));
  return keys.flat().some((key) => key.kid === kid);
}

/** Whether an export of a decoy key (K("decoy" ∥ api), of whichever API) came back as a key. */
async function isDecoySecret({ store, vault }: AdminContext, project: string, secret: Uint8Array): Promise<boolean> {
  const [seeds, apis] = await Promise.all([store.seeds.ofProject(project), store.protectedApis.list(project)]);
  const id = decodeBase64url(project, 16);
  if (id === null) throw new TypeError("a stored project id is not 16 bytes");
  return seeds.some(({ generation, seed }) => {
    const bytes = vault.open(seed, ["project-seed", project, String(generation)]).reveal();
    return apis.some((api) => Buffer.from(decoySecretOf(bytes, id, api.id)).equals(secret));
  });
}

/** What only looks like a secret, such as a PEM that anybody may have, is no key either. */
function take(context: AdminContext, key: Parameters<typeof takeTokenSecret>[1], secret: Uint8Array): StoredTokenKey {
  try {
    return takeTokenSecret(context.vault, key, secret);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalidInput("/secret", "These bytes cannot be a secret for HS256.");
  }
}

/** One reading of the text, whichever alphabet it is in: a secret read differently here and there would verify nothing. */
function parseSecret(text: string): Uint8Array {
  const bare = text.trim().replace(/={1,2}$/, "");
  const bytes =
    /[+/]/.test(bare) && /[-_]/.test(bare) ? null : decodeBase64url(bare.replaceAll("+", "-").replaceAll("/", "_"));
  if (bytes === null) throw invalidInput("/secret", "The secret is not base64 or base64url.");
  if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
    throw invalidInput("/secret", `A secret for HS256 has ${LEAST_BYTES} to ${MOST_BYTES} bytes (RFC 7518 §3.2).`);
  }
  return bytes;
}
