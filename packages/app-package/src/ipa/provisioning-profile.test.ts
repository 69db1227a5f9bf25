import { describe, expect, it } from "vitest";
import { makeKey, makeRsaKey, spkiOf } from "../../../asn1/src/made/certificate.suite.ts";
import type { ipaProblems } from "./ipa-problems.ts";
import {
  developer,
  developerAuthority,
  developerAuthorityKey,
  developerAuthorityName,
  judgedAtMs,
  type MadeSigner,
  makeAppleSigner,
  makeAuthority,
  makeDeveloper,
  phoneAuthority,
  phoneAuthorityName,
  profileSigner,
} from "./made-authority.suite.ts";
import { bundleId, codesOf, entitlementsOf, inspectMade, makeProfile } from "./made-ipa.suite.ts";

const dayMs = 86_400_000;
const signerName = "Apple iPhone OS Provisioning Profile Signing";
const strangerKey = makeKey();
const stranger = makeAuthority(strangerKey, phoneAuthorityName, { signer: strangerKey, hash: "sha256" });
const named = { "2.5.4.3": signerName };
const rsaKey = makeRsaKey();
const rsaSigner: MadeSigner = { ...makeAppleSigner(signerName, { key: spkiOf(rsaKey) }), key: rsaKey };

const list = (more: NonNullable<Parameters<typeof makeProfile>[0]>["list"]) =>
  makeProfile({ ...(more && { list: more }) });
const by = (signer: MadeSigner, certificates: readonly Uint8Array[] = [phoneAuthority]) =>
  makeProfile({ cms: { signer, certificates } });

const rows: readonly (readonly [code: keyof typeof ipaProblems, what: string, profile: Uint8Array])[] = [
  ["profile_malformed", "bytes that are no CMS", Buffer.from("profile")],
  ["profile_malformed", "no content", makeProfile({ cms: { isDetached: true } })],
  ["profile_malformed", "content that is no list", makeProfile({ cms: { content: Buffer.from("list") } })],
  ["profile_malformed", "no team", list({ TeamIdentifier: undefined })],
  ["profile_malformed", "teams that are no texts", list({ TeamIdentifier: [1] })],
  ["profile_malformed", "no certificates", list({ DeveloperCertificates: undefined })],
  ["profile_malformed", "certificates that are texts", list({ DeveloperCertificates: ["MII"] })],
  ["profile_malformed", "no entitlements", list({ Entitlements: undefined })],
  ["profile_malformed", "no end", list({ ExpirationDate: undefined })],
  ["profile_malformed", "an end that is a text", list({ ExpirationDate: "2027-01-01T00:00:00Z" })],
  ["profile_malformed", "a platform that is no list", list({ Platform: "iOS" })],
  ["profile_untrusted", "a developer for its signer", by(developer, [developerAuthority])],
  [
    "profile_untrusted",
    "a developer of the signer's name",
    by(makeDeveloper({ subject: named, signer: developerAuthorityKey, issuer: developerAuthorityName }), [
      developerAuthority,
    ]),
  ],
  ["profile_untrusted", "another of Apple's signers", by(makeAppleSigner("Apple iPhone OS Application Signing"))],
  [
    "profile_untrusted",
    "a stranger of every name",
    by(makeAppleSigner(signerName, { signer: strangerKey }), [stranger]),
  ],
  ["profile_untrusted", "a signature by another key", by({ ...profileSigner, key: strangerKey })],
  ["profile_untrusted", "a signature over SHA-1", makeProfile({ cms: { signer: rsaSigner, digest: "sha1" } })],
  ["profile_expired", "an end that has come", list({ ExpirationDate: new Date(judgedAtMs) })],
  ["profile_mismatch", "another certificate", list({ DeveloperCertificates: [makeDeveloper().certificate] })],
  ["profile_mismatch", "another team", list({ TeamIdentifier: ["OTHER67890"] })],
  ["profile_mismatch", "another platform", list({ Platform: ["tvOS"] })],
  ["profile_mismatch", "another App ID", makeProfile({ id: "com.example.other" })],
  ["profile_mismatch", "a wildcard for another App ID", allowing("application-identifier", "TEAM123456.com.other.*")],
  ["profile_mismatch", "an entitlement of another type", allowing("application-identifier", true)],
  ["profile_mismatch", "none of its groups", allowing("keychain-access-groups", ["OTHER67890.*"])],
];

function allowing(name: string, value: string | boolean | readonly string[]): Uint8Array {
  return makeProfile({ entitlements: { [name]: value } });
}

describe("a profile", () => {
  it.each(rows)("is refused with %s: %s", async (code, _, profile) => {
    const report = await inspectMade({ profile });
    expect([codesOf(report), report.schemes]).toEqual([[code], { code: true, profile: false }]);
  });

  it("does not allow an entitlement that it does not name, and need not allow one that is false", async () => {
    const entitlements = (value: boolean) => ({ ...entitlementsOf(bundleId), "com.apple.developer.healthkit": value });
    expect(codesOf(await inspectMade({ slice: { entitlements: entitlements(true) } }))).toEqual(["profile_mismatch"]);
    expect(codesOf(await inspectMade({ slice: { entitlements: entitlements(false) } }))).toEqual([]);
  });

  it("allows by a list, by each of a list, and by a text's beginning", async () => {
    const asked = { ...entitlementsOf(bundleId), "keychain-access-groups": ["TEAM123456.a", "OTHER67890.b"] };
    const taken = async (groups: readonly string[]) =>
      codesOf(
        await inspectMade({ slice: { entitlements: asked }, profile: allowing("keychain-access-groups", groups) }),
      );
    expect(await taken(["TEAM123456.*", "OTHER67890.b"])).toEqual([]);
    expect(await taken(["TEAM123456.*", "OTHER67890.c"])).toEqual(["profile_mismatch"]);
  });

  it("is taken after its signer's certificate has ended, as a phone takes it", async () => {
    const signer = makeAppleSigner(signerName, { notAfterMs: judgedAtMs - dayMs });
    expect(codesOf(await inspectMade({ profile: by(signer) }))).toEqual([]);
    expect(codesOf(await inspectMade({ profile: by(rsaSigner) }))).toEqual([]);
  });
});
