/** `getAppCheck(…).verifyToken(…)` as backends of firebase-admin call it, over tokens of the profile `firebase-app-check`. */
import { crypto } from "#crypto";
import type { KeySource } from "../keys/key-source.ts";
import type { ServiceClient } from "../service/service-port.ts";
import { toSettings } from "../settings.ts";
import { checkToken } from "../token/check-token.ts";
import { AppCheckError, toAppCheckError } from "./app-check-error.ts";

export { AppCheckError, type AppCheckErrorCode } from "./app-check-error.ts";

export interface AppCheckOptions {
  /** The service's issuer for the project. Google's own cannot be another service's. */
  readonly issuer: string;
  /** Firebase's project id or number: the token's `aud` must have `projects/<it>`. */
  readonly projectId: string;
  readonly keys: KeySource;
  /** For `consume`. */
  readonly service?: ServiceClient;
  /** 0 to 60. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** 30 to 604800. Default 300. */
  readonly maxLifetimeSeconds?: number;
  /** Default `Date.now`. */
  readonly nowMs?: () => number;
}

export interface VerifyAppCheckTokenOptions {
  /** Have the service use the token up, and say whether it was used before. */
  readonly consume?: boolean;
}

/** The claims of a token whose every check passed. */
export interface DecodedAppCheckToken {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  /** `sub` again. */
  readonly app_id: string;
  readonly [claim: string]: unknown;
}

export interface VerifyAppCheckTokenResponse {
  readonly appId: string;
  readonly token: DecodedAppCheckToken;
  /** With `consume` alone: true where the token had been used before. The caller decides what that means. */
  readonly alreadyConsumed?: boolean;
}

export interface AppCheck {
  /** Rejects with an `AppCheckError` where the token is not valid. A token that had been consumed is not refused by this: see `alreadyConsumed`. */
  verifyToken(token: string, options?: VerifyAppCheckTokenOptions): Promise<VerifyAppCheckTokenResponse>;
}

/** The call's options must be an object, if they are there at all. */
function wantsConsumption(options: unknown): boolean {
  if (options === undefined) return false;
  if (typeof options !== "object" || options === null)
    throw new AppCheckError("invalid-argument", "The options of verifyToken must be a non-null object.");
  return "consume" in options && options.consume === true;
}

async function consume(service: ServiceClient | undefined, token: string): Promise<boolean> {
  if (service === undefined)
    throw new AppCheckError("invalid-credential", "To consume tokens, getAppCheck must be given a service.");
  const answer = await service.consume(token);
  if (answer.ok) return answer.alreadyConsumed;
  if (answer.reason === "token_consumed") return true;
  throw toAppCheckError(answer.reason);
}

/** Throws a TypeError for options that cannot be meant. */
export function getAppCheck(options: AppCheckOptions): AppCheck {
  const { service, projectId, ...rest } = options;
  if (typeof projectId !== "string" || projectId === "") throw new TypeError("projectId is a text");
  const settings = toSettings(crypto, { ...rest, audience: `projects/${projectId}`, profile: "firebase-app-check" });
  // Consuming is the caller's word here, so a limited token is judged like any other.
  const rules = { ...settings.token, claims: { ...settings.token.claims, accept: ["instance", "limited"] as const } };

  return {
    async verifyToken(token, callOptions) {
      const consuming = wantsConsumption(callOptions);
      if (typeof token !== "string" || token === "")
        throw new AppCheckError("invalid-argument", "The App Check token must be a non-empty string.");
      const judged = await checkToken(rules, token, settings.nowMs());
      if (!judged.ok) throw toAppCheckError(judged.reason);
      // Nothing here sees a request, so nothing could prove the key that such a token asks for.
      if (judged.claims.cnf !== undefined) throw toAppCheckError("proof_missing");
      const { iss, sub, aud, exp, iat } = judged.claims;
      if (typeof sub !== "string" || sub === "" || typeof iss !== "string" || !Array.isArray(aud))
        throw toAppCheckError("claims_malformed");
      const audiences = aud.filter((each) => typeof each === "string");
      const decoded = { ...judged.claims, iss, sub, aud: audiences, exp: Number(exp), iat: Number(iat), app_id: sub };
      if (!consuming) return { appId: sub, token: decoded };
      return { alreadyConsumed: await consume(service, token), appId: sub, token: decoded };
    },
  };
}
