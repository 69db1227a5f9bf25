import { decodeBase64url, encodeBase64url } from "@countersign/protocol";
import { decoySecretOf } from "@countersign/protocol/server";
import { toPem } from "@countersign/tokens";
import type { StoredTokenKey } from "../ports/index.ts";
import { isRetired, signingKeyOf } from "../project/token-key-state.ts";
import { revealTokenKey } from "../project/token-keys.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { setOfTarget } from "./token-key-set.ts";
import { keyNamed } from "./token-key-view.ts";

export const exportFormats = ["base64", "base64url", "pem", "jwk"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportInput {
  /** One of the two: a key, or the API whose signing key is meant. */
  readonly kid?: string | undefined;
  readonly api?: string | undefined;
  /** Default: base64 for a secret, PEM for a public key. */
  readonly format?: ExportFormat | undefined;
  /** A secret is given out on this plain word alone. */
  readonly reveal?: boolean | undefined;
  /** The secret under which an API's decoys are signed, instead of its key. */
  readonly decoy?: boolean | undefined;
}

/** What a backend verifies with. */
export interface TokenKeyExport {
  /** Null for a decoy key, which has the name of whichever key signs. */
  readonly kid: string | null;
  readonly alg: StoredTokenKey["alg"];
  readonly format: ExportFormat;
  /** Whether `value` is a secret. */
  readonly secret: boolean;
  readonly value: string;
}

/** Gives out what a backend verifies with: the public half of a key, or its secret where that is asked for. Each time is audited. */
export async function exportTokenKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: ExportInput,
): Promise<TokenKeyExport> {
  const project = await projectOf(context, projectId);
  if ((input.kid === undefined) === (input.api === undefined)) {
    throw invalidInput("/kid", "Name a key or an API: one of the two.");
  }
  const exported =
    input.decoy === true ? await decoyKey(context, project.id, input) : await storedKey(context, project.id, input);
  await audited(context, actor, project.id, "key.export", exported.kid ?? input.api ?? "", {
    alg: exported.alg,
    format: exported.format,
    secret: exported.secret,
    decoy: input.decoy ?? false,
  });
  return exported;
}

async function storedKey(context: AdminContext, project: string, input: ExportInput): Promise<TokenKeyExport> {
  const key = await findKey(context, project, input);
  if (isRetired(key, context.nowMs()))
    throw new AdminError("conflict", "The key is retired: nothing is verified with it.");
  const { kid, alg, publicJwk } = key;
  if (publicJwk === null) return toSecret(kid, () => revealTokenKey(context.vault, key), input);
  const format = input.format ?? "pem";
  if (format !== "pem" && format !== "jwk") {
    throw invalidInput("/format", "A public key is exported as `pem` or `jwk`.");
  }
  const value = format === "pem" ? toPem(publicJwk) : JSON.stringify(publicJwk);
  return { kid, alg, format, secret: false, value };
}

async function findKey(context: AdminContext, project: string, { kid, api }: ExportInput): Promise<StoredTokenKey> {
  if (kid !== undefined) return keyNamed(await context.store.tokenKeys.ofProject(project), kid);
  const { keys } = await setOfTarget(context, project, { api });
  const key = signingKeyOf(keys, context.nowMs());
  if (key === null)
    throw new AdminError("conflict", "No key of this API signs now. `countersign key list` shows those there are.");
  return key;
}

function toSecret(kid: string | null, reveal: () => Uint8Array, input: ExportInput): TokenKeyExport {
  if (input.reveal !== true) {
    throw invalidInput(
      "/reveal",
      "This key is a secret. Say that it is to be revealed (--reveal), and mind where it goes.",
    );
  }
  const format = input.format ?? "base64";
  if (format === "pem") throw invalidInput("/format", "A secret is exported as `base64`, `base64url` or `jwk`.");
  const bytes = reveal();
  const k = encodeBase64url(bytes);
  const name = kid === null ? {} : { kid };
  const value = {
    base64: () => Buffer.from(bytes).toString("base64"),
    base64url: () => k,
    jwk: () => JSON.stringify({ kty: "oct", alg: "HS256", use: "sig", ...name, k }),
  }[format]();
  return { kid, alg: "HS256", format, secret: true, value };
}

/** K("decoy" ∥ api) of the project's newest seed (protocol section 11). */
async function decoyKey(context: AdminContext, project: string, input: ExportInput): Promise<TokenKeyExport> {
  const { api } = input;
  if (api === undefined) throw invalidInput("/api", "Decoys are signed by API: name one.");
  const { set } = await setOfTarget(context, project, { api });
  if (set.alg !== "HS256")
    throw new AdminError("conflict", "Only an API whose tokens are signed with HS256 has decoys.");
  const seeds = await context.store.seeds.ofProject(project);
  const newest = seeds.toSorted((a, b) => b.generation - a.generation)[0];
  const id = decodeBase64url(project, 16);
  if (newest === undefined || id === null) throw new TypeError("a stored project has a seed and an id of 16 bytes");
  const seed = context.vault.open(newest.seed, ["project-seed", project, String(newest.generation)]);
  return toSecret(null, () => decoySecretOf(seed.reveal(), id, api), input);
}
