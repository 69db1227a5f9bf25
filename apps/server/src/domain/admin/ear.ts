import { decodeBase64url } from "@countersign/protocol";
import { type EarClaims, type EarInput, issuerOf, toEar } from "@countersign/tokens";
import type { Actor, AdminContext } from "./admin-context.ts";
import { projectOf } from "./admin-context.ts";
import { invalidInput } from "./admin-error.ts";
import { readTrace } from "./arcs.ts";

/** A verdict as claims for whoever speaks RATS. Unsigned: the admin API's answer vouches for them. */
export interface EarView {
  readonly ear: EarClaims & { readonly iss: string };
}

/**
 * Renders the verdict behind an ARC as an EAR (draft-ietf-rats-ear). The look-up counts and is audited like any other of that ARC. `nonce`: what
 * the relying party gave to show that the result is fresh, b64u of 8 to 64 bytes. `iat` is the time of the verdict.
 */
export async function renderEar(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  arc: string,
  nonceText: string | undefined,
): Promise<EarView> {
  const project = await projectOf(context, projectId);
  const nonce = nonceText === undefined ? undefined : decodeBase64url(nonceText);
  if (nonce === null || (nonce !== undefined && (nonce.length < 8 || nonce.length > 64)))
    throw invalidInput("/nonce", "A nonce is base64url of 8 to 64 bytes.");
  const trace = await readTrace(context, actor, project.id, arc);
  const failed = trace.checks.flatMap(({ result, reason }) => (result === "fail" ? [reason] : []));
  return {
    ear: {
      iss: issuerOf(context.verifying.publicOrigin(), project.id, project.kind),
      ...toEar({
        verdict: trace.verdict,
        reasons: [...new Set([...trace.reasons, ...failed])],
        project: project.id,
        app: trace.app,
        platform: trace.platform as EarInput["platform"],
        policy: "default",
        verifier: { developer: "Countersign", build: context.version },
        nowMs: trace.atMs,
        ...(nonce && { nonce }),
      }),
    },
  };
}
