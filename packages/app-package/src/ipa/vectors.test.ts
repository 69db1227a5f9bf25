import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nameText, sha256, toHex } from "@countersign/asn1";
import { describe, expect, it } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { parsePlist } from "../plist/parse-plist.ts";
import { type PlistValue, toJson } from "../plist/plist-value.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { openZip } from "../zip/open-zip.ts";
import { writeZip } from "../zip/zip-writer.suite.ts";
import { appleCodeAnchors } from "./apple-anchors.ts";
import { checkExecutable } from "./check-executable.ts";
import { codeDirectoryHash } from "./code-directory.ts";
import { judgeCodeSignature, type SliceSignature } from "./code-signature.ts";
import { inspectIpa } from "./inspect-ipa.ts";
import { type MachOSlice, readMachO } from "./mach-o.ts";
import { verifyProvisioningProfile } from "./provisioning-profile.ts";
import { isSignedContent, parseSignedData } from "./signed-data.ts";
import { streamRanges } from "./stream-ranges.ts";
import { blobContents, blobSlot, parseSuperBlob } from "./super-blob.ts";

const folder = vectorsFolder();
const at = (path: string): Buffer => readFileSync(join(folder ?? "", "apps", path));

interface OracleSlice {
  readonly bits: number;
  readonly cpu: number;
  readonly cryptid: number;
  readonly codesign: {
    readonly cds: readonly {
      readonly cdhash: string;
      readonly flags: string;
      readonly hashType: number;
      readonly ident: string;
      readonly teamId?: string;
      readonly version: string;
    }[];
    readonly cmsLen?: number;
    readonly cmsSubjects?: readonly string[];
    readonly entitlements?: Readonly<Record<string, unknown>>;
  };
}

interface OracleProfile {
  readonly TeamIdentifier: readonly string[];
  readonly Entitlements: Readonly<Record<string, unknown>>;
  readonly ExpirationDate: string;
  readonly UUID: string;
  readonly developerCertSha256: readonly string[];
  readonly provisionedDeviceCount: number;
}

const oracle = (): Readonly<Record<string, unknown>> => JSON.parse(at("expected-ipa-oracle.json").toString());
const nowMs = Date.parse("2016-01-15T00:00:00Z");
const bare = { anchors: appleCodeAnchors, nowMs, infoPlist: null, resources: null, namesBundle: false };

async function archiveOf(files: Readonly<Record<string, Uint8Array>>) {
  const entries = Object.entries(files).map(([name, content]) => ({ name, content, deflate: true }));
  const opened = await openZip(createBytesSource(writeZip(entries)));
  if (!opened.ok) throw new Error(opened.problem.detail);
  return opened.value;
}

async function slicesOf(bytes: Uint8Array): Promise<readonly MachOSlice[]> {
  const archive = await archiveOf({ code: bytes });
  const [entry] = archive.entries;
  const read = entry && (await streamRanges(archive, entry, readMachO(bytes.length)));
  if (!read?.ok || read.value === undefined || "fault" in read.value) throw new Error(JSON.stringify(read));
  return read.value;
}

function signatureOf(slice: MachOSlice): SliceSignature {
  const { signature } = judgeCodeSignature(slice, bare);
  if (signature === null) throw new Error("no signature");
  return signature;
}

describe.skipIf(folder === null && !requireAll)("the oracle's executables", () => {
  it.each([
    "isign/tests/Test.app/isignTestApp",
    "zsign/test/dylib/bin/demo1.dylib",
    "zsign/test/dylib/bin/demo2.dylib",
  ])("are read as it reads them: %s", async (path) => {
    const { macho } = oracle()[path] as { macho: readonly OracleSlice[] };
    const slices = await slicesOf(at(path));
    const found = slices.map((slice) => {
      const { directories, entitlements } = signatureOf(slice);
      return {
        cpu: slice.cpuType,
        isEncrypted: slice.isEncrypted,
        entitlements: entitlements === null ? undefined : toJson(entitlements),
        directories: directories.map((directory) => ({
          cdhash: toHex(codeDirectoryHash(directory)),
          hash: directory.digestName,
          ident: directory.identifier,
          teamId: directory.teamId ?? undefined,
          version: directory.version,
          isAdhoc: directory.isAdhoc,
        })),
      };
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(
      JSON.parse(
        JSON.stringify(
          macho.map(({ cpu, cryptid, codesign }) => ({
            cpu,
            isEncrypted: cryptid !== 0,
            entitlements: codesign.entitlements,
            directories: codesign.cds.map(({ cdhash, flags, hashType, ident, teamId, version }) => ({
              cdhash,
              hash: hashType === 1 ? "sha1" : "sha256",
              ident,
              teamId,
              version: Number(version),
              isAdhoc: (Number(flags) & 2) !== 0,
            })),
          })),
        ),
      ),
    );
  });

  it("have the certificates it reads", async () => {
    const { macho } = oracle()["isign/tests/Test.app/isignTestApp"] as { macho: readonly OracleSlice[] };
    for (const [index, slice] of (await slicesOf(at("isign/tests/Test.app/isignTestApp"))).entries()) {
      const cms = blobContents(parseSuperBlob(slice.signature)?.get(blobSlot.signature), 0xfade0b01);
      const expected = macho[index]?.codesign;
      expect(cms?.length).toBe(expected?.cmsLen);
      const certificates = cms && parseSignedData(cms)?.certificates;
      const names = (text: string) => text.match(/CN ?= ?([^,]+)/)?.[1];
      expect(certificates?.map(({ subject }) => names(nameText(subject)))).toEqual(expected?.cmsSubjects?.map(names));
    }
  });

  it("hold as Apple's, but for SHA-1 alone, on every page, with the Info.plist and the resources they were signed with", async () => {
    const own = (name: string) => at(`isign/tests/Test.app/${name}`);
    const archive = await archiveOf({ code: own("isignTestApp") });
    const [entry] = archive.entries;
    const judgement = {
      ...bare,
      infoPlist: own("Info.plist"),
      resources: own("_CodeSignature/CodeResources"),
      namesBundle: true,
    };
    const judged = entry && (await checkExecutable(archive, entry, judgement));
    expect(judged?.problems.map(({ code }) => code)).toEqual(["code_digest_weak"]);
    expect(judged?.signature?.isOldFormat).toBe(true);
    const later = entry && (await checkExecutable(archive, entry, { ...judgement, nowMs: Date.parse("2026-11-01") }));
    expect(later?.problems.map(({ code }) => code)).toEqual(["code_certificate_expired", "code_digest_weak"]);
    const strangers = entry && (await checkExecutable(archive, entry, { ...judgement, anchors: [] }));
    expect(strangers?.problems.map(({ code }) => code)).toEqual(["code_signature_untrusted", "code_digest_weak"]);
  });

  it("of zsign have every page, and no certificate", async () => {
    for (const name of ["demo1", "demo2"]) {
      const archive = await archiveOf({ code: at(`zsign/test/dylib/bin/${name}.dylib`) });
      const [entry] = archive.entries;
      const judged = entry && (await checkExecutable(archive, entry, bare));
      expect(judged?.problems.map(({ code }) => code)).toEqual(["code_unsigned"]);
    }
  });

  it.each([
    ["clang-386-darwin-exec-with-rpath.base64", [7], "code_unsigned"],
    ["clang-amd64-darwin-exec-with-rpath.base64", [0x01000007], "code_unsigned"],
    ["clang-386-darwin.obj.base64", [7], "code_unsigned"],
    ["clang-amd64-darwin.obj.base64", [0x01000007], "code_unsigned"],
    ["fat-gcc-386-amd64-darwin-exec.base64", [7, 0x01000007], "code_unsigned"],
    ["gcc-386-darwin-exec.base64", [7], "code_unsigned"],
    ["gcc-amd64-darwin-exec.base64", [0x01000007], "code_unsigned"],
    ["gcc-amd64-darwin-exec-debug.base64", [0x01000007], "code_unsigned"],
  ])("of other compilers are read, slice by slice, and unsigned: %s", async (name, processors, code) => {
    const bytes = Buffer.from(at(`go-macho/internal/testdata/${name}`).toString(), "base64");
    const slices = await slicesOf(bytes);
    expect(slices.map(({ cpuType }) => cpuType)).toEqual(processors);
    expect(slices.map((slice) => judgeCodeSignature(slice, bare).problems.map((problem) => problem.code))).toEqual(
      slices.map(() => [code]),
    );
  });
});

describe.skipIf(folder === null && !requireAll)("the oracle's packages", () => {
  it("say what the genuine app claims though it is not whole", async () => {
    const root = "Payload/isignTestApp.app/";
    const names = ["Info.plist", "_CodeSignature/CodeResources", "isignTestApp"];
    const files = Object.fromEntries(names.map((name) => [root + name, at(`isign/tests/Test.app/${name}`)]));
    const report = await inspectIpa(await archiveOf(files), { nowMs });
    expect(report).toMatchObject({
      id: "com.saucelabs.isignTestApp",
      teamId: "L37S4Z6BE9",
      appId: "L37S4Z6BE9.com.saucelabs.isignTestApp",
      debuggable: true,
      verified: false,
      signers: [{}],
    });
    expect(report.errors.map(({ code }) => code).toSorted()).toEqual([
      "code_digest_weak",
      "profile_missing",
      "resource_mismatch",
    ]);
  });

  it("are refused where there is no app", async () => {
    const opened = await openZip(createBytesSource(at("isign/tests/NotAnApp.ipa")));
    const report = opened.ok ? await inspectIpa(opened.value, { nowMs }) : null;
    expect(report?.errors.map(({ code }) => code)).toEqual(["ipa_malformed"]);
  });

  it("have the profile it reads, whose signature holds, and which a stranger signed", () => {
    const expected = oracle()["isign/tests/credentials/test.mobileprovision"] as OracleProfile;
    const bytes = at("isign/tests/credentials/test.mobileprovision");
    const signed = parseSignedData(bytes);
    const content = signed?.content ?? new Uint8Array();
    expect(signed && isSignedContent(signed, content)).toBe(true);
    const list = parsePlist(content) as ReadonlyMap<string, PlistValue>;
    const { TeamIdentifier, Entitlements, UUID } = expected;
    expect(toJson(list)).toMatchObject({
      TeamIdentifier,
      Entitlements,
      UUID,
      ExpirationDate: "2017-11-28T22:57:49.000Z",
    });
    expect((list.get("ProvisionedDevices") as readonly string[]).length).toBe(expected.provisionedDeviceCount);
    const certificates = list.get("DeveloperCertificates") as readonly Uint8Array[];
    expect(certificates.map((der) => toHex(sha256(der)))).toEqual(expected.developerCertSha256);
    const judged = verifyProvisioningProfile(bytes, { anchors: appleCodeAnchors, nowMs: Date.parse("2017-01-01") });
    expect(judged.ok ? null : judged.problem.code).toBe("profile_untrusted");
  });
});
