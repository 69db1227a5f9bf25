import { bytesEqual, type Certificate, toOctets } from "@countersign/asn1";
import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary } from "../plist/plist-value.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { CodeAnchor } from "./apple-anchors.ts";
import { judgePath } from "./certificate-path.ts";
import { type CodeDirectory, codeDirectoryHash, parseCodeDirectory, slotDigest } from "./code-directory.ts";
import { isSameEntitlements, parseDerEntitlements, parseXmlEntitlements } from "./entitlements.ts";
import type { MachOSlice } from "./mach-o.ts";
import { isSignedContent, parseSignedData, type SignedData } from "./signed-data.ts";
import { blobContents, blobSlot, parseSuperBlob } from "./super-blob.ts";

const blobMagic = { signature: 0xfade0b01, entitlements: 0xfade7171, entitlementsDer: 0xfade7172 };
const cdHashes = "1.2.840.113635.100.9.1";
const organizationalUnit = "2.5.4.11";

/** Extensions by which Apple marks who may sign iOS code (Apple's certification practice statement for developers). */
const markers = {
  developer: ["1.2.840.113635.100.6.1.2", "1.2.840.113635.100.6.1.4"],
  appStore: "1.2.840.113635.100.6.1.3",
};

/** What code is judged with. */
export interface CodeJudgement {
  readonly anchors: readonly CodeAnchor[];
  readonly nowMs: number;
  /** The files whose digests a directory may name; null where there is none. */
  readonly infoPlist: Uint8Array | null;
  readonly resources: Uint8Array | null;
  /** True of an app's or extension's own executable, which must name both. */
  readonly namesBundle: boolean;
}

/** What a slice's signature says; its pages are yet to be checked against `directories`. */
export interface SliceSignature {
  readonly directories: readonly CodeDirectory[];
  readonly identifier: string;
  readonly teamId: string | null;
  readonly signer: Certificate;
  readonly isAppStore: boolean;
  readonly entitlements: PlistDictionary | null;
}

/** Judges all of a slice's signature but its pages. */
export function judgeCodeSignature(slice: MachOSlice, judgement: CodeJudgement): Read<SliceSignature> {
  if (slice.signatureOffset === null) return refuse("code_unsigned", "no signature");
  const blobs = parseSuperBlob(slice.signature);
  if (blobs === null) return refuse("code_directory_malformed", "the signature is no SuperBlob");
  const directories = readDirectories(blobs, slice.signatureOffset);
  const [primary] = directories ?? [];
  if (directories === null || primary === undefined)
    return refuse("code_directory_malformed", "no code directory covers the slice");
  const cms = blobContents(blobs.get(blobSlot.signature), blobMagic.signature);
  if (cms === null || cms.length === 0 || primary.isAdhoc) return refuse("code_unsigned", "signed ad hoc");
  const signed = parseSignedData(cms);
  if (signed === null || !coversDirectories(signed, directories)) {
    return refuse("code_signature_invalid", "the signature is not over the code directories");
  }
  const kind = judgeSigner(signed, primary.teamId, judgement);
  if (!kind.ok) return kind;
  if (signed.digestName === "sha1" || directories.every(({ digestName }) => digestName === "sha1")) {
    return refuse("code_digest_weak", "SHA-1 alone");
  }
  const slot = directories.map((directory) => wrongSlot(directory, blobs, judgement)).find((name) => name !== null);
  if (slot !== undefined) return refuse("code_slot_mismatch", slot);
  const entitlements = readEntitlements(blobs);
  if (!entitlements.ok) return entitlements;
  const { identifier, teamId } = primary;
  return {
    ok: true,
    value: {
      directories,
      identifier,
      teamId,
      signer: signed.signer,
      isAppStore: kind.value === "appStore",
      entitlements: entitlements.value,
    },
  };
}

/** The primary directory and the alternates, of one identity, each over everything before the signature. */
function readDirectories(
  blobs: ReadonlyMap<number, Uint8Array>,
  signatureOffset: number,
): readonly CodeDirectory[] | null {
  const found: CodeDirectory[] = [];
  for (const [slot, blob] of [...blobs].toSorted(([left], [right]) => left - right)) {
    const isDirectory =
      slot === blobSlot.codeDirectory ||
      (slot >= blobSlot.alternateDirectories && slot < blobSlot.alternateDirectories + 5);
    if (!isDirectory) continue;
    const directory = parseCodeDirectory(blob);
    if (directory === null || directory.codeLimit !== signatureOffset) return null;
    found.push(directory);
  }
  const [primary] = found;
  if (!blobs.has(blobSlot.codeDirectory) || primary === undefined) return null;
  const { identifier, teamId } = primary;
  return found.every((each) => each.identifier === identifier && each.teamId === teamId) ? found : null;
}

/** The signature is over the primary directory; alternates count where a signed attribute lists their hashes. */
function coversDirectories(signed: SignedData, directories: readonly CodeDirectory[]): boolean {
  const [primary] = directories;
  if (primary === undefined || signed.content !== null || !isSignedContent(signed, primary.raw)) return false;
  const attribute = signed.attributes.get(cdHashes);
  if (attribute === undefined) return directories.length === 1;
  const octets = toOctets(attribute[0]);
  const list = octets === null ? undefined : (parsePlist(octets) ?? undefined);
  const hashes = isDictionary(list) ? list.get("cdhashes") : undefined;
  if (attribute.length !== 1 || !Array.isArray(hashes)) return false;
  return directories.every((directory) => {
    const expected = codeDirectoryHash(directory);
    return hashes.some((item) => item instanceof Uint8Array && bytesEqual(item, expected));
  });
}

function judgeSigner(
  { signer, certificates }: SignedData,
  teamId: string | null,
  { anchors, nowMs }: CodeJudgement,
): Read<"developer" | "appStore"> {
  const isAppStore = signer.extensions.has(markers.appStore);
  const isDeveloper = markers.developer.some((marker) => signer.extensions.has(marker));
  const path = judgePath(signer, certificates, anchors, nowMs);
  if (path === "untrusted" || (!isAppStore && !isDeveloper)) {
    return refuse("code_signature_untrusted", "the certificate does not lead to Apple's for iOS code");
  }
  if (path === "expired") return refuse("code_certificate_expired", "a certificate is not valid now");
  const team = signer.subject.find(({ type }) => type === organizationalUnit)?.value;
  if (!isAppStore && (teamId === null || team !== teamId)) {
    return refuse("code_team_mismatch", "the code directory's team is not the certificate's");
  }
  return { ok: true, value: isAppStore ? "appStore" : "developer" };
}

/** What does not have the digest that `directory` names, or should be named and is not; null where all is as signed. */
function wrongSlot(
  directory: CodeDirectory,
  blobs: ReadonlyMap<number, Uint8Array>,
  { infoPlist, resources, namesBundle }: CodeJudgement,
): string | null {
  const held = new Map<number, readonly [string, Uint8Array | null, boolean]>([
    [blobSlot.infoPlist, ["Info.plist", infoPlist, namesBundle]],
    [
      blobSlot.requirements,
      ["requirements", blobs.get(blobSlot.requirements) ?? null, blobs.has(blobSlot.requirements)],
    ],
    [blobSlot.resources, ["CodeResources", resources, namesBundle]],
    [
      blobSlot.entitlements,
      ["entitlements", blobs.get(blobSlot.entitlements) ?? null, blobs.has(blobSlot.entitlements)],
    ],
    [
      blobSlot.entitlementsDer,
      ["entitlements (DER)", blobs.get(blobSlot.entitlementsDer) ?? null, blobs.has(blobSlot.entitlementsDer)],
    ],
  ]);
  for (const slot of directory.slots.keys()) if (!held.has(slot)) return `slot ${slot}`;
  for (const [slot, [name, bytes, mustStand]] of held) {
    const named = directory.slots.get(slot);
    if (named === undefined ? mustStand : bytes === null || !bytesEqual(slotDigest(directory, bytes), named))
      return name;
  }
  return null;
}

function readEntitlements(blobs: ReadonlyMap<number, Uint8Array>): Read<PlistDictionary | null> {
  const xmlBlob = blobs.get(blobSlot.entitlements);
  const derBlob = blobs.get(blobSlot.entitlementsDer);
  const xmlBytes = blobContents(xmlBlob, blobMagic.entitlements);
  const derBytes = blobContents(derBlob, blobMagic.entitlementsDer);
  const xml = xmlBytes === null ? null : parseXmlEntitlements(xmlBytes);
  const der = derBytes === null ? null : parseDerEntitlements(derBytes);
  if ((xmlBlob !== undefined && xml === null) || (derBlob !== undefined && der === null)) {
    return refuse("entitlements_malformed", "the signature's entitlements cannot be read");
  }
  if (der !== null && (xml === null || !isSameEntitlements(xml, der))) {
    return refuse("entitlements_disagree", "XML and DER differ");
  }
  return { ok: true, value: xml };
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
