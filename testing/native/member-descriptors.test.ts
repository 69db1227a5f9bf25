import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { publishedApks } from "../android-tools.ts";
import { requireAll } from "../vectors.ts";
import { androidReferences } from "./dex-references.ts";
import { memberDescriptors } from "./member-descriptors.ts";

const apks = [
  "appium-uiautomator2-server/apks/appium-uiautomator2-server-v10.6.6.apk",
  "io.appium.settings/apks/settings_apk-debug.apk",
  "android-apidemos/apks/ApiDemos-debug.apk",
];

describe.skipIf(publishedApks === null && !requireAll)("descriptors of the platform's members", () => {
  it("are those that published apps call", async () => {
    const references = await Promise.all(apks.map((apk) => androidReferences(join(publishedApks ?? "", apk))));
    const called = new Map<string, Set<string>>();
    for (const [name = "", descriptor = ""] of references.flat().map((each) => each.split(" "))) {
      called.set(name, (called.get(name) ?? new Set()).add(descriptor));
    }
    const arity = (descriptor: string): number =>
      (/^\((.*)\)/.exec(descriptor)?.[1]?.match(/\[*(?:[BCDFIJSZ]|L[^;]+;)/g) ?? []).length;
    const rows = Object.entries(memberDescriptors).flatMap(([name, descriptors]) =>
      descriptors.map((row) => ({ name, descriptor: row.replace("varargs ", "") })),
    );
    const judged = rows.map(({ name, descriptor }) => {
      const same = [...(called.get(name) ?? [])].filter((each) => arity(each) === arity(descriptor));
      return { row: `${name} ${descriptor}`, seen: same, holds: same.includes(descriptor) };
    });
    expect(judged.filter(({ seen, holds }) => seen.length > 0 && !holds)).toEqual([]);
    expect(judged.filter(({ holds }) => holds).length).toBeGreaterThan(rows.length / 2);
  });
});
