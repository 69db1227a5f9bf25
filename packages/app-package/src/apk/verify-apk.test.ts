import { sha256, toHex } from "@countersign/asn1";
import { describe, expect, test } from "vitest";
import {
  android,
  makeManifest,
  attribute as manifestAttribute,
  plainManifest,
} from "../android-manifest/binary-xml-writer.suite.ts";
import { ecSigner, signedJar } from "../jar/write-jar.suite.ts";
import { createCountedSource, type MadeEntry, writeZip } from "../zip/zip-writer.suite.ts";
import type { ApkOptions } from "./apk-verification.ts";
import { attribute, keys, type MadeApk, type MadeSigner, makeApk, makeLineage, u32 } from "./apk-writer.suite.ts";
import { inspectApk } from "./inspect-apk.ts";
import { schemeBlock } from "./signing-block.ts";
import { verifyApk } from "./verify-apk.ts";

const { first, second, third } = keys;
const end = 0x7fffffff;
const digestOf = (key: { readonly certificate: Uint8Array }) => toHex(sha256(key.certificate));

function manifest(minSdk: number, targetSdk: number, sandbox = 1): MadeEntry {
  const root = plainManifest({
    children: [
      { name: "uses-sdk", attributes: [manifestAttribute.minSdk(minSdk), manifestAttribute.targetSdk(targetSdk)] },
      { name: "application" },
    ],
  });
  const attributes = [...(root.attributes ?? []), android("targetSandboxVersion", 0x0101054c, sandbox)];
  return { name: "AndroidManifest.xml", content: makeManifest({ ...root, attributes }), deflate: true };
}

const v2 = (...signers: readonly MadeSigner[]) => [schemeBlock.v2, signers] as const;
const v3 = (...signers: readonly MadeSigner[]) => [schemeBlock.v3, signers] as const;
const v31 = (...signers: readonly MadeSigner[]) => [schemeBlock.v31, signers] as const;
const whole = (key: MadeSigner["key"]): MadeSigner => ({ key, levels: [28, end] });

const lies = (uncompressedBytes: number) => ({ local: { uncompressedBytes }, central: { uncompressedBytes } });

async function verdictOf(made: MadeApk, options: ApkOptions = {}): Promise<string> {
  const { verified, errors } = await verifyApk(createCountedSource(makeApk(made)), options);
  return verified ? "verified" : (errors[0]?.code ?? "no reason");
}

describe("an APK", () => {
  test("is verified for the levels that its manifest says, by who signed it", async () => {
    const apk = makeApk({ entries: [manifest(24, 34)], blocks: [v2({ key: first }), v3(whole(first))] });
    const verification = await verifyApk(createCountedSource(apk));
    expect(verification).toMatchObject({
      verified: true,
      schemes: { v1: false, v2: true, v3: true, v31: false },
      signerCertSha256: [digestOf(first)],
      signers: [{ certSha256: digestOf(first) }],
      errors: [],
      ambiguities: [],
      minSdk: 24,
    });
  });

  const signed = { entries: [manifest(24, 34)], blocks: [v2({ key: first })] };
  test.each<[string, string, MadeApk, ApkOptions?]>([
    ["nothing signed", "apk_unsigned", { entries: [manifest(24, 34)] }],
    [
      "has no manifest, though the levels are given",
      "apk_manifest_missing",
      { blocks: [v2({ key: first })] },
      { minSdk: 24 },
    ],
    ["has no manifest", "apk_manifest_missing", { blocks: [v2({ key: first })] }],
    [
      "has a manifest that is none",
      "manifest_malformed",
      { ...signed, entries: [{ name: "AndroidManifest.xml", content: "<xml/>" }] },
    ],
    ["installs on no level of the range", "apk_sdk_range", signed, { maxSdk: 23 }],
    [
      "has other signers in v3 than in v2",
      "apk_signers_disagree",
      { ...signed, blocks: [v2({ key: first }), v3(whole(second))] },
    ],
    [
      "has two signers in v2 and one in v3",
      "apk_signers_disagree",
      { ...signed, blocks: [v2({ key: first }, { key: second }), v3(whole(first))] },
    ],
    [
      "has a proof of rotation that does not begin with v2's signer",
      "apk_signers_disagree",
      {
        ...signed,
        blocks: [
          v2({ key: third }),
          v3({
            ...whole(second),
            attributes: [[attribute.proofOfRotation, makeLineage([{ key: first }, { key: second }])]],
          }),
        ],
      },
    ],
    ["asks for a sandbox that asks for v2", "apk_scheme_too_old", { entries: [manifest(23, 25, 2)] }],
  ])("is refused that %s", async (_, code, made, options) => {
    expect(await verdictOf(made, options)).toBe(code);
  });

  test("signed with v1 alone is verified where no device of the range asks for more, and refused where the target does", async () => {
    const { name, content } = manifest(23, 30);
    const apk = signedJar(ecSigner, {}, [
      [String(name), content ?? ""],
      ["classes.dex", "code"],
    ]);
    const old = await verifyApk(createCountedSource(apk), { maxSdk: 29 });
    expect([old.verified, old.schemes.v1, old.errors]).toEqual([true, true, []]);
    const young = await verifyApk(createCountedSource(apk));
    expect([young.verified, young.errors.map(({ code }) => code)]).toEqual([false, ["apk_scheme_too_old"]]);
  });

  test("without a manifest is judged for old devices where the levels are given, as AOSP does", async () => {
    expect(await verdictOf({ blocks: [v2({ key: first })] }, { minSdk: 24, maxSdk: 25 })).toBe("verified");
  });

  test("says who signed for which devices, the oldest of them by another key than the newest", async () => {
    const attributes = [[attribute.proofOfRotation, makeLineage([{ key: first }, { key: second, flags: 8 }])]] as const;
    const blocks = [
      v31({ key: second, levels: [33, end], attributes }),
      v3({ key: first, levels: [28, 32], attributes: [[attribute.rotationMinSdk, u32(33)]] }),
      v2({ key: first }),
    ];
    const apk = makeApk({ entries: [manifest(24, 34)], blocks });
    const verification = await verifyApk(createCountedSource(apk));
    expect(verification.signerCertSha256).toEqual([digestOf(second)]);
    expect(verification.signers).toEqual([
      { certSha256: digestOf(second), minSdk: 33, maxSdk: end },
      { certSha256: digestOf(first), minSdk: 24, maxSdk: 32 },
    ]);
    expect(verification.lineage).toEqual([
      { certSha256: digestOf(first), capabilities: ["installedData", "sharedUid", "permission", "auth"] },
      { certSha256: digestOf(second), capabilities: ["rollback"] },
    ]);
    expect((await verifyApk(createCountedSource(apk), { maxSdk: 32 })).signers).toEqual([
      { certSha256: digestOf(first) },
    ]);
  });

  test("of a hybrid block beside older schemes is by the post-quantum key on Android 17, by the older key before", async () => {
    const levels = [37, end] as const;
    const hybrid = [
      schemeBlock.v32,
      [
        { key: second, levels },
        { key: keys.postQuantum, levels },
      ],
    ] as const;
    const apk = makeApk({ entries: [manifest(24, 34)], blocks: [hybrid, v3(whole(first)), v2({ key: first })] });
    const verification = await verifyApk(createCountedSource(apk));
    expect(verification.errors).toEqual([]);
    expect(verification.signerCertSha256).toEqual([digestOf(keys.postQuantum)]);
    expect(verification.signers).toEqual([
      { certSha256: digestOf(keys.postQuantum), minSdk: 37, maxSdk: end },
      { certSha256: digestOf(first), minSdk: 24, maxSdk: 36 },
    ]);
    expect(verification.lineage.map(({ certSha256 }) => certSha256)).toEqual([second, keys.postQuantum].map(digestOf));
  });

  test("that signs for no device of some API level says so, and is verified for the others, as AOSP does", async () => {
    const apk = makeApk({ entries: [manifest(24, 34)], blocks: [v3(whole(first))] });
    const { verified, warnings, signers } = await verifyApk(createCountedSource(apk));
    expect([verified, warnings.map(({ code }) => code)]).toEqual([true, ["apk_uncovered"]]);
    expect(signers).toEqual([{ certSha256: digestOf(first), minSdk: 28, maxSdk: end }]);
  });

  test("that names a store which did not stamp it says so, and is by its signer all the same", async () => {
    const entries = [manifest(24, 34), { name: "stamp-cert-sha256", content: Buffer.alloc(32) }];
    const apk = makeApk({ entries, blocks: [v2({ key: first })] });
    const { verified, warnings, sourceStampSha256 } = await verifyApk(createCountedSource(apk));
    expect([verified, warnings.map(({ code }) => code), sourceStampSha256]).toEqual([true, ["apk_source_stamp"], null]);
  });

  test("is read once, and what is not signed by v1 alone is never unfolded", async () => {
    const entries = [manifest(24, 34), { name: "big", content: Buffer.alloc(5_000_000, "x") }];
    const algorithms = [0x0103, 0x0104];
    const blocks = [v3({ key: keys.rsa, levels: [28, end], algorithms }), v2({ key: keys.rsa, algorithms: [0x0103] })];
    const apk = makeApk({ entries, blocks });
    const source = createCountedSource(apk);
    expect((await verifyApk(source)).errors).toEqual([]);
    expect(source.work.bytes).toBeLessThan(apk.length + 200_000);
  });

  test("that holds for Android, but whose archive has two meanings, says so", async () => {
    const entries = [manifest(24, 34), { name: "a", content: "b" }, { name: "a", content: "c" }];
    const apk = makeApk({ entries, blocks: [v2({ key: first })] });
    const verification = await verifyApk(createCountedSource(apk));
    expect([verification.verified, verification.ambiguities[0]?.code]).toEqual([true, "zip_name_duplicate"]);
    const report = await inspectApk(createCountedSource(apk));
    expect(report).toMatchObject({
      verified: true,
      ambiguities: [{ code: "zip_name_duplicate" }],
      id: "com.example.app",
    });
  });

  test("whose entry lies in the signing block, where nothing is signed, says so", async () => {
    const hidden = writeZip([{ name: "hidden", content: "unsigned" }]).subarray(0, 30 + 6 + 8);
    const entries = [manifest(24, 34), { name: "hidden", content: "unsigned", central: {} }];
    const bytes = makeApk({
      entries,
      blocks: [v2({ key: first })],
      tail: Buffer.concat([u32(4 + hidden.length), u32(0), u32(7), hidden]),
    });
    // The directory's record of `hidden` is pointed at the copy inside the signing block before it is signed again.
    const record = bytes.lastIndexOf("hidden") - 4;
    bytes.writeUInt32LE(bytes.lastIndexOf("PK\x03\x04", record, "latin1"), record);
    const { ambiguities } = await verifyApk(createCountedSource(bytes));
    expect(ambiguities.map(({ code }) => code)).toContain("apk_signing_block");
  });

  test("that would unfold beyond every bound is refused before any entry is read", async () => {
    const entries = [manifest(1, 25), { name: "a", content: "b", deflate: true, ...lies(2_000_000_000) }];
    const source = createCountedSource(makeApk({ entries }));
    expect((await verifyApk(source)).errors.map(({ code }) => code)).toEqual(["zip_bomb"]);
  });

  test("that is no ZIP archive is refused; levels that are none are a mistake of who calls", async () => {
    expect(await verifyApk(createCountedSource(Buffer.from("no archive")))).toMatchObject({
      verified: false,
      errors: [{ code: "zip_malformed" }],
      manifest: null,
    });
    const source = createCountedSource(makeApk(signed));
    for (const level of [-1, 1.5, Number.NaN, 2 ** 31]) {
      await expect(verifyApk(source, { minSdk: level })).rejects.toThrow(TypeError);
      await expect(verifyApk(source, { maxSdk: level })).rejects.toThrow(TypeError);
    }
  });
});

test("a report says what the manifest says, and who signed", async () => {
  const apk = makeApk({ entries: [manifest(24, 34)], blocks: [v2({ key: first })] });
  expect(await inspectApk(createCountedSource(apk))).toMatchObject({
    format: "apk",
    id: "com.example.app",
    versionCode: 7,
    versionName: "1.2",
    debuggable: false,
    verified: true,
    signers: [{ certSha256: digestOf(first) }],
    lineage: [],
    errors: [],
    minSdk: 24,
    targetSdk: 34,
  });
});
