import { type KeyObject, verify } from "node:crypto";
import { type AndroidExpectations, verifyAndroidKeyAttestation } from "@countersign/attestation";
import { parseCertificate } from "../../packages/attestation/src/x509/certificate.ts";
import { sharedLinks } from "../../packages/attestation/src/x509/known-links.ts";
import { loadVerificationKey } from "../../packages/attestation/src/x509/public-key.ts";
import type { Bench } from "../measure.ts";
import type { AndroidSample } from "./evidence.ts";
import { assertAccepted, repeat } from "./repeat.ts";

interface Link {
  readonly key: KeyObject;
  readonly hash: string;
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
}

const hashes: Readonly<Record<string, string>> = {
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
};

/** A chain against `crypto.verify` of each of its links, with certificates parsed and keys imported before. */
export function androidBench({ name, chain, anchors, nowMs }: AndroidSample): Bench {
  const given: AndroidExpectations = {
    chain,
    challenge: null,
    packageNames: null,
    signingDigests: null,
    verifiedBootKeys: [],
    enrolment: false,
    allowSoftware: false,
    anchors,
    revocation: { statusOf: () => "good" },
    nowMs,
  };
  const bare = links(chain);
  const last = bare[0];
  if (last === undefined) throw new Error("no links");
  return {
    what: `one Android chain of ${chain.length} certificates, ${name}`,
    iterations: 20,
    goals: [
      { subject: "ours, issuers known, as in a service", atMost: 1.2 },
      { subject: "ours, nothing known", atMost: 1.2 },
    ],
    notes: [
      "Bare is crypto.verify of every link, the root's own included, over parsed certificates with KeyObjects: nothing is read, imported or judged.",
      "Known issuers are verified once in a process; what is new in every chain is the leaf, whose one signature stands below.",
    ],
    subjects: [
      { name: "bare crypto.verify of every link", run: repeat(() => bare.forEach(assertVerified)) },
      {
        name: "ours, issuers known, as in a service",
        run: repeat(() => assertAccepted(verifyAndroidKeyAttestation(given))),
      },
      {
        name: "ours, nothing known",
        run: repeat(() => {
          sharedLinks.forget();
          assertAccepted(verifyAndroidKeyAttestation(given));
        }),
      },
      { name: "bare crypto.verify of the leaf alone", run: repeat(() => assertVerified(last)) },
    ],
  };
}

function assertVerified({ hash, tbs, key, signature }: Link): void {
  if (!verify(hash, tbs, key, signature)) throw new Error("refused");
}

function links(chain: readonly Uint8Array[]): readonly Link[] {
  const certificates = chain.map((der) => parseCertificate(der));
  return certificates.map((certificate, index) => {
    const issuer = certificates[index + 1] ?? certificate;
    const key = issuer ? loadVerificationKey(issuer.spki) : null;
    const hash = certificate ? hashes[certificate.signatureAlgorithm] : undefined;
    if (!certificate || key === null || hash === undefined) throw new Error("unreadable evidence");
    return { key, hash, tbs: certificate.tbs, signature: certificate.signature };
  });
}
