import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import {
  type AndroidVector,
  androidVectors,
  pemChain,
  vectorPath,
  vectorText,
  withoutVectors,
} from "../made/vectors.suite.ts";
import { parseStatusList, type RevocationList } from "../revocation.ts";
import { trustAnchorFromPem } from "../trust-anchor.ts";
import { googleHardwareAnchors } from "./anchors.ts";
import { peekAndroidKey, verifyAndroidKeyAttestation } from "./attestation.ts";
import type { AndroidExpectations } from "./expectations.ts";
import { toGoogleJson } from "./google-json.ts";

const vectors = androidVectors();
const genuine = ["caiman/sdk36/SB_EC_RKP", "caiman/sdk36/TEE_EC_RKP", "sony-xperia10-iii/sdk33/TEE_EC"].concat([
  "tegu/sdk36/SB_EC_2026_ROOT",
  "tegu/sdk36/TEE_EC_2026_ROOT",
]);

function verify(chain: readonly Uint8Array[], changes: Partial<AndroidExpectations>) {
  return verifyAndroidKeyAttestation({
    chain,
    challenge: null,
    packageNames: null,
    signingDigests: null,
    verifiedBootKeys: [],
    enrolment: false,
    allowSoftware: false,
    anchors: googleHardwareAnchors,
    revocation: null,
    nowMs: 0,
    ...changes,
  });
}

const atItsDate = (vector: AndroidVector, changes: Partial<AndroidExpectations> = {}) =>
  verify(vector.chain, { nowMs: vector.nowMs, ...changes });

const named = (name: string): AndroidVector => {
  const vector = vectors.find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return vector;
};

/** What Google's JSON shows against a device: software, else its bootloader. */
function expectedReason({ json }: AndroidVector): string {
  if (json.attestationSecurityLevel === "SOFTWARE") return "security_level_software";
  return json.hardwareEnforced.rootOfTrust?.deviceLocked ? "none" : "bootloader_unlocked";
}

function listFrom(text: string): RevocationList {
  const parsed = parseStatusList(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.list;
}

describe.skipIf(withoutVectors)("genuine Android evidence (shared vectors)", () => {
  test("reads all 21 key descriptions as Google's JSON has them, field by field", () => {
    expect(vectors.length).toBe(21);
    for (const vector of vectors) {
      const { facts } = atItsDate(vector);
      const ours = facts && toGoogleJson(facts.keyDescription);
      for (const list of ["softwareEnforced", "hardwareEnforced"] as const) {
        // Google leaves its default out of most files.
        const { areTagsOrdered = true } = vector.json[list];
        Object.assign(vector.json[list], { areTagsOrdered });
      }
      expect(ours, `of ${vector.name}`).toEqual(vector.json);
    }
  });

  test("accepts exactly the five that are hardware, locked and verified", () => {
    const accepted = vectors.filter((vector) => atItsDate(vector).ok).map(({ name }) => name);
    expect(accepted.toSorted()).toEqual(genuine.toSorted());
  });

  test("refuses the other 16 for the reason that their JSON shows", () => {
    const refused = vectors.filter(({ name }) => !genuine.includes(name));
    expect(refused.length).toBe(16);
    for (const vector of refused) {
      expect(atItsDate(vector), `of ${vector.name}`).toMatchObject({ ok: false, reason: expectedReason(vector) });
    }
  });

  test("refuses every one of the 21 at enrolment, whose keys were made for other purposes", () => {
    for (const vector of vectors) {
      const { checks } = atItsDate(vector, { enrolment: true });
      expect(checks.find(({ name }) => name === "key_parameters")?.result, `of ${vector.name}`).toBe("fail");
    }
  });

  test("reads how many certificates Google issued to the remotely provisioned ones", () => {
    const issued = (name: string) => atItsDate(named(name)).facts?.certificatesIssued;
    expect(issued("caiman/sdk36/TEE_EC_RKP")).toBe(64);
    expect(issued("tegu/sdk36/TEE_EC_2026_ROOT")).toBe(64);
    expect(issued("tokay/sdk37/TEE_MLDSA_RKP")).toBe(8);
    expect(issued("sony-xperia10-iii/sdk33/TEE_EC")).toBeNull();
  });

  test("reads ML-DSA leaves without a P-256 point, and refuses them at enrolment", () => {
    for (const name of ["tokay/sdk37/TEE_MLDSA_FACTORY", "tokay/sdk37/TEE_MLDSA_RKP"]) {
      const { facts, checks } = atItsDate(named(name), { enrolment: true });
      expect(facts?.publicKey).toBeNull();
      expect(facts?.keyDescription.hardwareEnforced.mlDsaVariant).toBe(1n);
      expect(peekAndroidKey(named(name).chain)).toBeNull();
      expect(checks.find((check) => check.name === "chain_trust")?.result).toBe("pass");
      const parameters = checks.find((check) => check.name === "key_parameters");
      expect([parameters?.result, parameters?.found]).toEqual(["fail", expect.stringMatching(/^ML-DSA-65 key, /)]);
    }
  });

  test("holds a remotely provisioned chain to both its ends, and a factory chain to its beginning alone", () => {
    const remote = named("caiman/sdk36/TEE_EC_RKP");
    const factory = named("sony-xperia10-iii/sdk33/TEE_EC");
    expect(atItsDate(remote, { nowMs: Date.parse("2026-11-22") })).toMatchObject({ reason: "certificate_expired" });
    expect(atItsDate(remote, { nowMs: Date.parse("2025-09-01") })).toMatchObject({
      reason: "certificate_not_yet_valid",
    });
    expect(atItsDate(factory, { nowMs: Date.parse("2046-01-01") }).ok).toBe(true);
    expect(atItsDate(factory, { nowMs: Date.parse("2016-05-01") })).toMatchObject({
      reason: "certificate_not_yet_valid",
    });
  });

  test("accepts the five without their root", () => {
    for (const name of genuine) {
      const { chain, nowMs } = named(name);
      expect(verify(chain.slice(0, -1), { nowMs }).ok, `of ${name}`).toBe(true);
    }
  });

  test("holds genuine evidence to its own challenge, package and signing digest", () => {
    const vector = named("caiman/sdk36/SB_EC_RKP");
    const signingDigests = [
      "10:39:38:ee:45:37:e5:9e:8e:e7:92:f6:54:50:4f:b8:34:6f:c6:b3:46:d0:bb:c4:41:5f:c3:39:fc:fc:8e:c1",
    ];
    const given = {
      challenge: Buffer.from("7ccac1ea-4845-482e-858d-f6fa9aa8c295"),
      packageNames: ["com.google.android.attestation"],
      signingDigests: signingDigests.map((digest) => digest.replaceAll(":", "")),
    };
    expect(atItsDate(vector, given).ok).toBe(true);
    expect(atItsDate(vector, { ...given, challenge: Buffer.from("another") })).toMatchObject({
      reason: "challenge_mismatch",
    });
    expect(atItsDate(vector, { ...given, packageNames: ["com.google"] })).toMatchObject({ reason: "package_mismatch" });
    expect(atItsDate(vector, { ...given, signingDigests: ["00".repeat(32)] })).toMatchObject({
      reason: "signing_digest_mismatch",
    });
  });

  test("refuses each of the five where any certificate of its chain is on the list, in hex or in decimal", () => {
    for (const name of genuine) {
      const vector = named(name);
      for (const serial of atItsDate(vector).facts?.certificateSerials ?? []) {
        for (const key of [serial, BigInt(`0x${serial}`).toString()]) {
          const revocation = listFrom(JSON.stringify({ entries: { [key]: { status: "REVOKED" } } }));
          expect(atItsDate(vector, { revocation }), `serial ${key}`).toMatchObject({
            ok: false,
            reason: "certificate_revoked",
          });
        }
      }
    }
  });

  test("accepts the five under the real status list of January 2025, and finds its entries in both radixes", () => {
    const text = vectorText("roots", "android_attestation_status_2025-01.json");
    const revocation = listFrom(text);
    for (const name of genuine) expect(atItsDate(named(name), { revocation }).ok, `of ${name}`).toBe(true);
    const keys = Object.keys((JSON.parse(text) as { entries: object }).entries);
    expect(keys.length).toBe(467);
    for (const key of keys) expect(revocation.statusOf(key)).not.toBe("good");
    const decimal = keys.filter((key) => /^\d{17,20}$/.test(key) && BigInt(key) < 2n ** 64n);
    expect(decimal.length).toBeGreaterThan(100);
    for (const key of decimal) expect(revocation.statusOf(BigInt(key).toString(16)), `serial ${key}`).not.toBe("good");
  });

  test("reads Google's sample chains: two end at another root, two are unlocked", () => {
    const revocation = listFrom(vectorText("google-android-key-attestation", "status.json"));
    const reasonOf = (name: string) => {
      const files = [0, 1, 2, 3].map((index) =>
        vectorPath("google-android-key-attestation", "der", name, `cert${index}.der`),
      );
      const chain = files.map((file) => new Uint8Array(readFileSync(file)));
      const result = verify(chain, { revocation, nowMs: Date.parse("2019-01-01") });
      return result.ok ? null : result.reason;
    };
    expect(reasonOf("algorithm_EC_SecurityLevel_TEE")).toBe("bootloader_unlocked");
    expect(reasonOf("algorithm_RSA_SecurityLevel_TEE")).toBe("bootloader_unlocked");
    expect(reasonOf("algorithm_EC_SecurityLevel_StrongBox")).toBe("chain_untrusted");
    expect(reasonOf("algorithm_RSA_SecurityLevel_StrongBox")).toBe("chain_untrusted");
  });

  test("finds the sample list's entries by serials in hex and in decimal", () => {
    const list = listFrom(vectorText("google-android-key-attestation", "status.json"));
    expect(list.statusOf("cc66e9a93713b6e643b26c15879786f7")).toBe("suspended");
    expect(list.statusOf(6681152659205225093n.toString(16))).toBe("revoked");
    expect(list.statusOf("1")).toBe("good");
  });

  test("refuses software keys even where software is allowed and AOSP's roots were made anchors", () => {
    const anchors = ["ec", "rsa"].map((kind) =>
      trustAnchorFromPem(vectorText("roots", `aosp_software_root_${kind}.pem`)),
    );
    for (const name of ["marlin/sdk29/TEE_EC_NONE", "marlin/sdk29/TEE_RSA_NONE"]) {
      const result = atItsDate(named(name), { anchors: [...anchors, ...googleHardwareAnchors], allowSoftware: true });
      expect(result).toMatchObject({ ok: false, reason: "chain_untrusted" });
    }
  });

  test("verifies a P-256 intermediate that signs with SHA-384", () => {
    const chain = pemChain("android-keyattestation", "testdata", "p256_sha384_intermediate.pem");
    const root = chain.at(-1) ?? new Uint8Array();
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(root).toString("base64")}\n-----END CERTIFICATE-----`;
    const { checks } = verify(chain, { anchors: [trustAnchorFromPem(pem)], nowMs: Date.parse("2026-01-01") });
    expect(checks.find(({ name }) => name === "chain_trust")?.result).toBe("pass");
  });

  test("reads descriptions with TRUE as 0x01 and with tags out of order", () => {
    const invalid = (name: string) => verify(pemChain("android-keyattestation", "testdata", "invalid", name), {});
    const locked = invalid("malformed_rot_device_locked.pem");
    expect(locked.facts?.deviceLocked).toBe(true);
    const unordered = invalid("tags_not_in_ascending_order.pem");
    const lists = unordered.facts?.keyDescription;
    expect([lists?.softwareEnforced.areTagsOrdered, lists?.hardwareEnforced.areTagsOrdered]).toContain(false);
    expect(unordered.checks.find(({ name }) => name === "chain_trust")?.result).toBe("fail");
  });

  test("refuses any changed byte of an elliptic and of an RSA chain", () => {
    for (const name of ["caiman/sdk36/SB_EC_RKP", "sony-xperia10-iii/sdk33/TEE_EC"]) {
      const { chain, nowMs } = named(name);
      for (const [position, certificate] of chain.entries()) {
        for (let index = 0; index < certificate.length; index += 1) {
          const changed = chain.with(position, flip(certificate, index));
          expect(verify(changed, { nowMs }).ok, `certificate ${position} byte ${index}`).toBe(false);
        }
      }
    }
  });

  test("refuses any changed bit of the five", () => {
    const position = fc.tuple(fc.constantFrom(...genuine), fc.nat(), fc.nat(), fc.nat(7));
    fc.assert(
      fc.property(position, ([name, which, where, bit]) => {
        const { chain, nowMs } = named(name);
        const certificate = chain[which % chain.length] ?? new Uint8Array();
        const changed = chain.with(which % chain.length, flip(certificate, where % certificate.length, bit));
        expect(verify(changed, { nowMs }).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
