import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { loadVerificationKey, parseCertificate } from "@countersign/asn1";
import { type AndroidExpectations, verifyAndroidKeyAttestation } from "@countersign/attestation";
import { sharedLinks } from "../../packages/attestation/src/x509/known-links.ts";
import type { Bench } from "../measure.ts";
import type { AndroidSample } from "./evidence.ts";
import { assertAccepted, repeat } from "./repeat.ts";

interface Link {
  readonly spki: Buffer;
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
export function androidBench(sample: AndroidSample): Bench {
  const given = expectations(sample);
  const bare = links(sample.chain);
  return {
    what: `one Android chain of ${sample.chain.length} certificates, ${sample.name}`,
    iterations: 20,
    goals: [{ subject: "ours, issuers known, as in a service", atMost: 1.2 }],
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
      { name: "bare crypto.verify of the leaf alone", run: repeat(() => bare.slice(0, 1).forEach(assertVerified)) },
    ],
  };
}

/** The same chain as the first that a process sees, against `crypto.verify` of each of its links with the key that the certificate brings. */
export function firstAndroidBench(sample: AndroidSample): Bench {
  const given = expectations(sample);
  const bare = links(sample.chain);
  return {
    what: `the first such chain in a process, ${sample.name}`,
    iterations: 20,
    goals: [{ subject: "ours, nothing known", atMost: 1.2 }],
    notes: [
      "Bare is the import of every issuer's key, once, and crypto.verify of every link over parsed certificates.",
    ],
    subjects: [
      {
        name: "bare import and crypto.verify of every link",
        run: repeat(() => {
          const keys = new Map<string, KeyObject>();
          for (const link of bare) assertVerified({ ...link, key: importOnce(keys, link.spki) });
        }),
      },
      {
        name: "ours, nothing known",
        run: repeat(() => {
          sharedLinks.forget();
          assertAccepted(verifyAndroidKeyAttestation(given));
        }),
      },
      { name: "bare crypto.verify of every link", run: repeat(() => bare.forEach(assertVerified)) },
    ],
  };
}

function expectations({ chain, anchors, nowMs }: AndroidSample): AndroidExpectations {
  return {
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
}

/** The last certificate's issuer is the root itself, whose key is imported for both. */
function importOnce(keys: Map<string, KeyObject>, spki: Buffer): KeyObject {
  const name = spki.toString("latin1");
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  keys.set(name, key);
  return key;
}

function assertVerified({ hash, tbs, key, signature }: Pick<Link, "hash" | "tbs" | "key" | "signature">): void {
  if (!verify(hash, tbs, key, signature)) throw new Error("refused");
}

function links(chain: readonly Uint8Array[]): readonly Link[] {
  const certificates = chain.map((der) => parseCertificate(der));
  return certificates.map((certificate, index) => {
    const issuer = certificates[index + 1] ?? certificate;
    const key = issuer ? loadVerificationKey(issuer.spki) : null;
    const hash = certificate ? hashes[certificate.signatureAlgorithm] : undefined;
    if (!certificate || !issuer || key === null || hash === undefined) throw new Error("unreadable evidence");
    return { spki: Buffer.from(issuer.spki), key, hash, tbs: certificate.tbs, signature: certificate.signature };
  });
}
