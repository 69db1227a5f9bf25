import { attributeId, readAttribute, toNumberOrText, type Value } from "./attribute-value.ts";
import type { BinaryElement } from "./binary-xml.ts";
import { codenameLevel } from "./codename.ts";
import type { StringPool } from "./string-pool.ts";

/** An API level as a manifest gives it. */
interface Level {
  readonly level: number;
  readonly isCodename: boolean;
}

/** What one `uses-sdk` says. */
interface UsesSdk {
  readonly min: Level | undefined;
  readonly target: Level | undefined;
}

/**
 * The API levels of all `uses-sdk`. A phone refuses a package when any of them asks for more than it has, so the largest minimum counts. For
 * the target the phone takes the last element, apksig the first that has one. No released device installs for a target by codename; apksig takes
 * the minimum for it, below which it never is here: a higher target only asks for more of the signatures.
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
  const minSdk = read.reduce((largest, { min }) => Math.max(largest, min?.level ?? 1), 1);
  const last = read.at(-1);
  const first = read.find(({ target }) => target !== undefined)?.target;
  const targetSdk = first?.level ?? minSdk;
  const targetOnPhone = last?.target?.level ?? Math.max(1, last?.min?.level ?? 1);
  if (targetSdk !== targetOnPhone) return { ok: false, code: "manifest_ambiguous" };
  return {
    ok: true,
    value: { minSdk, targetSdk: first?.isCodename === true ? Math.max(targetSdk, minSdk) : targetSdk },
  };
}

function readLevel(element: BinaryElement, id: number, strings: StringPool): Value<Level | undefined> {
  return readAttribute(element, id, (attribute) => {
    const value = toNumberOrText(attribute, strings);
    return value.ok ? toLevel(value.value) : value;
  });
}

function toLevel(value: number | string): Value<Level> {
  const isCodename = typeof value === "string";
  const level = isCodename ? codenameLevel(value) : value;
  return level === null ? { ok: false, code: "manifest_codename" } : { ok: true, value: { level, isCodename } };
}
