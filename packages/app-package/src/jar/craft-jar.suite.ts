import { createHash } from "node:crypto";
import { makeRsaKey } from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";
import {
  attribute,
  blockOf,
  type Entries,
  ecSigner,
  goodAttributes,
  makeSigner,
  oids,
  otherSigner,
  rsaSigner,
  type Signer,
  signerInfo,
  writeZip,
} from "./write-jar.suite.ts";

/** Draws from a seed, the same on every machine. */
export interface Dice {
  pick<T>(first: T, ...others: readonly T[]): T;
  /** True this often, from 0 to 1. */
  happens(chance: number): boolean;
  below(count: number): number;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return {
    pick: (first, ...others) => [first, ...others][Math.floor(next() * (others.length + 1))] ?? first,
    happens: (chance) => next() < chance,
    below: (count) => Math.floor(next() * count),
  };
}

const signers = [ecSigner, otherSigner, rsaSigner, makeSigner("rsa2", makeRsaKey())] as const;
const hashes = {
  SHA1: "sha1",
  SHA: "sha1",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  MD5: "md5",
} as const;
const hashNames = Object.keys(hashes) as (keyof typeof hashes)[];

/** An archive that a signer with a strange tool, or an attacker, could have made: each fault happens with the chance `wrong`. */
export function craftJar(dice: Dice, androidManifest: Uint8Array, wrong: number): Uint8Array {
  const { pick, happens } = dice;
  const breaks = pick("\r\n", "\r\n", "\n", "any");
  const lineBreak = () => (breaks === "any" ? pick("\r\n", "\n", "\r") : breaks);

  const digests = (suffix: string, content: string | Uint8Array): readonly string[] => {
    const names: (keyof typeof hashes)[] = happens(0.6)
      ? [pick<keyof typeof hashes>("SHA1", "SHA-256")]
      : hashNames.filter(() => happens(0.4));
    if (happens(0.4) && !names.includes("SHA1")) names.push("SHA1");
    const lines = names.flatMap((name) => {
      const right = createHash(hashes[name]).update(content).digest("base64");
      const faults = ["AAAA", "!", "", right.replace(/=+$/, ""), ` ${right}`, right.slice(0, -4)] as const;
      const value = happens(wrong) ? pick(...faults) : right;
      const line = `${happens(0.1) ? name.toLowerCase() : name}${suffix}: ${value}`;
      return happens(wrong) ? [line, `${name}${suffix}: AAAA`] : [line];
    });
    const algorithms = pick("SHA1", "SHA-256 SHA1", "MD5", "SHA-512", "x SHA1", " SHA", "SHA-384\tSHA1");
    if (happens(0.15)) lines.push(`Digest-Algorithms: ${algorithms}`);
    return happens(0.3) ? lines.toReversed() : lines;
  };
  const section = (...attributes: readonly string[]): string => {
    const lines = attributes.map((text) => {
      const at = 3 + dice.below(Math.max(1, text.length - 4));
      const folded = happens(0.1) ? `${text.slice(0, at)}${lineBreak()} ${text.slice(at)}` : text;
      return folded + lineBreak() + (happens(wrong) ? `X-Other: y${lineBreak()}` : "");
    });
    const end = (happens(wrong) ? "" : lineBreak()) + (happens(wrong) ? lineBreak() : "");
    return (happens(wrong) ? " " : "") + lines.join("") + end;
  };

  const extra = [pick("res/x", "a b", "ä", "META-INF/x", "dir/", "x: y"), "z"] as const;
  const entries: Entries = [
    ["AndroidManifest.xml", androidManifest],
    ["classes.dex", "code"],
    ...(happens(0.5) ? [extra] : []),
  ];
  const named = entries
    .filter(() => !happens(wrong))
    .map(([name, content]) => ({ name, text: section(`Name: ${name}`, ...digests("-Digest", content)) }));
  const main = section("Manifest-Version: 1.0", ...(happens(0.3) ? ["Created-By: 1.0 (Android)"] : []));
  const stray = happens(wrong) ? section(pick("Name: missing", "X: y", "Name", "name: classes.dex")) : "";
  const manifest = main + named.map(({ text }) => text).join("") + stray;

  const signatureFile = (): string => {
    const isTool = happens(0.05);
    const schemes = pick("2", "3", "2, 3", "4", "", "x", "+2", "-2", "02", "2 3", ",,3,");
    const head = section(
      happens(wrong) ? "X: y" : `Signature-Version: ${pick("1.0", "1.0", "2", "")}`,
      ...(happens(0.2) ? [`Created-By: ${isTool ? "a signtool b" : "me"}`] : []),
      ...(happens(0.6) ? digests(isTool ? "-Digest" : "-Digest-Manifest", happens(0.15) ? "other" : manifest) : []),
      ...(happens(0.5) ? digests("-Digest-Manifest-Main-Attributes", happens(wrong) ? "other" : main) : []),
      ...(happens(0.15) ? [`X-Android-APK-Signed: ${schemes}`] : []),
    );
    const signed = named.filter(() => !happens(wrong));
    const rest = signed.map(({ name, text }) => section(`Name: ${name}`, ...digests("-Digest", text))).join("");
    return head + rest + (happens(wrong) ? section(pick("Name: missing", "X: y", "Name: classes.dex")) : "");
  };

  const info = (file: string, signer: Signer): Uint8Array => {
    const hash = pick("sha1", "sha256", "sha256");
    const good = goodAttributes(happens(wrong) ? "other" : file, hash);
    const otherType = attribute(oids.contentType, der.oid(oids.signedData));
    const empty = attribute(oids.contentType);
    const unusual = pick(
      good.toReversed(),
      [...good, ...good],
      good.slice(0, 1),
      good.slice(1),
      good.with(0, otherType),
      good.with(0, empty),
    );
    const attributes = happens(0.3) ? (happens(3 * wrong) ? unusual : good) : undefined;
    const formless = pick(
      Buffer.from("x"),
      Buffer.alloc(256),
      Buffer.from(der.sequence(der.integer(1), der.integer(2))),
    );
    return signerInfo(happens(wrong) ? `${file} ` : file, signer, {
      hash,
      ...(attributes ? { attributes } : {}),
      ...(happens(wrong) ? { signature: formless } : {}),
    });
  };

  const files = Array.from({ length: pick(1, 1, 1, 2, 3) }, (_, at): Entries => {
    const file = signatureFile();
    const used = [pick(...signers), ...(happens(0.1) ? [pick(...signers)] : [])];
    const infos = used.map((signer) => info(file, signer));
    const certificates = used.map(({ certificate }) => certificate).slice(happens(wrong) ? 1 : 0);
    const block = [`META-INF/S${at}.${pick("RSA", "EC", "DSA")}`, blockOf(certificates, infos)] as const;
    return happens(wrong) ? [block] : [[`META-INF/S${at}.SF`, file], block];
  });
  const all: Entries = [...entries, ["META-INF/MANIFEST.MF", manifest], ...files.flat()];
  return writeZip(happens(0.3) ? all.toReversed() : all);
}
