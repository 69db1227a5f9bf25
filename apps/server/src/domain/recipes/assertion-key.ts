import { createPrivateKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { parseStrictJson } from "@countersign/protocol";
import type { JwtBearerRecipe } from "../ports/index.ts";

const fitsAlg: Readonly<Record<JwtBearerRecipe["alg"], (key: KeyObject) => boolean>> = {
  ES256: ({ asymmetricKeyType: type, asymmetricKeyDetails: details }) =>
    type === "ec" && details?.namedCurve === "prime256v1",
  RS256: ({ asymmetricKeyType: type, asymmetricKeyDetails: details }) =>
    type === "rsa" && (details?.modulusLength ?? 0) >= 2048,
  EdDSA: ({ asymmetricKeyType: type }) => type === "ed25519",
};

/** A private key in PEM or as a JWK, for this algorithm (RFC 7518 §3.3, §3.4, RFC 8037); null for any other text. */
export function parseAssertionKey(text: string, alg: JwtBearerRecipe["alg"]): KeyObject | null {
  try {
    const json = text.trimStart().startsWith("{") ? parseStrictJson(text, { maxBytes: 8192 }) : null;
    if (json !== null && !json.ok) return null;
    const key =
      json === null
        ? createPrivateKey(text)
        : createPrivateKey({ key: json.value as JsonWebKeyInput["key"], format: "jwk" });
    return fitsAlg[alg](key) ? key : null;
  } catch {
    return null;
  }
}
