import { sign } from "node:crypto";
import { encodeBase64url } from "@countersign/protocol";
import type { JwtBearerRecipe } from "../ports/index.ts";
import { parseAssertionKey } from "./assertion-key.ts";
import type { Minting, RecipeKind } from "./minting.ts";
import { readTokenAnswer } from "./token-answer.ts";

const assertionSeconds = 300;
const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The JWT bearer grant (RFC 7523 §2.1, §3). Google's service accounts are this: issuer is the account, `subject` is left out, `scope` is a claim. */
export const jwtBearer: RecipeKind<JwtBearerRecipe> = {
  ask(recipe, minting) {
    const assertion = toAssertion(recipe, minting);
    if (assertion === null) return null;
    const form = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
    if (recipe.scope !== null) form.set("scope", recipe.scope);
    const headers = [
      ["accept", "application/json"],
      ["content-type", "application/x-www-form-urlencoded"],
    ] as const;
    return { method: "POST", url: recipe.tokenUrl, headers, body: form.toString() };
  },
  read: (_recipe, answer) => readTokenAnswer(answer),
};

function toAssertion(recipe: JwtBearerRecipe, { root, nowMs, random }: Minting): string | null {
  const key = parseAssertionKey(root, recipe.alg);
  if (key === null) return null;
  const { issuer, subject, audience, scope, alg, kid, tokenUrl } = recipe;
  const iat = Math.floor(nowMs / 1000);
  const claims = {
    iss: issuer,
    ...(subject === null ? {} : { sub: subject }),
    aud: audience ?? tokenUrl,
    ...(scope === null ? {} : { scope }),
    iat,
    exp: iat + assertionSeconds,
    jti: encodeBase64url(random(16)),
  };
  const input = `${json({ alg, typ: "JWT", ...(kid === null ? {} : { kid }) })}.${json(claims)}`;
  const digest = alg === "EdDSA" ? null : "sha256";
  // RFC 7518 §3.4: `r ∥ s`, not the DER that OpenSSL gives.
  return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
