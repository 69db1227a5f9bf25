import type { Certificate } from "@countersign/asn1";
import type { PlistDictionary } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import { type CodeDirectory, parseCodeDirectory } from "./code-directory.ts";
import { type SignedBeside, wrongSlot } from "./code-slots.ts";
import { coversDirectories } from "./directory-hashes.ts";
import { readEntitlements } from "./entitlements.ts";
import type { MachOSlice } from "./mach-o.ts";
import { parseSignedData, type SignedData } from "./signed-data.ts";
import { judgeCodeSigner, type Trust } from "./signer-policy.ts";
import { blobContents, blobSlot, parseSuperBlob } from "./super-blob.ts";

const signatureMagic = 0xfade0b01;
const MOST_ALTERNATES = 5;
const MOST_CMS_BYTES = 256 * 1024;
// What Xcode has written since version 12; phones from iOS 15 on take nothing older (Apple: Using the latest code signature format).
const currentVersion = 0x20400;

/** What code is judged with. */
export interface CodeJudgement extends SignedBeside, Trust {}

/** What a slice's signature says of it. That it holds is another matter; its pages are yet to be checked against `directories`. */
export interface SliceSignature {
  readonly directories: readonly CodeDirectory[];
  readonly identifier: string;
  readonly teamId: string | null;
  /** Null where there is no certificate, or none that could be read. */
  readonly signer: Certificate | null;
  readonly isAppStore: boolean;
  /** Null where there are none, or none that could be read. */
  readonly entitlements: PlistDictionary | null;
  readonly areEntitlementsRead: boolean;
  /** True where phones from iOS 15 on would not take it for its form alone. */
  readonly isOldFormat: boolean;
}

/** A signature, as far as it could be read, and everything that keeps it from holding. */
export interface JudgedSignature {
  readonly signature: SliceSignature | null;
  readonly problems: readonly PackageProblem[];
}

/** Judges all of a slice's signature but its pages. */
export function judgeCodeSignature(slice: MachOSlice, judgement: CodeJudgement): JudgedSignature {
  if (slice.signatureOffset === null) return unreadable("code_unsigned", "no signature");
  const blobs = parseSuperBlob(slice.signature);
  if (blobs === null) return unreadable("code_directory_malformed", "the signature is no SuperBlob");
  const directories = readDirectories(blobs, slice.signatureOffset);
  const [primary] = directories ?? [];
  if (directories === null || primary === undefined)
    return unreadable("code_directory_malformed", "no code directories of one identity cover the slice");
  const { identifier, teamId } = primary;
  const problems: PackageProblem[] = [];
  const signed = readCms(blobs, directories, problems);
  const signer = signed === null ? null : judgeCodeSigner(signed.signer, signed.certificates, judgement);
  if (signer?.path === "untrusted") {
    problems.push(problem("code_signature_untrusted", "the certificate does not lead to Apple's for iOS code"));
  }
  if (signer?.path === "expired") problems.push(problem("code_certificate_expired", "a certificate is not valid now"));
  if (signer?.kind === "developer" && (teamId === null || signer.teamId !== teamId)) {
    problems.push(problem("code_team_mismatch", "the code directory's team is not the certificate's"));
  }
  const isWeak = directories.every(({ digestName }) => digestName === "sha1");
  if (signed?.digestName === "sha1" || isWeak) problems.push(problem("code_digest_weak", "SHA-1 alone"));
  const slot = directories.map((directory) => wrongSlot(directory, blobs, judgement)).find((name) => name !== null);
  if (slot !== undefined) problems.push(problem("code_slot_mismatch", slot));
  const entitlements = readEntitlements(blobs);
  if (entitlements.problem !== null) problems.push(entitlements.problem);
  return {
    problems,
    signature: {
      directories,
      identifier,
      teamId,
      signer: signed?.signer ?? null,
      isAppStore: signer?.kind === "appStore",
      entitlements: entitlements.value,
      areEntitlementsRead: entitlements.problem === null,
      isOldFormat:
        primary.version < currentVersion || (blobs.has(blobSlot.entitlements) && !blobs.has(blobSlot.entitlementsDer)),
    },
  };
}

/** The signature proper; what is wrong with it is added to `problems`. Null where it names no certificate that could be judged. */
function readCms(
  blobs: ReadonlyMap<number, Uint8Array>,
  directories: readonly CodeDirectory[],
  problems: PackageProblem[],
): SignedData | null {
  const cms = blobContents(blobs.get(blobSlot.signature), signatureMagic);
  if (cms === null || cms.length === 0 || directories.some(({ isAdhoc }) => isAdhoc)) {
    problems.push(problem("code_unsigned", "signed ad hoc"));
    return null;
  }
  const signed = cms.length > MOST_CMS_BYTES ? null : parseSignedData(cms);
  if (signed === null) problems.push(problem("code_signature_invalid", "the signature is no CMS of one signer"));
  else if (!coversDirectories(signed, directories)) {
    problems.push(problem("code_signature_invalid", "the signature is not over the code directories"));
  }
  return signed;
}

/**
 * The primary directory and the alternates, of one identity, each of another digest, as the kernel asks, and each over everything before the
 * signature.
 */
function readDirectories(
  blobs: ReadonlyMap<number, Uint8Array>,
  signatureOffset: number,
): readonly CodeDirectory[] | null {
  const found: CodeDirectory[] = [];
  for (const [slot, blob] of [...blobs].toSorted(([left], [right]) => left - right)) {
    const alternate = slot - blobSlot.alternateDirectories;
    if (slot !== blobSlot.codeDirectory && !(alternate >= 0 && alternate < MOST_ALTERNATES)) continue;
    const directory = parseCodeDirectory(blob);
    if (directory === null || directory.codeLimit !== signatureOffset) return null;
    found.push(directory);
  }
  const [primary] = found;
  if (!blobs.has(blobSlot.codeDirectory) || primary === undefined) return null;
  if (new Set(found.map(({ digestName }) => digestName)).size !== found.length) return null;
  const { identifier, teamId } = primary;
  return found.every((each) => each.identifier === identifier && each.teamId === teamId) ? found : null;
}

function problem(code: PackageProblem["code"], detail: string): PackageProblem {
  return { code, detail };
}

function unreadable(code: PackageProblem["code"], detail: string): JudgedSignature {
  return { signature: null, problems: [problem(code, detail)] };
}
