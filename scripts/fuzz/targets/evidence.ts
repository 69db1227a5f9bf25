import { readElement } from "@countersign/asn1";
import {
  trustAnchorFromPem,
  type Verification,
  verifyAndroidKeyAttestation,
  verifyAppAttestAssertion,
  verifyAppAttestAttestation,
  verifyAppAttestReceipt,
} from "@countersign/attestation";
import { parseAttestationObject } from "../../../packages/attestation/src/apple/attestation-object.ts";
import { loadSeeds, loadWorld } from "../corpus.ts";
import { type FuzzTarget, guarantee } from "../target.ts";
import { counted } from "./attestation.ts";
import { same } from "./same.ts";

const world = loadWorld();
const anchors = world.anchorPems.map(trustAnchorFromPem);
const binary = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const publicKey = binary(world.apple.publicKey);

/** Every verifier reports each of its checks in both cases, and gives a refusal its reason. */
function assertWhole(verification: Verification<unknown>): void {
  guarantee(verification.checks.length > 3, "checks are missing");
  if (verification.ok)
    guarantee(!verification.checks.some(({ result }) => result === "fail"), "accepted with a failure");
  else guarantee(verification.reason.length > 0, "a refusal without a reason");
}

/** Attestation objects, read and verified: what is accepted is the genuine one but for its receipt, which Apple's chain does not sign. */
function attestationObject(): FuzzTarget {
  const seeds = loadSeeds("attestation-object");
  const [genuine] = seeds;
  const parsedGenuine = genuine && parseAttestationObject(genuine);
  if (!genuine || !parsedGenuine) throw new Error("the corpus lacks an attestation object");
  const given = {
    keyId: binary(world.apple.keyId),
    clientDataHash: binary(world.apple.clientDataHash),
    appIds: [world.apple.appId],
    environments: ["production"],
    anchors,
    nowMs: world.nowMs,
  } as const;
  return {
    name: "attestation-object",
    isVerifier: true,
    shape: "cbor",
    seeds,
    read(input) {
      const parsed = counted(input, 1, () => parseAttestationObject(input));
      const verification = counted(input, 6, () => verifyAppAttestAttestation({ ...given, attestation: input }));
      if (parsed === null) {
        guarantee(
          !verification.ok && verification.reason === "evidence_malformed",
          "verified though it cannot be read",
        );
        return false;
      }
      assertWhole(verification);
      if (!verification.ok) return true;
      const { x5c, authenticatorDataBytes } = parsed;
      guarantee(same(x5c, parsedGenuine.x5c), "accepted with another chain");
      guarantee(same(authenticatorDataBytes, parsedGenuine.authenticatorDataBytes), "accepted with other data");
      return true;
    },
  };
}

/** Assertions, verified: what is accepted is a genuine one. */
function assertion(): FuzzTarget {
  const seeds = loadSeeds("assertion");
  return {
    name: "assertion",
    isVerifier: true,
    shape: "cbor",
    seeds,
    read(input) {
      const verification = counted(input, 2, () =>
        verifyAppAttestAssertion({
          assertion: input,
          clientDataHash: binary(world.apple.assertionHash),
          publicKey,
          appIds: [world.apple.appId],
          counter: world.apple.counter - 1,
        }),
      );
      assertWhole(verification);
      // The two members may stand in either order, and r ∥ s has one DER form: nothing else may differ.
      if (verification.ok)
        guarantee(
          seeds.some((seed) => seed.length === input.length && same(seed.toSorted(), input.toSorted())),
          "forged",
        );
      return verification.ok || verification.reason !== "evidence_malformed";
    },
  };
}

/** Certificates one after the other; what is no element ends them. */
function splitChain(input: Uint8Array): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let offset = 0; offset < input.length && chain.length < 12; ) {
    const element = readElement(input, offset);
    const end = element?.end ?? input.length;
    chain.push(input.subarray(offset, end));
    offset = end;
  }
  return chain;
}

/** Chains, verified: what is accepted is made of genuine certificates, under a genuine leaf. */
function androidChain(): FuzzTarget {
  const seeds = loadSeeds("android-chain");
  const genuine = seeds.map((seed) => splitChain(seed));
  const leaves = genuine.map(([leaf]) => leaf);
  const isAmong = (certificate: Uint8Array | undefined, all: readonly (Uint8Array | undefined)[]): boolean =>
    all.some((each) => same(each, certificate));
  const { challenge, packageName, signingDigest } = world.android;
  return {
    name: "android-chain",
    isVerifier: true,
    shape: "der",
    seeds,
    read(input) {
      const chain = splitChain(input);
      const verification = counted(input, 8, () =>
        verifyAndroidKeyAttestation({
          chain,
          challenge: binary(challenge),
          packageNames: [packageName],
          signingDigests: [signingDigest],
          verifiedBootKeys: [],
          enrolment: true,
          allowSoftware: false,
          anchors,
          revocation: { statusOf: () => "good" },
          nowMs: world.nowMs,
        }),
      );
      assertWhole(verification);
      if (verification.ok) {
        guarantee(isAmong(chain[0], leaves), "a forged leaf");
        // One authority may have signed one issuer twice: either certificate of it stands for the other.
        guarantee(
          chain.every((certificate) => isAmong(certificate, genuine.flat())),
          "a forged issuer",
        );
      }
      return verification.ok || verification.reason !== "evidence_malformed";
    },
  };
}

/** Receipts, verified: what is accepted says the same of the same key. */
function receipt(): FuzzTarget {
  const seeds = loadSeeds("receipt");
  const verify = (input: Uint8Array) =>
    verifyAppAttestReceipt({
      receipt: input,
      appIds: [world.apple.appId],
      publicKey,
      environment: "production",
      clientDataHash: binary(world.apple.clientDataHash),
      anchors,
      nowMs: world.nowMs,
      fresh: true,
    });
  const genuine = seeds.map((seed) => verify(seed).facts);
  return {
    name: "receipt",
    isVerifier: true,
    shape: "der",
    seeds,
    words: [Uint8Array.of(0x30, 0x80), Uint8Array.of(0, 0), Uint8Array.of(0x24, 0x80), Uint8Array.of(0xa0, 0x80)],
    read(input) {
      const verification = counted(input, 16, () => verify(input));
      assertWhole(verification);
      if (verification.ok)
        guarantee(
          genuine.some((facts) => same(facts, verification.facts)),
          "an accepted receipt that says something else",
        );
      return verification.ok || verification.reason !== "receipt_malformed";
    },
  };
}

/** Whole verifiers, held against what the corpus was made with. */
export const evidenceTargets: readonly FuzzTarget[] = [attestationObject(), assertion(), androidChain(), receipt()];
