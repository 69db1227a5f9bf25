import { describe, expect, test } from "vitest";
import type { JarOptions } from "./jar-verification.ts";
import {
  android,
  codesOf,
  file,
  idOf,
  jar,
  jarOfFile,
  jarOfManifest,
  jarsigner,
  manifest,
  sections,
  signersOf,
  verify,
  warningsOf,
} from "./made-verdict.suite.ts";
import {
  block,
  content,
  digestOf,
  ecSigner,
  otherSigner,
  section,
  signatureEntries,
  signatureFile,
  signedJar,
} from "./write-jar.suite.ts";

describe("a signature file is refused", () => {
  const ofSections = signatureFile(sections, { whole: false });
  const changed = (at: number, text: string) =>
    jar(signatureEntries("CERT", ofSections, ecSigner), content, sections.with(at, text).join(""));
  test.each<[code: string, why: string, bytes: Uint8Array, options?: JarOptions]>([
    ["jar_signature_file_malformed", "that is empty", jarOfFile("")],
    ["jar_manifest_digest", "after the main section was changed", changed(0, section("Manifest-Version: 2.0"))],
    [
      "jar_manifest_digest",
      "after a section was changed",
      changed(1, (sections[1] ?? "").replace(/\r\n$/, "X: y\r\n\r\n")),
    ],
    [
      "jar_manifest_digest",
      "whose digest of the whole is no base64",
      jarOfFile(file.replace(/(Digest-Manifest: )./, "$1!")),
    ],
    [
      "jar_manifest_digest",
      "after a section was changed, whatever it says of the whole",
      jar(
        signatureEntries("CERT", file, ecSigner),
        content,
        manifest.replace("classes.dex\r\n", "classes.dex\r\nX: y\r\n"),
      ),
    ],
    [
      "jar_manifest_digest",
      "with a digest that is no base64",
      jarOfFile(ofSections.replace(/(classes.dex\r\n.*: ).*/, "$1!")),
    ],
    [
      "jar_manifest_digest",
      "with a digest that is no base64 before what would have it ignored",
      jarOfFile(ofSections.replace(/(classes.dex\r\n.*: ).*/, "$1!") + section("Name: x")),
    ],
    [
      "jar_digest_missing",
      "with a section without a digest",
      jarOfFile(ofSections.replace(/(classes.dex\r\n).*\r\n/, "$1")),
    ],
    ["jar_scheme_stripped", "that names scheme v2", signedJar(ecSigner, { main: ["X-Android-APK-Signed: 2"] })],
    [
      "jar_scheme_stripped",
      "that names scheme v3 among others",
      signedJar(ecSigner, { main: ["X-Android-APK-Signed: 77, x,,+3"] }),
      android(24, 28, [2]),
    ],
    [
      "jar_scheme_stripped",
      "that names scheme v3 in the digits of another script",
      signedJar(ecSigner, { main: ["X-Android-APK-Signed: 4,\u0660\u0663"] }),
      android(24, 28, [2]),
    ],
    [
      "jar_scheme_stripped",
      "that names scheme v3 between control characters",
      signedJar(ecSigner, { main: ["X-Android-APK-Signed: 2,\u00013\u001f"] }),
      android(24, 28, [2]),
    ],
    [
      "jar_scheme_stripped",
      "that names scheme v3 in an attribute whose letters have capitals of ASCII",
      signedJar(ecSigner, { main: ["X-Andro\u0131d-AP\u212a-\u017figned: 3"] }),
      android(24, 28, [2]),
    ],
  ])("%s: %s", async (code, _why, bytes, options) => {
    expect(codesOf(await verify(bytes, options))).toEqual([code]);
  });

  test("for a stripped scheme only where a device of the range knows that scheme", async () => {
    const bytes = (schemes: string) => signedJar(ecSigner, { main: [`x-android-apk-signed: ${schemes}`] });
    expect(signersOf(await verify(bytes("2, 3"), android(18, 23)))).toEqual([idOf(ecSigner)]);
    expect(signersOf(await verify(bytes("3"), android(18, 27)))).toEqual([idOf(ecSigner)]);
    expect(codesOf(await verify(bytes("3"), android(18, 28)))).toEqual(["jar_scheme_stripped"]);
    expect(signersOf(await verify(bytes("2, 3"), android(18, 28, [2, 3])))).toEqual([idOf(ecSigner)]);
    expect(signersOf(await verify(bytes("2"), jarsigner))).toEqual([idOf(ecSigner)]);
    expect(warningsOf(await verify(signedJar(), android(18, 28, [2])))).toEqual(["jar_stripping_unprotected"]);
  });

  test.each([
    ["without its version", file.replace("Signature-Version: 1.0\r\n", ""), "jar_signature_file_malformed"],
    ["with a section without a name", file + section("X: y"), "jar_section_unnamed"],
    ["with two sections of one name", file + section("Name: classes.dex"), "jar_section_duplicate"],
    ["with a section that the manifest lacks", ofSections + section("Name: x"), "jar_digest_missing"],
  ])("%s by being ignored, and the others count", async (_why, text, code) => {
    const alone = await verify(jarOfFile(text));
    expect([codesOf(alone), alone.ignoredSigners[0]?.errors.map((problem) => problem.code)]).toEqual([
      ["jar_signature_missing"],
      [code],
    ]);
    const beside = jar([...signatureEntries("A", text, ecSigner), ...signatureEntries("B", file, otherSigner)]);
    expect(signersOf(await verify(beside))).toEqual([idOf(otherSigner)]);
  });

  test.each([
    [
      "with an attribute twice",
      file.replace("Signature-Version: 1.0", "Signature-Version: 1.0\r\nSignature-Version: 1.0"),
    ],
    ["with a line without a colon", file.replace("Signature-Version", "X\r\nSignature-Version")],
    ["with a name that goes on in the next line", file.replace("Name: classes", "Na\r\n me: classes")],
  ])("by jarsigner %s, which Android takes", async (_how, text) => {
    expect(signersOf(await verify(jarOfFile(text)))).toEqual([idOf(ecSigner)]);
    expect(codesOf(await verify(jarOfFile(text), jarsigner))).toEqual(["jar_section_malformed"]);
  });

  test("by jarsigner beside a manifest in the same state", async () => {
    const changed = sections.with(1, (sections[1] ?? "").replace(/\r\n$/, "X\r\n\r\n"));
    const main = sections.with(0, section("Manifest-Version: 1.0", "a b: c"));
    for (const texts of [changed, main]) {
      expect(signersOf(await verify(jarOfManifest(texts)))).toEqual([idOf(ecSigner)]);
      expect(codesOf(await verify(jarOfManifest(texts), jarsigner))).toEqual(["jar_section_malformed"]);
    }
  });

  test("by jarsigner where its digests of the manifest are weak, though those of the sections are not", async () => {
    const weakWhole = `SHA1-Digest-Manifest: ${digestOf("sha1", manifest)}\r\n`;
    const weakMain = `SHA1-Digest-Manifest-Main-Attributes: ${digestOf("sha1", sections[0] ?? "")}\r\n`;
    for (const weak of [weakWhole, weakMain]) {
      const text = file.replace(/SHA-256-Digest-Manifest.*?\r\n\r\n/s, `${weak}\r\n`);
      expect(signersOf(await verify(jarOfFile(text)))).toEqual([idOf(ecSigner)]);
      expect(codesOf(await verify(jarOfFile(text), jarsigner))).toEqual(["jar_digest_missing"]);
    }
  });

  test("by jarsigner with a version of another kind", async () => {
    const text = file.replace("Signature-Version: 1.0", "Signature-Version: 2.0");
    expect(signersOf(await verify(jarOfFile(text)))).toEqual([idOf(ecSigner)]);
    expect(codesOf(await verify(jarOfFile(text), jarsigner))).toEqual(["jar_signature_missing"]);
  });

  test("with more sections than any archive has entries, and a manifest likewise", async () => {
    const names = Array.from({ length: 131_073 }, (_, at) => `Name: ${at}\n\n`).join("");
    expect(codesOf(await verify(jarOfFile(file + names)))).toEqual(["jar_too_large"]);
    expect(codesOf(await verify(jar([], content, manifest + names), jarsigner))).toEqual(["jar_too_large"]);
  });

  test("where it or the manifest or a block is larger than what is read", async () => {
    const large = "x".repeat(16 * 1024 * 1024 + 1);
    const blockOfText = jar([
      ["META-INF/CERT.SF", file],
      ["META-INF/CERT.EC", "x".repeat(1024 * 1024 + 1)],
    ]);
    expect(
      codesOf(
        await verify(
          jar([
            ["META-INF/CERT.SF", large],
            ["META-INF/CERT.EC", block(file, ecSigner)],
          ]),
        ),
      ),
    ).toEqual(["zip_entry_too_large"]);
    expect(codesOf(await verify(jar([], content, large)))).toEqual(["zip_entry_too_large"]);
    expect(codesOf(await verify(blockOfText))).toEqual(["zip_entry_too_large"]);
  });
});
