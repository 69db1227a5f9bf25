import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** An Android application id (developer.android.com, "Set the application ID"): two segments or more, each beginning with a letter. */
export function parseAndroidPackage(text: string): Ruled<string> {
  return text.length <= 255 && /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+$/.test(text)
    ? ruled(text)
    : refused("A package name has two or more parts that begin with a letter, for example `org.example.app`.");
}
