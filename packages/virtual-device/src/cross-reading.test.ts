import { execFileSync, spawnSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AttestationApplicationId, KeyDescription } from "@peculiar/asn1-android";
import { AsnParser } from "@peculiar/asn1-schema";
import { afterAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../testing/vectors.ts";
import { concat, fromBase64url, hex, utf8 } from "./encoding/bytes.ts";
import { createTestAuthority, createVirtualIphone, createVirtualPixel, type VirtualPixelOptions } from "./index.ts";
import { androidKeyBinding } from "./wire/bindings.ts";
import { tag } from "./wire/tag.ts";

const nowMs = Date.now();
const authority = createTestAuthority({ seed: "cross-reading", nowMs });
const challenge = new Uint8Array(60).fill(5);
const app = { id: "gallery", version: "1.0", build: "7" };
const bundle = "com.example.gallery";
const team = "TEAM123456";
const folder = mkdtempSync(join(tmpdir(), "countersign-cross-reading-"));

afterAll(() => rmSync(folder, { recursive: true }));

async function chain(options: Partial<VirtualPixelOptions>): Promise<Uint8Array[]> {
  const device = createVirtualPixel({
    authority,
    security: "tee",
    provisioning: "remote",
    packageName: bundle,
    versionCode: 42,
    signingDigest: "ab".repeat(32),
    app,
    project: "p",
    nowMs: () => nowMs,
    ...options,
  });
  const [evidence] = (await device.keys.enrol(challenge)).evidence;
  if (evidence?.type !== "android") throw new Error("no evidence");
  return evidence.chain.map(fromBase64url);
}

function pemFile(name: string, certificates: readonly Uint8Array[]): string {
  const file = join(folder, name);
  writeFileSync(file, certificates.map((der) => new X509Certificate(der).toString()).join(""));
  return file;
}

const opensslProgram = "openssl";
const hasOpenssl = spawnSync(opensslProgram, ["version"]).status === 0;

/** What openssl writes; throws where it finds fault. */
function openssl(...args: readonly string[]): string {
  return execFileSync(opensslProgram, args, { stdio: "pipe" }).toString();
}

describe.skipIf(!hasOpenssl && !requireAll)("openssl reads the evidence", () => {
  it.each([
    ["tee", "factory"],
    ["strongbox", "factory"],
    ["tee", "remote"],
    ["strongbox", "remote"],
  ] as const)("verifies a %s, %s chain up to the test root", async (security, provisioning) => {
    const [leaf = new Uint8Array(0), ...above] = await chain({ security, provisioning });
    const root = provisioning === "factory" ? authority.google.factoryRootDer : authority.google.rootDer;
    const name = `${security}-${provisioning}`;
    const trust = ["-CAfile", pemFile(`${name}-root.pem`, [root])];
    const between = ["-untrusted", pemFile(`${name}-between.pem`, above.slice(0, -1))];
    const attestation = pemFile(`${name}-attestation.pem`, above.slice(0, 1));
    expect(openssl("verify", "-x509_strict", ...trust, ...between, attestation)).toMatch(/: OK/);
    // A keystore leaf has no key identifiers, which -x509_strict demands.
    const leafFile = pemFile(`${name}-leaf.pem`, [leaf]);
    expect(openssl("verify", ...trust, ...between, leafFile)).toMatch(/: OK/);
    expect(openssl("x509", "-noout", "-text", "-in", leafFile)).toContain("1.3.6.1.4.1.11129.2.1.17");
  });

  it("parses a key description as ASN.1 to its end", async () => {
    const [leaf] = await chain({});
    const file = join(folder, "description.der");
    writeFileSync(file, keyDescriptionOf(leaf ?? new Uint8Array(0)));
    const lines = openssl("asn1parse", "-inform", "DER", "-in", file);
    expect(lines).toMatch(/cont \[ 704 \]/);
    expect(lines).toMatch(/cont \[ 719 \]/);
  });

  it("verifies App Attest certificates and the receipt's signature", async () => {
    const { attestation } = await attested("27");
    const [leaf = new Uint8Array(0), intermediate = new Uint8Array(0)] = certificatesOf(attestation);
    const trust = ["-CAfile", pemFile("apple-root.pem", [authority.apple.rootDer])];
    const between = ["-untrusted", pemFile("apple-intermediate.pem", [intermediate])];
    expect(openssl("verify", ...trust, ...between, pemFile("apple-leaf.pem", [leaf]))).toMatch(/: OK/);
    const at = Buffer.from(attestation).indexOf("receipt") + 7;
    const length = Buffer.from(attestation).readUInt16BE(at + 1);
    const [receipt, receiptRoot, content] = ["receipt.der", "receipt-root.pem", "receipt.content"].map((file) =>
      join(folder, file),
    ) as [string, string, string];
    writeFileSync(receipt, attestation.subarray(at + 3, at + 3 + length));
    writeFileSync(receiptRoot, authority.apple.receipts.rootPem);
    openssl(
      "cms",
      "-verify",
      "-inform",
      "DER",
      "-in",
      receipt,
      "-out",
      content,
      "-CAfile",
      receiptRoot,
      "-purpose",
      "any",
    );
    const payload = readFileSync(content);
    expect(payload.includes(`${team}.${bundle}`)).toBe(true);
    expect(payload.includes(Buffer.from(leaf))).toBe(true);
  });
});

describe("@peculiar/asn1-android reads the key description", () => {
  it.each([
    ["tee", 400, 1],
    ["strongbox", 300, 2],
  ] as const)("of a %s key, field by field", async (security, version, level) => {
    const [leaf] = await chain({ security });
    const read = AsnParser.parse(keyDescriptionOf(leaf ?? new Uint8Array(0)), KeyDescription);
    expect(read.attestationVersion).toBe(version);
    expect(read.keymasterVersion).toBe(version);
    expect(read.attestationSecurityLevel).toBe(level);
    expect(read.keymasterSecurityLevel).toBe(level);
    expect(hex(new Uint8Array(read.attestationChallenge.buffer))).toBe(hex(androidKeyBinding(challenge)));
    expect(read.uniqueId.byteLength).toBe(0);
    const { teeEnforced: hardware, softwareEnforced: software } = read;
    expect([...(hardware.purpose ?? [])]).toEqual([2]);
    expect([...(hardware.digest ?? [])]).toEqual([4]);
    expect(hardware).toMatchObject({ algorithm: 3, keySize: 256, ecCurve: 1, origin: 0, osVersion: 160_000 });
    expect(hardware.rootOfTrust).toMatchObject({ deviceLocked: true, verifiedBootState: 0 });
    expect(Number(software.creationDateTime)).toBe(nowMs);
    const id = AsnParser.parse(
      software.attestationApplicationId?.buffer ?? new ArrayBuffer(0),
      AttestationApplicationId,
    );
    // The package's types say OctetString; at run time its converter hands out the bare buffer.
    const bytes = (value: unknown): Uint8Array => new Uint8Array(value as ArrayBuffer);
    expect(id.packageInfos.map((info) => [Buffer.from(bytes(info.packageName)).toString(), info.version])).toEqual([
      [bundle, 42],
    ]);
    expect(id.signatureDigests.map((digest) => hex(bytes(digest)))).toEqual(["ab".repeat(32)]);
  });

  it("of an unlocked device", async () => {
    const [leaf] = await chain({ locked: false });
    const read = AsnParser.parse(keyDescriptionOf(leaf ?? new Uint8Array(0)), KeyDescription);
    expect(read.teeEnforced.rootOfTrust).toMatchObject({ deviceLocked: false, verifiedBootState: 2 });
  });

  it("of a software key, whose hardware list is empty", async () => {
    const [leaf] = await chain({ security: "software", provisioning: "factory" });
    const read = AsnParser.parse(keyDescriptionOf(leaf ?? new Uint8Array(0)), KeyDescription);
    expect(read.attestationSecurityLevel).toBe(0);
    expect(read.teeEnforced.purpose).toBeUndefined();
    expect([...(read.softwareEnforced.purpose ?? [])]).toEqual([2]);
  });
});

describe("node-app-attest reads App Attest objects", () => {
  it.each(["18", "27"] as const)(
    "an attestation of iOS %s, with the test root in the place of its pinned one",
    async (ios) => {
      const { attestation, enrolled } = await attested(ios);
      const read = runNodeAppAttest("verifyAttestation", {
        attestation: { bytes: hex(attestation) },
        challenge: { bytes: hex(concat(tag("key"), challenge, enrolled.instanceKey)) },
        keyId: createHash("sha256").update(enrolled.attestedKey).digest("base64"),
        bundleIdentifier: bundle,
        teamIdentifier: team,
        allowDevelopmentEnvironment: false,
      });
      expect(read).toMatchObject({ environment: "production" });
    },
  );

  it.each(["18", "27"] as const)("an assertion of iOS %s", async (ios) => {
    const { device, enrolled } = await attested(ios);
    const statement = utf8('{"use":"session","project":"p"}');
    const { assertion = new Uint8Array(0) } = await device.keys.prove(enrolled.alias, statement);
    const publicKey = new X509Certificate(certificatesOf((await attested(ios)).attestation)[0] ?? new Uint8Array(0));
    expect(publicKey.subject).toContain("AAA Certification");
    const read = runNodeAppAttest("verifyAssertion", {
      assertion: { bytes: hex(assertion) },
      payload: { bytes: hex(concat(tag("statement"), statement)) },
      publicKey: pointPem(enrolled.attestedKey),
      bundleIdentifier: bundle,
      teamIdentifier: team,
      signCount: 0,
    });
    expect(read).toEqual({ signCount: 1 });
  });
});

async function attested(ios: "18" | "27") {
  const device = createVirtualIphone({
    authority,
    appId: `${team}.${bundle}`,
    ios,
    app,
    project: "p",
    nowMs: () => nowMs,
  });
  const enrolled = await device.keys.enrol(challenge);
  const [evidence] = enrolled.evidence;
  if (evidence?.type !== "apple") throw new Error("no evidence");
  return { device, enrolled, attestation: fromBase64url(evidence.attestation) };
}

/** The content of extension 1.3.6.1.4.1.11129.2.1.17, found by its object identifier. */
function keyDescriptionOf(leaf: Uint8Array): Uint8Array {
  const text = Buffer.from(leaf);
  const at = text.indexOf(Buffer.from("060a2b06010401d679020111", "hex")) + 12;
  const long = text[at + 1] === 0x82;
  const start = at + (long ? 4 : 3);
  return leaf.slice(start, start + (long ? text.readUInt16BE(at + 2) : text.readUInt8(at + 2)));
}

function certificatesOf(attestation: Uint8Array): Uint8Array[] {
  const text = Buffer.from(attestation);
  const found: Uint8Array[] = [];
  for (let at = text.indexOf("x5c") + 4; found.length < 2; ) {
    const length = text.readUInt16BE(at + 1);
    found.push(attestation.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return found;
}

function pointPem(point: Uint8Array): string {
  const spki = Buffer.concat([Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"), point]);
  return `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----\n`;
}

/**
 * Runs a function of the installed node-app-attest in a process of its own. It pins Apple's root and intermediate by constant, so the
 * test's copy of its source, made in a temporary folder, names the test authority instead; everything else is as installed.
 */
function runNodeAppAttest(
  name: "verifyAttestation" | "verifyAssertion",
  params: Readonly<Record<string, unknown>>,
): unknown {
  const installed = dirname(createRequire(import.meta.url).resolve("node-app-attest/package.json"));
  const copy = join(folder, name);
  mkdirSync(copy, { recursive: true });
  const source = readFileSync(join(installed, "src", `${name}.js`), "utf8")
    .replace(/-----BEGIN CERTIFICATE-----[^"]*/, authority.apple.rootPem.trim().replaceAll("\n", "\\n"))
    .replaceAll("Apple App Attestation CA 1", "Countersign Test App Attestation CA 1");
  writeFileSync(join(copy, "package.json"), '{"type":"module"}');
  writeFileSync(join(copy, "read.js"), source);
  writeFileSync(
    join(copy, "run.js"),
    `import read from "./read.js";
     import { readFileSync } from "node:fs";
     const params = JSON.parse(readFileSync(0, "utf8"), (_, value) =>
       value?.bytes === undefined ? value : Buffer.from(value.bytes, "hex"));
     process.stdout.write(JSON.stringify(read(params)));`,
  );
  rmSync(join(copy, "node_modules"), { force: true });
  symlinkSync(dirname(installed), join(copy, "node_modules"));
  return JSON.parse(
    execFileSync(process.execPath, [join(copy, "run.js")], { input: JSON.stringify(params) }).toString(),
  );
}
