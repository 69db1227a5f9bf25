import type { Passage, Severity, Sighting } from "../finding.ts";
import { toAdvice } from "./advice.ts";

const pattern = /(?<![A-Za-z0-9_.-])(eyJ[A-Za-z0-9_-]{8,2000})\.(eyJ[A-Za-z0-9_-]{4,6000})\.([A-Za-z0-9_-]{0,1200})/g;

/** The example of jwt.io and half of all documentation. */
const documented = /^(?:1234567890|John Doe|joe)$/;

/** JSON Web Tokens (RFC 7519): told by algorithm, end and role; never shown whole. */
export function* findJsonWebTokens(
  passage: Passage,
  nowMs: number,
): Generator<Sighting & { start: number; end: number }> {
  if (!passage.text.includes("eyJ")) return;
  for (const match of passage.text.matchAll(pattern)) {
    const [value, head = "", body = "", signature = ""] = match;
    const header = readPart(head);
    const claims = readPart(body);
    if (typeof header?.alg !== "string" || claims === null) continue;
    if (
      documented.test(String(claims.sub)) ||
      documented.test(String(claims.name)) ||
      documented.test(String(claims.iss))
    )
      continue;
    const judged = judge(claims, nowMs);
    yield {
      rule: "json-web-token",
      kind: judged.kind,
      severity: judged.severity,
      value,
      name: null,
      isUnguessable: signature.length >= 20,
      details: describe(header.alg, claims.exp),
      advice: toAdvice({ ...judged, text: judged.text }),
      at: passage.positionOf(match.index),
      start: match.index,
      end: match.index + value.length,
    };
  }
}

function judge(
  claims: Record<string, unknown>,
  nowMs: number,
): { severity: Severity; kind: string; text?: string; remove?: true } {
  if (claims.role === "anon") {
    return {
      severity: "public-by-design",
      kind: "Supabase anon key",
      text: "Made to be in apps; what it may read, row level security decides.",
    };
  }
  if (claims.role === "service_role") return { severity: "secret", kind: "Supabase service key", remove: true };
  const isOver = typeof claims.exp === "number" && claims.exp * 1000 < nowMs;
  if (isOver)
    return { severity: "suspicious", kind: "JSON Web Token, expired", text: "It has expired. Take it out of the app." };
  return { severity: "secret", kind: "JSON Web Token" };
}

function describe(alg: string, exp: unknown): string {
  const shown = /^[A-Za-z0-9+-]{1,24}$/.test(alg) ? alg : "unknown";
  const end =
    typeof exp === "number" && exp > 0 && exp < 8e12 ? new Date(exp * 1000).toISOString().slice(0, 10) : "never";
  return `alg ${shown}, expires ${exp !== undefined && end === "never" ? "at no readable time" : end}`;
}

function readPart(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : null;
  } catch {
    return null;
  }
}
