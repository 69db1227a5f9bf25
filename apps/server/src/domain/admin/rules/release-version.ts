import type { Release } from "../../ports/index.ts";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

const bundleVersion = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/;
const versionCode = /^[1-9][0-9]{0,15}$/;

/** A version as evidence names it: iOS's bundle version (CFBundleVersion), Android's versionCode in decimal without leading zeros. */
export function parseReleaseVersion(platform: Release["platform"], text: string): Ruled<string> {
  if (platform === "ios") {
    return bundleVersion.test(text)
      ? ruled(text)
      : refused("An iOS release is its bundle version (CFBundleVersion), for example `1042` or `1.4.2`.");
  }
  return versionCode.test(text) && Number.isSafeInteger(Number(text))
    ? ruled(text)
    : refused("An Android release is its versionCode, a whole number without leading zeros, for example `1042`.");
}
