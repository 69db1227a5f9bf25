import type { MintInput } from "./mint-input.ts";
import type { TokenProfile } from "./token-profile.ts";

type Claims = Readonly<Record<string, unknown>>;

/** The claims in which profiles differ, `pay` among them. */
export const profileClaims: Readonly<Record<TokenProfile, (input: MintInput) => Claims>> = {
  countersign: (input) => ({ aud: input.audience, sub: input.subject, ...payOf(input, "base64url") }),

  approov: (input) => ({
    aud: input.audience,
    ...installationOf(input),
    ...(input.ip === null ? {} : { ip: input.ip }),
    ...payOf(input, "base64"),
  }),

  "firebase-app-check": (input) => {
    if (input.firebase === null) throw new TypeError("this profile needs Firebase's names");
    const { projectNumber, projectId, appIds } = input.firebase;
    return {
      aud: [`projects/${projectNumber}`, `projects/${projectId}`],
      sub: Object.hasOwn(appIds, input.app) ? appIds[input.app] : input.app,
      ...payOf(input, "base64url"),
    };
  },
};

/** Backends of this profile know an installation by `did`. Only a token that no instance asked for may be without. */
function installationOf({ did, app, subject, use }: MintInput): Claims {
  if (did !== null) {
    const text = Buffer.from(did).toString("base64");
    return { sub: `approov|${text}|${app}`, did: text };
  }
  if (use !== "example" && use !== "long-lived") throw new TypeError("a token of an instance needs its did");
  return { sub: subject };
}

function payOf({ bind }: MintInput, encoding: "base64" | "base64url"): Claims {
  return bind === undefined ? {} : { pay: Buffer.from(bind).toString(encoding) };
}
