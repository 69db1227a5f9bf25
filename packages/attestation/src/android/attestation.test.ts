import { describe, expect, test } from "vitest";
import { makeCertificate, makeKey, makeRsaKey, spkiOf, year2026Ms } from "../../../asn1/src/made/certificate.suite.ts";
import {
  boolean,
  der,
  enumerated,
  integer,
  octets,
  oid,
  sequence,
  set,
} from "../../../asn1/src/made/der-writer.suite.ts";
import * as made from "../made/android.suite.ts";
import { trustAnchorFromDer } from "../trust-anchor.ts";
import { peekAndroidKey, verifyAndroidKeyAttestation } from "./attestation.ts";
import type { AndroidExpectations } from "./expectations.ts";
import { provisioningInfoExtension } from "./provisioning-info.ts";
import { androidRules } from "./rules.ts";

type Changes = Partial<AndroidExpectations>;

function verify(chain: readonly Uint8Array[], changes: Changes = {}) {
  return verifyAndroidKeyAttestation({ ...made.expectations(chain), ...changes });
}

function failures(chain: readonly Uint8Array[], changes: Changes = {}): readonly string[] {
  const { checks } = verify(chain, changes);
  return checks.filter(({ result }) => result === "fail").map(({ reason }) => reason);
}

function reason(chain: readonly Uint8Array[], changes: Changes = {}): string | null {
  const result = verify(chain, changes);
  return result.ok ? null : result.reason;
}

const boot = (locked: boolean, state: number) => ({ 704: made.rootOfTrust(boolean(locked), state) });
const strongBox = { levels: [2, 2] as const };
const ownKey = makeKey();

/** The attack: the attested key signs a certificate with a description of the attacker's own. */
function extended(chain: readonly Uint8Array[], description: Uint8Array | null = made.makeDescription()): Uint8Array[] {
  const forged = makeCertificate({
    subject: { "2.5.4.3": "Android Keystore Key" },
    issuer: { "2.5.4.3": "Android Keystore Key" },
    key: spkiOf(ownKey),
    signer: made.leafKey,
    extensions: description ? [[made.keyDescriptionOid, description]] : [],
  });
  return [forged, ...chain];
}

describe("accepts", () => {
  test("a factory-provisioned chain, with and without its root", () => {
    expect(failures(made.makeChain())).toEqual([]);
    expect(verify(made.makeChain()).ok).toBe(true);
    expect(verify(made.makeChain({ withoutRoot: true })).ok).toBe(true);
  });

  test("a remotely provisioned chain, with and without its root", () => {
    expect(verify(made.makeChain({ provisioning: "remote" })).ok).toBe(true);
    expect(verify(made.makeChain({ provisioning: "remote", withoutRoot: true })).ok).toBe(true);
  });

  test("a StrongBox that its attestation certificate names by title or, remotely provisioned, by organization", () => {
    expect(
      verify(made.makeChain({ ...strongBox, attestationName: { "2.5.4.5": "1", "2.5.4.12": "StrongBox" } })).ok,
    ).toBe(true);
    const remote = {
      ...strongBox,
      provisioning: "remote" as const,
      attestationName: { "2.5.4.10": "StrongBox", "2.5.4.3": "1" },
    };
    expect(verify(made.makeChain(remote)).ok).toBe(true);
  });

  test("a key without its size, which the curve fixes, as older devices write it", () => {
    expect(verify(made.makeChain({ hardware: { 3: null } })).ok).toBe(true);
  });

  test("every documented attestation version", () => {
    for (const version of [1, 2, 3, 4, 100, 200, 300, 400, 500])
      expect(verify(made.makeChain({ version })).ok, `${version}`).toBe(true);
  });

  test("a factory chain long after its certificates ended, because its keys cannot be replaced", () => {
    expect(verify(made.makeChain(), { nowMs: year2026Ms + 20 * 365 * 86_400_000 }).ok).toBe(true);
  });

  test("a self-signed system whose boot key is allowed, in either case of hex", () => {
    const chain = made.makeChain({ hardware: boot(true, 1) });
    expect(verify(chain, { verifiedBootKeys: [made.bootKey.toUpperCase()] }).ok).toBe(true);
  });

  test("BOOLEAN TRUE as 0x01 in the root of trust, as real devices write it", () => {
    expect(verify(made.makeChain({ hardware: { 704: made.rootOfTrust(Uint8Array.of(1, 1, 1), 0) } })).ok).toBe(true);
  });

  test("what was not given, and reports it as not evaluated", () => {
    const unasked = { challenge: null, packageNames: null, signingDigests: null, revocation: null, enrolment: false };
    const { ok, checks } = verify(made.makeChain(), unasked);
    expect(ok).toBe(true);
    const open = checks.filter(({ result }) => result === "not_evaluated").map(({ name }) => name);
    const notGiven = [
      "revocation",
      "revocation_known",
      "challenge",
      "key_parameters",
      "application_id",
      "package",
      "signing_digest",
    ];
    expect(open).toEqual(expect.arrayContaining(notGiven));
  });

  test("a chain under a stale list, or before one came, and says that revocation is not known for certain", () => {
    for (const changes of [{}, { revocation: null }]) {
      const { ok, checks } = verify(made.makeChain(), { ...changes, revocationStanding: "stale" });
      const known = checks.find(({ name }) => name === "revocation_known");
      expect([ok, known?.result, known?.expected]).toEqual([true, "not_evaluated", "a fresh status list"]);
    }
  });

  test("a software key where software is allowed by name, without asking it for hardware", () => {
    const chain = made.makeChain({ levels: [0, 0], hardware: { 704: null }, software: softwareKey });
    expect(verify(chain, { allowSoftware: true }).ok).toBe(true);
    expect(reason(chain)).toBe("security_level_software");
  });

  test("issuers on the first and on the last moment of their dates", () => {
    const issuers = { issuersNotBeforeMs: made.nowMs, issuersNotAfterMs: made.nowMs };
    expect(verify(made.makeChain({ provisioning: "remote", ...issuers })).ok).toBe(true);
  });
});

const softwareKey = {
  1: set(integer(2)),
  2: integer(3),
  3: integer(256),
  5: set(integer(4)),
  10: integer(1),
  702: integer(0),
};

/** Evidence that one rule alone keeps from being accepted: without that rule's check it would pass. */
const soleObstacles: readonly [string, string, readonly Uint8Array[], Changes][] = [
  [
    "a second key description nearer to the root",
    "chain_extended",
    made.makeChain({ attestationExtensions: [[made.keyDescriptionOid, made.makeDescription()]] }),
    {},
  ],
  ["a version this release does not know", "attestation_version_unsupported", made.makeChain({ version: 600 }), {}],
  ["a software key", "security_level_software", made.makeChain({ levels: [0, 0], software: softwareKey }), {}],
  ["a chain to another root", "chain_untrusted", made.makeChain(), { anchors: [trustAnchorFromDer(foreignRoot())] }],
  ["no anchors at all", "chain_untrusted", made.makeChain(), { anchors: [] }],
  ["a leaf that the attestation key did not sign", "chain_untrusted", made.makeChain({ leafSigner: ownKey }), {}],
  ["a leaf that names another issuer", "chain_untrusted", made.makeChain({ leafIssuer: { "2.5.4.5": "other" } }), {}],
  ["a leaf signed with SHA-1", "chain_untrusted", made.makeChain({ leafHash: "sha1" }), {}],
  [
    "an intermediate that is neither factory nor Google's",
    "chain_shape",
    made.makeChain({ intermediateName: { "2.5.4.3": "Droid CA2" } }),
    {},
  ],
  [
    "a chain before its beginning",
    "certificate_not_yet_valid",
    made.makeChain({ issuersNotBeforeMs: made.nowMs + 1000 }),
    {},
  ],
  [
    "a remote chain after its end",
    "certificate_expired",
    made.makeChain({ provisioning: "remote", issuersNotAfterMs: made.nowMs - 1000 }),
    {},
  ],
  [
    "a revoked certificate",
    "certificate_revoked",
    made.makeChain(),
    { revocation: { statusOf: (serial) => (serial === "1234" ? "revoked" : "good") } },
  ],
  [
    "a suspended certificate",
    "certificate_revoked",
    made.makeChain(),
    { revocation: { statusOf: (serial) => (serial === "9999" ? "suspended" : "good") } },
  ],
  [
    "a status list that does not answer",
    "revocation_unknown",
    made.makeChain(),
    {
      revocation: {
        statusOf: () => {
          throw new Error("down");
        },
      },
    },
  ],
  ["a status list past its grace", "revocation_unknown", made.makeChain(), { revocationStanding: "lost" }],
  [
    "a status list that never came, its grace over",
    "revocation_unknown",
    made.makeChain(),
    { revocation: null, revocationStanding: "lost" },
  ],
  [
    "two security levels",
    "security_level_mismatch",
    made.makeChain({ levels: [2, 1], attestationName: { "2.5.4.5": "1", "2.5.4.12": "StrongBox" } }),
    {},
  ],
  ["a StrongBox that nobody vouches for", "strongbox_unproven", made.makeChain(strongBox), {}],
  ["another challenge", "challenge_mismatch", made.makeChain({ challenge: new Uint8Array(32).fill(8) }), {}],
  [
    "the beginning of the challenge",
    "challenge_mismatch",
    made.makeChain({ challenge: made.challenge.slice(0, 31) }),
    {},
  ],
  ["no root of trust", "root_of_trust_missing", made.makeChain({ hardware: { 704: null } }), {}],
  [
    "a root of trust in the software list alone",
    "root_of_trust_missing",
    made.makeChain({ hardware: { 704: null }, software: boot(true, 0) }),
    {},
  ],
  ["an unlocked bootloader", "bootloader_unlocked", made.makeChain({ hardware: boot(false, 0) }), {}],
  ["an unverified boot", "boot_state_unverified", made.makeChain({ hardware: boot(true, 2) }), {}],
  ["a failed boot", "boot_state_unverified", made.makeChain({ hardware: boot(true, 3) }), {}],
  ["a self-signed system", "boot_key_unknown", made.makeChain({ hardware: boot(true, 1) }), {}],
  [
    "a self-signed system under another key",
    "boot_key_unknown",
    made.makeChain({ hardware: boot(true, 1) }),
    { verifiedBootKeys: ["ee".repeat(32)] },
  ],
  ["an imported key", "key_origin", made.makeChain({ hardware: { 702: integer(2) } }), {}],
  [
    "an origin in the software list alone",
    "key_origin",
    made.makeChain({ hardware: { 702: null }, software: { 702: integer(0) } }),
    {},
  ],
  [
    "a key that may also verify",
    "key_parameters",
    made.makeChain({ hardware: { 1: set(integer(2), integer(3)) } }),
    {},
  ],
  ["a key without purpose", "key_parameters", made.makeChain({ hardware: { 1: null } }), {}],
  ["a key of another size", "key_parameters", made.makeChain({ hardware: { 3: integer(384) } }), {}],
  ["a key for any digest", "key_parameters", made.makeChain({ hardware: { 5: set(integer(0), integer(4)) } }), {}],
  ["a key that says it is RSA", "key_parameters", made.makeChain({ hardware: { 2: integer(1) } }), {}],
  ["a key on another curve", "key_parameters", made.makeChain({ leafKey: spkiOf(makeKey("P-384")) }), {}],
  ["a certified key that is RSA", "key_parameters", made.makeChain({ leafKey: spkiOf(makeRsaKey()) }), {}],
  [
    "a key whose parameters only software enforces",
    "key_parameters",
    made.makeChain({ hardware: { 1: null }, software: { 1: set(integer(2)) } }),
    {},
  ],
  ["no application id", "application_id_missing", made.makeChain({ software: { 709: null } }), {}],
  [
    "an application id in the hardware list alone",
    "application_id_missing",
    made.makeChain({
      software: { 709: null },
      hardware: { 709: made.applicationId(made.packageName, made.signingDigest) },
    }),
    {},
  ],
  [
    "another package",
    "package_mismatch",
    made.makeChain({ software: { 709: made.applicationId("com.example.other", made.signingDigest) } }),
    {},
  ],
  ["no registered package", "package_mismatch", made.makeChain(), { packageNames: [] }],
  [
    "another signing certificate",
    "signing_digest_mismatch",
    made.makeChain({ software: { 709: made.applicationId(made.packageName, "ba".repeat(32)) } }),
    {},
  ],
  ["no registered signing certificate", "signing_digest_mismatch", made.makeChain(), { signingDigests: [] }],
];

describe("refuses, for this reason and no other,", () => {
  test.each(soleObstacles)("%s: %s", (_, expected, chain, changes) => {
    expect(verify(chain, changes).ok).toBe(false);
    expect(failures(chain, changes)).toEqual([expected]);
  });
});

describe("refuses", () => {
  test("a hardware key for its boot state also where software is allowed", () => {
    const chain = made.makeChain({ hardware: boot(false, 2) });
    expect(failures(chain, { allowSoftware: true })).toEqual(["bootloader_unlocked", "boot_state_unverified"]);
  });

  test("a software key for what it lacks in hardware, where software is not allowed", () => {
    const chain = made.makeChain({ levels: [0, 0], hardware: { 704: null }, software: softwareKey });
    expect(failures(chain)).toEqual(["security_level_software", "root_of_trust_missing"]);
  });

  test("a key that is software by its attestation or by itself alone", () => {
    for (const levels of [
      [0, 1],
      [1, 0],
    ] as const) {
      expect(failures(made.makeChain({ levels }))).toEqual([
        "security_level_software",
        "security_level_mismatch",
        "key_parameters",
      ]);
    }
  });

  test("a StrongBox claimed by the attestation or by the key alone", () => {
    const expected = ["security_level_mismatch", "strongbox_unproven"];
    expect(failures(made.makeChain({ levels: [2, 1] }))).toEqual(expected);
    expect(failures(made.makeChain({ levels: [1, 2] }))).toEqual(expected);
  });

  test("a missing application id where a package or a signing digest alone is expected", () => {
    const chain = made.makeChain({ software: { 709: null } });
    expect(failures(chain, { packageNames: null })).toEqual(["application_id_missing"]);
    expect(failures(chain, { signingDigests: null })).toEqual(["application_id_missing"]);
  });

  test("an intermediate that names Google's CA elsewhere than in its common name", () => {
    const intermediateName = { "2.5.4.10": "Google LLC", "2.5.4.11": "Droid CA2" };
    expect(failures(made.makeChain({ provisioning: "remote", intermediateName }))).toContain("chain_shape");
  });

  test("a chain extended past the attested key, for that reason first", () => {
    for (const provisioning of ["factory", "remote"] as const) {
      const chain = made.makeChain({ provisioning });
      expect(reason(extended(chain))).toBe("chain_extended");
      expect(failures(extended(chain))).toContain("chain_shape");
      expect(reason(extended(chain, null))).toBe("chain_extended");
      expect(reason(extended(chain.slice(0, -1)))).toBe("chain_extended");
    }
  });

  test("an extended chain without believing the description that was put in front", () => {
    const result = verify(extended(made.makeChain({ hardware: boot(false, 2) })));
    expect(result.facts?.deviceLocked).toBe(false);
  });

  test("one certificate more than the shape, though every link verifies and no description stands twice", () => {
    const { checks } = verify(extended(made.makeChain({ description: null })));
    expect(reason(extended(made.makeChain({ description: null })))).toBe("chain_shape");
    expect(checks.find(({ name }) => name === "chain_trust")?.result).toBe("pass");
  });

  test("a remotely provisioned chain that is one certificate short", () => {
    const remoteName = { "2.5.4.10": "Google LLC", "2.5.4.3": "Droid CA3" };
    expect(failures(made.makeChain({ intermediateName: remoteName }))).toEqual(["chain_shape"]);
  });

  test("a chain that is shorter or longer than any", () => {
    const chain = made.makeChain({ provisioning: "remote" });
    expect(reason(chain.slice(0, 2))).toBe("chain_length");
    expect(reason([])).toBe("chain_length");
    expect(reason([...chain, ...chain])).toBe("chain_length");
  });

  test("a certificate that cannot be read, or is larger than any", () => {
    const chain = made.makeChain();
    expect(reason([chain[0]?.slice(1) ?? new Uint8Array(), ...chain.slice(1)])).toBe("evidence_malformed");
    expect(reason([new Uint8Array(9000).fill(0x30), ...chain.slice(1)])).toBe("evidence_malformed");
  });

  test("a chain without a key description", () => {
    expect(failures(made.makeChain({ description: null }))).toEqual(["key_description_missing"]);
  });

  test("a key description that cannot be read", () => {
    const description = sequence(integer(400), enumerated(1));
    expect(failures(made.makeChain({ description }))).toEqual(["key_description_malformed"]);
    expect(failures(made.makeChain({ hardware: { 704: octets("no sequence") } }))).toEqual([
      "key_description_malformed",
    ]);
  });

  test("a clock that is no number", () => {
    expect(reason(made.makeChain(), { nowMs: Number.NaN })).toBe("certificate_not_yet_valid");
  });
});

test("takes a stale list at its word about what it names, and a lost one too", () => {
  const revocation = { statusOf: () => "revoked" as const };
  expect(failures(made.makeChain(), { revocation, revocationStanding: "stale" })).toEqual(["certificate_revoked"]);
  expect(reason(made.makeChain(), { revocation, revocationStanding: "lost" })).toBe("certificate_revoked");
});

test("reports every failure, and the first in the documented order as the reason", () => {
  const chain = made.makeChain({ hardware: boot(false, 2), challenge: new Uint8Array(32) });
  expect(failures(chain)).toEqual(["challenge_mismatch", "bootloader_unlocked", "boot_state_unverified"]);
  expect(reason(chain)).toBe("challenge_mismatch");
});

test("always lists every rule, in the documented order", () => {
  const names = androidRules.map(({ name }) => name);
  for (const chain of [made.makeChain(), [], [Uint8Array.of(1)]]) {
    expect(verify(chain).checks.map(({ name }) => name)).toEqual(names);
  }
});

test("tests every reason", () => {
  const tested = new Set<string>(soleObstacles.map(([, expected]) => expected));
  const elsewhere = ["evidence_malformed", "chain_length", "key_description_missing", "key_description_malformed"];
  expect(new Set([...tested, ...elsewhere])).toEqual(new Set(androidRules.map((rule) => rule.reason)));
});

test("states the facts of accepted evidence", () => {
  const { facts } = verify(made.makeChain({ hardware: { 719: integer(999) } }));
  expect(facts).toMatchObject({
    attestationVersion: 400,
    attestationSecurityLevel: "tee",
    keySecurityLevel: "tee",
    provisioning: "factory",
    packages: [{ name: made.packageName, version: 7 }],
    signingDigests: [made.signingDigest],
    deviceLocked: true,
    verifiedBootState: "verified",
    verifiedBootKey: made.bootKey,
    osVersion: 160000,
    osPatchLevel: 202601,
    bootPatchLevel: null,
    certificateSerials: ["1", "1234", "9999", "1"],
  });
  expect(facts?.publicKey).toEqual(peekAndroidKey(made.makeChain()));
});

test("names the kind of a key that enrolment does not take, ML-DSA too", () => {
  const mlDsa = sequence(sequence(oid("2.16.840.1.101.3.4.3.19")), der(3, new Uint8Array(2593)));
  const kinds = [
    [mlDsa, "ML-DSA-87 key"],
    [spkiOf(makeRsaKey()), "RSA key"],
    [spkiOf(makeKey("P-384")), "EC key"],
    [sequence(sequence(oid("1.2.3")), der(3, new Uint8Array(33))), "another key"],
  ] as const;
  for (const [leafKey, kind] of kinds) {
    const { ok, checks } = verify(made.makeChain({ leafKey }));
    const found = checks.find(({ name }) => name === "key_parameters")?.found;
    expect([ok, found?.slice(0, kind.length + 1)]).toEqual([false, `${kind},`]);
  }
});

test("reads how many certificates were issued to the device, and passes over what is not as documented", () => {
  const issued = (hex: string, provisioning: "remote" | "factory" = "remote") => {
    const info = Buffer.from(hex, "hex");
    const result = verify(made.makeChain({ provisioning, attestationExtensions: [[provisioningInfoExtension, info]] }));
    return [result.ok, result.facts?.certificatesIssued];
  };
  expect(issued("a10118ff")).toEqual([true, 255]);
  expect(issued("a20100036474657374")).toEqual([true, 0]);
  const malformed = ["", "a1", "a10120", "a1016131", "8101", "a1021818", "a101180000", "a201010102", "bf0101ff"];
  for (const hex of [...malformed, "a1011bffffffffffffffff"]) expect(issued(hex), hex).toEqual([true, null]);
  expect(issued("a10118ff", "factory")).toEqual([true, null]);
  expect(verify(made.makeChain({ provisioning: "remote" })).facts?.certificatesIssued).toBeNull();
});

test("peeks at the attested point, and answers null for everything else", () => {
  expect(peekAndroidKey(made.makeChain())?.length).toBe(65);
  expect(peekAndroidKey([])).toBeNull();
  expect(peekAndroidKey([Uint8Array.of(0x30, 0)])).toBeNull();
  expect(peekAndroidKey(made.makeChain({ leafKey: spkiOf(makeRsaKey()) }))).toBeNull();
});

function foreignRoot(): Uint8Array {
  const name = { "2.5.4.3": "Made Root" };
  return makeCertificate({ subject: name, issuer: name, key: spkiOf(ownKey), signer: ownKey });
}
