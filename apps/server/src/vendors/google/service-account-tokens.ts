import { createHash, createPrivateKey, sign } from "node:crypto";
import { parseStrictJson } from "@countersign/protocol";
import type { GoogleServiceAccount } from "../../domain/ports/index.ts";
import { boundedPost } from "../bounded-post.ts";

export interface ServiceAccountTokensOptions {
  /** The token endpoint; also the assertion's audience. The account's own `token_uri` is never followed. */
  readonly tokenUrl: string;
  readonly scope: string;
  readonly nowMs: () => number;
  readonly timeoutMs: number;
}

/** Access tokens of service accounts. */
export interface ServiceAccountTokens {
  /** A token with some life left, or null where Google gave none. Calls at once share one request. */
  tokenOf(account: GoogleServiceAccount): Promise<string | null>;
  /** Forgets a token that Google no longer takes. */
  forget(account: GoogleServiceAccount): void;
}

interface Held {
  readonly token: Promise<string | null>;
  endsAtMs: number;
}

const assertionSeconds = 3600;
const spareMs = 60_000;
const maxAccounts = 1000;

/**
 * Gets access tokens by the JWT bearer grant (RFC 7523;
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest) and keeps each until a minute before its end.
 */
export function createServiceAccountTokens(options: ServiceAccountTokensOptions): ServiceAccountTokens {
  const held = new Map<string, Held>();
  const keyOf = ({ clientEmail, privateKey }: GoogleServiceAccount): string =>
    createHash("sha256").update(`${clientEmail}\n${privateKey}`).digest("base64url");

  return {
    tokenOf(account) {
      const key = keyOf(account);
      const found = held.get(key);
      if (found !== undefined && options.nowMs() < found.endsAtMs) return found.token;
      const asked = ask(account, options);
      const entry: Held = {
        endsAtMs: Number.POSITIVE_INFINITY,
        token: asked.then((granted) => {
          if (granted === null) {
            if (held.get(key) === entry) held.delete(key);
            return null;
          }
          entry.endsAtMs = options.nowMs() + granted.lifetimeMs - spareMs;
          return granted.token;
        }),
      };
      if (held.size >= maxAccounts) held.delete(held.keys().next().value ?? "");
      held.set(key, entry);
      return entry.token;
    },
    forget: (account) => void held.delete(keyOf(account)),
  };
}

async function ask(
  account: GoogleServiceAccount,
  options: ServiceAccountTokensOptions,
): Promise<{ readonly token: string; readonly lifetimeMs: number } | null> {
  const assertion = toAssertion(account, options);
  if (assertion === null) return null;
  const posted = await boundedPost(options.tokenUrl, {
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }).toString(),
    timeoutMs: options.timeoutMs,
    maxBytes: 16 * 1024,
  });
  if (!posted.ok || posted.status !== 200) return null;
  const json = parseStrictJson(posted.body, { maxBytes: 16 * 1024 });
  if (!json.ok || typeof json.value !== "object" || json.value === null) return null;
  const { access_token: token, expires_in: seconds } = json.value as Readonly<Record<string, unknown>>;
  // A token goes into a header: RFC 6750's characters and nothing else.
  if (typeof token !== "string" || !/^[A-Za-z0-9._~+/=-]{1,8192}$/.test(token)) return null;
  if (typeof seconds !== "number" || !(seconds > 0 && seconds <= 86_400)) return null;
  return { token, lifetimeMs: seconds * 1000 };
}

/** The signed assertion, or null where the account's key is none. */
function toAssertion(account: GoogleServiceAccount, options: ServiceAccountTokensOptions): string | null {
  const issuedAt = Math.floor(options.nowMs() / 1000);
  const claims = {
    iss: account.clientEmail,
    scope: options.scope,
    aud: options.tokenUrl,
    iat: issuedAt,
    exp: issuedAt + assertionSeconds,
  };
  const input = [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  try {
    const key = createPrivateKey(account.privateKey);
    if (key.asymmetricKeyType !== "rsa") return null;
    return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
  } catch {
    return null;
  }
}
