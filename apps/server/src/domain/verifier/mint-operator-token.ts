import { decodeBase64url, tag, toArc } from "@countersign/protocol";
import { sha256, subjectFor } from "@countersign/protocol/server";
import { type EncryptionKey, encryptToken, issuerOf, type MintInput, mintToken } from "@countersign/tokens";
import { installationAudience } from "../device/mint-tokens.ts";
import { withDecoyKeys } from "../device/with-decoy-keys.ts";
import type { ApiToken } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";

/** What an example is an example of: a good token, or one way of not being one. */
export const exampleTypes = ["valid", "expired", "invalid", "wrong-audience", "decoy"] as const;
export type ExampleType = (typeof exampleTypes)[number];

/** A token that no instance asked for. */
export interface OperatorToken {
  readonly token: string;
  readonly header: string;
  readonly prefix: string;
  readonly kid: string;
  readonly expiresAtMs: number;
}

export type MintedForOperator =
  | { readonly ok: true; readonly minted: OperatorToken }
  | { readonly ok: false; readonly reason: "no_key" | "no_decoys" };

interface Minter {
  readonly context: ProjectContext;
  readonly api: string;
  readonly token: ApiToken;
  readonly publicOrigin: string;
  readonly nowMs: number;
  readonly random: (length: number) => Uint8Array;
}

const exampleSeconds = 3600;
const daySeconds = 86_400;

/** Mints a token with `use` `example`, good for an hour; each stands for an installation of its own. */
export async function mintExample(
  minter: Minter,
  type: ExampleType,
  binding: Uint8Array | null,
): Promise<MintedForOperator> {
  const { context, api, token, nowMs, random } = minter;
  const isDecoy = type === "decoy";
  if (isDecoy && (token.alg !== "HS256" || token.encryption !== null)) return { ok: false, reason: "no_decoys" };
  const key = (isDecoy ? withDecoyKeys(context) : context).tokenKeyOf(api, nowMs);
  if (key === null) return { ok: false, reason: "no_key" };
  const subject = random(16);
  const signed = mintToken({
    ...common(minter, subject),
    key,
    did: decodeBase64url(subjectOf(context, installationAudience, subject), 16),
    issuedAtMs: type === "expired" ? nowMs - 2 * exampleSeconds * 1000 : nowMs,
    lifetimeSeconds: exampleSeconds,
    endsAtMs: nowMs + exampleSeconds * 1000,
    use: "example",
    ...(binding === null ? {} : { bind: binding }),
    ...(token.arc ? { arc: toArc(random(10)) } : {}),
    ...(type === "wrong-audience" ? elsewhere(api, token) : {}),
  });
  const jws = type === "invalid" ? withOtherSignature(signed) : signed;
  const expiresAtMs = type === "expired" ? nowMs - exampleSeconds * 1000 : nowMs + exampleSeconds * 1000;
  return { ok: true, minted: await toOperatorToken(minter, key.kid, jws, expiresAtMs) };
}

/**
 * Mints a token with `use` `long-lived` for a caller without an agent. Its subject is the same whenever one of this name is minted. It ends
 * with its time, or with the key that signed it.
 */
export async function mintLongLived(minter: Minter, name: string, days: number): Promise<MintedForOperator> {
  const { context, api, nowMs } = minter;
  const key = context.tokenKeyOf(api, nowMs);
  if (key === null) return { ok: false, reason: "no_key" };
  const subject = sha256(new Uint8Array([...tag("long-lived"), ...Buffer.from(name, "utf8")])).subarray(0, 16);
  const signed = mintToken({
    ...common(minter, subject),
    key,
    did: null,
    issuedAtMs: nowMs,
    lifetimeSeconds: days * daySeconds,
    endsAtMs: nowMs + days * daySeconds * 1000,
    use: "long-lived",
  });
  return { ok: true, minted: await toOperatorToken(minter, key.kid, signed, nowMs + days * daySeconds * 1000) };
}

function common(
  { context, api, token, publicOrigin, random }: Minter,
  subject: Uint8Array,
): Pick<MintInput, "profile" | "issuer" | "audience" | "subject" | "app" | "ip" | "firebase" | "jti" | "claims"> {
  const { project } = context;
  return {
    profile: token.profile,
    issuer: issuerOf(publicOrigin, project.id, project.kind),
    audience: api,
    subject: subjectOf(context, api, subject),
    app: [...context.apps.keys()][0] ?? "example",
    ip: null,
    firebase: token.firebase,
    jti: random(16),
    claims: token.claims,
  };
}

function subjectOf({ seeds, projectId }: ProjectContext, audience: string, subject: Uint8Array): string {
  return subjectFor(seeds[0].seed.reveal(), projectId, audience, subject);
}

/** The audience of an API that this project does not have. */
function elsewhere(api: string, { firebase }: ApiToken): Pick<MintInput, "audience" | "firebase"> {
  return {
    audience: `not-${api}`,
    firebase: firebase && { ...firebase, projectNumber: "0", projectId: `not-${firebase.projectId}` },
  };
}

function withOtherSignature(jws: string): string {
  const at = jws.lastIndexOf(".") + 1;
  const signature = Buffer.from(jws.slice(at), "base64url");
  signature.writeUInt8(signature.readUInt8(0) ^ 1, 0);
  return jws.slice(0, at) + signature.toString("base64url");
}

async function toOperatorToken(
  { token: { header, prefix, encryption } }: Minter,
  kid: string,
  jws: string,
  expiresAtMs: number,
): Promise<OperatorToken> {
  // Sound: it was written from what `parseEncryptionKey` gave.
  const token =
    encryption === null
      ? jws
      : await encryptToken(jws, { alg: encryption.alg, jwk: JSON.parse(encryption.jwk) as EncryptionKey["jwk"] });
  return { token, header, prefix, kid, expiresAtMs: Math.floor(expiresAtMs / 1000) * 1000 };
}
