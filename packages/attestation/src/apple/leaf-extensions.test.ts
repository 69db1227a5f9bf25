import { type Certificate, parseCertificate } from "@countersign/asn1";
import { expect, test } from "vitest";
import { commonName, makeCertificate, makeKey, spkiOf } from "../../../asn1/src/made/certificate.suite.ts";
import { der, explicit, integer, octets, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import { leafAppId, leafNonce, leafOsVersion } from "./leaf-extensions.ts";

const key = makeKey();
const nonce = new Uint8Array(32).fill(5);

function leafWith(suffix: string, contents: Uint8Array): Certificate {
  const extensions = [[`1.2.840.113635.100.8.${suffix}`, contents]] as const;
  const text = { subject: commonName("leaf"), issuer: commonName("ca"), key: spkiOf(key), signer: key, extensions };
  const certificate = parseCertificate(makeCertificate(text));
  if (certificate === null) throw new Error("no certificate");
  return certificate;
}

test("reads a nonce in exactly the documented wrapping", () => {
  expect(leafNonce(leafWith("2", sequence(explicit(1, octets(nonce)))))).toEqual(nonce);
  const others = [
    octets(nonce),
    sequence(explicit(2, octets(nonce))),
    sequence(explicit(1, octets(nonce)), integer(1)),
    sequence(explicit(1, octets(nonce.slice(1)))),
    new Uint8Array(),
  ];
  for (const other of others) expect(leafNonce(leafWith("2", other))).toBeNull();
  expect(leafNonce(leafWith("3", sequence(explicit(1, octets(nonce)))))).toBeNull();
});

test("reads App ID and OS version among other fields, and null where they are something else", () => {
  const appFields = sequence(explicit(1203, integer(1)), explicit(1204, octets("TEAM.id")), explicit(4, integer(1)));
  expect(leafAppId(leafWith("5", appFields))).toBe("TEAM.id");
  expect(leafOsVersion(leafWith("7", sequence(explicit(1400, octets("27.0")), explicit(1401, octets("no")))))).toBe(
    "27.0",
  );
  expect(leafAppId(leafWith("7", appFields))).toBeNull();
  const private1204 = der([0xff, 0x89, 0x34], octets("TEAM.id"));
  for (const other of [
    sequence(private1204),
    sequence(explicit(1204, integer(1))),
    sequence(),
    octets("x"),
    new Uint8Array(),
  ]) {
    expect(leafAppId(leafWith("5", other))).toBeNull();
  }
});
