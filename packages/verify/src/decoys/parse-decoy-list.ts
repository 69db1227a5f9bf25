import { isObject } from "../keys/parse-jwks.ts";
import type { DecoyList } from "../service/service-port.ts";

const mostDecoys = 2_048;
const longest = 4096;
/** 32 bytes as base64url. */
const text = /^[A-Za-z0-9_-]{43}$/;

/** A list of the service's; null for anything else. Members and entries that this release does not know are left out. */
export function parseDecoyList(answer: unknown): DecoyList | null {
  if (!isObject(answer) || answer.v !== 1) return null;
  const { salt, decoys } = answer;
  if (typeof salt !== "string" || !text.test(salt) || !Array.isArray(decoys)) return null;
  const entries = decoys.slice(0, mostDecoys).flatMap((each: unknown) => {
    if (!isObject(each)) return [];
    const { length, hash } = each;
    if (typeof length !== "number" || !Number.isInteger(length) || length < 1 || length > longest) return [];
    return typeof hash === "string" && text.test(hash) ? [{ length, hash }] : [];
  });
  return { salt, decoys: entries };
}
