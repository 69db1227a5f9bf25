import { createHash } from "node:crypto";
import { parseCertificate } from "@countersign/asn1";
import { androidKeyHashInput, appleKeyHashInput, encodeBase64url, statementHash, toUtf8 } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import {
  createTestAuthority,
  createVirtualIphone,
  createVirtualPixel,
  statusListRevoking,
} from "@countersign/virtual-device";
import { keyDescriptionExtension } from "../../../packages/attestation/src/android/key-description.ts";
import { parseAttestationObject } from "../../../packages/attestation/src/apple/attestation-object.ts";
import { parseCborMap } from "../../../packages/attestation/src/cbor.ts";
import { nowMs, project, projectSeed, statementOf } from "../../../packages/protocol/vectors/world.ts";
import type { CorpusWorld } from "../corpus.ts";

const hash = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const fromBase64url = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));

const challenge = new Uint8Array(60).fill(7);
const appId = "A1B2C3D4E5.com.example.astropiks";
const packageName = "com.example.astropiks";
const signingDigest = "5e".repeat(32);
const authority = createTestAuthority({ seed: "countersign fuzz corpus", nowMs });
const device = {
  authority,
  app: { id: "astropiks", version: "1.4.0", build: "140" },
  project: encodeBase64url(project),
  nowMs: () => nowMs,
};

/** What one virtual iPhone sent, and what it is held against. */
async function iphone(ios: "18" | "27") {
  const phone = createVirtualIphone({ ...device, appId, ios });
  const { alias, instanceKey, attestedKey, evidence } = await phone.keys.enrol(challenge);
  const statement = statementOf({ use: "session", platform: "ios", challenge: encodeBase64url(challenge) });
  const { assertion } = await phone.keys.prove(alias, statement);
  const [item] = evidence;
  if (item?.type !== "apple" || assertion === undefined) throw new Error("no App Attest evidence");
  const apple: CorpusWorld["apple"] = {
    appId,
    keyId: base64(hash(attestedKey)),
    clientDataHash: base64(hash(appleKeyHashInput(challenge, instanceKey))),
    publicKey: base64(attestedKey),
    assertionHash: base64(statementHash(sha256, statement)),
    counter: phone.evil.counter(alias),
  };
  return { attestation: fromBase64url(item.attestation), assertion, apple };
}

async function pixelChain(security: "tee" | "strongbox", provisioning: "remote" | "factory"): Promise<Uint8Array[]> {
  const pixel = createVirtualPixel({ ...device, security, provisioning, packageName, versionCode: 1, signingDigest });
  const [item] = (await pixel.keys.enrol(challenge)).evidence;
  if (item?.type !== "android") throw new Error("no Android evidence");
  return item.chain.map(fromBase64url);
}

const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${base64(der).replaceAll(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;

/** Evidence of virtual devices, whole and in the parts that parsers read, with the world that it is held against. */
export async function evidenceSeeds() {
  const phones = [await iphone("27"), await iphone("18")];
  const chains = [
    await pixelChain("tee", "remote"),
    await pixelChain("tee", "factory"),
    await pixelChain("strongbox", "remote"),
  ];
  const [phone, chain] = [phones[0], chains[0]];
  if (!phone || !chain) throw new Error("no devices");
  const attestations = phones.map(({ attestation }) => attestation);
  const assertions = phones.map(({ assertion }) => assertion);
  const objects = attestations.map(parseAttestationObject).filter((object) => object !== null);
  const certificates = [...chains.flat(), ...objects.flatMap(({ x5c }) => x5c)];
  const descriptions = chains.map(([leaf]) => leaf && parseCertificate(leaf)?.extensions.get(keyDescriptionExtension));
  const data = assertions.map((assertion) => parseCborMap(assertion)?.get("authenticatorData"));
  const maps = objects.map(({ authenticatorDataBytes }) => authenticatorDataBytes.slice(164));
  const revoked = [authority.revokedSerial, "6681152659205225093", "c35747a084470c3135aeefe2b8d40cd6"];
  const { apple } = phone;
  const attestationFile = {
    attestation: base64(phone.attestation),
    keyId: apple.keyId,
    appId,
    clientDataHash: apple.clientDataHash,
    environment: "production",
  };
  const assertionFile = {
    assertion: base64(phone.assertion),
    publicKey: apple.publicKey,
    clientDataHash: apple.assertionHash,
    appId,
    counter: 0,
  };
  const seeds: Readonly<Record<string, readonly Uint8Array[]>> = {
    cbor: [...assertions, ...maps.filter((map) => map.length > 0)],
    "attestation-object": attestations,
    assertion: assertions,
    "authenticator-data": [
      ...objects.map(({ authenticatorDataBytes }) => authenticatorDataBytes),
      ...data.filter((bytes) => bytes instanceof Uint8Array),
    ],
    receipt: objects.map(({ receipt }) => receipt),
    certificate: certificates,
    "android-chain": chains.map((each) => new Uint8Array(Buffer.concat(each))),
    "key-description": descriptions.filter((description) => description !== undefined),
    "status-list": [
      statusListRevoking(revoked),
      JSON.stringify({ entries: { "2c8cdddfd5e03bfc": { status: "SUSPENDED", expires: "2027-01-01" } } }),
    ].map(toUtf8),
    pem: [chain.map(pem).join(""), pem(chain[0] ?? new Uint8Array())].map(toUtf8),
    doctor: [
      ...[chain.map(pem).join(""), JSON.stringify(attestationFile), JSON.stringify(assertionFile)].map(toUtf8),
      phone.attestation,
      phone.assertion,
      ...objects.slice(0, 1).map(({ receipt }) => receipt),
      ...chain.slice(0, 1),
      toUtf8(base64(phone.assertion)),
    ],
  };
  const world: Omit<CorpusWorld, "play"> = {
    nowMs,
    anchorPems: authority.pems,
    apple,
    android: { challenge: base64(hash(androidKeyHashInput(challenge))), packageName, signingDigest },
    credential: { projectSeed: base64(projectSeed), project: base64(project) },
  };
  return { seeds, world, attestation: phone.attestation, assertion: phone.assertion, chain };
}
