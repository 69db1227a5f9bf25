import { type Mutation, mutationsOf } from "../mutation.ts";

const apk = "packages/app-package/src/apk";

/** Checks of an APK's signature schemes. */
export const apkMutations: readonly Mutation[] = [
  ...mutationsOf({ table: "package_problem", file: `${apk}/verify-apk.ts`, tests: [`${apk}/verify-apk.test.ts`] }, [
    ["apk_sdk_range", "that the range is not empty", "if (minSdk > maxSdk)", "if (false)"],
    [
      "apk_manifest_missing",
      "that devices which read the manifest have one",
      "if (minSdk === null || (maxSdk >= targetSandboxSince && !manifest.ok))",
      "if (minSdk === null)",
    ],
    [
      "apk_signing_block/entry",
      "that no entry lies in the signing block",
      "return blockOffset !== null && entriesEnd > blockOffset",
      "return blockOffset !== null && entriesEnd < 0",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/judge-apk.ts`, tests: [`${apk}/verify-apk.test.ts`] }, [
    [
      "apk_unsigned",
      "that it is said where nothing signed",
      "return absent && found.size === 0",
      "return absent && found.size < 0",
    ],
    ["apk_scheme_too_old", "that a sandbox gets the scheme it asks for", "&& sandbox > 1 &&", "&& sandbox < 0 &&"],
    [
      "apk_scheme_too_old/target",
      "that a target gets the scheme it asks for",
      "return target >= targetForV2 && ",
      "return target < 0 && ",
    ],
    ["apk_signers_disagree", "that schemes name the same signers", "if (disagree !== null) return [disagree];", ""],
    [
      "apk_uncovered",
      "that levels without a signer are said",
      "...(verified ? checkCoverage(byLevel.uncovered) : []),",
      "",
    ],
    ["apk_source_stamp", "that a stamp which does not hold is said", "stamp?.ok === false", "stamp === undefined"],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/source-stamp.ts`, tests: [`${apk}/source-stamp.test.ts`] }, [
    [
      "apk_source_stamp/certificate",
      "that the stamp is by the certificate which the archive names",
      " || !bytesEqual(sha256(certificate.bytes), certificateDigest)",
      "",
    ],
    [
      "apk_source_stamp/signature",
      "that the stamp's signatures verify",
      `if (verifySignature(algorithm, certificate.spki, data, signature) !== "good") return false;`,
      "",
    ],
    [
      "apk_source_stamp/scheme",
      "that every scheme is stamped",
      "if (signatures === undefined || ",
      "if (signatures && ",
    ],
  ]),
  ...mutationsOf(
    { table: "package_problem", file: `${apk}/signers-agree.ts`, tests: [`${apk}/signers-agree.test.ts`] },
    [
      [
        "apk_signers_disagree/v1",
        "that v1 and v2 have the same signers",
        "if (v1 !== null && v2 !== null && !sameSet(v1, v2))",
        "if (false)",
      ],
      [
        "apk_signers_disagree/several",
        "that the older scheme has one signer beside v3",
        "if (old === undefined || others.length > 0)",
        "if (old === undefined)",
      ],
      [
        "apk_signers_disagree/past",
        "that the proof of rotation begins with the older scheme's signer",
        "return first !== undefined && bytesEqual(first.certificate.bytes, old)",
        "return first !== undefined",
      ],
      [
        "apk_signers_disagree/v3",
        "that v3 has the older scheme's signer",
        "&& more.length === 0 && bytesEqual(current, old)",
        "&& more.length === 0",
      ],
    ],
  ),
  ...mutationsOf(
    { table: "package_problem", file: `${apk}/signing-block.ts`, tests: [`${apk}/signing-block.test.ts`] },
    [["apk_signing_block", "the bound on the signing block", "if (size > maximumBytes)", "if (false)"]],
  ),
  ...mutationsOf({ table: "package_problem", file: `${apk}/scheme-v2.ts`, tests: [`${apk}/scheme-v2.test.ts`] }, [
    [
      "apk_signature_malformed",
      "that a v2 block has a signer",
      `if (records.length === 0) return failed("apk_signature_malformed", "the v2 block has no signer");`,
      "",
    ],
    ["apk_too_many_signers", "the bound on v2's signers", "if (records.length > maximumSigners)", "if (false)"],
    [
      "apk_scheme_stripped",
      "that the scheme which v2 names is there",
      "if (supported.has(scheme) && !found.has(scheme))",
      "if (false)",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/signer.ts`, tests: [`${apk}/scheme-v2.test.ts`] }, [
    ["apk_no_signature", "that a signature is for the devices", "if (chosen.length === 0)", "if (false)"],
    [
      "apk_no_signature/post-quantum",
      "that ML-DSA counts in hybrid blocks alone",
      `return algorithm?.key === "ml-dsa" && !rules.postQuantum ? undefined : algorithm;`,
      "return algorithm;",
      { tests: [`${apk}/scheme-v32.test.ts`] },
    ],
    ["apk_signature_invalid", "that signatures verify", `if (verdict === "bad")`, "if (false)"],
    ["apk_public_key", "that the certificate has the key", "if (!bytesEqual(first.spki, publicKey))", "if (false)"],
    ["apk_public_key/kind", "that the key is one of the algorithm", `if (verdict === "unusable key")`, "if (false)"],
    [
      "apk_certificate",
      "that a certificate can be read",
      `if (certificate === null) return refuse("apk_certificate", "a certificate cannot be read");`,
      "if (certificate === null) return { ok: true, value: { certificates: [], digests: [], attributes: [], content, ...levels } } as never;",
    ],
    [
      "apk_algorithms",
      "that digests and signatures name the same algorithms",
      "if (digests.length !== records.length || digests.some(({ id }, index) => id !== records[index]?.id))",
      "if (false)",
    ],
    [
      "apk_signer_sdk",
      "that a signer's levels are the signed ones",
      "if (signedLevels.minSdk !== levels.minSdk || signedLevels.maxSdk !== levels.maxSdk)",
      "if (false)",
      { tests: [`${apk}/scheme-v3.test.ts`] },
    ],
    [
      "apk_signer_sdk/reversed",
      "that a signer's levels are not reversed",
      "if (levels.minSdk > levels.maxSdk || levels.maxSdk > highestSdk)",
      "if (false)",
      { tests: [`${apk}/scheme-v3.test.ts`] },
    ],
  ]),
  ...mutationsOf(
    {
      table: "package_problem",
      file: "packages/app-package/src/certificate/android-key.ts",
      tests: ["packages/app-package/src/certificate/android-key.test.ts"],
    },
    [
      [
        "apk_public_key/exponent",
        "the bound on exponents of RSA",
        "&& publicExponent <= largestExponent ?",
        "&& publicExponent > 0n ?",
      ],
      ["apk_public_key/curve", "that Android has the curve", "curves.has(curve) &&", "curves.size > 0 &&"],
      [
        "apk_public_key/point",
        "that a point is whole",
        "toBits(point)?.[0] === uncompressed",
        "toBits(point)?.[0] !== 0",
      ],
    ],
  ),
  ...mutationsOf({ table: "package_problem", file: `${apk}/scheme.ts`, tests: [`${apk}/scheme-v2.test.ts`] }, [
    [
      "apk_content_digest",
      "that content has the signed digest",
      "(content === undefined || !bytesEqual(content, value))",
      "content === undefined",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/verify-schemes.ts`, tests: [`${apk}/scheme-v3.test.ts`] }, [
    [
      "apk_verity_alignment",
      "that a verity block is whole pages",
      `if (kinds.has("verity") && `,
      "if (kinds.size < 0 && ",
      { tests: [`${apk}/scheme-v2.test.ts`] },
    ],
    [
      "apk_rotation/alone",
      "that a v3.1 block has a v3 block beside it",
      "if (v3 === null && range.maxSdk >= firstSdk.v3 && (v31 ?? v32) !== null)",
      "if (false)",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/scheme-v3.ts`, tests: [`${apk}/scheme-v3.test.ts`] }, [
    [
      "apk_rotation",
      "that v3.1 begins where v3 says",
      "return rules.rotation === stated",
      "return rules.rotation >= 0",
    ],
    [
      "apk_rotation/hybrid",
      "that v3.2 is for the levels that v3 says",
      "return actual === stated ? null",
      "return actual >= 0 ? null",
      { tests: [`${apk}/scheme-v32.test.ts`] },
    ],
    [
      "apk_scheme_stripped/v31",
      "that the v3.1 block which v3 names is there",
      "if (rules.rotation === null)",
      "if (rules.rotation === null) return null;\n    if (rules.rotation < 0)",
    ],
    [
      "apk_scheme_stripped/v32",
      "that the v3.2 block which v3 names is there",
      "if (rules.hybrid === null)",
      "if (rules.hybrid === null) return null;\n  if (rules.hybrid.minSdk < 0)",
      { tests: [`${apk}/scheme-v32.test.ts`] },
    ],
    [
      "apk_signer_sdk/hole",
      "that signers' levels follow on each other",
      "if (before !== undefined && signer.minSdk !== next)",
      "if (false)",
    ],
    ["apk_signer_sdk/cover", "that signers cover the range", "if (first > minSdk || last < maxSdk)", "if (false)"],
    ["apk_too_many_signers/v3", "the bound on v3's signers", "if (records.length > maximumSigners)", "if (false)"],
    [
      "apk_lineage",
      "that a proof of rotation ends in the signer",
      "if (!bytesEqual(last.certificate.bytes, signer.certificates[0].bytes))",
      "if (false)",
    ],
    ["apk_lineage/twice", "that there is one proof of rotation", "if (lineage !== null) return", "if (false) return"],
    ["apk_lineage/shorter", "that pasts do not shrink", "if (signer.lineage.nodes.length < past)", "if (false)"],
    [
      "apk_lineage/consistent",
      "that pasts do not contradict each other",
      "if (lineage === null && lineages.length > 0)",
      "if (false)",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/lineage.ts`, tests: [`${apk}/lineage.test.ts`] }, [
    [
      "apk_lineage/signature",
      "that each certificate signed the next",
      `verifySignature(known, parent.certificate.spki, signedData, signature) !== "good"`,
      "false",
    ],
    ["apk_lineage/unique", "that no certificate stands twice", "if (seen.has(identity)) return null;", ""],
    [
      "apk_lineage/algorithm",
      "that both state the algorithm",
      "if (parent !== undefined && parent.algorithm !== parentAlgorithm) return null;",
      "",
    ],
    ["apk_lineage/length", "the bound on a past", "nodes.length < maximumNodes ?", "nodes.length >= 0 ?"],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/scheme-v32.ts`, tests: [`${apk}/scheme-v32.test.ts`] }, [
    [
      "apk_hybrid",
      "that both signers are for the same levels",
      "if (classical.minSdk !== postQuantum.minSdk || classical.maxSdk !== postQuantum.maxSdk)",
      "if (false)",
    ],
    [
      "apk_hybrid/kinds",
      "that one signer is classical and one post-quantum",
      "if (isPostQuantumKey(classical.certificates[0].spki) || !isPostQuantumKey(postQuantum.certificates[0].spki))",
      "if (false)",
    ],
    ["apk_hybrid/pasts", "that both signers have one past", "return same ? {", "return nodes.length > 0 ? {"],
    ["apk_hybrid/count", "that there are two signers", "if (signers.length !== 2 || ", "if ("],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${apk}/scheme-v4.ts`, tests: [`${apk}/scheme-v4.test.ts`] }, [
    ["apk_v4_malformed", "that nothing is salted", "salt?.length !== 0", "salt === null"],
    [
      "apk_v4_mismatch",
      "that v4 is by the signer in the APK",
      "if (!bytesEqual(v4.certificate.bytes, signer.certificates[0].bytes))",
      "if (false)",
    ],
    [
      "apk_v4_mismatch/content",
      "that v4 is for the signed content",
      "return best !== undefined && bytesEqual(best.value, v4.apkDigest)",
      "return best !== undefined",
    ],
    ["apk_v4_tree", "that the tree has the signed root", "if (!bytesEqual(root, rootHash))", "if (false)"],
    [
      "apk_v4_tree/levels",
      "that the tree beside the signature is the file's",
      "if (!bytesEqual(digest.digest(), levels[index] ?? new Uint8Array()))",
      "if (false)",
    ],
    [
      "apk_v4_tree/end",
      "that the tree ends with the file",
      "return at === source.size ? null",
      "return at >= 0 ? null",
    ],
  ]),
];
