import { describe, expect, it } from "vitest";
import { der, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import type { ipaProblems } from "./ipa-problems.ts";
import { makeDeveloper } from "./made-authority.suite.ts";
import { big, blob, command, little, type MadeBlob, makeFat, makeSlice, type SlicePlan } from "./made-code.suite.ts";
import { type AppPlan, bundleId, codesOf, entitlementsOf, inspectMade } from "./made-ipa.suite.ts";

const entitlements = entitlementsOf(bundleId);
const thin = (other: Partial<SlicePlan> = {}) => makeSlice({ entitlements, ...other });
const file = (make: () => Uint8Array): Partial<AppPlan> => ({ executable: make });
const slice = (other: Partial<SlicePlan>): Partial<AppPlan> => ({ slice: other });
const blobs = (change: SlicePlan["blobs"]) => slice({ blobs: change });
const without = (slot: number) => blobs((all) => all.filter(([each]) => each !== slot));
/** With the blob of a slot changed after it was signed. */
const set = (slot: number, change: (bytes: Buffer) => void): Partial<AppPlan> =>
  blobs((all) =>
    all.map(([each, bytes]): MadeBlob => {
      const copy = Buffer.from(bytes);
      if (each === slot) change(copy);
      return [each, copy];
    }),
  );
/** With every code directory changed before it is signed. */
const directory = (change: (bytes: Buffer) => void) =>
  slice({
    directories: (all) =>
      all.map(({ digest, bytes }) => {
        const copy = Buffer.from(bytes);
        change(copy);
        return { digest, bytes: copy };
      }),
  });
const secondDeveloper = makeDeveloper({ serial: 19 });
const otherTeam = makeDeveloper({ subject: { "2.5.4.11": "OTHER67890" }, serial: 20 });

type Row = readonly [code: keyof typeof ipaProblems, what: string, plan: Partial<AppPlan>];

const structure: readonly Row[] = [
  ["macho_malformed", "nothing of Mach-O", file(() => Buffer.alloc(9000, "text"))],
  ["macho_malformed", "fewer bytes than a header", file(() => Buffer.alloc(20))],
  ["macho_malformed", "a file cut off in its signature", { executable: (whole) => whole.subarray(0, -100) }],
  ["macho_malformed", "a fat header of no slices", file(() => Buffer.concat([big(0xcafebabe, 0), Buffer.alloc(99)]))],
  ["macho_malformed", "a fat header of many", file(() => Buffer.concat([big(0xcafebabe, 17), Buffer.alloc(999)]))],
  ["macho_malformed", "two slices for one processor", { slices: [{}, {}] }],
  ["macho_malformed", "two slices that differ in what they may do", { slices: [{}, { cpuSubtype: 0x80000000 }] }],
  [
    "macho_malformed",
    "a slice that reaches over the next",
    file(() => makeFat([Buffer.concat([thin(), Buffer.alloc(20_000)]), thin({ cpuType: 12 })], false, [4096, 24_576])),
  ],
  ["macho_malformed", "slices that overlap", file(() => makeFat([thin(), thin({ cpuType: 12 })], false, [4096, 4100]))],
  ["macho_malformed", "a slice over the header", file(() => makeFat([thin()], false, [16]))],
  [
    "macho_malformed",
    "a slice of most significant bytes first",
    file(() => Buffer.from(thin()).subarray(0, 8992).swap32()),
  ],
  ["macho_malformed", "two signatures", slice({ commands: (signature) => [signature, signature] })],
  ["macho_malformed", "a signature beyond its end", slice({ commands: () => [command(0x1d, little(9000, 9e8))] })],
  ["macho_malformed", "a signature inside its commands", slice({ commands: () => [command(0x1d, little(40, 100))] })],
  ["macho_malformed", "a command of no length", slice({ commands: (signature) => [signature, little(0x19, 0)] })],
  [
    "macho_malformed",
    "bytes after its commands",
    slice({ commands: (signature) => [Buffer.concat([signature, Buffer.alloc(8)])] }),
  ],
  ["macho_encrypted", "pages that are not those that run", slice({ cryptId: 1 })],
  ["code_unsigned", "no signature", slice({ isUnsigned: true })],
  ["code_unsigned", "a signature ad hoc", slice({ flags: 2 })],
  ["code_unsigned", "no CMS", without(0x10000)],
  [
    "code_unsigned",
    "an empty CMS",
    blobs((all) => all.map(([at, bytes]) => [at, at === 0x10000 ? blob(0xfade0b01, Buffer.alloc(0)) : bytes])),
  ],
  ["code_directory_malformed", "no code directory", without(0)],
  ["code_directory_malformed", "a slot that stands twice", blobs((all) => [...all, [2, blob(0xfade0c01, big(0))]])],
  ["code_directory_malformed", "two directories of one digest", slice({ digests: ["sha256", "sha256"] })],
  ["code_directory_malformed", "another magic number", set(0, (bytes) => bytes.writeUInt32BE(0xfade0c01))],
  ["code_directory_malformed", "a directory that stops short", slice({ codeLimit: (bytes) => bytes - 4096 })],
  [
    "code_directory_malformed",
    "an alternate that stops short",
    slice({ directories: ([primary]) => (primary ? [primary, shortened()] : []) }),
  ],
  ["code_directory_malformed", "pages without end", directory((bytes) => bytes.writeUInt8(0, 39))],
  ["code_directory_malformed", "scattered code", directory((bytes) => bytes.writeUInt32BE(96, 44))],
  ["code_directory_malformed", "fewer pages than its code has", directory((bytes) => bytes.writeUInt32BE(1, 28))],
  ["code_directory_malformed", "a digest nobody knows", directory((bytes) => bytes.writeUInt8(9, 37))],
  ["code_directory_malformed", "digests of another length", directory((bytes) => bytes.writeUInt8(16, 36))],
  ["code_directory_malformed", "a version of another kind", directory((bytes) => bytes.writeUInt32BE(0x30000, 8))],
  ["code_directory_malformed", "an identifier inside its header", directory((bytes) => bytes.writeUInt32BE(8, 20))],
  ["code_directory_malformed", "a team beyond its end", directory((bytes) => bytes.writeUInt32BE(99999, 48))],
  ["code_directory_malformed", "digests inside its header", directory((bytes) => bytes.writeUInt32BE(40, 24))],
  [
    "code_directory_malformed",
    "an alternate of another identity",
    slice({ directories: ([primary]) => (primary ? [primary, otherIdentity()] : []) }),
  ],
  ["code_page_mismatch", "a page changed", { executable: flipCode }],
  ["code_slot_mismatch", "another Info.plist", slice({ infoPlist: Buffer.from("another") })],
  ["code_slot_mismatch", "no Info.plist named", slice({ infoPlist: null })],
  ["code_slot_mismatch", "another list of resources", slice({ resources: Buffer.from("another") })],
  ["code_slot_mismatch", "no list of resources named", slice({ resources: null })],
  ["code_slot_mismatch", "other requirements", set(2, (bytes) => bytes.writeUInt32BE(1, 8))],
  ["code_slot_mismatch", "requirements that are not named", slice({ slots: (slots) => slots.delete(2) })],
  ["code_slot_mismatch", "requirements that are gone", without(2)],
  ["code_slot_mismatch", "something nobody has", slice({ slots: (slots) => slots.set(4, Buffer.from("x")) })],
  ["code_slot_mismatch", "a blob that is not named", blobs((all) => [...all, [8, blob(0xfade8181, Buffer.from("x"))]])],
  ["code_digest_weak", "SHA-1 alone", slice({ digests: ["sha1"] })],
  ["slices_disagree", "another identifier in one", { slices: [{}, { cpuType: 12, identifier: "com.other" }] }],
  [
    "slices_disagree",
    "other entitlements in one",
    { slices: [{}, { cpuType: 12, entitlements: { "get-task-allow": true } }] },
  ],
  [
    "slices_disagree",
    "another team in one",
    { slices: [{}, { cpuType: 12, teamId: "OTHER67890", signer: otherTeam }] },
  ],
  ["slices_disagree", "another signer of one", { slices: [{}, { cpuType: 12, signer: secondDeveloper }] }],
  ["entitlements_malformed", "entitlements that are no list", slice({ xml: Buffer.from("<plist/>"), der: null })],
  ["entitlements_malformed", "an entitlement twice in DER", slice({ der: twice() })],
  [
    "entitlements_malformed",
    "entitlements in DER of another version",
    slice({ der: der(0x70, der(2, Buffer.of(2)), der(0xb0)) }),
  ],
  ["entitlements_disagree", "others as DER", slice({ der: otherDer() })],
  ["entitlements_disagree", "entitlements as DER alone", slice({ xml: null })],
];

function shortened() {
  return { digest: "sha256", bytes: directoryOf({ codeLimit: (bytes) => bytes - 4096 }) } as const;
}

function otherIdentity() {
  return { digest: "sha256", bytes: directoryOf({ identifier: "com.example.other" }) } as const;
}

/** The code directory that a slice of the usual code has. */
function directoryOf(other: Partial<SlicePlan>): Uint8Array {
  let found: Uint8Array = Buffer.alloc(0);
  thin({
    ...other,
    digests: ["sha256"],
    directories: (all) => {
      found = all[0]?.bytes ?? found;
      return all;
    },
  });
  return found;
}

function flipCode(whole: Uint8Array): Uint8Array {
  const changed = Buffer.from(whole);
  const at = changed.indexOf("code of the app");
  changed[at] = 0x43;
  return changed;
}

function twice(): Uint8Array {
  const member = sequence(der(12, Buffer.from("a")), der(1, Buffer.of(0xff)));
  return der(0x70, der(2, Buffer.of(1)), der(0xb0, member, member));
}

function otherDer(): Uint8Array {
  const member = sequence(der(12, Buffer.from("get-task-allow")), der(1, Buffer.of(0xff)));
  return der(0x70, der(2, Buffer.of(1)), der(0xb0, member));
}

describe("code is refused", () => {
  it.each(structure)("with %s: %s", async (code, _, plan) => {
    const report = await inspectMade(plan);
    expect([codesOf(report), report.verified]).toEqual([[code], false]);
  });

  it("with a page changed in either slice, at its first or last byte", async () => {
    for (const find of ["indexOf", "lastIndexOf"] as const) {
      for (const offset of [0, 8999]) {
        const report = await inspectMade({
          executable: (whole) => {
            const changed = Buffer.from(whole);
            const start =
              find === "indexOf" ? changed.indexOf("code of") : changed.indexOf("code of", whole.length / 2);
            changed[start + offset] = (changed[start + offset] ?? 0) ^ 1;
            return changed;
          },
        });
        expect(codesOf(report)).toEqual(["code_page_mismatch"]);
      }
    }
  });

  it("and still says what it claims where the signature could be read", async () => {
    const report = await inspectMade({ executable: flipCode });
    expect(report).toMatchObject({ verified: false, schemes: { code: false, profile: true }, debuggable: false });
    expect([report.appId, report.teamId, report.signers.length]).toEqual([
      "TEAM123456.com.example.app",
      "TEAM123456",
      1,
    ]);
  });
});

describe("a fat file with 64-bit places", () => {
  it("is read as the others", async () => {
    const made = await inspectMade({ executable: (whole) => makeFat(slicesOf(whole), true) });
    expect(made.errors).toEqual([]);
  });
});

/** The two slices of a made executable. */
function slicesOf(whole: Uint8Array): readonly Uint8Array[] {
  const bytes = Buffer.from(whole);
  return [8, 28].map((at) =>
    bytes.subarray(bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 8) + bytes.readUInt32BE(at + 12)),
  );
}
