import { type Certificate, parseCertificate, sha256, toHex } from "@countersign/asn1";
import { describe, expect, test } from "vitest";
import { commonName, makeCertificate, makeKey, spkiOf, toPem } from "../../asn1/src/made/certificate.suite.ts";
import { googleHardwareAnchors } from "./android/anchors.ts";
import { appleAppAttestAnchors, appleReceiptAnchors } from "./apple/anchors.ts";
import { vectorText, withoutVectors } from "./made/vectors.suite.ts";
import { findAnchor, trustAnchorFromDer, trustAnchorFromPem } from "./trust-anchor.ts";

const rootKey = makeKey("P-384");
const name = commonName("Root");
const root = makeCertificate({ subject: name, issuer: name, key: spkiOf(rootKey), signer: rootKey, hash: "sha384" });
const anchor = trustAnchorFromDer(root);
const leafText = { subject: commonName("Leaf"), issuer: name, key: spkiOf(makeKey()), signer: rootKey };

function read(...ders: readonly Uint8Array[]): readonly Certificate[] {
  return ders.map(parseCertificate).filter((certificate) => certificate !== null);
}

test("carries the anchors that the vendors publish, each under its own hash", () => {
  const published = [...appleAppAttestAnchors, ...appleReceiptAnchors, ...googleHardwareAnchors];
  expect(published.map(({ spkiSha256 }) => spkiSha256)).toEqual([
    "1ae751fd29896d0f1f13fe226c063f445d40d8938acc6245c251ecc0679330bd",
    "9b219d0fbff36a5fb32090571906bceea68617c833a3f61b81e962a8e64db8af",
    "feb2ea7551ee316ed4bb443c8293b884dbfdea40b603ee3e4f4a897e4580fbae",
    "3ee44512a1af2beb39c889490c60ea3f82e43f5d5a5532f5ab9419f676cd07ec",
  ]);
  for (const { spki, spkiSha256 } of published) expect(toHex(sha256(spki))).toBe(spkiSha256);
});

describe.skipIf(withoutVectors)("vendor certificates (shared vectors)", () => {
  test("are the anchors carried, to the last byte", () => {
    const apple = trustAnchorFromPem(vectorText("roots", "Apple_App_Attestation_Root_CA.pem"));
    const google = ["google_root_1.pem", "google_root_2.pem", "google_root_3.pem", "google_root_4.pem"];
    expect(apple).toEqual(appleAppAttestAnchors[0]);
    expect(trustAnchorFromPem(vectorText("roots", "AppleRootCA-G3.pem"))).toEqual(appleReceiptAnchors[0]);
    const roots = google.map((file) => trustAnchorFromPem(vectorText("roots", file)));
    for (const carried of googleHardwareAnchors) expect(roots).toContainEqual(carried);
  });
});

test("finds the anchor of a chain with its root and without", () => {
  const leaf = makeCertificate(leafText);
  expect(findAnchor(read(leaf), [anchor])).toBe(anchor);
  expect(findAnchor(read(leaf, root), [anchor])).toBe(anchor);
});

test("finds none in an empty list, for an empty chain, or under another key of the same name", () => {
  const leaf = makeCertificate(leafText);
  expect(findAnchor(read(leaf), [])).toBeNull();
  expect(findAnchor([], [anchor])).toBeNull();
  const stranger = makeKey("P-384");
  const impostor = makeCertificate({
    subject: name,
    issuer: name,
    key: spkiOf(stranger),
    signer: stranger,
    hash: "sha384",
  });
  const underImpostor = makeCertificate({ ...leafText, signer: stranger });
  expect(findAnchor(read(underImpostor, impostor), [anchor])).toBeNull();
  expect(findAnchor(read(underImpostor), [anchor])).toBeNull();
});

test("finds none where the root is the anchor's key in a certificate that it did not sign", () => {
  const stranger = makeKey();
  const wrapped = makeCertificate({ subject: name, issuer: name, key: spkiOf(rootKey), signer: stranger });
  expect(findAnchor(read(makeCertificate(leafText), wrapped), [anchor])).toBeNull();
});

test("makes an anchor of exactly one usable certificate", () => {
  expect(trustAnchorFromPem(toPem(root))).toEqual(anchor);
  expect(anchor.name).toBe("CN=Root");
  for (const pem of ["", "nonsense", toPem(root) + toPem(root)])
    expect(() => trustAnchorFromPem(pem)).toThrow(TypeError);
  expect(() => trustAnchorFromDer(new Uint8Array())).toThrow(TypeError);
  const edwards = makeCertificate({ ...leafText, key: spkiOf(makeKey("secp256k1")) });
  expect(() => trustAnchorFromDer(edwards)).toThrow(TypeError);
});
