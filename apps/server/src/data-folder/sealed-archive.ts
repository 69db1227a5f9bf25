import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { fstatSync, readSync } from "node:fs";
import { concatBytes, equalBytes, tag, u8, u32 } from "@countersign/protocol";
import { StartError } from "./start-error.ts";
import { writeAll } from "./write-new-file.ts";

/*
 * tag("backup") ∥ salt (16), then parts of 64 KiB (the last one shorter or equal), each followed by its 16-byte AES-256-GCM tag.
 * Nonce: u8(last part?) ∥ 7 zero bytes ∥ u32(number of the part), so that no part can be moved, repeated, left out or cut off at the end.
 * Key: scrypt of the passphrase (NFKC) and the salt, N = 2^17, r = 8, p = 1; one archive, one key.
 */
const magic = tag("backup");
const saltLength = 16;
const headLength = magic.length + saltLength;
const partLength = 65_536;
const tagLength = 16;
const shortestPassphrase = 12;

/**
 * Encrypts a stream of bytes under a passphrase into an open file.
 *
 * @throws StartError `passphrase_too_short` below 12 characters: whoever holds the file can try passphrases at leisure.
 */
export function writeSealedArchive(descriptor: number, passphrase: string, content: Iterable<Uint8Array>): void {
  if (passphrase.length < shortestPassphrase) {
    throw new StartError(
      "passphrase_too_short",
      `The passphrase has fewer than ${shortestPassphrase} characters.`,
      "Choose a longer passphrase.",
    );
  }
  const salt = randomBytes(saltLength);
  const head = concatBytes(magic, salt);
  const key = keyOf(passphrase, salt);
  writeAll(descriptor, head);
  const seal = (part: Uint8Array, number: number, last: boolean): void => {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number, last), { authTagLength: tagLength }).setAAD(head);
    writeAll(descriptor, concatBytes(cipher.update(part), cipher.final(), cipher.getAuthTag()));
  };

  let number = 0;
  let held: Uint8Array = new Uint8Array(0);
  for (const bytes of content) {
    held = concatBytes(held, bytes);
    // A full part waits for the next byte: only the end of the content tells which part is the last.
    for (; held.length > partLength; number += 1) {
      seal(held.subarray(0, partLength), number, false);
      held = held.slice(partLength);
    }
  }
  seal(held, number, true);
  key.fill(0);
}

/**
 * The content of an archive, part by part, each authenticated before it is given. Only who reads to the end knows that it is complete.
 *
 * @throws StartError `backup_unreadable` where the file is no archive, was cut or changed; `passphrase_wrong` where its first part does
 * not open.
 */
export function* readSealedArchive(descriptor: number, passphrase: string): Generator<Uint8Array, void> {
  const { size } = fstatSync(descriptor);
  const head = readExactly(descriptor, headLength);
  if (head === null || !equalBytes(head.subarray(0, magic.length), magic))
    throw unreadable("it is no backup of this service");
  const key = keyOf(passphrase, head.subarray(magic.length));
  let at = headLength;
  for (let number = 0; at < size || number === 0; number += 1) {
    const length = Math.min(partLength + tagLength, size - at);
    const sealed = length < tagLength ? null : readExactly(descriptor, length);
    at += length;
    if (sealed === null) throw unreadable("it is cut off");
    const part = openPart(key, head, sealed, nonceOf(number, at >= size));
    if (part !== null) yield part;
    else if (number > 0) throw unreadable("it was changed or cut off");
    else
      throw new StartError(
        "passphrase_wrong",
        "The backup does not open with this passphrase.",
        "Give the passphrase it was made with.",
      );
  }
  key.fill(0);
}

function openPart(key: Uint8Array, head: Uint8Array, sealed: Uint8Array, nonce: Uint8Array): Uint8Array | null {
  const end = sealed.length - tagLength;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
    .setAAD(head)
    .setAuthTag(sealed.subarray(end));
  const part = decipher.update(sealed.subarray(0, end));
  try {
    return concatBytes(part, decipher.final());
  } catch {
    return null;
  }
}

function keyOf(passphrase: string, salt: Uint8Array): Buffer {
  return scryptSync(passphrase.normalize("NFKC"), salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
}

function nonceOf(number: number, last: boolean): Uint8Array {
  return concatBytes(u8(last ? 1 : 0), new Uint8Array(7), u32(number));
}

function readExactly(descriptor: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const got = readSync(descriptor, bytes, read, length - read, null);
    if (got === 0) return null;
    read += got;
  }
  return bytes;
}

export function unreadable(why: string): StartError {
  return new StartError("backup_unreadable", `The backup cannot be read: ${why}.`, "Use another copy of the backup.");
}
