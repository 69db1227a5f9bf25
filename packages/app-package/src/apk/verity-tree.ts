import { createHash, type Hash, hash } from "node:crypto";

const pageBytes = 4096;
const digestBytes = 32;

/** A tree of SHA-256 over pages of 4096 bytes, as fs-verity has it, grown as bytes come. Memory does not depend on their number. */
export interface VerityTree {
  update(piece: Uint8Array): void;
  /** The root, and the SHA-256 of each level's pages, lowest level first. Ends the tree. */
  finish(): { readonly root: Uint8Array; readonly levels: readonly Uint8Array[] };
}

interface Level {
  readonly page: Buffer;
  filled: number;
  pages: number;
  /** Over this level's pages; a level of digests is compared by it. */
  readonly digest: Hash;
}

/** @param salt precedes every page that is hashed: eight zero bytes in a signing block's digest, nothing in a v4 tree. */
export function createVerityTree(salt: Uint8Array): VerityTree {
  // Level nought is the bytes themselves; each other level has the digests of the pages of the one below.
  const levels: Level[] = [];
  const level = (index: number): Level =>
    (levels[index] ??= { page: Buffer.alloc(pageBytes), filled: 0, pages: 0, digest: createHash("sha256") });
  const salted = Buffer.alloc(salt.length + pageBytes);
  salted.set(salt);
  const digestOf = (page: Uint8Array): Uint8Array => {
    salted.set(page, salt.length);
    return hash("sha256", salted, "buffer");
  };

  const add = (index: number, bytes: Uint8Array): void => {
    const at = level(index);
    let offset = 0;
    while (offset < bytes.length) {
      // A full page stays until more comes: the topmost level's one page is the root's.
      if (at.filled === pageBytes) close(index, at);
      const count = Math.min(pageBytes - at.filled, bytes.length - offset);
      at.page.set(bytes.subarray(offset, offset + count), at.filled);
      at.filled += count;
      offset += count;
    }
  };
  const close = (index: number, at: Level): void => {
    at.page.fill(0, at.filled);
    if (index > 0) at.digest.update(at.page);
    at.filled = 0;
    at.pages += 1;
    add(index + 1, digestOf(at.page));
  };

  return {
    update: (piece) => add(0, piece),
    finish() {
      close(0, level(0));
      for (let index = 1; ; index += 1) {
        const at = level(index);
        if (at.pages > 0) {
          close(index, at);
          continue;
        }
        at.page.fill(0, at.filled);
        at.digest.update(at.page);
        const root = digestOf(at.page);
        return { root, levels: levels.slice(1, index + 1).map(({ digest }) => digest.digest()) };
      }
    },
  };
}

/** Bytes of each level of the tree over `contentBytes`, lowest first. */
export function verityLevelBytes(contentBytes: number): readonly number[] {
  const levels: number[] = [];
  let digests = Math.ceil(contentBytes / pageBytes) * digestBytes;
  for (;;) {
    const pages = Math.ceil(digests / pageBytes);
    levels.push(pages * pageBytes);
    if (pages <= 1) return levels;
    digests = pages * digestBytes;
  }
}
