import { createHash } from "node:crypto";
import type { ByteSource } from "../source/byte-source.ts";
import { directoryOffsetField, type ZipEnd } from "../zip/end-of-central-directory.ts";
import type { ContentDigestKind } from "./signature-algorithm.ts";
import { createVerityTree, type VerityTree } from "./verity-tree.ts";

const pieceBytes = 1024 * 1024;

export type ContentDigests = ReadonlyMap<ContentDigestKind, Uint8Array>;

/**
 * Digests what the signing block signs: the entries before it, the central directory, and the end record as it would stand without the
 * block, in pieces of 1 MiB (APK Signature Scheme v2, "Integrity-protected contents"). One pass over the file whatever is asked for, the
 * file's whole tree for v4 included; holds one piece. Verity has its own tree, and the number of bytes behind its root.
 */
export async function digestContent(
  source: ByteSource,
  blockOffset: number,
  end: ZipEnd,
  kinds: ReadonlySet<ContentDigestKind>,
  wholeFile: VerityTree | null,
): Promise<ContentDigests> {
  const endRecord = Buffer.from(end.endRecord);
  endRecord.writeUInt32LE(blockOffset, directoryOffsetField);
  const sinks = [...kinds].map(
    (kind) => [kind, kind === "verity" ? createVeritySink() : createChunkSink(kind)] as const,
  );

  const pass = async (offset: number, limit: number, signed: boolean): Promise<void> => {
    for (let at = offset; at < limit; at += pieceBytes) {
      const piece = await source.read(at, Math.min(pieceBytes, limit - at));
      wholeFile?.update(piece);
      if (signed) for (const [, sink] of sinks) sink.update(piece);
    }
  };
  if (sinks.length > 0 || wholeFile !== null) {
    await pass(0, blockOffset, true);
    if (wholeFile !== null) await pass(blockOffset, end.directoryOffset, false);
    await pass(end.directoryOffset, end.endOffset, true);
    wholeFile?.update(end.endRecord);
    for (const [, sink] of sinks) sink.update(endRecord);
  }
  return new Map(sinks.map(([kind, sink]) => [kind, sink.finish()]));
}

interface Sink {
  update(piece: Uint8Array): void;
  finish(): Uint8Array;
}

/** Pieces as they come are the chunks: none is longer than 1 MiB, and each section begins a new one. */
function createChunkSink(algorithm: "sha256" | "sha512"): Sink {
  let count = 0;
  const digests: Buffer[] = [];
  return {
    update(piece) {
      count += 1;
      digests.push(createHash(algorithm).update(prefix(0xa5, piece.length)).update(piece).digest());
    },
    finish: () => createHash(algorithm).update(prefix(0x5a, count)).update(Buffer.concat(digests)).digest(),
  };
}

function createVeritySink(): Sink {
  const tree = createVerityTree(new Uint8Array(8));
  let length = 0;
  return {
    update(piece) {
      length += piece.length;
      tree.update(piece);
    },
    finish() {
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(length));
      return Buffer.concat([tree.finish().root, size]);
    },
  };
}

function prefix(first: number, number: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = first;
  bytes.writeUInt32LE(number, 1);
  return bytes;
}
