import { sha256, toHex } from "@countersign/asn1";
import { describe, expect, it } from "vitest";
import { writeBinaryPlist } from "../plist/write-plist.suite.ts";
import { openZip } from "../zip/open-zip.ts";
import { createCountedSource, type MadeEntry } from "../zip/zip-writer.suite.ts";
import { inspectIpa } from "./inspect-ipa.ts";
import type { ipaProblems } from "./ipa-problems.ts";
import {
  anchors,
  appStoreSigner,
  developer,
  judgedAtMs,
  makeDeveloper,
  phoneAuthority,
  rsaDeveloper,
  teamId,
} from "./made-authority.suite.ts";
import { makeSlice } from "./made-code.suite.ts";
import {
  type AppPlan,
  bundleId,
  codesOf,
  entitlementsOf,
  extension,
  framework,
  inspectMade,
  makeAppFiles,
  makeIpa,
  makeProfile,
  root,
} from "./made-ipa.suite.ts";
import type { MadeValue } from "./made-plist.suite.ts";

/** What the app is judged as, whole or not. */
const claims = {
  format: "ipa",
  id: bundleId,
  versionCode: "42",
  versionName: "1.2.3",
  debuggable: false,
  teamId,
  appId: `${teamId}.${bundleId}`,
  signers: [{ certSha256: toHex(sha256(developer.certificate)) }],
};
const other = makeDeveloper({
  subject: { "2.5.4.3": "Apple Distribution: Other", "2.5.4.11": "OTHER67890" },
  serial: 5,
});
const entry = (path: string, more: Partial<MadeEntry> = {}): MadeEntry => ({ name: path, content: "x", ...more });
const sealAs =
  (value: MadeValue): AppPlan["seal"] =>
  (list) => {
    list["Assets/été.txt"] = value;
  };
const otherProfile = (list: Parameters<typeof makeProfile>[0]) => ({ profile: makeProfile(list) });
const appex = (more: object) => ({ nested: [framework, { ...extension, ...more }] });
const kit = (more: object) => ({ nested: [{ ...framework, ...more }, extension] });

describe("a made app", () => {
  it("is taken whole: fat executable, framework, extension, profile, resources", async () => {
    const report = await inspectMade();
    expect(report).toMatchObject({ ...claims, verified: true, schemes: { code: true, profile: true }, errors: [] });
    expect(report.entitlements).toEqual(entitlementsOf(bundleId));
    expect(report.warnings).toEqual([
      { code: "ipa_nested_app", detail: `"PlugIns/Share.appex/" is "${teamId}.${extension.id}"` },
    ]);
  });

  const good: readonly (readonly [string, Partial<AppPlan>])[] = [
    ["one slice alone", { slices: [{}] }],
    ["SHA-256 alone", { slice: { digests: ["sha256"] } }],
    ["SHA-384 beside SHA-256", { slice: { digests: ["sha256", "sha384"] } }],
    ["one directory and no list of hashes", { slice: { digests: ["sha256"], hashLists: () => [] } }],
    ["a binary Info.plist", { infoPlist: binaryInfo() }],
    ["no framework and no extension", { nested: [] }],
    ["a resource of a language gone", { change: (files) => files.delete("en.lproj/Main.strings") }],
    ["what Finder leaves behind", { change: (files) => files.set(".DS_Store", Buffer.from("x")) }],
    [
      "modes of files and folders",
      {
        entries: (all) =>
          all.map((each) => ({ ...each, unixMode: String(each.name).endsWith("/") ? 0o040755 : 0o100644 })),
      },
    ],
    ["files beside Payload", { beside: [entry("Symbols/x.symbols"), entry("iTunesMetadata.plist")] }],
    [
      "a class file of Java among its resources",
      { files: { "a.class": Buffer.from("cafebabe0000003400100a00", "hex") } },
    ],
    [
      "a library without a bundle",
      { files: { "Frameworks/libx.dylib": makeSlice({ identifier: "libx", fileType: 6 }) } },
    ],
    ["Apple's stub of a watch", { files: { "Watch/W.app/_WatchKitStub/WK": makeSlice({ isUnsigned: true }) } }],
    ["an app of a watch", { nested: [{ folder: "Watch/W.app/", id: `${bundleId}.watch` }] }],
    [
      "a key of RSA",
      {
        slice: { signer: rsaDeveloper },
        nested: [],
        ...otherProfile({ list: { DeveloperCertificates: [developer.certificate, rsaDeveloper.certificate] } }),
      },
    ],
    ["a profile for all apps of a team", otherProfile({ entitlements: { "application-identifier": `${teamId}.*` } })],
    ["no platform in its profile", otherProfile({ list: { Platform: undefined } })],
  ];
  it.each(good)("is taken with %s", async (_, plan) => {
    expect((await inspectMade(plan)).errors).toEqual([]);
  });

  it("is taken from the App Store without a profile, and after the store's certificate has ended", async () => {
    const store: Partial<AppPlan> = {
      nested: [],
      profile: null,
      slice: { signer: appStoreSigner, certificates: [phoneAuthority] },
    };
    const report = await inspectMade(store);
    expect(report).toMatchObject({ ...claims, verified: true, schemes: { code: true, profile: false }, signers: [{}] });
    expect(codesOf(await inspectMade(store, judgedAtMs + 5 * 365 * 86_400_000))).toEqual([]);
  });

  it("is debuggable where get-task-allow is anything but false", async () => {
    for (const value of [true, "no", 0, []]) {
      const entitlements = { ...entitlementsOf(bundleId), "get-task-allow": value };
      const report = await inspectMade({ slice: { entitlements }, ...otherProfile({ entitlements }) });
      expect([report.debuggable, report.verified]).toEqual([true, true]);
    }
  });
});

function binaryInfo(): Uint8Array {
  const list = { CFBundleIdentifier: bundleId, CFBundleExecutable: "Example", CFBundleVersion: "42" };
  return writeBinaryPlist(new Map(Object.entries(list)));
}

describe("what a report warns of", () => {
  const environment = "com.apple.developer.devicecheck.appattest-environment";
  const withEnvironment = (value: string) => ({ ...entitlementsOf(bundleId), [environment]: value });
  const without = Object.fromEntries(Object.entries(entitlementsOf(bundleId)).filter(([name]) => name !== environment));

  it.each<readonly [string, Partial<AppPlan>]>([
    ["app_attest_development", { slice: { entitlements: withEnvironment("development") } }],
    ["app_attest_unnamed", { slice: { entitlements: without } }],
    ["code_signature_format_old", { slice: { der: null } }],
    ["code_signature_format_old", { slice: { version: 0x20200 } }],
    ["ipa_nested_app", { nested: [extension] }],
  ])("is %s, and the app is taken", async (code, plan) => {
    const report = await inspectMade({ nested: [], ...plan });
    expect(report.warnings.map((warning) => warning.code)).toEqual([code]);
    expect(report.verified).toBe(true);
  });
});

it("a warning says of an extension whether it is debuggable", async () => {
  const entitlements = { ...entitlementsOf(extension.id), "get-task-allow": true };
  const profile = makeProfile({ id: extension.id, entitlements: { "get-task-allow": true } });
  const report = await inspectMade({ nested: [{ ...extension, slice: { entitlements }, profile }] });
  expect(report.warnings.map(({ detail }) => detail)).toEqual([
    `"PlugIns/Share.appex/" is "${teamId}.${extension.id}", and debuggable`,
  ]);
});

it("what a problem says is one line of plain text, whatever the package holds", async () => {
  const entitlements = { ...entitlementsOf(bundleId), "a\n\u001b[2J\u202e": true };
  const report = await inspectMade({ slice: { entitlements }, files: { "new\n\u202e": "x" }, seal: sealAs("x") });
  expect(report.errors.map(({ code }) => code)).toEqual(["resource_mismatch", "profile_mismatch"]);
  for (const { detail } of report.errors) expect(detail).toMatch(/^[\x20-\x7e…]+$/);
});

const refusals: readonly (readonly [code: keyof typeof ipaProblems, what: string, plan: Partial<AppPlan>])[] = [
  ["ipa_malformed", "no app", { entries: () => [entry("Payload/readme.txt")] }],
  ["ipa_malformed", "two apps", { beside: [entry("Payload/Other.app/Info.plist")] }],
  ["ipa_malformed", "a folder of another name beside it", { beside: [entry("Payload/Example.app2/Info.plist")] }],
  ["ipa_malformed", "no Info.plist", { change: (files) => files.delete("Info.plist") }],
  ["ipa_malformed", "no executable", { info: { CFBundleExecutable: "Another" } }],
  ["ipa_malformed", "no list of resources", { change: (files) => files.delete("_CodeSignature/CodeResources") }],
  ["ipa_malformed", "an Info.plist for phones", { files: { "info-iPhoneOS.plist": "x" } }],
  ["ipa_malformed", "an Info.plist where Macs have it", { files: { "Contents/Info.plist": "x" } }],
  ["ipa_malformed", "a bundle that it wraps", { files: { "WrappedBundle/Info.plist": "x" } }],
  ["ipa_path_ambiguous", "two names that differ in case", { files: { "assets/x": "x" } }],
  ["ipa_path_ambiguous", "two names that differ in composition", { files: { "Assets/e\u0301te\u0301.txt": "x" } }],
  ["ipa_path_ambiguous", "a file that is a folder", { files: { Assets: "x" } }],
  [
    "ipa_path_ambiguous",
    "a file named as a folder",
    { entries: (all) => [...all, entry(`${root}PkgInfo/`, { content: "" })] },
  ],
  ["ipa_path_ambiguous", "a folder with content", { entries: (all) => [...all, entry(`${root}Folder/`)] }],
  ["ipa_path_ambiguous", "a link", { entries: (all) => [...all, entry(`${root}link`, { unixMode: 0o120755 })] }],
  ["ipa_path_ambiguous", "a device", { beside: [entry("device", { unixMode: 0o060644 })] }],
  [
    "ipa_path_ambiguous",
    "a folder by its mode alone",
    { beside: [entry("folder", { unixMode: 0o040755, content: "" })] },
  ],
  ["ipa_path_ambiguous", "a path too long", { files: { [`${"a/".repeat(600)}x`]: "x" } }],
  ["plist_malformed", "an Info.plist that is none", { infoPlist: Buffer.from("{}") }],
  ["plist_malformed", "an identifier of no usual form", { info: { CFBundleIdentifier: "com example" } }],
  ["plist_malformed", "another identifier on a tablet", { info: { "CFBundleIdentifier~ipad": "com.other" } }],
  ["plist_malformed", "another executable on a phone", { info: { "CFBundleExecutable-iphoneos": "Other" } }],
  ["plist_malformed", "no list of the second kind", { codeResources: Buffer.from("<plist><dict/></plist>") }],
  ["resource_mismatch", "a resource changed", { change: (files) => files.set("Assets/été.txt", Buffer.from("!")) }],
  ["resource_mismatch", "a resource added", { change: (files) => files.set("new.txt", Buffer.from("!")) }],
  ["resource_mismatch", "a resource gone", { change: (files) => files.delete("Assets/été.txt") }],
  ["resource_mismatch", "a resource sealed by SHA-1 alone", { seal: sealAs({ hash: Buffer.alloc(20) }) }],
  ["resource_mismatch", "a resource sealed as a link", { seal: sealAs({ symlink: "x" }) }],
  ["profile_missing", "no profile", { profile: null }],
  ["profile_missing", "an extension without one", appex({ profile: null })],
  ["profile_mismatch", "an extension with the app's", appex({ profile: makeProfile() })],
  ["code_identity_mismatch", "another bundle identifier", { info: { CFBundleIdentifier: "com.example.other" } }],
  ["code_identity_mismatch", "another name in the code directory", { slice: { identifier: "com.example.other" } }],
  [
    "code_identity_mismatch",
    "an App ID with a wildcard",
    {
      slice: { entitlements: { ...entitlementsOf(bundleId), "application-identifier": `${teamId}.*` } },
      ...otherProfile({ entitlements: { "application-identifier": `${teamId}.*` } }),
    },
  ],
  ["code_identity_mismatch", "no entitlements", { slice: { entitlements: null } }],
  [
    "code_identity_mismatch",
    "an entitlement of another team",
    {
      slice: { entitlements: { ...entitlementsOf(bundleId), "com.apple.developer.team-identifier": "OTHER67890" } },
      ...otherProfile({ entitlements: { "com.apple.developer.team-identifier": "*" } }),
    },
  ],
  ["code_identity_mismatch", "a library for its executable", { slice: { fileType: 6 } }],
  ["code_identity_mismatch", "a library for an extension's executable", appex({ slice: { fileType: 6 } })],
  [
    "code_identity_mismatch",
    "an extension with the app's App ID",
    appex({ slice: { entitlements: entitlementsOf(bundleId) }, profile: makeProfile() }),
  ],
  ["code_identity_mismatch", "an extension of another app", appex({ id: "com.other.share" })],
  ["code_team_mismatch", "a framework of another team", kit({ slice: { signer: other, teamId: "OTHER67890" } })],
];

describe("an app is refused", () => {
  it.each(refusals)("with %s: %s", async (code, _, plan) => {
    const report = await inspectMade(plan);
    expect([codesOf(report), report.verified]).toEqual([[code], false]);
    expect(report.errors[0]?.detail).toMatch(/^[\x20-\x7e…]+$/);
  });

  it("with several problems at once, each of them named, and says what it claims", async () => {
    const report = await inspectMade(
      { slice: { digests: ["sha1"] }, change: (files) => files.set("new.txt", Buffer.from("!")) },
      judgedAtMs + 5 * 365 * 86_400_000,
    );
    expect(report).toMatchObject({ ...claims, verified: false, schemes: { code: false, profile: false } });
    expect(codesOf(report)).toEqual([
      "code_certificate_expired",
      "code_digest_weak",
      "profile_expired",
      "resource_mismatch",
    ]);
  });

  it("where a framework is not what its own list of resources seals, though the app's seals it so", async () => {
    const report = await inspectMade({
      nested: [],
      files: Object.fromEntries(
        [...brokenFramework()].map(([path, content]) => [`Frameworks/Kit.framework/${path}`, content]),
      ),
    });
    expect(codesOf(report)).toEqual(["resource_mismatch"]);
  });
});

describe("work on nested code", () => {
  const code = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`Frameworks/${index}.dylib`, makeSlice({ isUnsigned: true })]),
    );

  it("is refused where there is more of it than any app has", async () => {
    const small = Object.fromEntries(
      Array.from({ length: 2_001 }, (_, index) => [`Frameworks/${index}`, Buffer.from("cffaedfe", "hex")]),
    );
    expect(codesOf(await inspectMade({ files: small, nested: [] }))).toEqual(["ipa_malformed"]);
  });

  it("ends after some that fail, and does not grow with those that follow", async () => {
    const read = async (count: number) => {
      const source = createCountedSource(makeIpa({ files: code(count), nested: [] }));
      const opened = await openZip(source);
      const before = source.work.reads;
      const report = opened.ok ? await inspectIpa(opened.value, { nowMs: judgedAtMs, anchors }) : null;
      expect(report && codesOf(report)).toEqual(["code_unsigned"]);
      // Each file is digested once; what is judged of it is read beside that.
      return source.work.reads - before - count;
    };
    expect(await read(60)).toBe(await read(30));
  });
});

function brokenFramework(): Map<string, Uint8Array> {
  const inside = [...makeAppFiles({ nested: [framework] })]
    .filter(([path]) => path.startsWith(framework.folder))
    .map(([path, content]) => [path.slice(framework.folder.length), content] as const);
  return new Map(inside).set("note.txt", Buffer.from("another note"));
}
