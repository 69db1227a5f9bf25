import { createSecretKey } from "node:crypto";
import { decoySecretOf } from "@countersign/protocol/server";
import { tokenAlgs } from "@countersign/tokens";
import { keySetOf, keysOfSet } from "../project/token-key-state.ts";
import { mostTokenCharacters, parseJws } from "./parse-jws.ts";
import { reached, shown, type TokenFindings, type TokenQuestion, type TokenSaid } from "./token-check.ts";
import { verifySignature } from "./verify-signature.ts";

/** Before anything is decoded. */
export function checkSize({ token }: TokenQuestion): TokenSaid {
  const said = { expected: `at most ${mostTokenCharacters} characters`, found: `${token.length} characters` };
  if (token.length === 0) return { refused: "token_missing", ...said };
  return { refused: token.length > mostTokenCharacters ? "token_too_large" : null, ...said };
}

/** Compact serialisation, RFC 7515 §7.1. */
export function checkForm({ token }: TokenQuestion): TokenSaid {
  const parsed = parseJws(token);
  const expected = "a compact JWS: three segments of base64url, the first a JSON object";
  const found = `${token.split(".", 9).length} segments`;
  return parsed.ok ? { refused: null, expected, found, jws: parsed.jws } : { refused: parsed.reason, expected, found };
}

/** RFC 8725 §3.11: another kind of JWT is not a token. */
export function checkType(_: TokenQuestion, { jws }: TokenFindings): TokenSaid {
  const { typ } = reached(jws).header;
  return { refused: typ === "JWT" ? null : "type_wrong", expected: '"JWT"', found: shown(typ) };
}

/** RFC 8725 §3.1. Which algorithm is right is the key's to say; here that it is one of ours at all: `none` is not. */
export function checkAlgorithm(_: TokenQuestion, { jws }: TokenFindings): TokenSaid {
  const { alg } = reached(jws).header;
  const isOurs = tokenAlgs.some((each) => each === alg);
  return { refused: isOurs ? null : "algorithm_refused", expected: tokenAlgs.join(", "), found: shown(alg) };
}

/** The key by its id, out of those of this API that are accepted now. */
export async function checkKey(
  { deps, context, api, nowMs }: TokenQuestion,
  { jws }: TokenFindings,
): Promise<TokenSaid> {
  const { kid } = reached(jws).header;
  const keys = api === null ? [] : context.verificationKeysOf(api.id, nowMs);
  const key = keys.find((each) => each.kid === kid);
  const said = {
    expected: keys.length === 0 ? "a key of an API" : keys.map((each) => each.kid).join(", "),
    found: shown(kid),
  };
  if (key !== undefined) return { refused: null, ...said, key };
  if (api?.token == null) return { refused: "key_unknown", ...said };
  const rows = await deps.store.tokenKeys.ofProject(context.project.id);
  const wasKnown = keysOfSet(rows, keySetOf(api.id, api.token)).some((row) => row.kid === kid);
  return { refused: wasKnown ? "key_retired" : "key_unknown", ...said };
}

/** RFC 8725 §3.1: a key has one algorithm, and a token that names another is refused whatever its signature. */
export function checkKeyAlgorithm(_: TokenQuestion, { jws, key }: TokenFindings): TokenSaid {
  const { alg } = reached(key);
  const { alg: named } = reached(jws).header;
  return { refused: named === alg ? null : "algorithm_refused", expected: shown(alg), found: shown(named) };
}

export function checkSignature(question: TokenQuestion, { jws, key }: TokenFindings): TokenSaid {
  const { input, signature } = reached(jws);
  const expected = "a signature by this key";
  if (verifySignature(reached(key), input, signature)) return { refused: null, expected, found: "it verifies" };
  return isDecoy(question, input, signature)
    ? { refused: "decoy", expected, found: "a decoy of this service's own" }
    : { refused: "signature_invalid", expected, found: "it does not verify" };
}

/** What refused instances of a project with decoys are given looks like a token in everything but its key (protocol section 11). */
function isDecoy({ context, api }: TokenQuestion, input: Uint8Array, signature: Uint8Array): boolean {
  if (api?.token?.alg !== "HS256") return false;
  return context.seeds.some(({ seed }) => {
    const key = createSecretKey(decoySecretOf(seed.reveal(), context.projectId, api.id));
    return verifySignature({ kid: "", alg: "HS256", key }, input, signature);
  });
}
