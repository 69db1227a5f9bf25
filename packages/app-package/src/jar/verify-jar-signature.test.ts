import { describe, expect, test } from "vitest";
import type { JarOptions } from "./jar-verification.ts";
import {
  android,
  codesOf,
  file,
  idOf,
  jar,
  jarOfBlock,
  jarOfFile,
  jarOfManifest,
  jarsigner,
  sections,
  signersOf,
  verify,
  warningsOf,
} from "./made-verdict.suite.ts";
import {
  block,
  blockOf,
  content,
  digestOf,
  type Entries,
  ecSigner,
  goodAttributes,
  manifestSections,
  oids,
  otherSigner,
  rsaSigner,
  section,
  signatureEntries,
  signatureFile,
  signedJar,
  signerInfo,
  writeZip,
} from "./write-jar.suite.ts";

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
