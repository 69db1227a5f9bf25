import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ios = join(import.meta.dirname, "../../packages/react-native/ios");

/**
 * Names by which Swift, Objective-C and C use what Apple wants a reason for ("Describing use of required reason API"), by category. `clock_gettime_nsec_np` is not
 * named there: it reads the clock that `mach_absolute_time` reads, and is declared as it.
 */
const required: Readonly<Record<string, readonly string[]>> = {
  FileTimestamp: [
    ..."creationDate modificationDate fileModificationDate contentModificationDateKey creationDateKey".split(" "),
    ..."attributesOfItem getattrlist getattrlistbulk fgetattrlist getattrlistat stat fstat fstatat lstat".split(" "),
  ],
  SystemBootTime: [
    "systemUptime",
    "mach_absolute_time",
    "mach_continuous_time",
    "clock_gettime_nsec_np",
    "KERN_BOOTTIME",
  ],
  DiskSpace: [
    ..."volumeAvailableCapacityKey volumeAvailableCapacityForImportantUsageKey".split(" "),
    ..."volumeAvailableCapacityForOpportunisticUsageKey volumeTotalCapacityKey systemFreeSize systemSize".split(" "),
    ..."statfs statvfs fstatfs fstatvfs".split(" "),
  ],
  ActiveKeyboards: ["activeInputModes"],
  UserDefaults: ["UserDefaults", "NSUserDefaults", "CFPreferencesCopyAppValue"],
};

/** Reasons that Apple offers for a category and that fit a library of this kind. */
const fitting: Readonly<Record<string, readonly string[]>> = { SystemBootTime: ["35F9.1"] };

/** Text of code without its comments and its literal texts. */
const codeOf = (text: string): string => text.replaceAll(/\/\/.*$/gm, "").replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""');

type Plist = string | boolean | readonly Plist[] | { readonly [name: string]: Plist };

/** The value of a property list as Xcode writes them: strings, truths, lists and dictionaries alone. Throws for anything else. */
function parsePlist(text: string): Plist {
  const body = /<plist version="1\.0">([\s\S]*)<\/plist>\s*$/.exec(text)?.[1] ?? "";
  const tokens = [...body.replaceAll(/<!--[\s\S]*?-->/g, "").matchAll(/<(\/?\w+)\s*(\/?)>|([^<]+)/g)].filter(
    ([token]) => token.trim() !== "",
  );
  let at = 0;
  const next = (): string => tokens[at++]?.[0] ?? "";
  const expectNext = (token: string): void => {
    const found = next();
    if (found !== token) throw new Error(`${token} expected, ${found} found`);
  };
  const textUntil = (end: string): string => {
    const content = next();
    expectNext(end);
    return content;
  };
  function value(): Plist {
    const token = next();
    if (token === "<true/>" || token === "<false/>") return token === "<true/>";
    if (token === "<array/>") return [];
    if (token === "<string>") return textUntil("</string>");
    if (token === "<array>") {
      const items: Plist[] = [];
      while (tokens[at]?.[0] !== "</array>") items.push(value());
      at += 1;
      return items;
    }
    if (token !== "<dict>") throw new Error(`${token} is no value`);
    const members: Record<string, Plist> = {};
    while (tokens[at]?.[0] !== "</dict>") {
      expectNext("<key>");
      members[textUntil("</key>")] = value();
    }
    at += 1;
    return members;
  }
  const read = value();
  if (at !== tokens.length) throw new Error("more than one value");
  return read;
}

const manifest = parsePlist(readFileSync(join(ios, "PrivacyInfo.xcprivacy"), "utf8")) as {
  readonly NSPrivacyTracking: boolean;
  readonly NSPrivacyTrackingDomains: readonly string[];
  readonly NSPrivacyCollectedDataTypes: readonly Readonly<Record<string, Plist>>[];
  readonly NSPrivacyAccessedAPITypes: readonly {
    readonly NSPrivacyAccessedAPIType: string;
    readonly NSPrivacyAccessedAPITypeReasons: readonly string[];
  }[];
};

/** Categories that these sources use, each with where. */
function usedIn(sources: readonly (readonly [string, string])[]): Readonly<Record<string, readonly string[]>> {
  const codes = sources.map(([file, text]) => [file, codeOf(text)] as const);
  const rows = Object.entries(required).map(([category, names]) => {
    const uses = (code: string): readonly string[] => names.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
    return [category, codes.flatMap(([file, code]) => uses(code).map((name) => `${file}: ${name}`))] as const;
  });
  return Object.fromEntries(rows.filter(([, found]) => found.length > 0));
}

const sources = readdirSync(ios, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(?:swift|h|m|mm)$/.test(name) && !name.startsWith("Tests/"))
  .map((name) => [name, readFileSync(join(ios, name), "utf8")] as const);

describe("the privacy manifest", () => {
  it("has exactly the members that Apple names", () => {
    expect(Object.keys(manifest).sort()).toEqual([
      "NSPrivacyAccessedAPITypes",
      "NSPrivacyCollectedDataTypes",
      "NSPrivacyTracking",
      "NSPrivacyTrackingDomains",
    ]);
  });

  it("declares what the sources use of what Apple wants a reason for, and nothing that they do not", () => {
    const used = usedIn(sources);
    const declared = manifest.NSPrivacyAccessedAPITypes.map(({ NSPrivacyAccessedAPIType: type }) => type);
    const categories = Object.keys(used).map((name) => `NSPrivacyAccessedAPICategory${name}`);
    expect([declared.sort(), used]).toEqual([categories.sort(), used]);
  });

  it("gives each a reason that fits", () => {
    for (const {
      NSPrivacyAccessedAPIType: type,
      NSPrivacyAccessedAPITypeReasons: reasons,
    } of manifest.NSPrivacyAccessedAPITypes)
      expect([type, reasons]).toEqual([type, fitting[type.replace("NSPrivacyAccessedAPICategory", "")]]);
  });

  it.each(Object.entries(required).flatMap(([category, names]) => names.map((name) => [name, category])))(
    "would miss %s in the sources: %s",
    (name, category) => {
      expect(Object.keys(usedIn([["Planted.swift", `let a = ${name}(b)`]]))).toContain(category);
      expect(usedIn([["Planted.swift", `// ${name}\nlet a = "${name}"`]])).toEqual({});
    },
  );

  it("says that installations are told apart, for the app to work, and that nobody is tracked", () => {
    const rows = manifest.NSPrivacyCollectedDataTypes.map((row) => Object.values(row));
    const purposes = ["NSPrivacyCollectedDataTypePurposeAppFunctionality"];
    expect(rows).toEqual([
      ["NSPrivacyCollectedDataTypeDeviceID", true, false, purposes],
      ["NSPrivacyCollectedDataTypeOtherDiagnosticData", true, false, purposes],
    ]);
    expect([manifest.NSPrivacyTracking, manifest.NSPrivacyTrackingDomains]).toEqual([false, []]);
  });
});
