import { isPublishedKey, trustAnchorFromPem } from "@countersign/attestation";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { type AnchorPem, parseAnchorPem } from "./rules/anchor-pem.ts";
import { acceptEach } from "./rules/rule.ts";

const MOST_ANCHORS = 16;

/** Replaces the project's test anchors. Development projects only; AOSP's software roots never. */
export async function putAnchors(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  pems: readonly string[],
): Promise<readonly AnchorPem[]> {
  const project = await projectOf(context, projectId);
  if (project.kind === "production") {
    throw new AdminError(
      "development_only",
      "A production project trusts the vendors' roots alone. Use a development project for tests.",
    );
  }
  if (pems.length > MOST_ANCHORS) throw invalidInput("/pems", `A project has at most ${MOST_ANCHORS} test anchors.`);
  const anchors = acceptEach("/pems", pems, parseAnchorPem);
  if (anchors.some((anchor) => isPublishedKey(trustAnchorFromPem(anchor.pem)))) {
    throw new AdminError(
      "anchor_refused",
      "The private key of AOSP's software attestation root is public. Make a test root of your own.",
    );
  }
  await context.operations.republish(project.id, { ...project.settings, anchors: anchors.map((anchor) => anchor.pem) });
  await audited(context, actor, project.id, "anchors.put", project.id, {
    spkiSha256: anchors.map((anchor) => anchor.spkiSha256).join(","),
  });
  return anchors;
}
