import { crc32, deflateRawSync } from "node:zlib";

/** A member of an archive, and what is wrong with it. */
export interface ZipMember {
  readonly name: string;
  readonly data: Buffer | string;
  readonly store?: true;
  /** General purpose flag bit 0 (APPNOTE 4.4.4). */
  readonly encrypted?: true;
  /** Compressed bytes in place of the true ones. */
  readonly packed?: Buffer;
  readonly method?: number;
}

/** A ZIP archive (APPNOTE 6.3.10) of these members. */
export function makeZip(members: readonly ZipMember[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const data = Buffer.from(member.data);
    const packed = member.packed ?? (member.store ? data : deflateRawSync(data));
    const name = Buffer.from(member.name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE((member.encrypted ? 1 : 0) | 0x800, 2);
    fields.writeUInt16LE(member.method ?? (member.store ? 0 : 8), 4);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, name, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, rest, name]));
    files.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listed, end]);
}
