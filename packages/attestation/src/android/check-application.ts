import { toHex } from "@countersign/asn1";
import type { AndroidExpectations } from "./expectations.ts";
import type { KeyDescription } from "./key-description.ts";
import type { AndroidFindings } from "./rules.ts";

/** The app that asked for the key. The operating system wrote it, so it counts as much as the boot state does. */
export function checkApplication(
  findings: AndroidFindings,
  { softwareEnforced }: KeyDescription,
  { packageNames, signingDigests }: AndroidExpectations,
): void {
  const application = softwareEnforced.attestationApplicationId;
  if (packageNames === null && signingDigests === null)
    findings.waive("application_id", null, application ? "there" : "absent");
  else findings.judge("application_id", application !== undefined, "there", application ? "there" : "absent");

  const packages = application?.packages.map(({ name }) => name) ?? [];
  if (packageNames === null) findings.waive("package", null, () => packages.join(", "));
  else if (application) {
    const registered = packages.some((name) => packageNames.includes(name));
    findings.judge(
      "package",
      registered,
      () => packageNames.join(" or "),
      () => packages.join(", "),
    );
  }

  const digests = application?.signatures.map(toHex) ?? [];
  if (signingDigests === null) findings.waive("signing_digest", null, () => digests.join(", "));
  else if (application) {
    const registered = signingDigests.some((digest) => digests.includes(digest.toLowerCase()));
    findings.judge(
      "signing_digest",
      registered,
      () => signingDigests.join(" or "),
      () => digests.join(", "),
    );
  }
}
