import { type Credential, encodeBase64url, fromUtf8, tag, toUtf8 } from "@countersign/protocol";
import { deriveKey, hmacSha256, openCredential, sealCredential } from "@countersign/protocol/server";
import { hex, type Vector, type VectorSet, vectorOf } from "../vector.ts";
import {
  androidInstance,
  draw16,
  iosInstance,
  keys,
  nowMs,
  otherProject,
  project,
  projectSeed,
  subject,
} from "../world.ts";

const iat = nowMs / 1000;

const ios: Credential = {
  instance: encodeBase64url(iosInstance),
  platform: "ios",
  app: "astropiks",
  attestedKey: encodeBase64url(keys.attested.point),
  instanceKey: encodeBase64url(keys.iosInstance.point),
  counter: 8,
  subject: encodeBase64url(subject),
  evidenceAt: iat - 3600,
  factsVersion: 1,
  facts: {
    platform: "ios",
    appId: "A1B2C3D4E5.com.example.astropiks",
    environment: "production",
    osVersion: "27.0",
    bundleVersion: "140",
    validationCategory: 1,
  },
  iat,
  exp: iat + 2_592_000,
};

const android: Credential = {
  ...ios,
  instance: encodeBase64url(androidInstance),
  platform: "android",
  attestedKey: encodeBase64url(keys.androidInstance.point),
  instanceKey: encodeBase64url(keys.androidInstance.point),
  counter: 0,
  facts: {
    platform: "android",
    packages: [{ name: "com.example.astropiks", version: 140 }],
    signingDigests: ["5e".repeat(32)],
    securityLevel: "strongbox",
    provisioning: "remote",
    deviceLocked: true,
    verifiedBootState: "verified",
    verifiedBootKey: "0f".repeat(32),
    osVersion: 170000,
    osPatchLevel: 202611,
  },
};

function credentialVector(
  name: string,
  expected: string,
  contents: Credential,
  opener: { project?: Uint8Array; generations?: number[] } = {},
): Vector {
  const salt = draw16(60);
  const sealed = sealCredential(contents, { projectSeed, generation: 2, project, salt });
  if (sealed === null) throw new Error("the credential is too long");
  const key = deriveKey(projectSeed, "credential", project);
  const generations = opener.generations ?? [1, 2];
  const judged = opener.project ?? project;
  return vectorOf({
    name,
    expected,
    inputs: { projectSeed, generation: 2, project, salt, judgedProject: judged, acceptedGenerations: generations },
    steps: {
      keyInfo: hex(`${Buffer.from(tag("credential")).toString("hex")}${Buffer.from(project).toString("hex")}`),
      key,
      messageKey: hmacSha256(key, salt),
      aad: hex(`0102${Buffer.from(salt).toString("hex")}${Buffer.from(project).toString("hex")}`),
      plaintext: JSON.stringify(contents),
    },
    travels: { text: toUtf8(sealed) },
    judge: (travels) => {
      const seedOf = (generation: number) => (generations.includes(generation) ? projectSeed : null);
      const opened = openCredential(fromUtf8(travels.text ?? salt) ?? "", { seedOf, project: judged });
      return opened.ok ? "ok" : opened.code;
    },
  });
}

export function credential(): VectorSet {
  return {
    set: "credential",
    about: "Section 8: what the service seals to itself. Dates are judged elsewhere.",
    vectors: [
      credentialVector("ios", "ok", ios),
      credentialVector("android", "ok", android),
      credentialVector("opened for another project", "credential_invalid", ios, { project: otherProject }),
      credentialVector("of a retired seed", "credential_invalid", ios, { generations: [3, 4] }),
    ],
  };
}
