import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { aospSoftwareKeys } from "./rules/aosp-software-keys.ts";
import { parseCertificatePem } from "./rules/certificate-pem.ts";
import { acceptEach } from "./rules/rule.ts";

const MOST_ANCHORS = 16;

/** A test anchor as operators see it. */
export interface AnchorView {
  /** Lower-case hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly spkiSha256: string;
  readonly pem: string;
}

/** Replaces the project's test anchors. Development projects only; AOSP's software roots never. */
export async function putAnchors(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  pems: readonly string[],
): Promise<readonly AnchorView[]> {
  const project = await projectOf(context, projectId);
  if (project.kind === "production") {
    throw new AdminError(
      "development_only",
      "A production project trusts the vendors' roots alone. Use a development project for tests.",
    );
  }
  if (pems.length > MOST_ANCHORS) throw invalidInput("/pems", `A project has at most ${MOST_ANCHORS} test anchors.`);
  const anchors = acceptEach("/pems", pems, parseCertificatePem);
  if (anchors.some((anchor) => aospSoftwareKeys.has(anchor.spkiSha256))) {
    throw new AdminError(
      "anchor_refused",
      "The private key of AOSP's software attestation root is public. Make a test root of your own.",
    );
  }
  await context.operations.republish(project.id, { ...project.settings, anchors: anchors.map((anchor) => anchor.pem) });
  await audited(context, actor, project.id, "anchors.put", project.id, {
    spkiSha256: anchors.map((anchor) => anchor.spkiSha256).join(","),
  });
  return anchors.map(({ spkiSha256, pem }) => ({ spkiSha256, pem }));
}
