import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { scanZip } from "../zip/open-zip.ts";
import { craftJar, createDice } from "./craft-jar.suite.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";

const hasJdk = spawnSync("javac", ["-version"]).status === 0;

/** Reads the paths of archives; answers each with the signers of every entry that is no part of the signature, or with what is wrong. */
const program = `
import java.io.*;
import java.security.*;
import java.util.*;
import java.util.jar.*;

public class Oracle {
  public static void main(String[] none) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    for (String line; (line = lines.readLine()) != null; ) {
      String said = null;
      try (JarFile jar = new JarFile(new File(line), true)) {
        for (JarEntry entry : Collections.list(jar.entries())) {
          if (entry.isDirectory()) continue;
          try (InputStream content = jar.getInputStream(entry)) {
            content.readAllBytes();
          }
          if (entry.getName().matches("META-INF/(MANIFEST\\\\.MF|[^/]*\\\\.(SF|RSA|DSA|EC))")) continue;
          TreeSet<String> signers = new TreeSet<>();
          if (entry.getCodeSigners() != null)
            for (CodeSigner signer : entry.getCodeSigners()) {
              byte[] certificate = signer.getSignerCertPath().getCertificates().get(0).getEncoded();
              signers.add(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate)));
            }
          String all = signers.isEmpty() ? "unsigned" : String.join(" ", signers);
          said = said == null || said.equals(all) ? all : "different signers";
        }
      } catch (Exception refused) {
        said = "refused";
      }
      System.out.println(said);
    }
  }
}`;

describe.skipIf(!hasJdk && !requireAll)("what strange tools sign (needs a JDK)", () => {
  test("is by jarsigner's rules signed by nobody by whom it is not to the JDK", { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-jdk-"));
    try {
      const dice = createDice(3);
      const cases: { path: string; own: string | null }[] = [];
      for (let at = 0; at < 2000; at += 1) {
        const bytes = craftJar(dice, Buffer.from("manifest"), 0.01);
        const path = join(folder, `${at}.jar`);
        writeFileSync(path, bytes);
        const zip = await scanZip(createBytesSource(bytes));
        if (!zip.ok) throw new Error(zip.problem.detail);
        const { ok, signers } = await verifyJarSignature(zip.value.archive, { rules: "jarsigner" });
        const names = [...new Set(signers.map(({ certSha256 }) => String(certSha256)))].toSorted();
        cases.push({ path, own: ok ? names.join(" ") : null });
      }
      writeFileSync(join(folder, "Oracle.java"), program);
      const input = cases.map(({ path }) => `${path}\n`).join("");
      const said = execFileSync("java", [join(folder, "Oracle.java")], { input, encoding: "utf8" })
        .trimEnd()
        .split("\n");
      const taken = cases.flatMap(({ path, own }, at) => (own === null ? [] : [{ path, own, jdk: said[at] }]));
      expect(taken.filter(({ own, jdk }) => own !== jdk)).toEqual([]);
      expect(taken.length).toBeGreaterThan(10);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
