import type { Random } from "../fuzz/random.ts";

const tellingWords = [
  0, 1, 2, 3, 4, 8, 0x14, 0x16, 24, 27, 28, 32, 33, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x7109871a,
  0xf05368c0, 0x42726577, 0x6dff800d, 0xbeeff00d, 0x3ba06f8c, 0x0101, 0x0102, 0x0103, 0x0104, 0x0201, 0x0202, 0x0301,
  0x0421, 0x0423,
];

/** An APK with one to three fields changed where they decide: in the signing block, the central directory, the end record, or a local header. */
export function changeApk(seed: Uint8Array, random: Random): Uint8Array {
  let bytes: Buffer = Buffer.from(seed);
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) bytes = changeOnce(bytes, random);
  return bytes;
}

function changeOnce(bytes: Buffer, random: Random): Buffer {
  const places = findPlaces(bytes);
  const { start, end } = random.pick(places);
  const at = start + random.below(Math.max(1, end - start));
  const changed = Buffer.from(bytes);
  switch (random.below(7)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
    case 1:
      if (at + 2 <= changed.length) changed.writeUInt16LE(random.pick([0, 1, 2, 8, 0x800, 0xffff, 22]), at);
      return changed;
    case 2:
    case 3: {
      // Fields of a signing block begin after others of any length: look for a word that is one.
      const field = findField(changed, at, end);
      if (field + 4 > changed.length) return changed;
      const word = changed.readUInt32LE(field);
      changed.writeUInt32LE(
        random.chance(2) ? random.pick(tellingWords) : (word + random.pick([-8, -4, -1, 1, 4, 8])) >>> 0,
        field,
      );
      return changed;
    }
    case 4: {
      // A piece taken out, and the end record moved with it where it came from before the directory.
      const length = 1 + random.below(random.chance(2) ? 4 : 64);
      return moveDirectory(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]), -length, random);
    }
    case 5: {
      const piece = random.chance(2) ? Buffer.alloc(1 + random.below(8)) : bytes.subarray(at, at + random.below(64));
      return moveDirectory(Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]), piece.length, random);
    }
    default: {
      const comment = Buffer.alloc(random.below(40), random.pick(["\0", "PK\x05\x06", "x"]), "latin1");
      if (random.chance(2) && bytes.length > 22) {
        changed.writeUInt16LE(comment.length, changed.length - 2);
        return Buffer.concat([changed, comment]);
      }
      return Buffer.concat([bytes, comment]);
    }
  }
}

/** One to three bytes or words of a file changed, wherever they stand. */
export function changeBytes(seed: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(seed);
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    const at = random.below(bytes.length);
    if (random.chance(2)) bytes[at] = random.chance(2) ? random.below(256) : (bytes[at] ?? 0) ^ (1 << random.below(8));
    else if (at + 4 <= bytes.length)
      bytes.writeUInt32LE(random.chance(2) ? random.below(64) : random.pick(tellingWords), at & ~3);
  }
  return bytes;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function findPlaces(bytes: Buffer): readonly Place[] {
  const end = bytes.lastIndexOf("PK\x05\x06");
  if (end < 0 || end + 22 > bytes.length) return [{ start: 0, end: bytes.length }];
  const directory = bytes.readUInt32LE(end + 16);
  if (directory >= end) return [{ start: 0, end: bytes.length }];
  const places = [
    ...findLocalHeaders(bytes, directory, end),
    { start: end, end: bytes.length },
    { start: directory, end },
  ];
  const isSigned = directory >= 32 && bytes.toString("latin1", directory - 16, directory) === "APK Sig Block 42";
  const size = isSigned ? Number(bytes.readBigUInt64LE(directory - 24)) : 0;
  const block = { start: directory - size - 8, end: directory };
  return isSigned && block.start >= 0 ? [...places, block, block, block, block, block] : places;
}

/** Where the headers before the contents stand, as far as the directory can be read. */
function findLocalHeaders(bytes: Buffer, directory: number, end: number): readonly Place[] {
  const places: Place[] = [{ start: 0, end: Math.min(64, directory) }];
  for (let at = directory; at + 46 <= end && places.length < 20; ) {
    const start = bytes.readUInt32LE(at + 42);
    if (start + 30 <= directory)
      places.push({ start, end: Math.min(start + 34 + bytes.readUInt16LE(at + 28), directory) });
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return places.slice(-4);
}

/** The next position from which a small number stands as a word: a length, an identifier, an API level. */
function findField(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at + 4 <= end; at += 1) if (bytes[at + 2] === 0 && bytes[at + 3] === 0) return at;
  return from;
}

function moveDirectory(bytes: Buffer, by: number, random: Random): Buffer {
  const end = bytes.lastIndexOf("PK\x05\x06");
  if (end < 0 || end + 22 > bytes.length || random.chance(4)) return bytes;
  bytes.writeUInt32LE((bytes.readUInt32LE(end + 16) + by) >>> 0, end + 16);
  return bytes;
}
