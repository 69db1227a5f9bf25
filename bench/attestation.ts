import { createHash, X509Certificate } from "node:crypto";
import {
  trustAnchorFromPem,
  type Verification,
  verifyAndroidKeyAttestation,
  verifyAppAttestAttestation,
} from "@countersign/attestation";
import { androidKeyHashInput, appleKeyHashInput, decodeBase64url } from "@countersign/protocol";
import { createTestAuthority, createVirtualIphone, createVirtualPixel } from "@countersign/virtual-device";
import type { Bench } from "./measure.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

function bytes(text: string): Uint8Array {
  const decoded = decodeBase64url(text);
  if (decoded === null) throw new TypeError("evidence is b64u");
  return decoded;
}

function assertAccepted(verification: Verification<unknown>): void {
  if (!verification.ok) throw new Error(`refused: ${verification.reason}`);
}

/** Parses every certificate and verifies every signature of a chain to its root, and nothing else. */
function verifyBare(chain: readonly Uint8Array[], rootPem: string): void {
  const certificates = [...chain.map((der) => new X509Certificate(der)), new X509Certificate(rootPem)];
  for (const [index, certificate] of certificates.slice(0, -1).entries()) {
    const issuer = certificates[index + 1];
    if (issuer === undefined || !certificate.verify(issuer.publicKey)) throw new Error("a link does not verify");
  }
}

/** Full verification of virtual evidence against the sum of its bare signature checks. */
export async function attestationBench(): Promise<Bench> {
  const nowMs = Date.now();
  const authority = createTestAuthority({ seed: "bench", nowMs });
  const anchors = authority.pems.map(trustAnchorFromPem);
  const challenge = new Uint8Array(60).fill(7);
  const project = "AAAAAAAAAAAAAAAAAAAAAA";
  const app = { id: "bench", version: "1", build: "1" };
  const appId = "TEAM123456.com.example.bench";
  const packageName = "com.example.bench";
  const signingDigest = "ab".repeat(32);
  const iphone = createVirtualIphone({ authority, appId, ios: "27", app, project, nowMs: () => nowMs });
  const pixel = createVirtualPixel({
    authority,
    security: "tee",
    provisioning: "remote",
    packageName,
    versionCode: 1,
    signingDigest,
    app,
    project,
    nowMs: () => nowMs,
  });
  const apple = await iphone.keys.enrol(challenge);
  const android = await pixel.keys.enrol(challenge);
  const [appleEvidence] = apple.evidence;
  const [androidEvidence] = android.evidence;
  if (appleEvidence?.type !== "apple" || androidEvidence?.type !== "android") throw new Error("no evidence");
  const attestation = bytes(appleEvidence.attestation);
  const chain = androidEvidence.chain.map(bytes);
  const withoutRoot = chain.filter((der) => {
    const certificate = new X509Certificate(der);
    return certificate.subject !== certificate.issuer;
  });
  const repeat = (work: () => void) => (iterations: number) => {
    for (let index = 0; index < iterations; index += 1) work();
  };
  return {
    what: "verification of evidence, beside the bare certificate parsing and signature checks of the Android chain",
    iterations: 20,
    subjects: [
      { name: "Android chain, bare checks", run: repeat(() => verifyBare(withoutRoot, authority.google.rootPem)) },
      {
        name: "Android key attestation",
        run: repeat(() =>
          assertAccepted(
            verifyAndroidKeyAttestation({
              chain,
              challenge: sha256(androidKeyHashInput(challenge)),
              packageNames: [packageName],
              signingDigests: [signingDigest],
              verifiedBootKeys: [],
              enrolment: true,
              allowSoftware: false,
              anchors,
              revocation: null,
              nowMs,
            }),
          ),
        ),
      },
      {
        name: "App Attest attestation",
        run: repeat(() =>
          assertAccepted(
            verifyAppAttestAttestation({
              attestation,
              keyId: sha256(apple.attestedKey),
              clientDataHash: sha256(appleKeyHashInput(challenge, apple.instanceKey)),
              appIds: [appId],
              environments: ["production"],
              anchors,
              nowMs,
            }),
          ),
        ),
      },
    ],
  };
}
