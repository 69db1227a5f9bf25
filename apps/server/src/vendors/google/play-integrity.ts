import { parseStrictJson } from "@countersign/protocol";
import type { PlayDecoded, PlayIntegrityDecoder } from "../../domain/ports/index.ts";
import { boundedPost, type Posted } from "../bounded-post.ts";
import { createServiceAccountTokens } from "./service-account-tokens.ts";

/** Why a call came to nothing, for the log: never anything of token, account or answer. */
export interface PlayDecodeFailure {
  readonly call: "token" | "decode";
  readonly cause: "unreachable" | "timeout" | "too_large" | "not_granted" | "unreadable" | number;
}

export interface PlayDecoderOptions {
  readonly nowMs: () => number;
  /** Default: Google's. */
  readonly apiBase?: string;
  readonly tokenUrl?: string;
  /** For each of the two calls. Default 5000. */
  readonly timeoutMs?: number;
  readonly onFailure?: (failure: PlayDecodeFailure) => void;
}

const maxBytes = 64 * 1024;

/** A package name, checked before it becomes part of a path. */
const packageForm = /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)+$/;

/**
 * Opens tokens by Google's `decodeIntegrityToken`
 * (https://developer.android.com/google/play/integrity/standard#decrypt-and). One call, repeated once where Google no longer takes the
 * access token. A 400 speaks of the token, a 429 of the quota, everything else of neither.
 */
export function createPlayDecoder(options: PlayDecoderOptions): PlayIntegrityDecoder {
  const { nowMs, apiBase = "https://playintegrity.googleapis.com", timeoutMs = 5000 } = options;
  const tokens = createServiceAccountTokens({
    tokenUrl: options.tokenUrl ?? "https://oauth2.googleapis.com/token",
    scope: "https://www.googleapis.com/auth/playintegrity",
    nowMs,
    timeoutMs,
  });
  const fail = (failure: PlayDecodeFailure): null => {
    options.onFailure?.(failure);
    return null;
  };

  const post = (packageName: string, token: string, accessToken: string): Promise<Posted> =>
    boundedPost(`${apiBase}/v1/${packageName}:decodeIntegrityToken`, {
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        authorization: `Bearer ${accessToken}`,
      },
      body: JSON.stringify({ integrityToken: token }),
      timeoutMs,
      maxBytes,
    });

  return {
    async decode(account, packageName, token) {
      if (!packageForm.test(packageName)) throw new TypeError("not a package name");
      for (const last of [false, true]) {
        const accessToken = (await tokens.tokenOf(account)) ?? fail({ call: "token", cause: "not_granted" });
        if (accessToken === null) break;
        const posted = await post(packageName, token, accessToken);
        if (posted.ok && posted.status === 401 && !last) {
          tokens.forget(account);
          continue;
        }
        return toDecoded(posted, fail);
      }
      return { ok: false, reason: "play_unavailable" };
    },
  };
}

function toDecoded(posted: Posted, fail: (failure: PlayDecodeFailure) => null): PlayDecoded {
  if (!posted.ok || posted.status !== 200) {
    fail({ call: "decode", cause: posted.ok ? posted.status : posted.failure });
    if (posted.ok && posted.status === 400) return { ok: false, reason: "play_token_undecryptable" };
    if (posted.ok && posted.status === 429) return { ok: false, reason: "play_quota_exhausted" };
    return { ok: false, reason: "play_unavailable" };
  }
  const json = parseStrictJson(posted.body, { maxBytes });
  const body =
    json.ok && typeof json.value === "object" ? (json.value as Readonly<Record<string, unknown>> | null) : null;
  if (body === null || !Object.hasOwn(body, "tokenPayloadExternal")) {
    fail({ call: "decode", cause: "unreadable" });
    return { ok: false, reason: "play_unavailable" };
  }
  return { ok: true, payload: body.tokenPayloadExternal };
}
