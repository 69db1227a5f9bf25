import { createHash } from "node:crypto";
import { boolean, der, integer, octets, sequence, utf8 } from "../../../asn1/src/made/der-writer.suite.ts";
import {
  attribute,
  type CmsPlan,
  developer,
  developerAuthority,
  digestOid,
  type MadeSigner,
  makeCms,
  teamId,
} from "./made-authority.suite.ts";
import { type MadeValue, writeXmlPlist } from "./made-plist.suite.ts";

export type PageDigest = "sha1" | "sha256" | "sha384";
const hashTypes = { sha1: 1, sha256: 2, sha384: 4 };
const hashBytes = { sha1: 20, sha256: 32, sha384: 48 };

/** A slice and its signature: as it should be, but for what the test asks for. */
export interface SlicePlan {
  readonly identifier: string;
  readonly teamId: string | null;
  readonly cpuType: number;
  readonly cpuSubtype: number;
  /** 2: a program, 6: a library. */
  readonly fileType: number;
  readonly is32: boolean;
  readonly code: Uint8Array;
  readonly cryptId: number | null;
  readonly digests: readonly PageDigest[];
  readonly version: number;
  readonly flags: number;
  readonly entitlements: Readonly<Record<string, MadeValue>> | null;
  readonly xml: Uint8Array | null | undefined;
  readonly der: Uint8Array | null | undefined;
  readonly infoPlist: Uint8Array | null;
  readonly resources: Uint8Array | null;
  readonly signer: MadeSigner;
  readonly certificates: readonly Uint8Array[];
  readonly cms: Partial<CmsPlan>;
  /** Hashes of the directories, as signed attributes. */
  readonly hashLists: (directories: readonly MadeDirectory[]) => readonly Uint8Array[];
  /** Where the code ends, as the directories have it. */
  readonly codeLimit: (codeBytes: number) => number;
  readonly directories: (directories: readonly MadeDirectory[]) => readonly MadeDirectory[];
  readonly slots: (slots: Map<number, Uint8Array>) => void;
  readonly blobs: (blobs: readonly MadeBlob[]) => readonly MadeBlob[];
  /** Further load commands, and the signature's own as it should not be. */
  readonly commands: (signature: Uint8Array) => readonly Uint8Array[];
  /** Nothing is signed. */
  readonly isUnsigned: boolean;
}

export interface MadeDirectory {
  readonly digest: PageDigest;
  readonly bytes: Uint8Array;
}

export type MadeBlob = readonly [slot: number, bytes: Uint8Array];

const noBytes = Buffer.alloc(0);

export const usualSlice: SlicePlan = {
  identifier: "com.example.app",
  teamId,
  cpuType: 0x0100000c,
  cpuSubtype: 0,
  fileType: 2,
  is32: false,
  code: Buffer.alloc(9000, "code of the app; "),
  cryptId: null,
  digests: ["sha1", "sha256"],
  version: 0x20500,
  flags: 0,
  entitlements: null,
  xml: undefined,
  der: undefined,
  infoPlist: null,
  resources: null,
  signer: developer,
  certificates: [developerAuthority],
  cms: {},
  hashLists: (directories) => [
    attribute("1.2.840.113635.100.9.1", octets(hashPlist(directories))),
    attribute(
      "1.2.840.113635.100.9.2",
      ...directories.map(({ digest, bytes }) => sequence(digestOid(digest), octets(hash(digest, bytes)))),
    ),
  ],
  codeLimit: (codeBytes) => codeBytes,
  directories: (directories) => directories,
  slots: () => undefined,
  blobs: (blobs) => blobs,
  commands: (signature) => [signature],
  isUnsigned: false,
};

export function hashPlist(directories: readonly MadeDirectory[]): Uint8Array {
  return writeXmlPlist({ cdhashes: directories.map(({ digest, bytes }) => hash(digest, bytes).subarray(0, 20)) });
}

/** A thin Mach-O file. */
export function makeSlice(other: Partial<SlicePlan> = {}): Uint8Array {
  const plan = { ...usualSlice, ...other };
  // The signature's length stands in what is signed: it is made once for its length, and once with it.
  const draft = plan.isUnsigned ? noBytes : signature(plan, unsigned(plan, 0));
  const room = draft.length + 64;
  const file = unsigned(plan, room);
  if (plan.isUnsigned) return file;
  const signed = signature(plan, file);
  return Buffer.concat([file, signed, Buffer.alloc(room - signed.length)]);
}

function unsigned(plan: SlicePlan, signatureBytes: number): Uint8Array {
  const segment = command(0x19, Buffer.alloc(64, 1));
  const encryption =
    plan.cryptId === null
      ? noBytes
      : command(plan.is32 ? 0x21 : 0x2c, little(4096, 4096, plan.cryptId, ...(plan.is32 ? [] : [0])));
  const commandsAt = (place: number) => {
    const own = plan.isUnsigned ? [] : plan.commands(command(0x1d, little(place, signatureBytes)));
    return [segment, encryption, ...own].filter(({ length }) => length > 0);
  };
  const headerBytes = plan.is32 ? 28 : 32;
  const commandBytes = Buffer.concat(commandsAt(0)).length;
  const place = Math.ceil((headerBytes + commandBytes + plan.code.length) / 16) * 16;
  const commands = commandsAt(place);
  const header = little(
    plan.is32 ? 0xfeedface : 0xfeedfacf,
    plan.cpuType,
    plan.cpuSubtype,
    plan.fileType,
    commands.length,
    commandBytes,
    0x200085,
    ...(plan.is32 ? [] : [0]),
  );
  const file = Buffer.concat([header, ...commands, plan.code]);
  return Buffer.concat([file, Buffer.alloc(place - file.length)]);
}

function signature(plan: SlicePlan, file: Uint8Array): Uint8Array {
  const xml =
    plan.xml === undefined ? (plan.entitlements === null ? null : writeXmlPlist(plan.entitlements)) : plan.xml;
  const derBytes =
    plan.der === undefined ? (plan.entitlements === null ? null : derEntitlements(plan.entitlements)) : plan.der;
  const extra: MadeBlob[] = [[2, blob(0xfade0c01, big(0))]];
  if (xml !== null) extra.push([5, blob(0xfade7171, xml)]);
  if (derBytes !== null) extra.push([7, blob(0xfade7172, derBytes)]);
  const slots = new Map<number, Uint8Array>(extra);
  if (plan.infoPlist !== null) slots.set(1, plan.infoPlist);
  if (plan.resources !== null) slots.set(3, plan.resources);
  plan.slots(slots);
  const directories = plan.directories(
    plan.digests.map((digest) => ({ digest, bytes: makeDirectory(plan, file, digest, slots) })),
  );
  const [primary, ...alternates] = directories;
  const cms = makeCms({
    signer: plan.signer,
    certificates: plan.certificates,
    content: primary?.bytes ?? noBytes,
    isDetached: true,
    attributes: plan.hashLists(directories),
    ...plan.cms,
  });
  const blobs: MadeBlob[] = [
    [0, primary?.bytes ?? noBytes],
    ...extra,
    ...alternates.map(({ bytes }, index): MadeBlob => [0x1000 + index, bytes]),
    [0x10000, blob(0xfade0b01, cms)],
  ];
  return superBlob(plan.blobs(blobs));
}

export function superBlob(blobs: readonly MadeBlob[]): Uint8Array {
  let at = 12 + 8 * blobs.length;
  const index = blobs.map(([slot, { length }]) => {
    at += length;
    return big(slot, at - length);
  });
  return Buffer.concat([big(0xfade0cc0, at, blobs.length), ...index, ...blobs.map(([, bytes]) => bytes)]);
}

function makeDirectory(plan: SlicePlan, file: Uint8Array, digest: PageDigest, slots: ReadonlyMap<number, Uint8Array>) {
  const headerBytes = plan.version >= 0x20500 ? 96 : plan.version >= 0x20400 ? 88 : plan.version >= 0x20200 ? 52 : 44;
  const limit = plan.codeLimit(file.length);
  const names = Buffer.from(`${plan.identifier}\0${plan.teamId === null ? "" : `${plan.teamId}\0`}`);
  const specials = Math.max(0, ...slots.keys());
  const special = Array.from({ length: specials }, (_, index) => {
    const content = slots.get(specials - index);
    return content === undefined ? Buffer.alloc(hashBytes[digest]) : hash(digest, content);
  });
  const pages: Uint8Array[] = [];
  for (let at = 0; at < limit; at += 4096) pages.push(hash(digest, file.subarray(at, Math.min(at + 4096, limit))));
  const hashOffset = headerBytes + names.length + specials * hashBytes[digest];
  const length = hashOffset + pages.length * hashBytes[digest];
  const header = Buffer.alloc(headerBytes);
  const fields = [0xfade0c02, length, plan.version, plan.flags, hashOffset, headerBytes, specials, pages.length, limit];
  for (const [index, field] of fields.entries()) header.writeUInt32BE(field, 4 * index);
  header.set([hashBytes[digest], hashTypes[digest], 0, 12], 36);
  if (plan.teamId !== null && headerBytes >= 52) header.writeUInt32BE(headerBytes + plan.identifier.length + 1, 48);
  return Buffer.concat([header, names, ...special, ...pages]);
}

/** A fat file of slices, each at a place of its own. */
export function makeFat(slices: readonly Uint8Array[], isWide = false, places?: readonly number[]): Uint8Array {
  const entryBytes = isWide ? 32 : 20;
  let next = Math.max(28, 8 + entryBytes * slices.length);
  const put: { at: number; slice: Uint8Array }[] = [];
  const entries = slices.map((slice, index) => {
    next = Math.ceil(next / 4096) * 4096;
    const at = places?.[index] ?? next;
    next += slice.length;
    put.push({ at, slice });
    const kind = Buffer.from(slice.subarray(4, 12)).swap32();
    return isWide
      ? Buffer.concat([kind, big(0, at, 0, slice.length, 12, 0)])
      : Buffer.concat([kind, big(at, slice.length, 12)]);
  });
  const file = Buffer.alloc(Math.max(...put.map(({ at, slice }) => at + slice.length)));
  for (const { at, slice } of put) file.set(slice, at);
  file.set(Buffer.concat([big(isWide ? 0xcafebabf : 0xcafebabe, slices.length), ...entries]));
  return file;
}

/** Entitlements as DER: `[APPLICATION 16] { 1, [CONTEXT 16] { SEQUENCE { key, value } … } }`. */
export function derEntitlements(entitlements: Readonly<Record<string, MadeValue>>): Uint8Array {
  return der(0x70, integer(1), derValue(entitlements));
}

function derValue(value: MadeValue): Uint8Array {
  if (typeof value === "string") return utf8(value);
  if (typeof value === "boolean") return boolean(value);
  if (typeof value === "number") return integer(value);
  if (value instanceof Uint8Array) return octets(value);
  if (Array.isArray(value)) return sequence(...value.map(derValue));
  if (value instanceof Date) throw new TypeError("entitlements have no dates");
  const members = Object.entries(value as Readonly<Record<string, MadeValue>>).toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return der(0xb0, ...members.map(([key, item]) => sequence(utf8(key), derValue(item))));
}

export function hash(digest: PageDigest, bytes: Uint8Array): Uint8Array {
  return createHash(digest).update(bytes).digest();
}

export function blob(magic: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([big(magic, 8 + content.length), content]);
}

export function command(type: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([little(type, 8 + body.length), body]);
}

export function little(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * index);
  return bytes;
}

export function big(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}
