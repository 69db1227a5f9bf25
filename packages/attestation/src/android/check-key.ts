import type { AuthorizationList } from "./authorization-list.ts";
import type { AndroidFindings } from "./rules.ts";

const ecAlgorithm = 3n;
const p256Curve = 1n;
const signPurpose = 2n;
const sha256Digest = 4n;

/**
 * Enrolment's key: EC on P-256, purpose exactly SIGN, digest exactly SHA-256, by the list that is enforced and by the
 * certified key itself. An ML-DSA, RSA or agreement key is refused here, however genuine.
 */
export function checkKeyParameters(findings: AndroidFindings, list: AuthorizationList, point: Uint8Array | null): void {
  const met =
    point !== null &&
    list.algorithms === ecAlgorithm &&
    list.ecCurve === p256Curve &&
    (list.keySize ?? 256n) === 256n &&
    isOnly(list.purposes, signPurpose) &&
    isOnly(list.digests, sha256Digest);
  findings.judge(
    "key_parameters",
    met,
    describe(true, 3n, 1n, 256n, [2n], [4n]),
    describe(point !== null, list.algorithms, list.ecCurve, list.keySize, list.purposes, list.digests),
  );
}

function isOnly(values: readonly bigint[] | undefined, value: bigint): boolean {
  return values?.length === 1 && values[0] === value;
}

function describe(
  isP256: boolean,
  algorithm?: bigint,
  curve?: bigint,
  keySize?: bigint,
  purposes?: readonly bigint[],
  digests?: readonly bigint[],
): string {
  return `${isP256 ? "P-256 key" : "another key"}, algorithm ${algorithm ?? "-"}, curve ${curve ?? "-"}, size ${keySize ?? "-"}, purposes [${purposes?.join(" ") ?? ""}], digests [${digests?.join(" ") ?? ""}]`;
}
