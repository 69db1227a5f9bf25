import { hash } from "node:crypto";
import { createBytesSource } from "../source/byte-source.ts";
import { scanZip } from "../zip/open-zip.ts";
import type { AndroidJarOptions, JarOptions, JarVerification } from "./jar-verification.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";
import {
  block,
  content,
  type Entries,
  ecSigner,
  manifestSections,
  type Signer,
  type SignerInfoText,
  signatureEntries,
  signatureFile,
  writeZip,
} from "./write-jar.suite.ts";

export const android = (
  minSdk: number,
  maxSdk = Number.MAX_SAFE_INTEGER,
  foundSchemes: readonly number[] = [],
): AndroidJarOptions => ({
  rules: "android",
  minSdk,
  maxSdk,
  foundSchemes,
});
export const modern = android(24);
export const jarsigner = { rules: "jarsigner" } as const;

export async function verify(bytes: Uint8Array, options: JarOptions = modern): Promise<JarVerification> {
  const scanned = await scanZip(createBytesSource(bytes));
  if (!scanned.ok) throw new Error(scanned.problem.detail);
  return await verifyJarSignature(scanned.value.archive, options);
}

export const idOf = ({ certificate }: Signer) => hash("sha256", certificate);
export const signersOf = ({ ok, signers }: JarVerification) =>
  ok ? signers.map(({ certSha256 }) => certSha256) : "refused";
/** Every problem's code, wherever it stands. */
export const codesOf = ({ errors, signers }: JarVerification) =>
  [...errors, ...signers.flatMap((signer) => signer.errors)].map(({ code }) => code);
export const warningsOf = ({ warnings }: JarVerification) => warnings.map(({ code }) => code);

export const sections = manifestSections(content);
export const manifest = sections.join("");
export const file = signatureFile(sections);
/** An archive with exactly these below META-INF. */
export const jar = (signed: Entries, entries: Entries = content, text = manifest): Uint8Array =>
  writeZip([...entries, ["META-INF/MANIFEST.MF", text], ...signed]);
export const jarOfBlock = (bytes: Uint8Array, text = file) =>
  jar([
    ["META-INF/CERT.SF", text],
    ["META-INF/CERT.EC", bytes],
  ]);
export const jarOfInfo = (text: SignerInfoText) => jarOfBlock(block(file, ecSigner, text));
export const jarOfFile = (text: string) => jar(signatureEntries("CERT", text, ecSigner));
/** An archive whose manifest is this one, in all else signed well. */
export const jarOfManifest = (texts: readonly string[], entries: Entries = content) =>
  jar(signatureEntries("CERT", signatureFile(texts), ecSigner), entries, texts.join(""));
