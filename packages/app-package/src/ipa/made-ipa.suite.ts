import type { PackageReport } from "../report.ts";
import { openZip } from "../zip/open-zip.ts";
import { createCountedSource, type MadeEntry, writeZip } from "../zip/zip-writer.suite.ts";
import { inspectIpa } from "./inspect-ipa.ts";
import {
  anchors,
  type CmsPlan,
  developer,
  judgedAtMs,
  makeCms,
  phoneAuthority,
  profileSigner,
  teamId,
} from "./made-authority.suite.ts";
import { hash, makeFat, makeSlice, type SlicePlan } from "./made-code.suite.ts";
import { type MadeValue, writeXmlPlist } from "./made-plist.suite.ts";

export const root = "Payload/Example.app/";
export const bundleId = "com.example.app";

export type MadeEntitlements = Readonly<Record<string, MadeValue>>;

export const entitlementsOf = (id: string): MadeEntitlements => ({
  "application-identifier": `${teamId}.${id}`,
  "com.apple.developer.team-identifier": teamId,
  "com.apple.developer.devicecheck.appattest-environment": "production",
  "get-task-allow": false,
  "keychain-access-groups": [`${teamId}.${id}`],
});

export interface ProfilePlan {
  readonly id: string;
  readonly list: Readonly<Record<string, MadeValue | undefined>>;
  readonly entitlements: MadeEntitlements;
  readonly cms: Partial<CmsPlan>;
}

/** A provisioning profile. */
export function makeProfile(plan: Partial<ProfilePlan> = {}): Uint8Array {
  const list = {
    Name: "Example",
    Platform: ["iOS"],
    TeamIdentifier: [teamId],
    ApplicationIdentifierPrefix: [teamId],
    DeveloperCertificates: [developer.certificate],
    ExpirationDate: new Date(judgedAtMs + 86_400_000),
    Entitlements: {
      ...entitlementsOf(plan.id ?? bundleId),
      "keychain-access-groups": [`${teamId}.*`],
      "com.apple.developer.devicecheck.appattest-environment": ["production", "development"],
      ...plan.entitlements,
    },
    ...plan.list,
  };
  const held = Object.fromEntries(Object.entries(list).filter(([, value]) => value !== undefined));
  return makeCms({
    signer: profileSigner,
    certificates: [phoneAuthority],
    content: writeXmlPlist(held as Readonly<Record<string, MadeValue>>),
    isDetached: false,
    ...plan.cms,
  });
}

/** A bundle inside the app. */
export interface NestedPlan {
  /** Below the bundle that holds it, with a slash at its end: `Frameworks/Kit.framework/`. */
  readonly folder: string;
  readonly executable: string;
  readonly id: string;
  readonly info: Readonly<Record<string, MadeValue>>;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly slice: Partial<SlicePlan>;
  /** Default: none of a framework, one that allows it of a program. */
  readonly profile: Uint8Array | null;
}

/** The whole app: as it should be, but for what the test asks for. */
export interface AppPlan {
  readonly info: Readonly<Record<string, MadeValue>>;
  readonly infoPlist: Uint8Array;
  /** Files of the app besides those that every app has. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** What is in the archive beside the app. */
  readonly beside: readonly MadeEntry[];
  /** For both slices. */
  readonly slice: Partial<SlicePlan>;
  /** For each slice. */
  readonly slices: readonly Partial<SlicePlan>[];
  readonly executable: (file: Uint8Array) => Uint8Array;
  readonly profile: Uint8Array | null;
  readonly nested: readonly (Partial<NestedPlan> & Pick<NestedPlan, "folder">)[];
  /** The list of resources, before it is signed. */
  readonly seal: (files: Record<string, MadeValue>) => void;
  readonly codeResources: Uint8Array;
  /** The app's files after everything is signed. */
  readonly change: (files: Map<string, Uint8Array>) => void;
  readonly entries: (entries: readonly MadeEntry[]) => readonly MadeEntry[];
}

export const framework = { folder: "Frameworks/Kit.framework/" } as const;
export const extension = { folder: "PlugIns/Share.appex/", id: `${bundleId}.share` } as const;
const armv7 = { cpuType: 12, cpuSubtype: 9, is32: true };

/** The app's files by their paths below its folder. */
export function makeAppFiles(plan: Partial<AppPlan> = {}): Map<string, Uint8Array> {
  const infoPlist =
    plan.infoPlist ??
    writeXmlPlist({
      CFBundleIdentifier: bundleId,
      CFBundleExecutable: "Example",
      CFBundleVersion: "42",
      CFBundleShortVersionString: "1.2.3",
      ...plan.info,
    });
  const files = new Map<string, Uint8Array>();
  files.set("Assets/été.txt", Buffer.from("a resource"));
  files.set("en.lproj/Main.strings", Buffer.from("words"));
  files.set("PkgInfo", Buffer.from("APPL????"));
  for (const [path, content] of Object.entries(plan.files ?? {})) files.set(path, Buffer.from(content));
  const profile = plan.profile === undefined ? makeProfile() : plan.profile;
  if (profile !== null) files.set("embedded.mobileprovision", profile);
  for (const nested of plan.nested ?? [framework, extension]) {
    for (const [path, content] of makeNested(nested)) files.set(nested.folder + path, content);
  }
  const codeResources = plan.codeResources ?? sealFiles(files, plan.seal);
  const slices = (plan.slices ?? [armv7, {}]).map((each) =>
    makeSlice({ entitlements: entitlementsOf(bundleId), infoPlist, resources: codeResources, ...plan.slice, ...each }),
  );
  const [only] = slices;
  const executable = slices.length === 1 && only !== undefined ? only : makeFat(slices);
  files.set("Info.plist", infoPlist);
  files.set("_CodeSignature/CodeResources", codeResources);
  files.set("Example", plan.executable?.(executable) ?? executable);
  plan.change?.(files);
  return files;
}

function makeNested(plan: Partial<NestedPlan> & Pick<NestedPlan, "folder">): Map<string, Uint8Array> {
  const isProgram = /\.(?:app|appex)\/$/.test(plan.folder);
  const id = plan.id ?? "com.example.kit";
  const executable = plan.executable ?? "Code";
  const infoPlist = writeXmlPlist({ CFBundleIdentifier: id, CFBundleExecutable: executable, ...plan.info });
  const files = new Map<string, Uint8Array>([["note.txt", Buffer.from("of the bundle")]]);
  for (const [path, content] of Object.entries(plan.files ?? {})) files.set(path, Buffer.from(content));
  const profile = plan.profile === undefined && isProgram ? makeProfile({ id }) : plan.profile;
  if (profile != null) files.set("embedded.mobileprovision", profile);
  const resources = sealFiles(files);
  const slice = makeSlice({
    identifier: id,
    fileType: isProgram ? 2 : 6,
    entitlements: isProgram ? entitlementsOf(id) : null,
    code: Buffer.alloc(5000, `code of ${id}; `),
    infoPlist,
    resources,
    ...plan.slice,
  });
  return files.set("Info.plist", infoPlist).set("_CodeSignature/CodeResources", resources).set(executable, slice);
}

function sealFiles(files: ReadonlyMap<string, Uint8Array>, seal?: AppPlan["seal"]): Uint8Array {
  const list: Record<string, MadeValue> = {};
  for (const [path, content] of files) {
    if (path === "Info.plist" || path === "PkgInfo") continue;
    const isLocal = path.includes(".lproj/");
    list[path] = { hash: hash("sha1", content), hash2: hash("sha256", content), ...(isLocal && { optional: true }) };
  }
  seal?.(list);
  return writeXmlPlist({ files: {}, files2: list, rules: {}, rules2: { "^.*": true } });
}

/** The archive of a whole app. */
export function makeIpa(plan: Partial<AppPlan> = {}): Uint8Array {
  const { beside = [], entries = (all) => all } = plan;
  return zipFiles(makeAppFiles(plan), (all) => entries([...all, ...beside]));
}

/** The archive of an app of these files, by their paths below its folder. */
export function zipFiles(
  files: ReadonlyMap<string, Uint8Array>,
  entries: AppPlan["entries"] = (all) => all,
): Uint8Array {
  const made = [...files].map(([path, content]) => ({ name: root + path, content, deflate: true }));
  return writeZip(entries([{ name: "Payload/" }, { name: root }, ...made]));
}

/** The report on an archive, judged under the made authority. */
export async function inspectBytes(bytes: Uint8Array, nowMs = judgedAtMs): Promise<PackageReport> {
  const opened = await openZip(createCountedSource(bytes));
  if (!opened.ok) throw new Error(`${opened.problem.code}: ${opened.problem.detail}`);
  return inspectIpa(opened.value, { nowMs, anchors });
}

export function inspectMade(plan: Partial<AppPlan> = {}, nowMs = judgedAtMs): Promise<PackageReport> {
  return inspectBytes(makeIpa(plan), nowMs);
}

export const codesOf = (report: PackageReport): readonly string[] => report.errors.map(({ code }) => code).toSorted();
