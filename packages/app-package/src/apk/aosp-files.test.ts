import { sha256, toHex } from "@countersign/asn1";
import { describe, expect, test } from "vitest";
import { createBytesSource } from "../source/byte-source.ts";
import { readVector, readVectorJson, vectorsMissing, verifyVector } from "./aosp-vectors.suite.ts";
import { createCursor } from "./byte-cursor.ts";
import { type Lineage, verifyLineage } from "./lineage.ts";

/** A file of apksig's `SigningCertificateLineage`: magic, version, and a proof of rotation with its length before it. */
function readLineageFile(name: string): Lineage | null {
  const cursor = createCursor(readVector("apksig", name));
  const [magic, version] = [cursor.u32(), cursor.u32()];
  const bytes = cursor.prefixed();
  return magic === 0x3eff39d1 && version === 1 && bytes !== null ? verifyLineage(bytes) : null;
}

const digest = (bytes: Uint8Array) => toHex(sha256(bytes));

/** SHA-256 of a certificate that the vectors have as PEM. */
function pemDigest(name: string): string {
  const text = Buffer.from(readVector("apksig", `${name}.x509.pem`)).toString("latin1");
  return digest(Buffer.from(text.replaceAll(/-----[^-]+-----/g, ""), "base64"));
}

describe.skipIf(vectorsMissing)("files that apksig made", () => {
  test("a v4 signature beside its APK holds, and is refused beside another", async () => {
    const name = "v31-rsa-2048_2-tgt-10000-dev-release.apk";
    const v4 = createBytesSource(readVector("apksig", `${name}.idsig`));
    const verification = await verifyVector(name, { v4 });
    expect(verification).toMatchObject({
      verified: true,
      errors: [],
      schemes: { v1: true, v2: true, v3: true, v31: true, v4: true },
    });
    const other = await verifyVector("v31-rsa-2048_2-tgt-33-1-tgt-28.apk", { v4 });
    expect(other).toMatchObject({ verified: false, schemes: { v4: false } });
  });

  test.each([
    ["rsa-2048-lineage-2-signers", ["rsa-2048", "rsa-2048_2"]],
    ["rsa-2048-lineage-3-signers", ["rsa-2048", "rsa-2048_2", "rsa-2048_3"]],
    ["rsa-2048-lineage-2-signers-2-3", ["rsa-2048_2", "rsa-2048_3"]],
    ["rsa-1024-lineage-2-signers", ["rsa-1024", "rsa-1024_2"]],
    ["ec-p256-lineage-2-signers", ["ec-p256", "ec-p256_2"]],
  ])("%s proves the rotation through its keys", (name, keys) => {
    const nodes = readLineageFile(name)?.nodes;
    expect(nodes?.map(({ certificate }) => digest(certificate.bytes))).toEqual(keys.map(pemDigest));
  });

  test("of another magic or version are no lineage", () => {
    expect(readLineageFile("rsa-2048-lineage-invalid-magic")).toBeNull();
    expect(readLineageFile("rsa-2048-lineage-invalid-version")).toBeNull();
  });

  test("name in the oracle the signers that are found here for the levels at which they begin", async () => {
    const oracle = readVectorJson<
      Readonly<
        Record<
          string,
          { default?: { verified?: boolean; v31Signers?: readonly Signer[]; v3Signers?: readonly Signer[] } }
        >
      >
    >("apksig", "expected-oracle.json");
    let compared = 0;
    for (const [name, { default: verdict }] of Object.entries(oracle)) {
      if (verdict?.verified !== true || !verdict.v3Signers?.length) continue;
      const { signers, minSdk } = await verifyVector(name);
      const at = (level: number) =>
        signers.filter(({ minSdk: from = 0, maxSdk: to = Number.MAX_VALUE }) => from <= level && level <= to);
      const rotation = Math.min(...(verdict.v31Signers ?? []).map(({ minSdk: from }) => Math.max(from, 33)), 2 ** 31);
      const starts = [
        ...(verdict.v31Signers ?? []).map(({ cert, minSdk: from }) => [cert, Math.max(from, 33, minSdk ?? 0)] as const),
        ...verdict.v3Signers.map(({ cert, minSdk: from }) => [cert, Math.max(from, 28, minSdk ?? 0)] as const),
      ];
      // At the level of a release under development a device reports one or the other.
      for (const [index, [cert, level]] of starts.entries()) {
        if (index >= (verdict.v31Signers?.length ?? 0) && level >= rotation) continue;
        expect([name, level, at(level).map(({ certSha256 }) => certSha256)]).toEqual([
          name,
          level,
          expect.arrayContaining([cert]),
        ]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(50);
  });
});

interface Signer {
  readonly cert: string;
  readonly minSdk: number;
  readonly maxSdk: number;
}
