import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { openZip, scanZip } from "../zip/open-zip.ts";
import { craftJar, createDice } from "./craft-jar.suite.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";

/** Where Debian's package `libapksig-java` has it. */
const library = process.env.COUNTERSIGN_APKSIG ?? "/usr/share/java/apksig.jar";
const vectors = vectorsFolder();
const hasAll = vectors !== null && existsSync(library) && spawnSync("java", ["-version"]).status === 0;

/** Reads lines of a file and a range of API levels; answers each with the signers of scheme v1, or "refused". */
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
        var verdict = verifier.setMinCheckedPlatformVersion(Integer.parseInt(words[1]))
            .setMaxCheckedPlatformVersion(Integer.parseInt(words[2])).build().verify();
        if (verdict.isVerifiedUsingV1Scheme()) {
          said = "";
          for (var signer : verdict.getV1SchemeSigners())
            said += " " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(signer.getCertificate().getEncoded()));
        }
      } catch (Exception refused) {
      }
      System.out.println(said.trim());
    }
  }
}`;

type Range = readonly [minSdk: number, maxSdk: number];

const ranges: readonly [Range, ...Range[]] = [
  [1, 40],
  [8, 17],
  [9, 9],
  [18, 23],
  [18, 28],
  [19, 23],
  [19, 40],
  [21, 23],
  [22, 25],
  [24, 27],
  [24, 40],
];

async function androidManifest(): Promise<Uint8Array> {
  const apk = readFileSync(join(vectors ?? "", "apksig", "v1-only-with-rsa-2048.apk"));
  const zip = await openZip(createBytesSource(apk));
  const entry = zip.ok ? zip.value.find("AndroidManifest.xml") : undefined;
  const read = zip.ok && entry ? await zip.value.read(entry, 100_000) : null;
  if (!read?.ok) throw new Error("the package has no manifest");
  return read.value;
}

describe.skipIf(!hasAll && !requireAll)("what strange tools sign (needs Java, apksig and the vectors)", () => {
  test.each([
    [1, 0.02],
    [2, 0.005],
  ])(
    "has the verdict and the signers that apksig finds, with seed %i and faults of %d",
    { timeout: 120_000 },
    async (seed, wrong) => {
      const folder = mkdtempSync(join(tmpdir(), "countersign-apksig-"));
      try {
        const dice = createDice(seed);
        const manifest = await androidManifest();
        const cases: { path: string; range: Range; own: string }[] = [];
        for (let at = 0; at < 600; at += 1) {
          const bytes = craftJar(dice, manifest, wrong);
          const range = dice.pick(...ranges);
          const path = join(folder, `${at}.apk`);
          writeFileSync(path, bytes);
          const zip = await scanZip(createBytesSource(bytes));
          if (!zip.ok) throw new Error(zip.problem.detail);
          const [minSdk, maxSdk] = range;
          const { ok, signers } = await verifyJarSignature(zip.value.archive, {
            rules: "android",
            minSdk,
            maxSdk,
            foundSchemes: [],
          });
          cases.push({ path, range, own: ok ? signers.map(({ certSha256 }) => certSha256).join(" ") : "refused" });
        }
        writeFileSync(join(folder, "Oracle.java"), program);
        const input = cases.map(({ path, range }) => `${path} ${range.join(" ")}\n`).join("");
        const said = execFileSync("java", ["-cp", library, join(folder, "Oracle.java")], { input, encoding: "utf8" });
        const verdicts = said.trimEnd().split("\n");
        expect(cases.map(({ path, range, own }) => [path, ...range, own])).toEqual(
          cases.map(({ path, range }, at) => [path, ...range, verdicts[at]]),
        );
        expect(verdicts.filter((verdict) => verdict !== "refused").length).toBeGreaterThan(60);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
