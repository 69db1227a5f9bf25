import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import forge from "node-forge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explicit, integer, octets, oid, sequence } from "../../../../packages/asn1/src/made/der-writer.suite.ts";
import { requireAll } from "../../../../testing/vectors.ts";
import { isJks, parseJks } from "./jks.ts";
import { isPkcs12, openPkcs12 } from "./pkcs12.ts";

const password = "correct horse";

function has(tool: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(tool, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const tools = has("keytool", "-help") && has("openssl", "version");

describe.skipIf(!tools && !requireAll)("a keystore as keytool and openssl write it", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-keystore-"));
  const at = (name: string): string => join(folder, name);
  const made = new Map<string, Uint8Array>();
  const kinds = ["JKS", "PKCS12", "PKCS12-LEGACY"] as const;

  function keytool(...args: readonly string[]): Buffer {
    return execFileSync("keytool", args, { stdio: ["ignore", "pipe", "ignore"] });
  }

  beforeAll(() => {
    for (const kind of kinds) {
      const store = ["-keystore", at(kind), "-storetype", kind.slice(0, 6), "-storepass", password];
      const legacy = kind === "PKCS12-LEGACY" ? ["-J-Dkeystore.pkcs12.legacy"] : [];
      for (const [alias, alg] of [
        ["upload", "EC"],
        ["release", "RSA"],
      ] as const) {
        const subject = ["-dname", `CN=${alias}`, "-keypass", password];
        keytool(...legacy, "-genkeypair", "-alias", alias, "-keyalg", alg, ...subject, ...store);
        made.set(`${kind} ${alias}`, keytool("-exportcert", "-alias", alias, ...store));
      }
    }
    const pem = ["-keyout", at("key.pem"), "-out", at("cert.pem")];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=o", ...pem], {
      stdio: "ignore",
    });
    const from = ["-inkey", at("key.pem"), "-in", at("cert.pem"), "-passout", `pass:${password}`];
    execFileSync("openssl", ["pkcs12", "-export", ...from, "-name", "mine", "-out", at("openssl.p12")]);
    made.set("openssl mine", execFileSync("openssl", ["x509", "-in", at("cert.pem"), "-outform", "DER"]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const digest = (bytes: Uint8Array | undefined): string =>
    createHash("sha256")
      .update(bytes ?? "")
      .digest("hex");
  const digests = (entries: readonly { alias: string; certificate: Uint8Array }[] | null | undefined): unknown =>
    Object.fromEntries(entries?.map(({ alias, certificate }) => [alias, digest(certificate)]) ?? []);
  const wanted = (kind: string): unknown => ({
    upload: digest(made.get(`${kind} upload`)),
    release: digest(made.get(`${kind} release`)),
  });

  it("tells a JKS store's keys by their certificates, without its password", () => {
    const bytes = readFileSync(at("JKS"));
    expect([isJks(bytes), isPkcs12(bytes)]).toEqual([true, false]);
    expect(digests(parseJks(bytes))).toEqual(wanted("JKS"));
  });

  it.each(["PKCS12", "PKCS12-LEGACY"])("tells the keys of %s by their certificates, with its password", (kind) => {
    const bytes = readFileSync(at(kind));
    expect([isJks(bytes), isPkcs12(bytes)]).toEqual([false, true]);
    const opened = openPkcs12(bytes, password);
    expect(opened.ok && digests(opened.entries)).toEqual(wanted(kind));
    expect(openPkcs12(bytes, `${password} `)).toEqual({ ok: false, why: "password" });
  });

  it("opens what openssl writes", () => {
    const opened = openPkcs12(readFileSync(at("openssl.p12")), password);
    expect(opened.ok && digests(opened.entries)).toEqual({ mine: digest(made.get("openssl mine")) });
  });

  it("never throws on a store that is cut off or altered, and takes no certificate that the MAC does not cover", () => {
    for (const kind of ["JKS", "PKCS12", "openssl.p12"]) {
      const whole = readFileSync(at(kind));
      fc.assert(
        fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (place, byte, cut) => {
          const bytes = cut ? whole.subarray(0, place) : Uint8Array.from(whole);
          if (!cut) bytes[place] = byte;
          parseJks(bytes);
          const opened = isPkcs12(bytes) ? openPkcs12(bytes, password) : null;
          const genuine = openPkcs12(whole, password);
          if (opened?.ok && genuine.ok) expect(digests(opened.entries)).toEqual(digests(genuine.entries));
        }),
        { numRuns: 30 },
      );
    }
  });
});

it("a store with more rounds than any reader would wait for is not read", () => {
  const data = (content: Uint8Array): Uint8Array => sequence(oid("1.2.840.113549.1.7.1"), explicit(0, octets(content)));
  const sha1 = sequence(sequence(oid("1.3.14.3.2.26")), octets(new Uint8Array(20)));
  const tooMany = sequence(
    integer(3n),
    data(new Uint8Array()),
    sequence(sha1, octets(new Uint8Array(8)), integer(2n ** 31n)),
  );
  expect([isPkcs12(tooMany), openPkcs12(tooMany, "x")]).toEqual([true, { ok: false, why: "unreadable" }]);
});

it("a store whose cipher's parameters nest without end is not read, and does not throw", () => {
  let nested: Uint8Array = sequence();
  for (let depth = 0; depth < 15_000; depth += 1) nested = sequence(nested);
  const cipher = sequence(oid("1.2.840.113549.1.5.13"), nested);
  const sealed = sequence(oid("1.2.840.113549.1.7.1"), cipher, Uint8Array.of(0x80, 1, 0));
  const safe = sequence(sequence(oid("1.2.840.113549.1.7.6"), explicit(0, sequence(integer(0n), sealed))));
  const key = forge.pkcs12.generateKey("x", forge.util.createBuffer("saltsalt"), 3, 1, 20, forge.md.sha1.create());
  const mac = forge.hmac.create();
  mac.start("sha1", key);
  mac.update(Buffer.from(safe).toString("latin1"));
  const expected = octets(Buffer.from(mac.digest().getBytes(), "latin1"));
  const macData = sequence(sequence(sequence(oid("1.3.14.3.2.26")), expected), octets("saltsalt"), integer(1n));
  const data = sequence(oid("1.2.840.113549.1.7.1"), explicit(0, octets(safe)));
  expect(openPkcs12(sequence(integer(3n), data, macData), "y")).toEqual({ ok: false, why: "password" });
  expect(openPkcs12(sequence(integer(3n), data, macData), "x")).toEqual({ ok: false, why: "unreadable" });
});
