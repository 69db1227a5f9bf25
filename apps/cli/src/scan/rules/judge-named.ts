import type { Severity, Sighting } from "../finding.ts";
import { type SeenPlace, toAdvice } from "./advice.ts";
import type { Assignment } from "./find-assignments.ts";
import { isRandomLooking, isStandIn, isUnguessable, isWordy, wordsOf } from "./randomness.ts";
import { readTellingName, type Telling } from "./telling-name.ts";

const ownPlaceholder = /^cs-[a-z0-9-]{1,48}-[a-z2-7]{10}$/;
/** How a public key or a certificate in DER begins, in base64 (RFC 5280 SubjectPublicKeyInfo, Certificate). */
const derPublic = /^(?:MFkw|MFYw|MHYw|MIG[bM]|MCow|MII[A-F][A-Za-z0-9+/])/;
const elsewhere = /^(?:[./@#~]|[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/|data:|[a-z]+:[a-z]|sha(?:1|256|384|512)[-:])/;

/** Judges a value by the name it stands under; null where it is none of our business. */
export function judgeNamed(
  { name, value, form }: Pick<Assignment, "name" | "value"> & { readonly form: Assignment["form"] | "pair" },
  seen: SeenPlace | null,
): Omit<Sighting, "at"> | null {
  const telling = readTellingName(name);
  if (telling === "no" && !(form === "query" && seen !== null)) return null;
  if (isStandIn(value) || ownPlaceholder.test(value) || derPublic.test(value) || elsewhere.test(value)) return null;
  // Unquoted, and not under a name as environments have it: a type or an expression has few digits.
  if (form === "bare" && !/^[A-Z0-9_]+$/.test(name) && (value.match(/\d/g) ?? []).length < 3) return null;
  if (/^[A-Z0-9]{10}\.[a-z]/.test(value) || isNowhere(seen)) return null;
  if (/[{}()[\];,|]/.test(value) && !/pass|pwd/i.test(name)) return null;
  const judged = judge(telling, name, value, form, seen);
  if (judged === null) return null;
  const { rule, kind, severity } = judged;
  return {
    rule,
    kind,
    severity,
    value,
    name,
    isUnguessable: isUnguessable(value),
    details: null,
    advice: toAdvice({ severity, kind, name, seen }),
  };
}

interface Judged {
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
}

function judge(telling: Telling, name: string, value: string, form: string, seen: SeenPlace | null): Judged | null {
  if (isRandomLooking(value)) {
    const severity: Severity = telling === "secret" || (form === "query" && seen !== null) ? "secret" : "suspicious";
    return {
      rule: form === "query" ? "key-in-url" : "named-key",
      kind: form === "query" ? "key in a URL" : "value under a key's name",
      severity,
    };
  }
  if (telling !== "secret" || form === "bare" || form === "query") return null;
  if (isPasswordLike(name, value))
    return { rule: "named-password", kind: "value under a password's name", severity: "suspicious" };
  const isLong = value.length >= 32 && /\d/.test(value) && wordsOf(value).length >= 4 && !/[.:/\s]/.test(value);
  return isWordy(value) && isLong ? { rule: "named-key", kind: "value under a key's name", severity: "secret" } : null;
}

/** What people make up: letters and a digit, and a character that identifiers have not, or no words. */
function isPasswordLike(name: string, value: string): boolean {
  if (!/(?:pass(?:word|wd|phrase)|pwd|secret|credentials?)\d*$/i.test(name) || value.length > 64) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  return /[!#%&*?@^]/.test(value) || (!isWordy(value) && /[A-Z+_-]/.test(value));
}

/** Hosts that documentation uses (RFC 2606), and this machine. */
function isNowhere(seen: SeenPlace | null): boolean {
  return seen !== null && /(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost)$/.test(seen.host);
}
