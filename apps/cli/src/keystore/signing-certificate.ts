import { createHash } from "node:crypto";
import { parseCertificate, parsePemCertificates } from "@countersign/asn1";
import { CliFailure } from "../cli-failure.ts";
import type { CliIo } from "../cli-io.ts";
import { readHidden } from "../hidden-input.ts";
import { openFileSource } from "../package/file-source.ts";
import { isJks, parseJks } from "./jks.ts";
import type { KeyEntry } from "./key-entry.ts";
import { isPkcs12, openPkcs12 } from "./pkcs12.ts";

const MOST_BYTES = 1024 * 1024;

/**
 * SHA-256 (hex) of the signing certificate in a file that is no package: a Java or PKCS #12 keystore, or a certificate as PEM or DER. Null where
 * the file is something else. Only a PKCS #12 store is asked for its password, and no private key is opened.
 */
export async function readSigningCertificate(
  io: CliIo,
  file: string,
  alias: string | undefined,
): Promise<string | null> {
  const bytes = await readSmallFile(file);
  if (bytes === null) return null;
  const entries = isJks(bytes)
    ? orUnreadable(file, parseJks(bytes))
    : isPkcs12(bytes)
      ? await openStore(io, file, bytes)
      : null;
  if (entries !== null) return toDigest(choose(file, entries, alias).certificate);
  const certificate = readCertificate(file, bytes);
  return certificate === null ? null : toDigest(certificate);
}

/** The whole file; null where it is larger than any keystore. */
async function readSmallFile(file: string): Promise<Uint8Array | null> {
  const source = await openFileSource(file);
  try {
    return source.size > MOST_BYTES ? null : new Uint8Array(await source.read(0, source.size));
  } finally {
    await source.close();
  }
}

async function openStore(io: CliIo, file: string, bytes: Uint8Array): Promise<readonly KeyEntry[]> {
  const opened = openPkcs12(bytes, await readHidden(io, "password of the keystore"));
  if (!opened.ok && opened.why === "password") {
    throw new CliFailure("keystore_password", `${file} does not open with this password.`);
  }
  return orUnreadable(file, opened.ok ? opened.entries : null);
}

function orUnreadable(file: string, entries: readonly KeyEntry[] | null): readonly KeyEntry[] {
  if (entries !== null && entries.length > 0) return entries;
  throw new CliFailure(
    "keystore_unreadable",
    `${file} holds no key that can be read. Export its certificate instead: keytool -exportcert -alias ALIAS -keystore FILE.`,
  );
}

function choose(file: string, entries: readonly KeyEntry[], alias: string | undefined): KeyEntry {
  const [only, second] = entries;
  if (alias === undefined && only !== undefined && second === undefined) return only;
  const named = entries.filter((entry) => entry.alias === alias);
  if (named[0] !== undefined && named.length === 1) return named[0];
  const names = entries.map((entry) => entry.alias).join(", ");
  throw new CliFailure("keystore_alias", `${file} holds the keys ${names}. Name the one that signs with --alias.`);
}

function readCertificate(file: string, bytes: Uint8Array): Uint8Array | null {
  if (parseCertificate(bytes) !== null) return bytes;
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.includes("-----BEGIN ")) return null;
  const pems = parsePemCertificates(text);
  const [only, second] = pems ?? [];
  if (only !== undefined && second === undefined && parseCertificate(only) !== null) return only;
  throw new CliFailure("file_not_certificate", `${file} does not hold exactly one certificate.`);
}

function toDigest(certificate: Uint8Array): string {
  return createHash("sha256").update(certificate).digest("hex");
}
