import type { Piece } from "../finding.ts";
import { toRawPieces } from "./raw-strings.ts";

interface Section {
  readonly offset: number;
  readonly size: number;
}

const FAT = 0xcafebabe;
const FAT_64 = 0xcafebabf;
const SEGMENT = 0x1;
const SEGMENT_64 = 0x19;
const ENCRYPTION = 0x21;
const ENCRYPTION_64 = 0x2c;
/** Bytes that a section's own description takes. */
const SECTION = 68;
const MOST_SLICES = 8;
const MOST_COMMANDS = 4096;
const stringSections = new Set(["__cstring", "__ustring", "__swift5_reflstr", "__const"]);

/**
 * A Mach-O executable (Apple, mach-o/loader.h, fat.h): sections of literals in the program's order, so that a value stands beside its name; then every run of
 * characters of the file, since Swift and other compilers keep literals elsewhere too. What the App Store has encrypted (LC_ENCRYPTION_INFO) is told.
 *
 * @throws Error or RangeError where the load commands are damaged.
 */
export function* readMachO(bytes: Buffer, tell: (reason: "encrypted") => void): Generator<Piece> {
  let budget = bytes.length * 2;
  let isTold = false;
  const tellOnce = (): void => {
    if (!isTold) tell("encrypted");
    isTold = true;
  };
  for (const slice of slicesOf(bytes)) {
    for (const { offset, size } of sectionsOf(bytes, slice, tellOnce)) {
      const section = bytes.subarray(offset, offset + size);
      budget -= section.length + SECTION;
      if (budget < 0) throw new Error("sections share their bytes");
      yield* toRawPieces(section, offset, "pool");
    }
  }
  yield* toRawPieces(bytes);
}

/** fat_arch: the offset at 8 of 20 bytes; fat_arch_64: 64 bits of it at 8 of 32. */
function slicesOf(bytes: Buffer): readonly number[] {
  const magic = bytes.readUInt32BE(0);
  if (magic !== FAT && magic !== FAT_64) return [0];
  const count = Math.min(bytes.readUInt32BE(4), MOST_SLICES);
  return Array.from({ length: count }, (_, index) =>
    magic === FAT ? bytes.readUInt32BE(8 + index * 20 + 8) : Number(bytes.readBigUInt64BE(8 + index * 32 + 8)),
  );
}

function* sectionsOf(bytes: Buffer, start: number, tell: () => void): Generator<Section> {
  const magic = bytes.readUInt32LE(start);
  const isLittle = magic === 0xfeedface || magic === 0xfeedfacf;
  const read = (offset: number): number => (isLittle ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset));
  if (read(start) !== 0xfeedface && read(start) !== 0xfeedfacf) throw new Error("a slice is no Mach-O file");
  const is64 = read(start) === 0xfeedfacf;
  let command = start + (is64 ? 32 : 28);
  const count = Math.min(read(start + 16), MOST_COMMANDS);
  for (let index = 0; index < count; index += 1) {
    const [type, size] = [read(command), read(command + 4)];
    if (size < 8) throw new Error("a load command has no size");
    // encryption_info_command: cryptoff, cryptsize, cryptid at 16; nothing is encrypted where that is 0.
    if ((type === ENCRYPTION || type === ENCRYPTION_64) && read(command + 16) !== 0) tell();
    if (type === SEGMENT || type === SEGMENT_64) {
      // segment_command: nsects at 48, or 64 of 64 bits; section: sectname, segname, addr, size, offset.
      const wide = type === SEGMENT_64;
      const sections = Math.min(read(command + (wide ? 64 : 48)), Math.floor(size / (wide ? 80 : 68)));
      for (let number = 0; number < sections; number += 1) {
        const section = command + (wide ? 72 : 56) + number * (wide ? 80 : 68);
        const name = bytes.toString("latin1", section, section + 16).replace(/\0.*$/s, "");
        const [length, offset] = [read(section + (wide ? (isLittle ? 40 : 44) : 36)), read(section + (wide ? 48 : 40))];
        if (stringSections.has(name) && offset > 0) yield { offset: start + offset, size: length };
      }
    }
    command += size;
  }
}
