import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { createDice } from "../jar/craft-jar.suite.ts";
import { createBytesSource } from "../source/byte-source.ts";
import type { ApkOptions } from "./apk-verification.ts";
import { makeApk } from "./apk-writer.suite.ts";
import { craftApk } from "./craft-apk.suite.ts";
import { verifyApk } from "./verify-apk.ts";

/** Where Debian's package `libapksig-java` has it. */
const library = process.env.COUNTERSIGN_APKSIG ?? "/usr/share/java/apksig.jar";
const hasAll = existsSync(library) && spawnSync("java", ["-version"]).status === 0;

/** Reads lines of a file and a range of API levels, 0 for none; answers each with schemes and signers, or "refused". */
const program = `
import com.android.apksig.ApkVerifier;
import java.io.*;
import java.security.MessageDigest;
import java.util.HexFormat;

public class Oracle {
  public static void main(String[] none) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    for (String line; (line = lines.readLine()) != null; ) {
      String[] words = line.split(" ");
      String said = "refused";
      try {
        var verifier = new ApkVerifier.Builder(new File(words[0]));
        if (!words[1].equals("0")) verifier.setMinCheckedPlatformVersion(Integer.parseInt(words[1]));
        if (!words[2].equals("0")) verifier.setMaxCheckedPlatformVersion(Integer.parseInt(words[2]));
        var verdict = verifier.build().verify();
        if (verdict.isVerified()) {
          said = (verdict.isVerifiedUsingV2Scheme() ? "v2" : "") + (verdict.isVerifiedUsingV3Scheme() ? "v3" : "");
          for (var signer : verdict.getSignerCertificates())
            said += " " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(signer.getEncoded()));
        }
      } catch (Exception refused) {
      }
      System.out.println(said);
    }
  }
}`;

const ranges: readonly [ApkOptions, ...ApkOptions[]] = [
  {},
  { minSdk: 24 },
  { minSdk: 28 },
  { minSdk: 24, maxSdk: 27 },
  { minSdk: 28, maxSdk: 40 },
  { minSdk: 30 },
];

describe.skipIf(!hasAll && !requireAll)("what strange tools sign with v2 and v3 (needs Java and apksig)", () => {
  test.each([
    [1, 0.02],
    [2, 0.08],
    [3, 0],
  ])(
    "has the verdict, the schemes and the signers that apksig finds, with seed %i and faults of %d",
    { timeout: 120_000 },
    async (seed, wrong) => {
      const folder = mkdtempSync(join(tmpdir(), "countersign-apksig-"));
      try {
        const dice = createDice(seed);
        const cases: { path: string; options: ApkOptions; own: string }[] = [];
        for (let at = 0; at < 500; at += 1) {
          const bytes = makeApk(craftApk(dice, wrong));
          const options = dice.pick(...ranges);
          const path = join(folder, `${at}.apk`);
          writeFileSync(path, bytes);
          const { verified, schemes, signerCertSha256 } = await verifyApk(createBytesSource(bytes), options);
          const held = `${schemes.v2 ? "v2" : ""}${schemes.v3 ? "v3" : ""}`;
          cases.push({ path, options, own: verified ? [held, ...signerCertSha256].join(" ") : "refused" });
        }
        writeFileSync(join(folder, "Oracle.java"), program);
        const input = cases
          .map(({ path, options }) => `${path} ${options.minSdk ?? 0} ${options.maxSdk ?? 0}\n`)
          .join("");
        const said = execFileSync("java", ["-cp", library, join(folder, "Oracle.java")], { input, encoding: "utf8" });
        const verdicts = said.trimEnd().split("\n");
        expect(cases.map(({ own, ...asked }) => ({ ...asked, verdict: own }))).toEqual(
          cases.map(({ path, options }, at) => ({ path, options, verdict: verdicts[at] })),
        );
        expect(verdicts.filter((verdict) => verdict !== "refused").length).toBeGreaterThan(60);
      } finally {
        if (process.env.KEEP !== "1") rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
