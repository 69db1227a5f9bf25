import { readFileSync } from "node:fs";
import { join } from "node:path";
import { appleAppAttestAnchors, googleHardwareAnchors, type TrustAnchor } from "@countersign/attestation";
import { pointOf } from "../../packages/asn1/src/made/certificate.suite.ts";
import * as android from "../../packages/attestation/src/made/android.suite.ts";
import * as apple from "../../packages/attestation/src/made/app-attest.suite.ts";
import {
  androidVectors,
  assertionVectors,
  attestationVectors,
} from "../../packages/attestation/src/made/vectors.suite.ts";
import { vectorsFolder } from "../../testing/vectors.ts";

/** One App Attest attestation with everything that it and the peers are held against. */
export interface AppAttestSample {
  readonly attestation: Uint8Array;
  readonly keyId: Uint8Array;
  readonly clientDataHash: Uint8Array;
  /** What the peers hash themselves; null where nobody knows it. */
  readonly clientData: Uint8Array | null;
  readonly appId: string;
  readonly environment: "production" | "development";
  readonly anchors: readonly TrustAnchor[];
  readonly nowMs: number;
}

/** One assertion with what it is held against. */
export interface AssertionSample {
  readonly assertion: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly clientDataHash: Uint8Array;
  readonly appId: string;
  readonly counter: number;
}

/** One Android chain that is accepted at `nowMs`. */
export interface AndroidSample {
  readonly name: string;
  readonly chain: readonly Uint8Array[];
  readonly anchors: readonly TrustAnchor[];
  readonly nowMs: number;
}

/** What is measured, and whether real devices made it. */
export interface Evidence {
  readonly source: "genuine (vectors folder)" | "virtual (no vectors folder)";
  readonly appAttest: AppAttestSample;
  readonly assertion: AssertionSample;
  readonly android: readonly AndroidSample[];
}

const genuineChains = {
  "tegu/sdk36/TEE_EC_2026_ROOT": "remote, P-384 root of 2025",
  "caiman/sdk36/SB_EC_RKP": "remote, RSA-4096 root, StrongBox",
  "sony-xperia10-iii/sdk33/TEE_EC": "factory, RSA-4096 root",
} as const;

/** Genuine evidence where the vectors folder is present, else the virtual devices'. */
export function loadEvidence(): Evidence {
  const folder = vectorsFolder();
  return folder === null ? virtualEvidence() : genuineEvidence(folder);
}

function genuineEvidence(folder: string): Evidence {
  const texts = JSON.parse(readFileSync(join(folder, "appattest", "attestations.json"), "utf8")) as readonly {
    readonly clientData: { readonly mode: string; readonly b64: string };
  }[];
  const attestations = attestationVectors().map((vector, index) => ({
    ...vector,
    clientData: texts[index]?.clientData,
  }));
  // The peers hash the client data themselves; of the samples that were made so, one of production.
  const sample = attestations.find(
    ({ environment, clientData }) => environment === "production" && clientData?.mode === "sha256",
  );
  const [assertion] = assertionVectors();
  if (sample?.clientData === undefined || assertion === undefined) throw new Error("the vectors lack App Attest");
  const chains = androidVectors();
  return {
    source: "genuine (vectors folder)",
    appAttest: {
      ...sample,
      clientData: new Uint8Array(Buffer.from(sample.clientData.b64, "base64")),
      anchors: appleAppAttestAnchors,
    },
    assertion,
    android: Object.entries(genuineChains).map(([file, what]) => {
      const vector = chains.find(({ name }) => name === file);
      if (vector === undefined) throw new Error(`the vectors lack ${file}`);
      return { name: `${what} (${file})`, chain: vector.chain, nowMs: vector.nowMs, anchors: googleHardwareAnchors };
    }),
  };
}

function virtualEvidence(): Evidence {
  const given = apple.expectations(apple.makeAttestation());
  return {
    source: "virtual (no vectors folder)",
    appAttest: {
      ...given,
      appId: apple.appId,
      environment: "production",
      clientData: Buffer.from("client data"),
    },
    assertion: {
      assertion: apple.makeAssertion(),
      publicKey: pointOf(apple.attestedKey),
      clientDataHash: apple.clientDataHash,
      appId: apple.appId,
      counter: 5,
    },
    android: (["remote", "factory"] as const).map((provisioning) => ({
      name: `${provisioning}, P-384 root (virtual)`,
      chain: android.makeChain({ provisioning }),
      anchors: [android.anchor],
      nowMs: android.nowMs,
    })),
  };
}
