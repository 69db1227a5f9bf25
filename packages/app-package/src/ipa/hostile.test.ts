import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackageReport } from "../report.ts";
import { openZip } from "../zip/open-zip.ts";
import { createCountedSource } from "../zip/zip-writer.suite.ts";
import { appleCodeAnchors } from "./apple-anchors.ts";
import { parseCodeDirectory } from "./code-directory.ts";
import { readEntitlements } from "./entitlements.ts";
import { inspectIpa } from "./inspect-ipa.ts";
import { readMachO } from "./mach-o.ts";
import { anchors, judgedAtMs } from "./made-authority.suite.ts";
import { blob, makeSlice } from "./made-code.suite.ts";
import {
  type AppPlan,
  entitlementsOf,
  extension,
  framework,
  inspectBytes,
  inspectMade,
  makeAppFiles,
  makeIpa,
  makeProfile,
  zipFiles,
} from "./made-ipa.suite.ts";
import { verifyProvisioningProfile } from "./provisioning-profile.ts";
import { parseSignedData } from "./signed-data.ts";
import { parseSuperBlob } from "./super-blob.ts";

const small: Partial<AppPlan> = {
  slices: [{ code: Buffer.alloc(300, "code; "), digests: ["sha256"] }],
  nested: [],
};
/** Whole, or refused: never anything in between. */
function expectWholeOrRefused(report: PackageReport, whole: PackageReport): void {
  if (report.verified) expect(report).toEqual(whole);
  else expect(report.errors.length).toBeGreaterThan(0);
}

describe("any changed byte", () => {
  it.each(["Example", "Info.plist", "_CodeSignature/CodeResources", "embedded.mobileprovision"])(
    "of a file leaves the report as it was, or the app is refused: %s",
    { timeout: 120_000 },
    async (path) => {
      const whole = await inspectMade(small);
      expect(whole.verified).toBe(true);
      const files = makeAppFiles(small);
      const content = Buffer.from(files.get(path) ?? "");
      for (let place = 0; place < content.length; place += 3) {
        const changed = Buffer.from(content);
        changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8));
        const report = await inspectBytes(zipFiles(new Map(files).set(path, changed)));
        expectWholeOrRefused(report, whole);
      }
    },
  );

  it("of nested code, its lists and its profile: the same", { timeout: 120_000 }, async () => {
    const plan: Partial<AppPlan> = { ...small, nested: [framework, extension] };
    const files = makeAppFiles(plan);
    const whole = await inspectBytes(zipFiles(files));
    expect(whole.errors).toEqual([]);
    const paths = [...files.keys()].filter((path) => path.startsWith("Frameworks/") || path.startsWith("PlugIns/"));
    for (const path of paths) {
      const content = Buffer.from(files.get(path) ?? "");
      for (let place = 0; place < content.length; place += 97) {
        const changed = Buffer.from(content);
        changed[place] = (changed[place] ?? 0) ^ 0x10;
        const report = await inspectBytes(zipFiles(new Map(files).set(path, changed)));
        expect(report.errors.map(({ code }) => code)).toContain("resource_mismatch");
      }
    }
  });

  it("of the archive: the same", { timeout: 120_000 }, async () => {
    const bytes = makeIpa(small);
    const whole = await inspectBytes(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ flip;
        const opened = await openZip(createCountedSource(changed));
        if (!opened.ok) return;
        expectWholeOrRefused(await inspectIpa(opened.value, { nowMs: judgedAtMs, anchors }), whole);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe("a file cut off anywhere", () => {
  it("is refused, of the app or of the archive", { timeout: 120_000 }, async () => {
    const files = makeAppFiles(small);
    for (const [path, content] of files) {
      if (path === "PkgInfo" || path.includes(".lproj/")) continue;
      for (let length = 0; length < content.length; length += Math.max(1, Math.floor(content.length / 60))) {
        const report = await inspectBytes(zipFiles(new Map(files).set(path, content.subarray(0, length))));
        // What follows a signature in its room is no part of it.
        const isPadding = path === "Example" && length > content.length - 70;
        if (!isPadding) expect([path, length, report.verified]).toEqual([path, length, false]);
      }
    }
    const bytes = makeIpa(small);
    for (let length = 0; length < bytes.length; length += 101) {
      expect((await openZip(createCountedSource(bytes.subarray(0, length)))).ok).toBe(false);
    }
  });
});

describe("arbitrary bytes", () => {
  const slice = Buffer.from(makeSlice({ entitlements: entitlementsOf("com.example.app") }));
  const superBlob = slice.subarray(slice.indexOf(Buffer.from("fade0cc0", "hex")));
  const directory = superBlob.subarray(superBlob.indexOf(Buffer.from("fade0c02", "hex")));
  const profile = makeProfile();
  /** Arbitrary bytes, and good ones with some written over. */
  const around = (good: Uint8Array) =>
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.tuple(fc.nat(good.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x30)), {
          minLength: 1,
          maxLength: 6,
        })
        .map((places) => {
          const bytes = Buffer.from(good);
          for (const [place, value] of places) bytes[place] = value;
          return new Uint8Array(bytes);
        }),
    );
  const readers: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
    ["a code directory", directory.subarray(0, directory.readUInt32BE(4)), parseCodeDirectory],
    ["a signature", superBlob, parseSuperBlob],
    ["a CMS", profile, parseSignedData],
    ["a profile", profile, (bytes) => verifyProvisioningProfile(bytes, { anchors: appleCodeAnchors, nowMs: 0 })],
    [
      "entitlements",
      slice,
      (bytes) =>
        readEntitlements(
          new Map([
            [5, blob(0xfade7171, bytes)],
            [7, blob(0xfade7172, bytes)],
          ]),
        ),
    ],
    [
      "Mach-O",
      slice,
      (bytes) => {
        const reader = readMachO(bytes.length);
        for (let step = reader.next(); !step.done; ) {
          const { offset, length } = step.value;
          expect(offset >= 0 && length >= 0 && offset + length <= bytes.length).toBe(true);
          step = reader.next(bytes.subarray(offset, offset + length));
        }
      },
    ],
  ];
  it.each(readers)("are read as %s without a throw, and unchanged", (_, good, read) => {
    fc.assert(
      fc.property(around(good), (bytes) => {
        const before = Buffer.from(bytes);
        read(bytes);
        expect(before.equals(bytes)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("beside an app do not make it another's", async () => {
    const whole = await inspectMade(small);
    const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((name) => !/[\0\\]/.test(name));
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ maxLength: 40 }), async (name, content) => {
        const opened = await openZip(
          createCountedSource(makeIpa({ ...small, change: (files) => files.set(name, content) })),
        );
        if (!opened.ok) return;
        expectWholeOrRefused(await inspectIpa(opened.value, { nowMs: judgedAtMs, anchors }), whole);
      }),
      { numRuns: 100 },
    );
  });
});
