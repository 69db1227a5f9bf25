import { bytesEqual } from "@countersign/asn1";
import { type CodeDirectory, slotDigest } from "./code-directory.ts";
import { blobSlot } from "./super-blob.ts";

/** The files whose digests a directory may name; null where there is none. */
export interface SignedBeside {
  readonly infoPlist: Uint8Array | null;
  readonly resources: Uint8Array | null;
  /** True of the executable of an app, extension or framework, which must name both. */
  readonly namesBundle: boolean;
}

const names: Readonly<Record<number, string>> = {
  [blobSlot.infoPlist]: "Info.plist",
  [blobSlot.requirements]: "requirements",
  [blobSlot.resources]: "CodeResources",
  [blobSlot.entitlements]: "entitlements",
  [blobSlot.entitlementsDer]: "entitlements (DER)",
};

/**
 * What does not have the digest that `directory` names, or should be named and is not; null where all is as signed. Files stand beside the code, everything
 * else is a blob of the slot's number.
 */
export function wrongSlot(
  directory: CodeDirectory,
  blobs: ReadonlyMap<number, Uint8Array>,
  { infoPlist, resources, namesBundle }: SignedBeside,
): string | null {
  const files = new Map([
    [blobSlot.infoPlist as number, infoPlist],
    [blobSlot.resources as number, resources],
  ]);
  const mustStand = [...blobs.keys()].filter((slot) => slot > 0 && slot < blobSlot.alternateDirectories);
  for (const slot of new Set([...directory.slots.keys(), ...mustStand, ...(namesBundle ? files.keys() : [])])) {
    const bytes = (files.has(slot) ? files.get(slot) : blobs.get(slot)) ?? null;
    const named = directory.slots.get(slot);
    if (named === undefined || bytes === null || !bytesEqual(slotDigest(directory, bytes), named))
      return names[slot] ?? `slot ${slot}`;
  }
  return null;
}
