import type { ExitCode } from "../cli-failure.ts";
import type { AllowList } from "./allow-file.ts";
import type { Finding } from "./ledger.ts";
import type { ScanResult } from "./scan.ts";

/** A finding, and why it is accepted where it is. */
export type ReportedFinding = Finding & { readonly allowed: string | null };

/** What `countersign scan --json` prints. */
export interface ScanReport extends Omit<ScanResult, "findings"> {
  readonly input: string;
  readonly findings: readonly ReportedFinding[];
  /** Of those that are not accepted; and how many are. */
  readonly counts: {
    readonly secret: number;
    readonly suspicious: number;
    readonly publicByDesign: number;
    readonly allowed: number;
  };
  /** Ids of the allow file that nothing was found for. */
  readonly unknownAllowed: readonly string[];
}

export function toScanReport(input: string, result: ScanResult, allow: AllowList): ScanReport {
  const findings = result.findings.map((finding) => ({ ...finding, allowed: allow.get(finding.id) ?? null }));
  const open = findings.filter(({ allowed }) => allowed === null);
  const count = (severity: Finding["severity"]): number =>
    open.filter((finding) => finding.severity === severity).length;
  const known = new Set(findings.map(({ id }) => id));
  return {
    input,
    findings,
    counts: {
      secret: count("secret"),
      suspicious: count("suspicious"),
      publicByDesign: count("public-by-design"),
      allowed: findings.length - open.length,
    },
    harmless: result.harmless,
    unreadable: result.unreadable,
    read: result.read,
    unknownAllowed: [...allow.keys()].filter((id) => !known.has(id)),
  };
}

/** 1 where something stands that the build must fail on; 2 where nothing does, but not everything was read, so that nobody can say so; 0 otherwise. */
export function toExitCode({ counts, unreadable }: ScanReport, failOn: "secret" | "suspicious"): ExitCode {
  if (counts.secret > 0 || (failOn === "suspicious" && counts.suspicious > 0)) return 1;
  return unreadable.some(({ readAs }) => readAs === "nothing") ? 2 : 0;
}
