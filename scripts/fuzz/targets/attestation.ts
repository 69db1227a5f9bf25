import { X509Certificate } from "node:crypto";
import { parseCertificate, parsePemCertificates, toBase64 } from "@countersign/asn1";
import {
  explainEvidence,
  parseKeyDescription,
  parseStatusList,
  renderExplanation,
  toGoogleJson,
} from "@countersign/attestation";
import { decode } from "cborg";
import { parseAssertionData, parseAttestedData } from "../../../packages/attestation/src/apple/authenticator-data.ts";
import { type CborValue, parseCbor } from "../../../packages/attestation/src/cbor.ts";
import { work } from "../../../packages/attestation/src/work.ts";
import { loadSeeds } from "../corpus.ts";
import { type FuzzTarget, guarantee } from "../target.ts";
import { same } from "./same.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const words = (...all: readonly string[]): readonly Uint8Array[] =>
  all.map((word) => new Uint8Array(Buffer.from(word)));
const hexWords = (...all: readonly string[]): readonly Uint8Array[] =>
  all.map((word) => new Uint8Array(Buffer.from(word, "hex")));

/** Runs `read` and holds the elements it read against the input's length. */
export function counted<Result>(input: Uint8Array, perByte: number, read: () => Result): Result {
  const { derElements, cborItems } = work;
  const result = read();
  const steps = work.derElements - derElements + work.cborItems - cborItems;
  guarantee(steps <= perByte * input.length + 64, `${steps} elements read of ${input.length} bytes`);
  return result;
}

const derWords = hexWords(
  "3080",
  "0000",
  "0500",
  "30820000",
  "0101ff",
  "020100",
  "a003020102",
  "308301ffff",
  "bf853d00",
);

/** Strict CBOR against an independent reader: what ours accepts, it must read to the same value. */
const cbor: FuzzTarget = {
  name: "cbor",
  shape: "cbor",
  seeds: loadSeeds("cbor"),
  words: hexWords(
    "a0",
    "80",
    "40",
    "60",
    "f5",
    "1bffffffffffffffff",
    "3bffffffffffffffff",
    "9f",
    "ff",
    "5f",
    "bf",
    "c0",
    "fb7ff0000000000000",
  ),
  read(input) {
    const parsed = counted(input, 1, () => parseCbor(input));
    if (!parsed.ok) guarantee(parsed.problem.length > 5 && parsed.problem.length < 120, "a refusal names no problem");
    if (!parsed.ok) return false;
    const other: unknown = decode(input, {
      strict: true,
      allowIndefinite: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
    });
    guarantee(same(parsed.value satisfies CborValue, other), "an independent reader reads another value");
    return true;
  },
};

const authenticatorData: FuzzTarget = {
  name: "authenticator-data",
  shape: "bytes",
  seeds: loadSeeds("authenticator-data"),
  words: hexWords("a0", "a5010203262001215820", "225820", "0020", "617070617474657374", "80", "bf", "ff"),
  read(input) {
    const [attested, header] = counted(input, 2, () => [parseAttestedData(input), parseAssertionData(input)]);
    if (header !== null) {
      guarantee(same(header.rpIdHash, input.subarray(0, 32)), "another hash than stands there");
      guarantee(header.counter === Buffer.from(input).readUInt32BE(33), "another counter than stands there");
    }
    if (attested === null) return header !== null;
    guarantee(attested.publicKey.length === 65 && attested.publicKey[0] === 4, "a key that is no point");
    guarantee(same(attested.publicKey.subarray(1, 33), input.subarray(97, 129)), "another x than stands there");
    guarantee(same(attested.publicKey.subarray(33), input.subarray(132, 164)), "another y than stands there");
    guarantee(same(attested.credentialId, input.subarray(55, 87)), "another credential id than stands there");
    return true;
  },
};

const certificate: FuzzTarget = {
  name: "certificate",
  shape: "der",
  seeds: loadSeeds("certificate"),
  words: derWords,
  read(input) {
    const parsed = counted(input, 4, () => parseCertificate(input));
    if (parsed === null) return false;
    guarantee(same(parsed, parseCertificate(input.slice())), "another reading of the same bytes");
    guarantee(Number.isFinite(parsed.notBeforeMs) && Number.isFinite(parsed.notAfterMs), "dates that are no times");
    const node = readByNode(input);
    if (node === null) return true;
    guarantee(node.serial === parsed.serial.replace("-", ""), "Node reads another serial");
    guarantee(node.beginsMs === parsed.notBeforeMs, "Node reads another beginning");
    guarantee(node.endsMs === parsed.notAfterMs, "Node reads another end");
    return true;
  },
};

/** Null where Node does not read it, or read something inside it. */
function readByNode(input: Uint8Array): { serial: string; beginsMs: number; endsMs: number } | null {
  try {
    const node = new X509Certificate(input);
    if (!same(new Uint8Array(node.raw), input)) return null;
    const serial = BigInt(`0x${node.serialNumber}`).toString(16);
    return { serial, beginsMs: node.validFromDate.getTime(), endsMs: node.validToDate.getTime() };
  } catch {
    return null;
  }
}

const keyDescription: FuzzTarget = {
  name: "key-description",
  shape: "der",
  seeds: loadSeeds("key-description"),
  words: [...derWords, ...hexWords("bf8540", "bf853d", "0a0101", "bf854503020101")],
  read(input) {
    const parsed = counted(input, 4, () => parseKeyDescription(input));
    if (parsed === null) return false;
    guarantee(same(parsed, parseKeyDescription(input.slice())), "another reading of the same bytes");
    JSON.stringify(toGoogleJson(parsed));
    return true;
  },
};

const statusList: FuzzTarget = {
  name: "status-list",
  shape: "json",
  seeds: loadSeeds("status-list"),
  words: words('"entries"', '"status"', '"REVOKED"', '"__proto__":', "{}", "[]", "1e999", "\\u0000"),
  read(input) {
    const parsed = parseStatusList(text(input));
    if (!parsed.ok) return false;
    const { entries } = JSON.parse(text(input)) as { readonly entries: object };
    for (const serial of Object.keys(entries))
      guarantee(parsed.list.statusOf(serial.toLowerCase()) !== "good", "a listed serial that is good");
    guarantee(
      parsed.list.statusOf("ffffffffffffffffffffffffffffffffffffff00") === "good",
      "an unlisted one that is not",
    );
    return true;
  },
};

const pem: FuzzTarget = {
  name: "pem",
  shape: "bytes",
  seeds: loadSeeds("pem"),
  words: words(
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "-----BEGIN ",
    "-----END ",
    "-----",
    "=",
    "\r\n",
    " ",
  ),
  read(input) {
    const ders = parsePemCertificates(text(input));
    if (ders === null) return false;
    const written = ders.map((der) => `-----BEGIN CERTIFICATE-----\n${toBase64(der)}\n-----END CERTIFICATE-----\n`);
    // An empty block cannot be written so that it is read.
    if (ders.every((der) => der.length > 0))
      guarantee(same(parsePemCertificates(written.join("")), ders), "written out, it is read as something else");
    return ders.length > 0;
  },
};

const options = {
  nowMs: Date.UTC(2026, 5, 1),
  challenge: null,
  packageNames: null,
  signingDigests: null,
  verifiedBootKeys: [],
  revocation: null,
  enrolment: false,
};

/** Whole files: the verifiers behind run against the vendors' own anchors, under which nothing virtual may be accepted. */
const doctor: FuzzTarget = {
  name: "doctor",
  isVerifier: true,
  shape: "json",
  seeds: loadSeeds("doctor"),
  words: words(
    '"attestation"',
    '"assertion"',
    '"keyId"',
    '"appId"',
    '"counter"',
    '"clientData"',
    '"publicKey"',
    "-----BEGIN CERTIFICATE-----\n",
    "==",
  ),
  read(input) {
    const explained = explainEvidence(input, options);
    if (!explained.ok) {
      guarantee(explained.message !== "" && !explained.message.includes("\n"), "a message that is not one line");
      return false;
    }
    const { explanation } = explained;
    // An assertion is under the file's own key; the other evidence of devices is under a vendor's anchor, or refused.
    const isUnderAnchor = ["android-key-attestation", "app-attest-attestation", "app-attest-receipt"].includes(
      explanation.kind,
    );
    guarantee(explanation.verdict === "refused" || !isUnderAnchor, "virtual evidence under a vendor's anchor");
    guarantee(!/[^\P{C}\n]/u.test(renderExplanation(explanation)), "control characters on a terminal");
    return true;
  },
};

/** Parsers of evidence. */
export const attestationTargets: readonly FuzzTarget[] = [
  cbor,
  authenticatorData,
  certificate,
  keyDescription,
  statusList,
  pem,
  doctor,
];
