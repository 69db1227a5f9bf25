import { type KeyObject, verify } from "node:crypto";
import { loadVerificationKey, parseCertificate } from "@countersign/asn1";
import { type AppAttestExpectations, verifyAppAttestAttestation } from "@countersign/attestation";
import { verifyAttestation as checkerVerify } from "appattest-checker-node";
import { verifyAttestation as nodeAppAttestVerify } from "node-app-attest";
import { parseAttestationObject } from "../../packages/attestation/src/apple/attestation-object.ts";
import { sharedLinks } from "../../packages/attestation/src/x509/known-links.ts";
import type { Bench, Subject } from "../measure.ts";
import type { AppAttestSample } from "./evidence.ts";
import { atTime } from "./held-clock.ts";
import { assertAccepted, repeat } from "./repeat.ts";

/** An attestation against the two packages that verify the same bytes; how many times slower they are stands in their ratio. */
export function appAttestBench(sample: AppAttestSample, source: string): Bench {
  const { attestation, keyId, clientDataHash, appId, environment, anchors, nowMs } = sample;
  const given: AppAttestExpectations = {
    attestation,
    keyId,
    clientDataHash,
    appIds: [appId],
    environments: [environment],
    anchors,
    nowMs,
  };
  const { key, tbs, signature, hash } = leafLink(attestation);
  return {
    what: `one App Attest attestation, ${source}`,
    iterations: 20,
    notes: [
      "node-app-attest looks at no certificate's dates and does not compare the COSE key; neither peer refuses loose CBOR or a map after it.",
      "appattest-checker-node reads the process's clock, which stands at the evidence's date while it runs, so it does all of its work.",
      "The peers verify two P-384 links each time. Ours verifies the leaf's each time, and Apple's intermediate when it is first seen.",
    ],
    goals: [
      { subject: "node-app-attest 1.0.1", atLeast: 3 },
      { subject: "appattest-checker-node 1.0.3", atLeast: 3 },
    ],
    subjects: [
      {
        name: "ours, issuer known, as in a service",
        run: repeat(() => assertAccepted(verifyAppAttestAttestation(given))),
      },
      {
        name: "ours, and every finding written out",
        run: repeat(() => {
          const verification = verifyAppAttestAttestation(given);
          assertAccepted(verification);
          if (verification.checks.length === 0) throw new Error("no findings");
        }),
      },
      {
        name: "ours, nothing known",
        run: repeat(() => {
          sharedLinks.forget();
          assertAccepted(verifyAppAttestAttestation(given));
        }),
      },
      {
        name: "the leaf's signature alone",
        run: repeat(() => {
          if (!verify(hash, tbs, key, signature)) throw new Error("refused");
        }),
      },
      ...peers(sample),
    ],
  };
}

/** Both pin Apple's root, so they can only be shown genuine evidence, and both hash the client data themselves. */
function peers({ attestation, keyId, clientData, appId, environment, nowMs, ...sample }: AppAttestSample): Subject[] {
  const isGenuine = sample.anchors.some(({ name }) => name.includes("Apple App Attestation Root CA"));
  if (clientData === null || !isGenuine) return [];
  const bytes = Buffer.from(attestation);
  const challenge = Buffer.from(clientData);
  const id = Buffer.from(keyId).toString("base64");
  const point = appId.indexOf(".");
  return [
    {
      name: "node-app-attest 1.0.1",
      run: repeat(() => {
        const verified = nodeAppAttestVerify({
          attestation: bytes,
          challenge,
          keyId: id,
          bundleIdentifier: appId.slice(point + 1),
          teamIdentifier: appId.slice(0, point),
          allowDevelopmentEnvironment: environment === "development",
        });
        if (verified.keyId !== id) throw new Error("refused");
      }),
    },
    {
      name: "appattest-checker-node 1.0.3",
      run: (iterations) =>
        atTime(nowMs, async () => {
          const app = { appId, developmentEnv: environment === "development" };
          for (let index = 0; index < iterations; index += 1) {
            const verified = await checkerVerify(app, id, challenge, bytes);
            if ("verifyError" in verified) throw new Error(verified.verifyError);
          }
        }),
    },
  ];
}

/** The one signature that is new in every attestation, with its key ready. */
function leafLink(attestation: Uint8Array): { key: KeyObject; tbs: Uint8Array; signature: Uint8Array; hash: string } {
  const [leaf, intermediate] = parseAttestationObject(attestation)?.x5c.map((der) => parseCertificate(der)) ?? [];
  const key = intermediate ? loadVerificationKey(intermediate.spki) : null;
  if (!leaf || key === null) throw new Error("unreadable evidence");
  const hash = leaf.signatureAlgorithm === "1.2.840.10045.4.3.2" ? "sha256" : "sha384";
  return { key, tbs: leaf.tbs, signature: leaf.signature, hash };
}
