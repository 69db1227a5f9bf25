import { generateKeyPairSync, hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeKey } from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";
import { extension } from "../certificate/write-certificate.suite.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { scanZip } from "../zip/open-zip.ts";
import type { AndroidJarOptions, JarOptions, JarVerification } from "./jar-verification.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";
import {
  attribute,
  block,
  blockOf,
  content,
  digestOf,
  type Entries,
  ecSigner,
  goodAttributes,
  makeSigner,
  manifestSections,
  oids,
  otherSigner,
  rsaSigner,
  type Signer,
  type SignerInfoText,
  section,
  signatureEntries,
  signatureFile,
  signedJar,
  signerInfo,
  writeZip,
} from "./write-jar.suite.ts";

const android = (
  minSdk: number,
  maxSdk = Number.MAX_SAFE_INTEGER,
  foundSchemes: readonly number[] = [],
): AndroidJarOptions => ({
  rules: "android",
  minSdk,
  maxSdk,
  foundSchemes,
});
const modern = android(24);
const jarsigner = { rules: "jarsigner" } as const;

async function verify(bytes: Uint8Array, options: JarOptions = modern): Promise<JarVerification> {
  const scanned = await scanZip(createBytesSource(bytes));
  if (!scanned.ok) throw new Error(scanned.problem.detail);
  return await verifyJarSignature(scanned.value.archive, options);
}

const idOf = ({ certificate }: Signer) => hash("sha256", certificate);
const signersOf = ({ ok, signers }: JarVerification) => (ok ? signers.map(({ certSha256 }) => certSha256) : "refused");
/** Every problem's code, wherever it stands. */
const codesOf = ({ errors, signers }: JarVerification) =>
  [...errors, ...signers.flatMap((signer) => signer.errors)].map(({ code }) => code);
const warningsOf = ({ warnings }: JarVerification) => warnings.map(({ code }) => code);

const sections = manifestSections(content);
const manifest = sections.join("");
const file = signatureFile(sections);
/** An archive with exactly these below META-INF. */
const jar = (signed: Entries, entries: Entries = content, text = manifest): Uint8Array =>
  writeZip([...entries, ["META-INF/MANIFEST.MF", text], ...signed]);
const jarOfBlock = (bytes: Uint8Array, text = file) =>
  jar([
    ["META-INF/CERT.SF", text],
    ["META-INF/CERT.EC", bytes],
  ]);
const jarOfInfo = (text: SignerInfoText) => jarOfBlock(block(file, ecSigner, text));
const jarOfFile = (text: string) => jar(signatureEntries("CERT", text, ecSigner));
/** An archive whose manifest is this one, in all else signed well. */
const jarOfManifest = (texts: readonly string[], entries: Entries = content) =>
  jar(signatureEntries("CERT", signatureFile(texts), ecSigner), entries, texts.join(""));

describe("a JAR signature holds", () => {
  test.each([
    ["ECDSA", ecSigner],
    ["RSA", rsaSigner],
  ])("where %s signed every entry, on Android and for jarsigner", async (_name, signer) => {
    expect(signersOf(await verify(signedJar(signer)))).toEqual([idOf(signer)]);
    expect(signersOf(await verify(signedJar(signer), jarsigner))).toEqual([idOf(signer)]);
    expect((await verify(signedJar(signer))).signers[0]?.certificate).toEqual(signer.certificate);
  });

  test("by the sections of the manifest where nothing is said of the whole, or that is wrong", async () => {
    const withWrongWhole = file.replace(/-Digest-Manifest: .../, "-Digest-Manifest: AAA");
    expect(signersOf(await verify(signedJar(ecSigner, { whole: false })))).toEqual([idOf(ecSigner)]);
    const verified = await verify(jarOfFile(withWrongWhole));
    expect([signersOf(verified), warningsOf(verified)]).toEqual([[idOf(ecSigner)], ["jar_manifest_digest"]]);
  });

  test("where two signers signed every entry, named in the order of the archive", async () => {
    const both = jar([...signatureEntries("B", file, otherSigner), ...signatureEntries("A", file, ecSigner)]);
    expect(signersOf(await verify(both))).toEqual([idOf(otherSigner), idOf(ecSigner)]);
  });

  test("with signed attributes on 4.4 and later alone", async () => {
    const attributes = goodAttributes(file);
    const text = { attributes, hash: "sha256", signatureOid: oids.rsa } as const;
    const bytes = jar(signatureEntries("CERT", file, rsaSigner, text));
    expect(signersOf(await verify(bytes, android(19)))).toEqual([idOf(rsaSigner)]);
    expect(signersOf(await verify(bytes, jarsigner))).toEqual([idOf(rsaSigner)]);
    expect(codesOf(await verify(bytes, android(18)))).toContain("jar_signed_attributes");
  });

  test("whatever else lies below META-INF on Android, which says so; for jarsigner that is an unsigned entry", async () => {
    const bytes = jar([
      ...signatureEntries("CERT", file, ecSigner),
      ["META-INF/services/x", "y"],
      ["META-INF/OLD.RSA", ""],
    ]);
    const verified = await verify(bytes);
    expect(signersOf(verified)).toEqual([idOf(ecSigner)]);
    expect(warningsOf(verified)).toEqual([
      "jar_signature_file_missing",
      "jar_entry_unprotected",
      "jar_entry_unprotected",
    ]);
    expect(codesOf(await verify(bytes, jarsigner))).toEqual(["jar_entry_unsigned"]);
  });

  test("for jarsigner with every entry below META-INF signed that is no signature", async () => {
    const entries: Entries = [...content, ["META-INF/services/x", "y"], ["META-INF/dir/", ""]];
    const covered = manifestSections(entries.slice(0, -1));
    const signed = signatureEntries("CERT", signatureFile(covered), ecSigner);
    expect(signersOf(await verify(jar(signed, entries, covered.join("")), jarsigner))).toEqual([idOf(ecSigner)]);
  });

  test("by the first SignerInfo that does from 7.0 on, and before by the first of all", async () => {
    const wrong = signerInfo(`${file} `, otherSigner);
    const good = signerInfo(file, ecSigner);
    const bytes = jarOfBlock(blockOf([otherSigner.certificate, ecSigner.certificate], [wrong, good]));
    expect(signersOf(await verify(bytes, android(24)))).toEqual([idOf(ecSigner)]);
    expect(codesOf(await verify(bytes, android(23)))).toEqual(["jar_signature_invalid"]);
  });

  test("with the digests of Android's old signtool, which left out the empty line and the main section", async () => {
    const named = `Name: classes.dex\nSHA-256-Digest: ${digestOf("sha256", "code")}\n`;
    const text = (by: string) =>
      `Signature-Version: 1.0\nCreated-By: ${by}\nSHA-256-Digest-Manifest-Main-Attributes: AAAA\n\n` +
      `Name: classes.dex\nSHA-256-Digest: ${digestOf("sha256", named)}\n\n`;
    const bytes = (by: string) =>
      jar(signatureEntries("CERT", text(by), ecSigner), content.slice(0, 1), `Manifest-Version: 1.0\n\n${named}\n`);
    expect(signersOf(await verify(bytes("1.0 (Android signtool)")))).toEqual([idOf(ecSigner)]);
    expect(codesOf(await verify(bytes("1.0 (Android signtool)"), jarsigner))).toEqual(["jar_manifest_digest"]);
    expect(codesOf(await verify(bytes("1.0 (Android)")))).toEqual(["jar_manifest_digest"]);
  });

  test("with SHA-1 digests, which jarsigner does not count", async () => {
    const old = manifestSections(content, ["SHA1"]);
    const text = signatureFile(old, { digest: "SHA1" });
    const bytes = jar(signatureEntries("CERT", text, rsaSigner, { hash: "sha1" }), content, old.join(""));
    expect(signersOf(await verify(bytes, android(1)))).toEqual([idOf(rsaSigner)]);
    expect(codesOf(await verify(bytes, jarsigner))).toEqual(["jar_algorithm_unsupported"]);
  });
});

describe("an archive is refused", () => {
  test.each<[code: string, why: string, bytes: Uint8Array, options?: JarOptions]>([
    [
      "zip_name_duplicate",
      "with two entries of one name",
      jar(signatureEntries("CERT", file, ecSigner), [...content, ...content.slice(0, 1)]),
    ],
    ["jar_manifest_missing", "without a manifest", writeZip([...content, ...signatureEntries("CERT", file, ecSigner)])],
    ["jar_signature_missing", "without a signature", jar([])],
    ["jar_signature_missing", "with a block alone", jar([["META-INF/CERT.EC", block(file, ecSigner)]])],
    [
      "jar_signature_missing",
      "with a block elsewhere",
      jar([
        ["CERT.SF", file],
        ["CERT.EC", block(file, ecSigner)],
      ]),
    ],
    [
      "jar_signers_too_many",
      "with eleven signers",
      jar(Array.from({ length: 11 }, (_, at) => signatureEntries(`S${at}`, file, ecSigner)).flat()),
    ],
    [
      "jar_section_unnamed",
      "with a section without a name",
      jarOfManifest([...sections, section("SHA-256-Digest: AAAA")]),
    ],
    [
      "jar_section_unnamed",
      "with a name that is not first",
      jarOfManifest([...sections, section("X: y", "Name: classes.dex")]),
    ],
    ["jar_section_duplicate", "with two sections of one entry", jarOfManifest([...sections, sections[1] ?? ""])],
    [
      "jar_entry_missing",
      "whose manifest names a folder",
      jarOfManifest(manifestSections([...content, ["a/", ""]]), [...content, ["a/", ""]]),
    ],
    ["jar_entry_missing", "whose manifest names what is not there", jarOfManifest(sections, content.slice(0, 1))],
    [
      "jar_entry_unsigned",
      "with an entry that is not in the manifest",
      jarOfManifest(sections, [...content, ["x", "y"]]),
    ],
    [
      "jar_entry_unsigned",
      "with an entry that no signer signed",
      jarOfFile(signatureFile(sections.slice(0, 2), { whole: false })),
    ],
    [
      "jar_entry_digest",
      "with an entry that was changed",
      jarOfManifest(sections, [["classes.dex", "evil"], ...content.slice(1)]),
    ],
    [
      "jar_digest_missing",
      "with an entry without a digest",
      jarOfManifest([...sections.slice(0, 2), section(`Name: ${content[1]?.[0]}`)]),
    ],
    [
      "jar_entry_signers_differ",
      "whose entries have different signers",
      jar([
        ...signatureEntries("A", file, ecSigner),
        ...signatureEntries("B", signatureFile(sections.slice(0, 2), { whole: false }), otherSigner),
      ]),
    ],
    ["jar_entries_none", "without an entry", jarOfManifest(sections.slice(0, 1), [])],
    ["jar_entries_none", "with folders alone", jarOfManifest(sections.slice(0, 1), [["a/", ""]])],
  ])("%s: %s", async (code, _why, bytes, options) => {
    expect(codesOf(await verify(bytes, options))).toEqual([code]);
  });
});

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

describe("a signature block is refused", () => {
  const attributes = goodAttributes(file);
  const [type = new Uint8Array(), digest = new Uint8Array()] = attributes;
  const info = signerInfo(file, ecSigner);
  const keyUsage = (bits: number) => extension("2.5.29.15", der.der(0x03, Buffer.of(4, bits)), true);
  const withExtension = (...extensions: readonly Uint8Array[]) =>
    jarOfBlock(block(file, makeSigner("extended", makeKey(), extensions)));
  const weak = makeSigner("weak", makeKey("secp256k1"));
  test.each<[code: string, why: string, bytes: Uint8Array, options?: JarOptions]>([
    ["jar_block_malformed", "that is empty", jarOfBlock(new Uint8Array())],
    ["jar_block_malformed", "that is cut off", jarOfBlock(block(file, ecSigner).slice(0, -1))],
    [
      "jar_block_malformed",
      "that is no SignedData",
      jarOfBlock(der.sequence(der.oid(oids.data), der.explicit(0, der.sequence()))),
    ],
    ["jar_block_malformed", "without a signer", jarOfBlock(blockOf([ecSigner.certificate], []))],
    [
      "jar_block_malformed",
      "with a certificate that cannot be read",
      jarOfBlock(blockOf([ecSigner.certificate, der.sequence()], [info])),
    ],
    [
      "jar_too_large",
      "with two signatures, for jarsigner",
      jarOfBlock(blockOf([ecSigner.certificate], [info, info])),
      jarsigner,
    ],
    [
      "jar_too_large",
      "with nine signatures",
      jarOfBlock(
        blockOf(
          [ecSigner.certificate],
          Array.from({ length: 9 }, () => info),
        ),
      ),
    ],
    ["jar_algorithm_unsupported", "with an algorithm that nobody knows", jarOfInfo({ signatureOid: "1.2.3" })],
    ["jar_algorithm_unsupported", "with ECDSA before 4.3", jarOfInfo({}), android(17)],
    [
      "jar_certificate_missing",
      "whose signer has no certificate there",
      jarOfBlock(blockOf([otherSigner.certificate], [info])),
    ],
    [
      "jar_certificate_missing",
      "whose signer is named by its key",
      jarOfInfo({ identifier: der.der(0x80, Buffer.of(1)) }),
    ],
    [
      "jar_certificate_unfit",
      "with a critical extension that nobody knows",
      withExtension(extension("1.2.3.4", der.none(), true)),
    ],
    ["jar_certificate_unfit", "with a key that may not sign", withExtension(keyUsage(0x20))],
    ["jar_certificate_unfit", "with a key of another type", jarOfInfo({ signatureOid: oids.rsa })],
    ["jar_certificate_unfit", "with a key on a curve that Android lacks", jarOfBlock(block(file, weak))],
    ["jar_signed_attributes", "with an attribute twice", jarOfInfo({ attributes: [...attributes, type] })],
    [
      "jar_signed_attributes",
      "with two values of an attribute",
      jarOfInfo({ attributes: [attribute(oids.contentType, der.oid(oids.data), der.oid(oids.data)), digest] }),
    ],
    ["jar_signed_attributes", "without a content type", jarOfInfo({ attributes: [digest] })],
    ["jar_signed_attributes", "without a message digest", jarOfInfo({ attributes: [type] })],
    [
      "jar_signature_invalid",
      "with another content type",
      jarOfInfo({ attributes: [attribute(oids.contentType, der.oid(oids.signedData)), digest] }),
    ],
    ["jar_signature_invalid", "with attributes of another file", jarOfInfo({ attributes: goodAttributes(`${file} `) })],
    ["jar_signature_invalid", "over another file", jarOfBlock(block(`${file} `, ecSigner))],
    [
      "jar_signature_invalid",
      "by another key",
      jarOfBlock(blockOf([ecSigner.certificate], [signerInfo(file, { ...otherSigner, issuer: ecSigner.issuer })])),
    ],
    ["jar_signature_invalid", "in no form of a signature", jarOfInfo({ signature: Buffer.from("signed") })],
  ])("%s: %s", async (code, _why, bytes, options) => {
    expect(codesOf(await verify(bytes, options))).toEqual([code]);
  });

  test("before another, whatever that one says, where its signature has no form", async () => {
    const formless = signerInfo(file, ecSigner, { signature: Buffer.of(0) });
    expect(codesOf(await verify(jarOfBlock(blockOf([ecSigner.certificate], [formless, info]))))).toEqual([
      "jar_signature_invalid",
    ]);
  });

  test("and the whole archive with it, beside a good one", async () => {
    const bytes = jar([...signatureEntries("A", file, ecSigner), ["META-INF/B.SF", file], ["META-INF/B.EC", "x"]]);
    const verified = await verify(bytes);
    expect([codesOf(verified), verified.signers.map(({ name }) => name)]).toEqual([["jar_block_malformed"], ["B.EC"]]);
  });

  test("with a content type that counts from 7.0 on", async () => {
    const bytes = jarOfInfo({ attributes: [digest] });
    expect(signersOf(await verify(bytes, android(19, 23)))).toEqual([idOf(ecSigner)]);
    expect(codesOf(await verify(bytes, android(19, 24)))).toEqual(["jar_signed_attributes"]);
  });

  test("by jarsigner with a key that is too short", async () => {
    const short = makeSigner("short", generateKeyPairSync("rsa", { modulusLength: 768 }));
    const bytes = jarOfBlock(block(file, short));
    expect(signersOf(await verify(bytes))).toEqual([idOf(short)]);
    expect(codesOf(await verify(bytes, jarsigner))).toEqual(["jar_algorithm_unsupported"]);
  });

  test("not with extensions that allow signing", async () => {
    expect((await verify(withExtension(keyUsage(0x80)))).ok).toBe(true);
    expect((await verify(withExtension(keyUsage(0x40)))).ok).toBe(true);
    expect((await verify(withExtension(extension("1.2.3.4", der.none())))).ok).toBe(true);
    expect((await verify(withExtension(extension("2.5.29.19", der.sequence(), true)))).ok).toBe(true);
  });
});

test("a refused archive names who is said to have signed, with the reason", async () => {
  const verified = await verify(jarOfBlock(block(`${file} `, ecSigner)));
  expect(verified).toMatchObject({ ok: false, errors: [], signers: [{ name: "CERT.EC", certSha256: idOf(ecSigner) }] });
});

test("a thousand problems are told by fifty", async () => {
  const many: Entries = Array.from({ length: 1000 }, (_, at) => [`x${at}`, ""]);
  const { errors } = await verify(jarOfManifest(sections, [...content, ...many]));
  expect([errors.length, errors.at(-1)?.detail]).toEqual([50, '"x49" is not in the manifest; more were not listed']);
});

test("a range that is none is misuse", async () => {
  await expect(verify(signedJar(), android(24, 23))).rejects.toThrow(TypeError);
  await expect(verify(signedJar(), android(1.5))).rejects.toThrow(TypeError);
});
