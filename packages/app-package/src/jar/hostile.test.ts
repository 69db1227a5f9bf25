import { hash } from "node:crypto";
import { work } from "@countersign/asn1";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { openZip } from "../zip/open-zip.ts";
import type { JarOptions, JarVerification } from "./jar-verification.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";
import {
  block,
  blockOf,
  content,
  type Entries,
  ecSigner,
  goodAttributes,
  manifestSections,
  otherSigner,
  rsaSigner,
  signatureEntries,
  signatureFile,
  signedJar,
  signerInfo,
  writeZip,
} from "./write-jar.suite.ts";

const android: JarOptions = { rules: "android", minSdk: 19, maxSdk: Number.MAX_SAFE_INTEGER, foundSchemes: [] };
const rules: readonly JarOptions[] = [android, { rules: "jarsigner" }];

/** Null where the archive itself is refused. */
async function verify(bytes: Uint8Array, options: JarOptions): Promise<JarVerification | null> {
  const zip = await openZip(createBytesSource(bytes));
  return zip.ok ? await verifyJarSignature(zip.value, options) : null;
}

const identity = hash("sha256", rsaSigner.certificate);
const sections = manifestSections(content);
const manifest = sections.join("");
const file = signatureFile(sections);
const jar = (text: string, sf: string, signature: Uint8Array, entries: Entries = content) =>
  writeZip([...entries, ["META-INF/MANIFEST.MF", text], ["META-INF/A.SF", sf], ["META-INF/A.RSA", signature]]);

describe("whichever byte of a signed archive is flipped", () => {
  test("it is refused, or what was signed and who signed it are as they were", async () => {
    const bytes = signedJar(rsaSigner);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = flip(bytes, at);
      const zip = await openZip(createBytesSource(changed));
      if (!zip.ok) continue;
      const verified = await verifyJarSignature(zip.value, android);
      if (!verified.ok) continue;
      const entries = zip.value.entries.filter(({ name }) => !name.startsWith("META-INF/"));
      const contents = await Promise.all(entries.map(async (entry) => [entry.name, await zip.value.read(entry, 1000)]));
      expect(contents).toEqual(
        content.map(([name, text]) => [name, { ok: true, value: new Uint8Array(Buffer.from(text)) }]),
      );
      // A certificate whose own signature nobody checks is another certificate when a byte of it changes, and another identity.
      const [signer] = verified.signers;
      expect(
        signer?.certSha256 === identity || !Buffer.from(signer?.certificate ?? []).equals(rsaSigner.certificate),
      ).toBe(true);
    }
  });

  test.each([
    ["with signed attributes", block(file, rsaSigner, { attributes: goodAttributes(file) })],
    ["without", block(file, rsaSigner)],
  ])("of a block %s nothing is thrown, by either rules", async (_how, signature) => {
    for (let at = 0; at < signature.length; at += 1)
      for (const options of rules) {
        const verified = await verify(jar(manifest, file, flip(signature, at)), options);
        expect(typeof verified?.ok).toBe("boolean");
      }
  });
});

describe("nothing is thrown, and nothing verified,", () => {
  test("whatever the block", async () => {
    const tags = fc.constantFrom(0x30, 0x31, 0xa0, 0x02, 0x06, 0x04, 0x80, 0x84, 0x00, 0x01);
    await fc.assert(
      fc.asyncProperty(fc.array(tags, { maxLength: 200 }), async (bytes) => {
        expect((await verify(jar(manifest, file, Uint8Array.from(bytes)), android))?.ok).toBe(false);
      }),
    );
  });

  test("whatever the manifest and the signature file, where the signature is over another", async () => {
    const piece = fc.constantFrom(
      "Name: classes.dex",
      "\r\n",
      "\n",
      "\n\n",
      " ",
      "Signature-Version: 1.0",
      "SHA-256-Digest: ",
      "AAAA",
      "X",
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
    await fc.assert(
      fc.asyncProperty(text, text, fc.constantFrom(...rules), async (made, sf, options) => {
        const other = block(`${sf} `, rsaSigner);
        expect((await verify(jar(made, sf, other), options))?.ok).toBe(false);
      }),
    );
  });

  test("whatever a signer signs of a manifest that does not vouch for the entries", async () => {
    const line = fc.constantFrom(
      "Name: classes.dex\n",
      "SHA-256-Digest: AAAA\n",
      "\n",
      "SHA1-Digest: !\n",
      "Digest-Algorithms: MD5\n",
      " x\n",
    );
    const lines = fc.array(line, { maxLength: 12 }).map((texts) => texts.join(""));
    await fc.assert(
      fc.asyncProperty(lines, lines, fc.integer({ min: 1, max: 30 }), async (made, signed, minSdk) => {
        const sf = `Signature-Version: 1.0\n\n${signed}`;
        const options: JarOptions = { rules: "android", minSdk, maxSdk: 40, foundSchemes: [] };
        expect((await verify(jar(made, sf, block(sf, rsaSigner)), options))?.ok).toBe(false);
      }),
    );
  });
});

describe("who adds to an archive that somebody else signed", () => {
  const theirs = signatureEntries("A", file, ecSigner);
  const verifyEntries = async (entries: Entries) => await verify(writeZip(entries), android);
  const withManifest = (text: string): Entries => [...content, ["META-INF/MANIFEST.MF", text], ...theirs];

  test("an entry is refused; with a signature of their own they are no signer beside the first", async () => {
    const added: Entries = [["evil.dex", "evil"]];
    const both = manifestSections([...content, ...added]).join("");
    const own = signatureFile(manifestSections([...content, ...added]));
    for (const entries of [
      [...withManifest(manifest), ...added],
      [...withManifest(both), ...added],
      [...withManifest(both), ...added, ...signatureEntries("B", own, otherSigner)],
    ])
      expect((await verifyEntries(entries))?.ok).toBe(false);
  });

  test("a signature over the same is another signer, never the only one", async () => {
    const verified = await verifyEntries([...signatureEntries("B", file, otherSigner), ...withManifest(manifest)]);
    expect(verified?.signers.map(({ name }) => name)).toEqual(["B.EC", "A.EC"]);
  });

  test("the certificate alone, in place of the signer's own, is refused", async () => {
    const swapped = der.sequence();
    expect(
      (
        await verifyEntries([
          ...content,
          ["META-INF/MANIFEST.MF", manifest],
          ["META-INF/A.SF", file],
          ["META-INF/A.EC", swapped],
        ])
      )?.ok,
    ).toBe(false);
  });
});

describe("work is linear", () => {
  /** Elements read for each of the block's bytes. */
  const elements = async (signature: Uint8Array) => {
    const before = work.derElements;
    expect((await verify(jar(manifest, file, signature), android))?.ok).toBe(false);
    return (work.derElements - before) / signature.length;
  };

  test("in lengths of no number inside one another", async () => {
    const open = (count: number, inner: Uint8Array) =>
      Buffer.concat([...Array.from({ length: count }, () => Buffer.of(0x30, 0x80)), inner, Buffer.alloc(2 * count)]);
    const wide = Buffer.concat(Array.from({ length: 10_000 }, () => open(20, der.none())));
    expect(await elements(new Uint8Array(Buffer.alloc(1_000_000, Buffer.of(0x30, 0x80))))).toBeLessThan(1);
    expect(await elements(blockOf([open(25, wide.subarray(0, 60_000))], []))).toBeLessThan(10);
  });

  test("in certificates of certificates", async () => {
    const many = Array.from({ length: 200 }, () => ecSigner.certificate);
    expect(await elements(blockOf(many, [signerInfo(file, otherSigner)]))).toBeLessThan(10);
  });

  test("in a manifest of one section with a million lines, and one line in a million pieces", async () => {
    const lines = `${manifest}Name: x\n${"a: b\n".repeat(1_000_000)}`;
    const pieces = `${manifest}Name: x${"\n a".repeat(1_000_000)}`;
    for (const text of [lines, pieces]) {
      const verified = await verify(jar(text, file, block(file, rsaSigner)), android);
      expect(verified?.errors.map(({ code }) => code)).toEqual(["jar_entry_missing"]);
    }
  });
});
