import { readFileSync } from "node:fs";

/** A member of another class that compiled code names, in the JVM's form. */
export interface UsedMember {
  /** `android/os/Build$VERSION` */
  readonly owner: string;
  readonly name: string;
  readonly descriptor: string;
}

type Entry =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "class"; readonly name: number }
  | { readonly kind: "pair"; readonly first: number; readonly second: number }
  | { readonly kind: "member"; readonly first: number; readonly second: number };

/** Sizes of the entries that are not read, by their tag (JVMS §4.4). */
const skipped: Readonly<Record<number, number>> = {
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  8: 2,
  15: 3,
  16: 2,
  17: 4,
  18: 4,
  19: 2,
  20: 2,
};

function readPool(bytes: Buffer): readonly (Entry | null)[] {
  const entries: (Entry | null)[] = [null];
  const count = bytes.readUInt16BE(8);
  let at = 10;
  while (entries.length < count) {
    const tag = bytes.readUInt8(at);
    at += 1;
    if (tag === 1) {
      const length = bytes.readUInt16BE(at);
      entries.push({ kind: "text", text: bytes.toString("utf8", at + 2, at + 2 + length) });
      at += 2 + length;
    } else if (tag === 7) {
      entries.push({ kind: "class", name: bytes.readUInt16BE(at) });
      at += 2;
    } else if (tag >= 9 && tag <= 12) {
      const kind = tag === 12 ? "pair" : "member";
      entries.push({ kind, first: bytes.readUInt16BE(at), second: bytes.readUInt16BE(at + 2) });
      at += 4;
    } else {
      const size = skipped[tag];
      if (size === undefined) throw new Error(`no constant has the tag ${tag}`);
      entries.push(null);
      at += size;
      // A long or a double takes two places.
      if (tag === 5 || tag === 6) entries.push(null);
    }
  }
  return entries;
}

/** Every member of any class that the code of this class file calls, reads or writes. */
export function usedMembers(classFile: string): readonly UsedMember[] {
  const pool = readPool(readFileSync(classFile));
  const text = (index: number): string => {
    const entry = pool[index];
    return entry?.kind === "text" ? entry.text : "";
  };
  return pool.flatMap((entry) => {
    if (entry?.kind !== "member") return [];
    const owner = pool[entry.first];
    const pair = pool[entry.second];
    if (owner?.kind !== "class" || pair?.kind !== "pair") return [];
    return [{ owner: text(owner.name), name: text(pair.first), descriptor: text(pair.second) }];
  });
}
