import { describe, expect, it } from "vitest";
import { type KeyPair, makeKey, spkiOf } from "../../../asn1/src/made/certificate.suite.ts";
import { octets, oid, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import type { ipaProblems } from "./ipa-problems.ts";
import {
  attribute,
  type CmsPlan,
  codeSigning,
  developer,
  developerAuthority,
  developerAuthorityKey,
  developerAuthorityName,
  digestOid,
  judgedAtMs,
  keyUsage,
  makeAppleSigner,
  makeAuthority,
  makeDeveloper,
  marked,
  markerOid,
  phoneAuthority,
  purposes,
  rootKey,
  rsaDeveloper,
} from "./made-authority.suite.ts";
import { blob, hash, hashPlist, type MadeBlob, type MadeDirectory, type SlicePlan } from "./made-code.suite.ts";
import { type AppPlan, codesOf, inspectMade, makeProfile } from "./made-ipa.suite.ts";

const dayMs = 86_400_000;
const oids = {
  messageDigest: "1.2.840.113549.1.9.4",
  contentType: "1.2.840.113549.1.9.3",
  signedData: "1.2.840.113549.1.7.2",
  hashes: "1.2.840.113635.100.9.1",
  wholeHashes: "1.2.840.113635.100.9.2",
};
const slice = (other: Partial<SlicePlan>): Partial<AppPlan> => ({ slice: other });
const cms = (other: Partial<CmsPlan>) => slice({ cms: other });
const cmsBytes = (bytes: Uint8Array) =>
  slice({ blobs: (all) => all.map(([at, held]): MadeBlob => [at, at === 0x10000 ? blob(0xfade0b01, bytes) : held]) });
/** Signed by another certificate, which the profile allows. */
const by = (signer: SlicePlan["signer"], certificates?: SlicePlan["certificates"], other: Partial<SlicePlan> = {}) => ({
  slice: { signer, ...(certificates && { certificates }), ...other },
  profile: makeProfile({ list: { DeveloperCertificates: [developer.certificate, signer.certificate] } }),
});
const wholeHashes = (directories: readonly MadeDirectory[]) =>
  attribute(
    oids.wholeHashes,
    ...directories.map(({ digest, bytes }) => sequence(digestOid(digest), octets(hash(digest, bytes)))),
  );
const plistHashes = (directories: readonly MadeDirectory[]) => attribute(oids.hashes, octets(hashPlist(directories)));
const gone: MadeDirectory = { digest: "sha384", bytes: Buffer.from("taken away") };
const lists = (hashLists: SlicePlan["hashLists"], other: Partial<SlicePlan> = {}) => slice({ hashLists, ...other });
/** The digest in the attribute that names it. */
const digestIn = (attributes: readonly Uint8Array[]) => octets(attributes[2]?.slice(-32) ?? "");

const strangerKey = makeKey();
const stranger = makeAuthority(strangerKey, developerAuthorityName, { signer: strangerKey, hash: "sha256" });
const authority = (other: Parameters<typeof makeAuthority>[2]) =>
  makeAuthority(developerAuthorityKey, developerAuthorityName, other);
const marks = [marked(markerOid.distribution), purposes(codeSigning)];
const storeMarks = [marked(markerOid.appStore), purposes(codeSigning)];

function selfSigned(): SlicePlan["signer"] {
  const key = makeKey();
  const name = { "2.5.4.3": "Apple Distribution: Nobody", "2.5.4.11": "TEAM123456" };
  return makeDeveloper({ subject: name, issuer: name, signer: key, key: spkiOf(key), serial: 21 }, key);
}

/** A developer below an authority below the authority of developers, and the two authorities. */
function belowAnother(): readonly [SlicePlan["signer"], readonly Uint8Array[]] {
  const key: KeyPair = makeKey();
  const name = { "2.5.4.3": "Another Authority" };
  const between = makeAuthority(key, name, {
    issuer: developerAuthorityName,
    signer: developerAuthorityKey,
    hash: "sha256",
  });
  return [makeDeveloper({ issuer: name, signer: key, serial: 22 }), [between, developerAuthority]];
}

type Row = readonly [code: keyof typeof ipaProblems, what: string, plan: Partial<AppPlan>];

const rows: readonly Row[] = [
  ["code_signature_invalid", "bytes that are no CMS", cmsBytes(Buffer.from("CMS"))],
  ["code_signature_invalid", "a CMS larger than any", cmsBytes(Buffer.alloc(300_000))],
  ["code_signature_invalid", "a signature over something else", cms({ content: Buffer.from("else") })],
  ["code_signature_invalid", "a signature by another key", cms({ signer: { ...developer, key: strangerKey } })],
  [
    "code_signature_invalid",
    "a signature by a key of another kind",
    cms({ signer: { ...developer, key: rsaDeveloper.key } }),
  ],
  ["code_signature_invalid", "content inside the CMS", cms({ isDetached: false })],
  ["code_signature_invalid", "no signed attributes", cms({ change: () => [] })],
  ["code_signature_invalid", "no digest signed", cms({ change: (all) => all.filter((_, index) => index !== 2) })],
  [
    "code_signature_invalid",
    "two digests signed as one",
    cms({
      change: (all) => [
        ...all.slice(0, 2),
        attribute(oids.messageDigest, digestIn(all), octets("else")),
        ...all.slice(3),
      ],
    }),
  ],
  [
    "code_signature_invalid",
    "two attributes of one kind",
    cms({ change: (all) => [...all, attribute(oids.messageDigest, digestIn(all))] }),
  ],
  ["code_signature_invalid", "no content type signed", cms({ change: (all) => all.slice(1) })],
  [
    "code_signature_invalid",
    "another content type signed",
    cms({ change: (all) => [attribute(oids.contentType, oid(oids.signedData)), ...all.slice(1)] }),
  ],
  ["code_signature_invalid", "another content type", cms({ contentType: oids.signedData })],
  ["code_signature_invalid", "two signers", cms({ signerInfos: (info) => [info, info] })],
  ["code_signature_invalid", "no signer", cms({ signerInfos: () => [] })],
  ["code_signature_invalid", "no certificate of the signer", cms({ signer: { ...developer, serial: 4 } })],
  [
    "code_signature_invalid",
    "two certificates of the signer's issuer and number",
    slice({ certificates: [developerAuthority, makeDeveloper().certificate] }),
  ],
  [
    "code_signature_invalid",
    "more certificates than are read",
    slice({ certificates: Array.from({ length: 16 }, () => developerAuthority) }),
  ],
  ["code_signature_invalid", "an alternate that no list names", lists(() => [])],
  [
    "code_signature_invalid",
    "an alternate that the list of short hashes lacks",
    lists((all) => [plistHashes(all.slice(0, 1)), wholeHashes(all)]),
  ],
  [
    "code_signature_invalid",
    "an alternate that the list of whole hashes lacks",
    lists((all) => [plistHashes(all), wholeHashes(all.slice(0, 1))]),
  ],
  [
    "code_signature_invalid",
    "another hash in the list of short ones",
    lists((all) => [plistHashes([...all.slice(1), gone]), wholeHashes(all)]),
  ],
  [
    "code_signature_invalid",
    "another hash in the list of whole ones",
    lists((all) => [plistHashes(all), wholeHashes([...all.slice(1), gone])]),
  ],
  [
    "code_signature_invalid",
    "an alternate taken away",
    lists((all) => [plistHashes([...all, gone]), wholeHashes([...all, gone])], { digests: ["sha256"] }),
  ],
  ["code_signature_invalid", "one taken away from the short list", lists((all) => [plistHashes([...all, gone])])],
  ["code_signature_invalid", "one taken away from the whole list", lists((all) => [wholeHashes([...all, gone])])],
  [
    "code_signature_invalid",
    "another directory of the same digest in the whole list",
    lists((all) => [wholeHashes(all.map(({ digest }) => ({ digest, bytes: gone.bytes })))]),
  ],
  ["code_signature_invalid", "a list of hashes that is none", lists(() => [attribute(oids.hashes, octets("x"))])],
  ["code_digest_weak", "a signature over SHA-1", by(rsaDeveloper, undefined, { cms: { digest: "sha1" } })],
  [
    "code_signature_untrusted",
    "an authority of a stranger",
    by(makeDeveloper({ signer: strangerKey, serial: 9 }), [stranger]),
  ],
  [
    "code_signature_untrusted",
    "an authority of Apple's name and a stranger's key",
    by(makeDeveloper({ signer: strangerKey, serial: 9 }), [developerAuthority]),
  ],
  ["code_signature_untrusted", "no authority", slice({ certificates: [] })],
  ["code_signature_untrusted", "a certificate signed by itself", by(selfSigned(), [])],
  [
    "code_signature_untrusted",
    "an authority that is none",
    slice({ certificates: [authority({ isCertificateAuthority: false })] }),
  ],
  [
    "code_signature_untrusted",
    "an authority that may not sign certificates",
    slice({ certificates: [authority({ extensions: [marked(markerOid.developerAuthority), keyUsage(0x80)] })] }),
  ],
  [
    "code_signature_untrusted",
    "an authority that is none of developers",
    slice({ certificates: [authority({ extensions: [keyUsage(0x06)] })] }),
  ],
  [
    "code_signature_untrusted",
    "a certificate directly below the root",
    by(makeDeveloper({ signer: rootKey, hash: "sha384", serial: 8 })),
  ],
  ["code_signature_untrusted", "one authority too many", by(...belowAnother())],
  [
    "code_signature_untrusted",
    "no mark of a developer",
    by(makeDeveloper({ extensions: [purposes(codeSigning)], serial: 10 })),
  ],
  [
    "code_signature_untrusted",
    "another purpose",
    by(makeDeveloper({ extensions: [marked(markerOid.distribution), purposes("1.3.6.1.5.5.7.3.4")], serial: 11 })),
  ],
  [
    "code_signature_untrusted",
    "no purpose",
    by(makeDeveloper({ extensions: [marked(markerOid.distribution)], serial: 12 })),
  ],
  [
    "code_signature_untrusted",
    "a key that may not sign",
    by(makeDeveloper({ extensions: [...marks, keyUsage(0x20)], serial: 13 })),
  ],
  [
    "code_signature_untrusted",
    "the App Store's mark and another name",
    { ...by(makeAppleSigner("Apple iPhone OS Something", { extensions: storeMarks }), [phoneAuthority]), nested: [] },
  ],
  [
    "code_signature_untrusted",
    "the App Store's mark and name from the authority of developers",
    {
      ...by(
        makeDeveloper({
          subject: { "2.5.4.3": "Apple iPhone OS Application Signing" },
          extensions: storeMarks,
          serial: 14,
        }),
      ),
      nested: [],
    },
  ],
  [
    "code_certificate_expired",
    "a certificate that has ended",
    by(makeDeveloper({ notAfterMs: judgedAtMs - dayMs, serial: 15 })),
  ],
  [
    "code_certificate_expired",
    "a certificate that has not begun",
    by(makeDeveloper({ notBeforeMs: judgedAtMs + dayMs, serial: 16 })),
  ],
  [
    "code_certificate_expired",
    "an authority that has ended",
    slice({ certificates: [authority({ notAfterMs: judgedAtMs - dayMs })] }),
  ],
  [
    "code_team_mismatch",
    "a certificate of another team",
    by(makeDeveloper({ subject: { "2.5.4.11": "OTHER67890" }, serial: 17 })),
  ],
  [
    "code_team_mismatch",
    "a certificate of no team",
    by(makeDeveloper({ subject: { "2.5.4.3": "Apple Distribution" }, serial: 18 })),
  ],
];

describe("code is refused", () => {
  it.each(rows)("with %s: %s", async (code, _, plan) => {
    const report = await inspectMade(plan);
    expect([codesOf(report), report.verified]).toEqual([[code], false]);
  });
});

describe("a signature is taken", () => {
  it.each<readonly [string, Partial<AppPlan>]>([
    [
      "with unsigned attributes, as a time stamp is",
      cms({ unsigned: [attribute("1.2.840.113549.1.9.16.2.14", octets("x"))] }),
    ],
    ["with either list of hashes alone", lists((all) => [plistHashes(all)])],
    ["with the other list of hashes alone", lists((all) => [wholeHashes(all)])],
    ["with SHA-384", cms({ digest: "sha384" })],
    [
      "with several certificates of its authority, one of them valid",
      slice({ certificates: [authority({ notAfterMs: judgedAtMs - dayMs }), stranger, developerAuthority] }),
    ],
    [
      "with a development certificate",
      by(makeDeveloper({ extensions: [marked(markerOid.development), purposes(codeSigning)], serial: 30 })),
    ],
  ])("%s", async (_, plan) => {
    expect(codesOf(await inspectMade(plan))).toEqual([]);
  });
});
