import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { toPem } from "../../../asn1/src/made/certificate.suite.ts";
import { integer, octets, oid, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import {
  attribute,
  type CmsPlan,
  contentTypeAttribute,
  developer,
  developerAuthority,
  makeCms,
  phoneAuthority,
  profileSigner,
  rsaDeveloper,
} from "./made-authority.suite.ts";
import { isSignedContent, parseSignedData } from "./signed-data.ts";

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    return false;
  }
}

const folder = mkdtempSync(join(tmpdir(), "cms-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether openssl takes the signature over the content; who the signer is, is not asked. */
function takenByOpenssl(cms: Uint8Array, content: Uint8Array): boolean {
  const [signed, detached] = [join(folder, "cms.der"), join(folder, "content")];
  writeFileSync(signed, cms);
  writeFileSync(detached, content);
  try {
    execFileSync(
      "openssl",
      [
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        signed,
        "-content",
        detached,
        "-binary",
        "-noverify",
        "-out",
        join(folder, "out"),
      ],
      { stdio: "ignore" },
    );
    return true;
  } catch {
    return false;
  }
}

function takenHere(cms: Uint8Array, content: Uint8Array): boolean {
  const signed = parseSignedData(cms);
  return signed !== null && isSignedContent(signed, content);
}

const content = Buffer.from("what is signed");
const usual: CmsPlan = { signer: developer, certificates: [developerAuthority], content, isDetached: true };

describe.skipIf(!hasOpenssl() && !requireAll)("openssl cms", () => {
  it.each<readonly [string, Partial<CmsPlan>, boolean]>([
    ["a key on P-256", {}, true],
    ["a key of RSA", { signer: rsaDeveloper }, true],
    ["SHA-384", { digest: "sha384" }, true],
    ["content inside", { isDetached: false, signer: profileSigner, certificates: [phoneAuthority] }, true],
    ["unsigned attributes", { unsigned: [attribute("1.2.840.113549.1.9.16.2.14", sequence(integer(1)))] }, true],
    ["another signed attribute", { attributes: [attribute("1.2.840.113635.100.9.1", octets("x"))] }, true],
    ["another content", { content: Buffer.from("something else") }, false],
    ["another key", { signer: { ...developer, key: profileSigner.key } }, false],
    ["no digest", { change: (all) => all.slice(0, 2) }, false],
    ["no content type", { change: (all) => all.slice(1) }, false],
    ["no certificate of the signer", { signer: { ...developer, serial: 4 } }, false],
  ])("judges as the reader does: %s", (_, other, expected) => {
    const cms = makeCms({ ...usual, ...other });
    expect([takenHere(cms, content), takenByOpenssl(cms, content)]).toEqual([expected, expected]);
  });

  it("may take what is refused here: two signers, a signed content type that is not the content's", () => {
    const two = makeCms({ ...usual, signerInfos: (info) => [info, info] });
    expect([takenHere(two, content)]).toEqual([false]);
    const other = attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.3"));
    const typed = makeCms({
      ...usual,
      change: (all) => all.map((each) => (each === contentTypeAttribute ? other : each)),
    });
    expect(takenHere(typed, content)).toBe(false);
  });

  it("signs what is taken here", () => {
    const [certificate, key, data, out] = ["c.pem", "k.pem", "d", "o.der"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(certificate, toPem(developer.certificate));
    writeFileSync(key, developer.key.privateKey.export({ format: "pem", type: "pkcs8" }));
    writeFileSync(data, content);
    for (const options of [[], ["-nodetach"], ["-nodetach", "-stream"]]) {
      execFileSync(
        "openssl",
        [
          "cms",
          "-sign",
          "-binary",
          "-outform",
          "DER",
          "-md",
          "sha256",
          "-signer",
          certificate,
          "-inkey",
          key,
          "-in",
          data,
          "-out",
          out,
          ...options,
        ],
        { stdio: "ignore" },
      );
      const cms = execFileSync("cat", [out]);
      expect([options, takenHere(cms, content)]).toEqual([options, true]);
      expect(parseSignedData(cms)?.content === null).toBe(options.length === 0);
    }
  });
});
