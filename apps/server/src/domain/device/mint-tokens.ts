import {
  type CustomClaims,
  decodeBase64url,
  limits,
  parseCustomClaims,
  type SessionToken,
} from "@countersign/protocol";
import { subjectFor } from "@countersign/protocol/server";
import { type EncryptionKey, encryptToken, issuerOf, type MintInput, mintToken } from "@countersign/tokens";
import type { ApiToken, TokenEncryption } from "../ports/index.ts";
import type { DeviceDeps } from "./device-deps.ts";
import type { Grant } from "./grant.ts";
import { tokenConfirmation } from "./token-confirmation.ts";
import { tokenIdOf } from "./token-id.ts";

/** `did` is the pairwise subject of this name, which therefore no API may have. */
export const installationAudience = "project";

/** One token as it is asked for. */
interface AskedToken {
  readonly api: string;
  readonly bind?: string;
  /** What the app says in it; null where it says nothing. */
  readonly custom: CustomClaims | null;
}

/** Mints the tokens a statement asks for, one for each protected API that has tokens and a key, in the form its backends expect. */
export async function mintTokens(
  deps: DeviceDeps,
  grant: Grant,
  sessionEndsAtMs: number,
): Promise<readonly SessionToken[]> {
  const asked = grant.statement.asks.tokens.map((token) => ({ ...token, custom: null }));
  return (await Promise.all(asked.map((token) => mint(deps, grant, token, sessionEndsAtMs)))).flat();
}

/** Mints the tokens with claims of the app's own: at most one for each API, and only for APIs that take them. */
export async function mintCustomTokens(
  deps: DeviceDeps,
  grant: Grant,
  sessionEndsAtMs: number,
): Promise<readonly SessionToken[]> {
  const first = new Map<string, CustomClaims>();
  for (const { api, claims } of grant.statement.asks.customTokens ?? []) {
    const read = parseCustomClaims(claims);
    if (read.ok && !first.has(api) && grant.context.apis.get(api)?.token?.customClaims === true)
      first.set(api, read.value);
  }
  const asked = [...first].map(([api, custom]) => ({ api, custom }));
  return (await Promise.all(asked.map((token) => mint(deps, grant, token, sessionEndsAtMs)))).flat();
}

async function mint(
  deps: DeviceDeps,
  grant: Grant,
  { api: id, bind, custom }: AskedToken,
  sessionEndsAtMs: number,
): Promise<readonly SessionToken[]> {
  const { context, statement, subject } = grant;
  const { project, projectId } = context;
  const seed = context.seeds[0].seed.reveal();
  const issuedAtMs = deps.clock.nowMs();
  const subjectOf = (audience: string) => subjectFor(seed, projectId, audience, subject);
  const api = context.apis.get(id);
  const key = context.tokenKeyOf(id, issuedAtMs);
  if (api === undefined || api.token === null || key === null) return [];
  const { header, prefix, encryption } = api.token;
  const signed = mintToken({
    key,
    issuer: issuerOf(deps.publicOrigin(), project.id, project.kind),
    audience: id,
    subject: subjectOf(id),
    did: decodeBase64url(subjectOf(installationAudience), 16),
    app: statement.app.id,
    ip: grant.address,
    issuedAtMs,
    lifetimeSeconds: api.tokenSeconds,
    endsAtMs: sessionEndsAtMs,
    jti: tokenIdOf(api.token, { seed, project: projectId, subject }, deps.random),
    ...bindingOf(bind),
    ...(custom === null ? {} : { custom }),
    ...toMint(api.token, grant),
  });
  const token = encryption === null ? signed : await encryptToken(signed, toRecipient(encryption));
  // A session with a token past the bound could not be read: the app is without this one instead.
  return token.length > limits.tokenCharacters ? [] : [{ api: id, header, prefix, token }];
}

/** What the API says of its tokens. */
function toMint(
  token: ApiToken,
  { arc, notes, known }: Grant,
): Pick<MintInput, "profile" | "firebase" | "arc" | "annotations" | "claims" | "use" | "confirmation"> {
  const confirmation = tokenConfirmation(token.proof, known.instanceKey);
  return {
    profile: token.profile,
    firebase: token.firebase,
    claims: token.claims,
    ...(token.arc ? { arc } : {}),
    ...(token.annotations ? { annotations: notes } : {}),
    ...(token.limitedUse ? { use: "limited" } : {}),
    ...(confirmation === null ? {} : { confirmation }),
  };
}

/** A statement that was read has 32 bytes here, or nothing. */
function bindingOf(bind: string | undefined): Pick<MintInput, "bind"> {
  const bytes = bind === undefined ? null : decodeBase64url(bind, 32);
  return bytes === null ? {} : { bind: bytes };
}

/** Recipients by the row that names them, for as long as its project is held: the key is imported once. */
const recipients = new WeakMap<TokenEncryption, EncryptionKey>();

function toRecipient(encryption: TokenEncryption): EncryptionKey {
  const known = recipients.get(encryption);
  if (known !== undefined) return known;
  // Sound: it was written from what `parseEncryptionKey` gave.
  const recipient = { alg: encryption.alg, jwk: JSON.parse(encryption.jwk) as EncryptionKey["jwk"] };
  recipients.set(encryption, recipient);
  return recipient;
}
