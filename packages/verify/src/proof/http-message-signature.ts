import {
  type CoveredRequest,
  contentDigest,
  encodeBase64url,
  isSignatureInTime,
  parseSignature,
} from "@countersign/protocol";
import { type RequestView, valuesOf } from "../request-view.ts";
import type { Claims } from "../token/parse-claims.ts";
import { parseInstanceJwk, thumbprintOf } from "./proof-key.ts";
import { type ProofResult, type ProofRules, proofSeconds } from "./proof-rules.ts";
import { pathAndQueryOf } from "./request-target.ts";

const mostBodyBytes = 16 * 1024 * 1024;

const refuse = (reason: (ProofResult & { ok: false })["reason"]): ProofResult => ({ ok: false, reason });

/** Whether a body was announced (RFC 9112 §6.3), for requests whose bytes are not at hand. */
function announcesBody(view: RequestView): boolean {
  const [length = "0"] = valuesOf(view, "content-length");
  return valuesOf(view, "transfer-encoding").length > 0 || Number(length) !== 0;
}

async function bodyOf(view: RequestView): Promise<Uint8Array | null> {
  if (view.body === undefined) return announcesBody(view) ? null : new Uint8Array(0);
  try {
    const body: unknown = await view.body();
    return body instanceof Uint8Array && body.length <= mostBodyBytes ? body : null;
  } catch {
    return null;
  }
}

/**
 * Checks the HTTP message signature of a request (RFC 9421) by the key the token carries (`cnf.jwk`): one signature of protocol's one
 * form over method, target URI, the token's header and, where there is a body, its digest (RFC 9530); then its time, then the body
 * against the digest. That it is the first of its `nonce` comes last of all and is left to the caller.
 */
export async function checkHttpSignature(
  rules: ProofRules,
  token: { readonly header: string; readonly value: string; readonly confirmation: Claims },
  view: RequestView,
  nowMs: number,
): Promise<ProofResult> {
  const inputs = valuesOf(view, "signature-input");
  const signatures = valuesOf(view, "signature");
  const digests = valuesOf(view, "content-digest");
  const [signatureInput = "", signature = "", digest = null] = [inputs[0], signatures[0], digests[0]];
  if (inputs.length > 1 || signatures.length > 1 || digests.length > 1) return refuse("proof_duplicated");
  // Two lines that someone joined: none of the three has a comma in the one form that counts.
  if ([signatureInput, signature, digest ?? ""].some((each) => each.includes(","))) return refuse("proof_duplicated");
  if (signatureInput === "" || signature === "") return refuse("proof_missing");

  const { crypto } = rules;
  const jwk = parseInstanceJwk(crypto, token.confirmation.jwk);
  if (jwk === null) return refuse("proof_key_wrong");
  const asked = pathAndQueryOf(view.url);
  if (asked === null) return refuse("proof_target_wrong");
  const covered: CoveredRequest = {
    method: view.method,
    targetUri: rules.origin + asked.path + asked.query,
    contentDigest: digest,
    header: { name: token.header, value: token.value },
  };
  const read = parseSignature({ signatureInput, signature }, covered);
  if (!read.ok) return refuse("proof_malformed");
  const { base, created, keyid, nonce } = read.value;
  const thumbprint = await thumbprintOf(crypto, jwk);
  if (keyid !== thumbprint) return refuse("proof_key_wrong");
  const key = await rules.keys.import(thumbprint, jwk);
  if (key === null) return refuse("proof_key_wrong");
  if (!(await crypto.verify(key, base, encodeBase64url(read.value.signature))))
    return refuse("proof_signature_invalid");
  const nowSeconds = Math.floor(nowMs / 1000);
  if (!isSignatureInTime({ created }, nowSeconds)) return refuse("proof_stale");

  const body = await bodyOf(view);
  if (body === null) return refuse("body_unavailable");
  if (digest === null && body.length > 0) return refuse("digest_missing");
  if (digest !== null) {
    const sha256 = await crypto.sha256(body);
    if (digest !== contentDigest(() => sha256, body)) return refuse("digest_wrong");
  }
  return {
    ok: true,
    spent: { key: `httpsig:${thumbprint}:${nonce}`, goodUntilMs: (created + proofSeconds + 1) * 1000 },
  };
}
