import { expect, test } from "vitest";
import { commonName, makeCertificate, makeKey, spkiOf, toPem } from "../made/certificate.suite.ts";
import { parsePemCertificates } from "./pem.ts";

const key = makeKey();
const text = { subject: commonName("a"), issuer: commonName("a"), key: spkiOf(key), signer: key };
const first = makeCertificate(text);
const second = makeCertificate({ ...text, subject: commonName("b") });

test("reads certificates in their order, with any line ends and text around them", () => {
  expect(parsePemCertificates(`subject=a\n${toPem(first)}\n# note\n${toPem(second)}`)).toEqual([first, second]);
  expect(parsePemCertificates(toPem(first).replaceAll("\n", "\r\n"))).toEqual([first]);
  expect(parsePemCertificates("no PEM at all")).toEqual([]);
});

test.each([
  ["a block that is cut off", toPem(first).slice(0, -20)],
  ["a block inside another", `-----BEGIN CERTIFICATE-----\n${toPem(first)}`],
  ["a private key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
  ["another end", toPem(first).replace("END CERTIFICATE", "END OTHER")],
  ["padding in the middle", "-----BEGIN CERTIFICATE-----\nAA==AA==\n-----END CERTIFICATE-----"],
  ["stray bits after the last byte", "-----BEGIN CERTIFICATE-----\nAB==\n-----END CERTIFICATE-----"],
])("answers null for %s", (_, pem) => {
  expect(parsePemCertificates(pem)).toBeNull();
});
