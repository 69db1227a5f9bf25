import type { ChainAnswer, ChainFinding, ProtectedApi, SeenCertificate } from "../ports/index.ts";
import { seenCertificate } from "./seen-certificate.ts";

const dayMs = 86_400_000;

export interface ChainTerms {
  readonly nowMs: number;
  /** How many days before its end a certificate is told of. Default 30; of one that is made for less than 90, the last third of its life. */
  readonly days?: number;
}

export const defaultDays = 30;

/** How a live chain stands to what is declared of an API. Pure. Nothing is found where agents and broker connect, now and for a while. */
export function judgeChain(
  api: Pick<ProtectedApi, "channel" | "roots">,
  answer: ChainAnswer,
  terms: ChainTerms,
): readonly ChainFinding[] {
  const declared = api.roots.map(seenCertificate);
  if (!answer.ok) return [whole(answer.problem), ...endings(declared, terms)];
  const { chain } = answer;
  const pinned = api.channel === "pins" || api.channel === "both";
  const findings = [
    ...(chain.named ? [] : [whole("name_wrong")]),
    ...(chain.store ? [] : [whole("store_refused")]),
    ...(chain.roots === false ? [whole("root_refused")] : []),
    ...(pinned && chain.pins.length === 0 ? [whole("pin_absent")] : []),
  ];
  const known = new Set(chain.certificates.map(({ sha256 }) => sha256));
  const roots = new Set(declared.map(({ sha256 }) => sha256));
  // Where every path holds, what has ended above the leaf is in none of them: a host may send an old cross-signature along for years.
  const needed = chain.certificates.filter(
    ({ sha256, notAfterMs }, index) =>
      index === 0 || findings.length > 0 || roots.has(sha256) || notAfterMs > terms.nowMs,
  );
  const all = [...needed, ...declared.filter(({ sha256 }) => !known.has(sha256))];
  return [...findings, ...endings(all, terms)];
}

function whole(problem: ChainFinding["problem"]): ChainFinding {
  return { problem, certificate: null, endsAtMs: null };
}

function endings(certificates: readonly SeenCertificate[], { nowMs, days }: ChainTerms): readonly ChainFinding[] {
  return certificates.flatMap(({ subject, notBeforeMs, notAfterMs }) => {
    const ahead = days === undefined ? Math.min(defaultDays * dayMs, (notAfterMs - notBeforeMs) / 3) : days * dayMs;
    if (notAfterMs - nowMs > ahead) return [];
    return [{ problem: notAfterMs <= nowMs ? "ended" : "ends_soon", certificate: subject, endsAtMs: notAfterMs }];
  });
}
