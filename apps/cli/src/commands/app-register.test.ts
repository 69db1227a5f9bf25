import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { moduleManifest } from "../../../../packages/app-package/src/aab/proto-writer.suite.ts";
import { attribute } from "../../../../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import { ecSigner, signedJar } from "../../../../packages/app-package/src/jar/write-jar.suite.ts";
import { commandLineOf } from "../../../../testing/command-line.ts";
import { madeBuild, rotatedBuild } from "../../../../testing/made-apk.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-app-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const countersign = commandLineOf("http://127.0.0.1:1", "");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const good = madeBuild();
const apk = file("good.apk", good.apk);
const signer = sha256(good.certificate);

async function dryRun(...args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await countersign(["app", "register", "--dry-run", "--json", ...args]);
  return code === 0 ? JSON.parse(out).build : [code, JSON.parse(err).error.code];
}

describe("app inspect", () => {
  it("shows who a build is, and ends with 0 where its signatures hold", async () => {
    const { code, out } = await countersign(["app", "inspect", apk, "--json"]);
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      {
        format: "apk",
        id: "com.example.app",
        versionCode: 7,
        versionName: "1.2",
        debuggable: false,
        verified: true,
        schemes: { v1: false, v2: true },
        signers: [{ certSha256: signer }],
        lineage: [],
        teamId: null,
        appId: null,
        entitlements: null,
        errors: [],
      },
    ]);
    const text = await countersign(["app", "inspect", apk]);
    expect(text.out).toContain(signer);
  });

  it("judges for the API levels that are asked for", async () => {
    const { code, out } = await countersign(["app", "inspect", apk, "--min-sdk", "21", "--max-sdk", "23", "--json"]);
    expect([code, JSON.parse(out)]).toMatchObject([
      1,
      { verified: false, errors: expect.arrayContaining([expect.anything()]) },
    ]);
    const wrong = await countersign(["app", "inspect", apk, "--min-sdk", "0", "--json"]);
    expect([wrong.code, JSON.parse(wrong.err).error.code]).toEqual([2, "usage"]);
  });

  it("judges scheme v4 where its file is given, and refuses a file that is none", async () => {
    const wrong = await countersign(["app", "inspect", apk, "--v4-signature", file("wrong.idsig", "text"), "--json"]);
    expect([wrong.code, JSON.parse(wrong.out)]).toMatchObject([1, { verified: false, schemes: { v4: false } }]);
    const idsig = file("good.idsig", good.idsig);
    const right = await countersign(["app", "inspect", apk, "--v4-signature", idsig, "--json"]);
    expect([right.code, JSON.parse(right.out)]).toMatchObject([0, { verified: true, schemes: { v2: true, v4: true } }]);
    const none = await countersign(["app", "inspect", apk, "--v4-signature", join(folder, "none"), "--json"]);
    expect([none.code, JSON.parse(none.err).error.code]).toEqual([2, "file_unreadable"]);
  });

  it("ends with 1 and says why where they do not, or the file is no package", async () => {
    const altered = Buffer.from(good.apk);
    altered[40] = (altered[40] ?? 0) ^ 1;
    for (const path of [file("altered.apk", altered), file("text.apk", "text"), file("empty", "")]) {
      const { code, out } = await countersign(["app", "inspect", path, "--json"]);
      expect([code, JSON.parse(out)]).toMatchObject([
        1,
        { verified: false, errors: expect.arrayContaining([expect.anything()]) },
      ]);
    }
  });

  it("ends with 2 where there is no file to read", async () => {
    for (const path of [join(folder, "none"), folder]) {
      const { code, err } = await countersign(["app", "inspect", path, "--json"]);
      expect([code, JSON.parse(err).error.code]).toEqual([2, "file_unreadable"]);
    }
  });
});

describe("app register", () => {
  it("sends the first certificate of a lineage too: it is what Key Attestation reports of a rotated app", async () => {
    const rotated = file("rotated.apk", rotatedBuild().apk);
    const { out } = await countersign(["app", "inspect", rotated, "--json"]);
    const { signers, lineage } = JSON.parse(out);
    expect([signers.length, lineage.length]).toEqual([1, 2]);
    expect(signers[0].certSha256).toBe(lineage[1].certSha256);
    expect(await dryRun(rotated)).toMatchObject({
      android: { signingDigests: [lineage[1].certSha256, lineage[0].certSha256] },
    });
  });

  it("sends the package name, who signed it and the file's digest, and with --by build its version", async () => {
    const build = {
      android: { packageName: "com.example.app", signingDigests: [signer] },
      packageSha256: sha256(good.apk),
    };
    expect(await dryRun(apk)).toEqual(build);
    expect(await dryRun(apk, "--by", "build", "--expires", "2099-01-01")).toEqual({
      ...build,
      release: { version: "7", expiresAtMs: Date.UTC(2099, 0, 1) },
    });
    expect(await dryRun(apk, "--by", "build", "--expires", "never")).toMatchObject({ release: { expiresAtMs: null } });
  });

  it("sends the certificate that Play signs with in place of the one that signed the file", async () => {
    const play = "ab".repeat(32);
    const colons = play.toUpperCase().match(/../g)?.join(":") ?? "";
    expect(await dryRun(apk, "--play-signing-digest", colons)).toMatchObject({ android: { signingDigests: [play] } });
    const certificate = file("play.der", good.certificate);
    expect(await dryRun(apk, "--play-certificate", certificate)).toMatchObject({
      android: { signingDigests: [signer] },
    });
    expect(await dryRun(apk, "--play-signing-digest", "ab")).toEqual([2, "play_signing_digest"]);
    expect(await dryRun(apk, "--play-certificate", apk)).toEqual([2, "play_signing_digest"]);
  });

  it("asks which certificate Play signs with where the file is a bundle, and takes no other", async () => {
    const bundle = file(
      "app.aab",
      signedJar(ecSigner, {}, [
        ["BundleConfig.pb", ""],
        ["base/manifest/AndroidManifest.xml", moduleManifest()],
      ]),
    );
    expect(await dryRun(bundle)).toEqual([2, "play_signing_unknown"]);
    expect(await dryRun(bundle, "--play-signing-digest", "ab".repeat(32))).toMatchObject({
      android: { signingDigests: ["ab".repeat(32)] },
    });
  });

  it("takes a signing certificate by itself, as DER and as PEM, for a package that is named", async () => {
    const der = file("certificate.der", good.certificate);
    const base64 = Buffer.from(good.certificate).toString("base64").replaceAll(/.{64}/g, "$&\n");
    const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
    const build = { android: { packageName: "org.example.app", signingDigests: [signer] } };
    expect(await dryRun(der, "--android", "org.example.app")).toEqual(build);
    expect(await dryRun(file("certificate.pem", pem), "--android", "org.example.app")).toEqual(build);
    expect(await dryRun(file("two.pem", pem + pem), "--android", "org.example.app")).toEqual([
      2,
      "file_not_certificate",
    ]);
    expect(await dryRun(apk, "--android", "org.example.app")).toEqual([2, "file_not_certificate"]);
    expect(await dryRun(der)).toEqual([2, "package_unknown"]);
    expect(await dryRun(der, "--android", "org.example.app", "--by", "build")).toEqual([2, "version_missing"]);
  });

  it("says so where there is no certificate file to read", async () => {
    const none = join(folder, "none");
    expect(await dryRun(none, "--android", "org.example.app")).toEqual([2, "file_unreadable"]);
    expect(await dryRun(folder, "--android", "org.example.app")).toEqual([2, "file_unreadable"]);
    expect(await dryRun(apk, "--play-certificate", none)).toEqual([2, "file_unreadable"]);
  });

  it("takes no build that may be debugged, or does not say, unless that is meant", async () => {
    const debuggable = file("debug.apk", madeBuild([attribute.debuggable(true)]).apk);
    const byResource = file("resource.apk", madeBuild([attribute.debuggable({ type: 1, data: 0x7f010000 })]).apk);
    expect(await dryRun(debuggable)).toEqual([1, "package_debuggable"]);
    expect(await dryRun(debuggable, "--allow-debuggable")).toMatchObject({ android: { signingDigests: [signer] } });
    expect(await dryRun(byResource)).toEqual([1, "package_refused"]);
    expect(await dryRun(byResource, "--allow-debuggable")).toEqual([1, "package_refused"]);
  });

  it("takes no build whose signature does not hold, or that has more meanings than one", async () => {
    const altered = Buffer.from(good.apk);
    altered[altered.indexOf("dex")] = 0;
    expect(await dryRun(file("changed.apk", altered))).toEqual([1, "package_refused"]);
    expect(await dryRun(file("readme.txt", "text"))).toEqual([2, "package_unknown"]);
  });

  it("takes an end of a build alone", async () => {
    expect(await dryRun(apk, "--expires", "2099-01-01")).toEqual([2, "expires_without_build"]);
  });
});
