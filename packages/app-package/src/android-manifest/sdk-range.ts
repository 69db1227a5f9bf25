import { attributeId, readAttribute, toNumberOrText, type Value } from "./attribute-value.ts";
import type { BinaryElement } from "./binary-xml.ts";
import { codenameLevel } from "./codename.ts";
import type { StringPool } from "./string-pool.ts";

/** What one `uses-sdk` says. */
interface UsesSdk {
  readonly min: number | undefined;
  readonly target: number | undefined;
}

/**
 * The API levels of all `uses-sdk`. A phone refuses a package when any of them asks for more than it has, so the largest minimum counts. For
 * the target the phone takes the last element, apksig the first that has one.
 */
export function readSdkRange(
  elements: readonly BinaryElement[],
  strings: StringPool,
): Value<{ readonly minSdk: number; readonly targetSdk: number }> {
  const read: UsesSdk[] = [];
  for (const element of elements) {
    const min = readLevel(element, attributeId.minSdkVersion, strings);
    if (!min.ok) return min;
    const target = readLevel(element, attributeId.targetSdkVersion, strings);
    if (!target.ok) return target;
    read.push({ min: min.value, target: target.value });
  }
  const minSdk = read.reduce((largest, { min }) => Math.max(largest, min ?? 1), 1);
  const last = read.at(-1);
  const targetSdk = read.find(({ target }) => target !== undefined)?.target ?? minSdk;
  const targetOnPhone = last?.target ?? Math.max(1, last?.min ?? 1);
  return targetSdk === targetOnPhone
    ? { ok: true, value: { minSdk, targetSdk } }
    : { ok: false, code: "manifest_ambiguous" };
}

function readLevel(element: BinaryElement, id: number, strings: StringPool): Value<number | undefined> {
  return readAttribute(element, id, (attribute) => {
    const value = toNumberOrText(attribute, strings);
    return value.ok ? toLevel(value.value) : value;
  });
}

function toLevel(value: number | string): Value<number> {
  const level = typeof value === "number" ? value : codenameLevel(value);
  return level === null ? { ok: false, code: "manifest_codename" } : { ok: true, value: level };
}
