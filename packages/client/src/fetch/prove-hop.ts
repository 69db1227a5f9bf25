import { contentDigest } from "@countersign/protocol";
import { sha256 } from "../crypto/sha256.ts";
import { AgentError } from "../errors.ts";
import type { DpopNonces } from "../proofs/dpop-nonces.ts";
import { type Headers, withoutHeaders } from "./app-request.ts";
import type { FetchDeps } from "./fetch-deps.ts";
import type { FilledHop } from "./fill-hop.ts";
import type { PreparedHop } from "./prepare-hop.ts";

/** The headers of a hop with the proof its API demands. */
export interface ProvenHop {
  readonly headers: Headers;
  /** The server's nonce that a DPoP proof holds; null where it holds none. */
  readonly nonce: string | null;
}

/** What only the agent may say where a proof is demanded; an app's own would stand beside it or contradict it. */
const dpopHeaders = ["dpop"];
const signatureHeaders = ["content-digest", "signature", "signature-input"];

/**
 * Has the instance key prove exactly the request that is sent: method, filled URL, body, token. Nothing is added where the API demands no
 * proof, on a hop of another origin, and where it goes without a session. Null where the platform has that key no more.
 */
export async function proveHop(
  deps: FetchDeps,
  method: string,
  hop: PreparedHop & { kind: "protected" },
  filled: FilledHop,
  nonces: DpopNonces,
): Promise<ProvenHop | null> {
  const { session, match, mayAdd } = hop;
  const { proof } = match.api;
  if (proof === undefined || !mayAdd || session === null) return { headers: filled.headers, nonce: null };
  const url = filled.url.text;
  if (proof === "dpop") {
    const nonce = nonces.of(originOf(filled));
    const token = filled.token?.token ?? null;
    const dpop = await deps.prover.dpop(session, { method, url, token, ...(nonce === null ? {} : { nonce }) });
    const headers = withoutHeaders(filled.headers, dpopHeaders);
    return dpop === null ? null : checked(deps, hop, { headers: [...headers, ["DPoP", dpop]], nonce });
  }
  const digest = filled.body === null || filled.body.length === 0 ? null : contentDigest(sha256, filled.body);
  const header = filled.token === null ? null : { name: filled.token.name, value: filled.token.value };
  const signed = await deps.prover.httpSignature(session, { method, targetUri: url, contentDigest: digest, header });
  if (signed === null) return null;
  const headers: Headers = [
    ...withoutHeaders(filled.headers, signatureHeaders),
    ...(digest === null ? [] : [["Content-Digest", digest] as const]),
    ["Signature-Input", signed.signatureInput],
    ["Signature", signed.signature],
  ];
  return checked(deps, hop, { headers, nonce: null });
}

/** A key of hardware takes its time: what was wiped or ran out meanwhile is not sent. */
function checked(deps: FetchDeps, hop: PreparedHop & { kind: "protected" }, proven: ProvenHop): ProvenHop {
  const isOver = hop.session === null || hop.session.expiresInMs() <= 0 || hop.wipes !== deps.wipes();
  if (isOver) throw new AgentError("token_unavailable");
  return proven;
}

/** Where a nonce belongs: scheme is always `https`. */
export function originOf({ url }: Pick<FilledHop, "url">): string {
  return `${url.host}:${url.port}`;
}
