import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeKey } from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";
import { extension } from "../certificate/write-certificate.suite.ts";
import type { JarOptions } from "./jar-verification.ts";
import {
  android,
  codesOf,
  file,
  idOf,
  jar,
  jarOfBlock,
  jarOfInfo,
  jarsigner,
  signersOf,
  verify,
} from "./made-verdict.suite.ts";
import {
  attribute,
  block,
  blockOf,
  ecSigner,
  goodAttributes,
  makeSigner,
  oids,
  otherSigner,
  signatureEntries,
  signerInfo,
} from "./write-jar.suite.ts";

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
