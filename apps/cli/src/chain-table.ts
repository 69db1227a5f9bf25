import type { Paint } from "./paint.ts";
import { toTable } from "./table.ts";

/** A certificate of a live chain, as it is shown. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whole days to its end; negative once it ended. */
  readonly daysLeft: number;
  readonly pin: string;
  readonly sha256: string;
}

const dayMs = 86_400_000;

/** With the days that are left at `nowMs`. */
export function toShown(
  certificates: readonly Omit<ShownCertificate, "daysLeft">[],
  nowMs: number,
): readonly ShownCertificate[] {
  return certificates.map(({ subject, issuer, notBeforeMs, notAfterMs, pin, sha256 }) => {
    const daysLeft = Math.floor((notAfterMs - nowMs) / dayMs);
    return { subject, issuer, notBeforeMs, notAfterMs, daysLeft, pin, sha256 };
  });
}

/** The chain from the leaf up. */
export function chainTable(paint: Paint, certificates: readonly ShownCertificate[]): string {
  const rows = certificates.map(({ subject, issuer, daysLeft, pin }) => [subject, issuer, String(daysLeft), pin]);
  return toTable(paint, ["SUBJECT", "ISSUER", "DAYS LEFT", "SPKI PIN"], rows, "No certificate was seen.");
}
