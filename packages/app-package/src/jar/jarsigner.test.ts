import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { openZip } from "../zip/open-zip.ts";
import type { JarOptions } from "./jar-verification.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";
import { content, manifestSections, signatureFile, writeZip } from "./write-jar.suite.ts";

const hasTools = spawnSync("jarsigner", ["-help"]).status === 0 && spawnSync("keytool", ["-help"]).status === 0;

async function verify(bytes: Uint8Array, options: JarOptions) {
  const zip = await openZip(createBytesSource(bytes));
  if (!zip.ok) throw new Error(zip.problem.detail);
  const { ok, signers, errors } = await verifyJarSignature(zip.value, options);
  const codes = [...errors, ...signers.flatMap((signer) => signer.errors)].map(({ code }) => code);
  return ok ? signers.map(({ certSha256 }) => certSha256) : codes;
}

const android = (minSdk: number) =>
  ({ rules: "android", minSdk, maxSdk: Number.MAX_SAFE_INTEGER, foundSchemes: [] }) as const;
const jarsigner = { rules: "jarsigner" } as const;

const keys = [
  ["rsa2048", "RSA", "2048", "SHA256withRSA"],
  ["rsa4096", "RSA", "4096", "SHA384withRSA"],
  ["rsa512", "RSA", "2048", "SHA512withRSA"],
  ["dsa", "DSA", "2048", "SHA256withDSA"],
  ["p256", "EC", "256", "SHA256withECDSA"],
  ["p384", "EC", "384", "SHA384withECDSA"],
  ["p521", "EC", "521", "SHA512withECDSA"],
] as const;

// Each call of a JDK tool starts a virtual machine.
describe.skipIf(!hasTools && !requireAll)("what jarsigner signs (needs a JDK)", { timeout: 120_000 }, () => {
  const store = ["-keystore", "keys.p12", "-storepass", "password"];
  let folder = "";
  const run = (tool: string, ...options: readonly string[]) =>
    execFileSync(tool, [...options], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const fingerprint = (alias: string) =>
    /SHA256: ([0-9A-F:]+)/
      .exec(run("keytool", "-list", "-v", ...store, "-alias", alias))?.[1]
      ?.replaceAll(":", "")
      .toLowerCase();
  /** The made archive, signed by each alias in turn. */
  const signed = (...steps: readonly (readonly [alias: string, ...options: string[]])[]) => {
    const path = join(folder, "app.jar");
    writeFileSync(path, writeZip(content));
    for (const [alias, ...options] of steps) run("jarsigner", ...store, ...options, path, alias);
    return new Uint8Array(readFileSync(path));
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "countersign-jar-"));
    for (const [alias, algorithm, size] of keys) {
      const strength = algorithm === "EC" ? ["-groupname", `secp${size}r1`] : ["-keysize", size];
      run(
        "keytool",
        "-genkeypair",
        ...store,
        "-alias",
        alias,
        "-keyalg",
        algorithm,
        ...strength,
        "-dname",
        `CN=${alias}`,
        "-validity",
        "10000",
      );
    }
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(keys)(
    "with %s holds for jarsigner, and on Android where that knows the algorithm",
    async (alias, _algorithm, _size, signature) => {
      const bytes = signed([alias, "-sigalg", signature]);
      expect(await verify(bytes, jarsigner)).toEqual([fingerprint(alias)]);
      expect(await verify(bytes, android(24))).toEqual([fingerprint(alias)]);
    },
  );

  test.each([
    ["SHA-1", "SHA1withRSA", 19],
    ["MD5", "MD5withRSA", 21],
  ])(
    "with %s holds on old Android, and jarsigner says itself that it holds it for unsigned",
    async (_hash, signature, minSdk) => {
      const bytes = signed(["rsa2048", "-sigalg", signature, "-digestalg", "SHA1"]);
      expect(await verify(bytes, android(minSdk))).toEqual([fingerprint("rsa2048")]);
      expect(await verify(bytes, jarsigner)).toEqual(["jar_algorithm_unsupported"]);
      const said = spawnSync("jarsigner", ["-verify", join(folder, "app.jar")], { encoding: "utf8" });
      expect(said.stdout).toContain("treated as unsigned");
    },
  );

  test("twice has both signers", async () => {
    const both = await verify(signed(["p256"], ["rsa2048"]), jarsigner);
    expect(new Set(both)).toEqual(new Set([fingerprint("p256"), fingerprint("rsa2048")]));
  });

  test("by sections alone holds, and no more once one byte of an entry has changed", async () => {
    const bytes = signed(["p256", "-sectionsonly"]);
    expect(await verify(bytes, jarsigner)).toEqual([fingerprint("p256")]);
    const path = join(folder, "changed.jar");
    writeFileSync(path, bytes);
    writeFileSync(join(folder, "classes.dex"), "evil");
    run("jar", "uf", path, "classes.dex");
    expect(await verify(new Uint8Array(readFileSync(path)), jarsigner)).toEqual(["jar_entry_digest"]);
    expect(spawnSync("jarsigner", ["-verify", path], { encoding: "utf8" }).stdout).toContain("digest error");
  });

  test("and something is added to later is refused, of which jarsigner only warns", async () => {
    const path = join(folder, "added.jar");
    writeFileSync(path, signed(["p256"]));
    writeFileSync(join(folder, "added.txt"), "added");
    run("jar", "uf", path, "added.txt");
    expect(await verify(new Uint8Array(readFileSync(path)), jarsigner)).toEqual(["jar_entry_unsigned"]);
    expect(spawnSync("jarsigner", ["-verify", path], { encoding: "utf8" }).stdout).toContain("jar verified");
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(!hasOpenssl && !requireAll)("what openssl cms signs (needs openssl)", { timeout: 60_000 }, () => {
  test.each([
    ["with signed attributes", [], 19],
    ["without", ["-noattr"], 18],
    ["streamed, in lengths of no number", ["-noattr", "-stream"], 18],
  ] as const)("%s holds on Android", async (_how, options, minSdk) => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-cms-"));
    try {
      const run = (...arguments_: readonly string[]) =>
        execFileSync("openssl", [...arguments_], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
      run(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=openssl",
        "-days",
        "1000",
      );
      const sections = manifestSections(content, ["SHA1", "SHA-256"]);
      const file = signatureFile(sections);
      writeFileSync(join(folder, "file.sf"), file);
      run(
        "cms",
        "-sign",
        "-binary",
        "-md",
        "sha256",
        ...options,
        "-in",
        "file.sf",
        "-signer",
        "cert.pem",
        "-inkey",
        "key.pem",
        "-outform",
        "DER",
        "-out",
        "block",
      );
      const block = new Uint8Array(readFileSync(join(folder, "block")));
      const jar = writeZip([
        ...content,
        ["META-INF/MANIFEST.MF", sections.join("")],
        ["META-INF/A.SF", file],
        ["META-INF/A.RSA", block],
      ]);
      const der = run("x509", "-in", "cert.pem", "-fingerprint", "-sha256", "-noout").toString();
      expect(await verify(jar, android(minSdk))).toEqual([
        /=([0-9A-F:]+)/.exec(der)?.[1]?.replaceAll(":", "").toLowerCase(),
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
