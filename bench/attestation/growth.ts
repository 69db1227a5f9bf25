import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  type Verification,
  verifyAndroidKeyAttestation,
  verifyAppAttestAssertion,
  verifyAppAttestAttestation,
} from "@countersign/attestation";
import { encode } from "cborg";
import { commonName, makeCertificate, makeKey, spkiOf } from "../../packages/asn1/src/made/certificate.suite.ts";
import * as android from "../../packages/attestation/src/made/android.suite.ts";
import * as apple from "../../packages/attestation/src/made/app-attest.suite.ts";
import { work } from "../../packages/attestation/src/work.ts";
import { sharedLinks } from "../../packages/attestation/src/x509/known-links.ts";

/** What one verification of one input costs, with nothing known before. */
export interface Growth {
  readonly input: string;
  readonly bytes: number;
  /** `accepted`, or the reason. */
  readonly verdict: string;
  readonly derElements: number;
  readonly cborItems: number;
  readonly microseconds: number;
  /** Heap and buffers allocated by one verification, before any is collected. */
  readonly allocatedBytes: number;
}

interface Input {
  readonly input: string;
  readonly bytes: number;
  verify(): Verification<unknown>;
}

const runsEach = 20;
const rounds = 7;

/** How time, memory and counted work grow with the chain's length and the input's size, up to the bounds and beyond them. */
export function measureGrowth(): readonly Growth[] {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  return inputs().map(({ input, bytes, verify }) => {
    sharedLinks.forget();
    const before = { ...work };
    const verification = verify();
    const counted = {
      derElements: work.derElements - before.derElements,
      cborItems: work.cborItems - before.cborItems,
    };
    const times: number[] = [];
    const allocations: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      collect();
      const memory = allocated();
      const began = process.hrtime.bigint();
      for (let run = 0; run < runsEach; run += 1) {
        sharedLinks.forget();
        verify();
      }
      times.push(Number(process.hrtime.bigint() - began) / 1000 / runsEach);
      allocations.push((allocated() - memory) / runsEach);
    }
    return {
      input,
      bytes,
      verdict: verification.ok ? "accepted" : verification.reason,
      ...counted,
      microseconds: Math.round(median(times)),
      allocatedBytes: Math.max(0, Math.round(median(allocations))),
    };
  });
}

const allocated = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function inputs(): readonly Input[] {
  return [...chainLengths(), ...certificateSizes(), ...attestationSizes(), ...assertionSizes()];
}

/** A factory chain of 4, extended by certificates that the key before signed; the work of all of them is done before the refusal. */
function chainLengths(): readonly Input[] {
  const genuine = android.makeChain();
  const chains = [genuine.slice(0, -1), genuine, android.makeChain({ provisioning: "remote" })];
  for (const length of [6, 7, 100, 10_000]) chains.push(extend(genuine, length));
  return chains.map((chain) => androidInput(`Android chain of ${chain.length}`, chain));
}

function extend(chain: readonly Uint8Array[], length: number): Uint8Array[] {
  const extended = [...chain];
  const key = makeKey();
  const name = commonName("more");
  const first = makeCertificate({
    subject: name,
    issuer: commonName("Android Keystore Key"),
    key: spkiOf(key),
    signer: android.leafKey,
  });
  const further = makeCertificate({ subject: name, issuer: name, key: spkiOf(key), signer: key });
  if (extended.length < length) extended.unshift(first);
  while (extended.length < length) extended.unshift(further);
  return extended;
}

function certificateSizes(): readonly Input[] {
  return [0, 1024, 4096, 7 * 1024, 8 * 1024, 64 * 1024].map((padding) => {
    const chain = android.makeChain({ attestationExtensions: [["1.3.6.1.4.1.99999.1", new Uint8Array(padding)]] });
    return androidInput(`Android chain of 4, ${padding / 1024} KiB in one extension`, chain);
  });
}

function androidInput(input: string, chain: readonly Uint8Array[]): Input {
  const given = android.expectations(chain);
  const bytes = chain.reduce((sum, der) => sum + der.length, 0);
  return { input, bytes, verify: () => verifyAndroidKeyAttestation(given) };
}

function attestationSizes(): readonly Input[] {
  const genuine = apple.makeAttestation();
  const padded = [0, 4, 16, 36, 64, 1024].map((kib) => {
    const attestation = apple.withReceipt(genuine, new Uint8Array(kib * 1024));
    const given = apple.expectations(attestation);
    return {
      input: `App Attest attestation, receipt of ${kib} KiB`,
      bytes: attestation.length,
      verify: () => verifyAppAttestAttestation(given),
    };
  });
  return [...padded, nested(39 * 1024), nested(1024 * 1024)];
}

/** One array in another, to the end of the input. */
function nested(length: number): Input {
  const given = apple.expectations(new Uint8Array(length).fill(0x81));
  return {
    input: `App Attest attestation, ${length / 1024} KiB of nested arrays`,
    bytes: length,
    verify: () => verifyAppAttestAttestation(given),
  };
}

function assertionSizes(): readonly Input[] {
  return [0, 1024, 3 * 1024, 8 * 1024].map((padding) => {
    const trailing = padding === 0 ? new Uint8Array() : encode({ padding: new Uint8Array(padding) });
    const assertion = apple.makeAssertion({ trailing });
    const given = apple.assertionExpectations(assertion);
    return {
      input: `App Attest assertion, ${padding / 1024} KiB in its map`,
      bytes: assertion.length,
      verify: () => verifyAppAttestAssertion(given),
    };
  });
}
