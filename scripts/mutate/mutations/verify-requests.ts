import { type Mutation, mutationsOf } from "../mutation.ts";

const verify = "packages/verify/src";
const table = "verify_reason";
const requests = [`${verify}/request-reasons.test.ts`];

const binding = mutationsOf({ table, file: `${verify}/binding.ts`, tests: requests }, [
  [
    "binding_missing",
    "that a token is bound to something",
    `return rule.optional ? null : "binding_missing";`,
    "return null;",
  ],
  [
    "binding_missing/headers",
    "that one of the bound headers is there",
    "if (values.every((each) => each.length === 0))",
    "if (false)",
  ],
  ["binding_wrong", "what a token is bound to", `return pay === expected ? null : "binding_wrong";`, "return null;"],
]);

const effects = mutationsOf({ table, file: `${verify}/check-request.ts`, tests: requests }, [
  [
    "token_consumed",
    "that a limited token counts once",
    "return answer.alreadyConsumed === false ? null :",
    "return answer.ok ? null :",
  ],
  [
    "token_banned",
    "what the service says of a token",
    "if (!answer.ok) return refuse(answer.reason);",
    "if (!answer.ok) return null;",
  ],
  [
    "consume_unavailable",
    "that a service which cannot be asked refuses",
    `return refuse("consume_unavailable");`,
    "return null;",
  ],
  [
    "use_refused/service",
    "that a limited token is used up at all",
    `if (useOf(claims) !== "limited") return verified(claims, kind);`,
    "return verified(claims, kind);",
  ],
  [
    "proof_missing/named",
    "that a token which names a key is not taken without proof",
    "claims.cnf !== undefined && !settings.proofWaived",
    "false",
    { tests: [`${verify}/proof/dpop.test.ts`] },
  ],
]);

const request = mutationsOf({ table, file: `${verify}/open-verifier.ts`, tests: requests }, [
  [
    "request_malformed",
    "that a request has a method and an address",
    `if (!method.test(view.method) || typeof view.url !== "string")`,
    "if (false)",
  ],
  [
    "request_malformed/thrown",
    "that what a request makes throw is a refusal",
    `    } catch {
      return refuse("request_malformed");`,
    `    } catch (error) {
      throw error;`,
  ],
]);

const dpop = mutationsOf({ table, file: `${verify}/proof/dpop.ts`, tests: [`${verify}/proof/dpop.test.ts`] }, [
  [
    "proof_missing",
    "that there is a proof",
    `if (proof === "") return refuse("proof_missing");`,
    `if (proof === "") return { ok: true, spent: { key: "", goodUntilMs: nowMs + 1 } };`,
  ],
  ["proof_duplicated", "that there is one proof", `if (values.length > 1 || proof.includes(","))`, "if (false)"],
  [
    "proof_malformed/header",
    "type and members of a proof's header",
    `if (Object.keys(header).some((name) => !headerMembers.includes(name)) || header.typ !== "dpop+jwt")`,
    "if (false)",
  ],
  [
    "proof_malformed/claims",
    "that a proof has its claims",
    `if (claims === null) return refuse("proof_malformed");`,
    `if (claims === null) return { ok: true, spent: { key: "", goodUntilMs: nowMs + 1 } };`,
  ],
  ["proof_algorithm_refused", "the algorithm of a proof", `if (header.alg !== "ES256")`, "if (false)"],
  ["proof_key_wrong", "that a proof is by the token's key", "if (thumbprint !== token.confirmation.jkt)", "if (false)"],
  [
    "proof_signature_invalid",
    "the signature of a proof",
    ", signatureSegment)))",
    ", signatureSegment)) && nowMs < 0)",
  ],
  ["proof_method_wrong", "the method of a proof", "if (claims.htm !== view.method)", "if (false)"],
  ["proof_target_wrong", "the target of a proof", "if (!isTarget(rules, claims.htu, view))", "if (false)"],
  [
    "proof_token_wrong",
    "the token of a proof",
    "if (claims.ath !== encodeBase64url(await crypto.sha256(toUtf8(token.text))))",
    "if (false)",
  ],
  ["proof_stale", "the time of a proof", "if (Math.abs(nowSeconds - iat) > proofSeconds)", "if (false)"],
  [
    "proof_stale/late",
    "the time of a proof when it is used up",
    `if (nowMs >= goodUntilMs) return "proof_stale";`,
    "",
    { file: `${verify}/proof/proof-rules.ts` },
  ],
  [
    "proof_target_wrong/dot-segments",
    "that a request's own dot segments are not resolved",
    "if (asked === null || hasDotSegments(asked.path))",
    "if (asked === null)",
  ],
  [
    "proof_target_wrong/fragment",
    "that a request's address has no fragment",
    `if (url.includes("#")) return null;`,
    "",
    { file: `${verify}/proof/request-target.ts`, tests: [`${verify}/proof/request-target.test.ts`] },
  ],
  ["proof_nonce_required", "the verifier's nonce", "if (goodUntil === null)", "if (goodUntil === 0)"],
  [
    "proof_malformed/private",
    "that a key has public members alone",
    "!isObject(value) || Object.keys(value).some((name) => !members.includes(name))",
    "!isObject(value)",
    { file: `${verify}/proof/proof-key.ts` },
  ],
  [
    "proof_replayed",
    "that a proof passes once",
    `(await replay.once(key, ttlSeconds)) === true ? null :`,
    `(await replay.once(key, ttlSeconds)) !== null ? null :`,
    { file: `${verify}/proof/proof-rules.ts` },
  ],
  [
    "replay_store_unavailable",
    "that a store which cannot be asked refuses",
    `return "replay_store_unavailable";`,
    "return null;",
    { file: `${verify}/proof/proof-rules.ts` },
  ],
]);

const httpsig = mutationsOf(
  {
    table,
    file: `${verify}/proof/http-message-signature.ts`,
    tests: [`${verify}/proof/http-message-signature.test.ts`],
  },
  [
    [
      "proof_duplicated/httpsig",
      "that there is one signature",
      "if (inputs.length > 1 || signatures.length > 1 || digests.length > 1)",
      "if (false)",
    ],
    [
      "proof_signature_invalid/httpsig",
      "the signature of a message",
      "if (!(await crypto.verify(key, base, encodeBase64url(read.value.signature))))",
      "if (false)",
    ],
    ["proof_key_wrong/httpsig", "that a signature names the token's key", "if (keyid !== thumbprint)", "if (false)"],
    [
      "proof_stale/httpsig",
      "the time of a signature",
      "if (!isSignatureInTime({ created }, nowSeconds))",
      "if (false)",
    ],
    [
      "body_unavailable",
      "that a body which cannot be read again refuses",
      `if (body === null) return refuse("body_unavailable");`,
      `if (body === null) return { ok: true, spent: { key: "", goodUntilMs: nowMs + 1 } };`,
    ],
    ["digest_missing", "that a body has a digest", "if (digest === null && body.length > 0)", "if (false)"],
    ["digest_wrong", "the digest of a body", "if (digest !== contentDigest(() => sha256, body))", "if (false)"],
  ],
);

/** What a verifier of requests refuses: binding, proof, what counts once. */
export const verifyRequestMutations: readonly Mutation[] = [...binding, ...dpop, ...httpsig, ...effects, ...request];
