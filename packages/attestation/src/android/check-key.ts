import { p256Point } from "@countersign/asn1";
import type { AuthorizationList } from "./authorization-list.ts";
import { isSoftware, type KeyDescription } from "./key-description.ts";
import { keyName } from "./key-name.ts";
import type { AndroidFindings } from "./rules.ts";

// KeyMint's numbers for algorithm EC, curve P-256, purpose SIGN, digest SHA-256.
const enrolmentKey = "P-256 key, algorithm 3, curve 1, size 256, purposes [2], digests [4]";

/**
 * Enrolment's key: EC on P-256, purpose exactly SIGN, digest exactly SHA-256, by the hardware-enforced list (the software one for
 * a software key) and by the certified key itself. An ML-DSA, RSA or agreement key is refused here, however genuine.
 */
export function checkKeyParameters(findings: AndroidFindings, description: KeyDescription, spki: Uint8Array): void {
  const found = describe(isSoftware(description) ? description.softwareEnforced : description.hardwareEnforced, spki);
  findings.judge("key_parameters", found === enrolmentKey, enrolmentKey, found);
}

/** Older devices leave out the size of an EC key, which the curve fixes. */
function describe(list: AuthorizationList, spki: Uint8Array): string {
  const { algorithms = "-", ecCurve = "-", keySize = algorithms === 3n ? 256n : "-", purposes, digests } = list;
  const numbers = `algorithm ${algorithms}, curve ${ecCurve}, size ${keySize}`;
  const uses = `purposes [${purposes?.join(" ") ?? ""}], digests [${digests?.join(" ") ?? ""}]`;
  return `${p256Point(spki) === null ? keyName(spki) : "P-256 key"}, ${numbers}, ${uses}`;
}
