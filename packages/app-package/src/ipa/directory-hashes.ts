import { bytesEqual, derSequence, toOctets, toOid } from "@countersign/asn1";
import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary } from "../plist/plist-value.ts";
import { type CodeDirectory, codeDirectoryHash } from "./code-directory.ts";
import { digest } from "./digest.ts";
import { isSignedContent, type SignedData } from "./signed-data.ts";

const hashLists = { plist: "1.2.840.113635.100.9.1", der: "1.2.840.113635.100.9.2" };
const digestOids = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};

/**
 * True where the signature is over the primary directory, and each signed list of hashes there is names exactly the directories there are: none more,
 * which could have been taken away, and none less (Security: StaticCode.cpp). Without a list, the primary directory stands alone.
 */
export function coversDirectories(signed: SignedData, directories: readonly CodeDirectory[]): boolean {
  const [primary] = directories;
  if (primary === undefined || signed.content !== null || !isSignedContent(signed, primary.raw)) return false;
  const plist = signed.attributes.get(hashLists.plist);
  const der = signed.attributes.get(hashLists.der);
  if (plist === undefined && der === undefined) return directories.length === 1;
  return (
    (plist === undefined || namesInPlist(plist, directories)) && (der === undefined || namesInDer(der, directories))
  );
}

/** `{cdhashes: [data, …]}`: hashes cut to 20 bytes. */
function namesInPlist(values: Parameters<typeof namesInDer>[0], directories: readonly CodeDirectory[]): boolean {
  const octets = toOctets(values[0]);
  const list = octets === null ? undefined : (parsePlist(octets) ?? undefined);
  const hashes = isDictionary(list) ? list.get("cdhashes") : undefined;
  if (values.length !== 1 || !Array.isArray(hashes) || hashes.length !== directories.length) return false;
  return directories.every((directory) => {
    const expected = codeDirectoryHash(directory);
    return hashes.some((item) => item instanceof Uint8Array && bytesEqual(item, expected));
  });
}

/** `SEQUENCE { OBJECT IDENTIFIER, OCTET STRING }` for each directory: whole hashes. */
function namesInDer(
  values: NonNullable<ReturnType<SignedData["attributes"]["get"]>>,
  directories: readonly CodeDirectory[],
): boolean {
  const named = new Map(
    values.map((value) => {
      const [oid, octets] = derSequence(value) ?? [];
      return [toOid(oid), toOctets(octets)] as const;
    }),
  );
  if (named.size !== directories.length || values.length !== directories.length) return false;
  return directories.every(({ digestName, raw }) => {
    const hash = named.get(digestOids[digestName]) ?? null;
    return hash !== null && bytesEqual(hash, digest(digestName, raw));
  });
}
