import {
  type Credential,
  type EnrolRequest,
  encodeBase64url,
  encodeChallengeRequest,
  encodeEnrolRequest,
  encodeSession,
  encodeSessionRequest,
  type Pass,
  parseSignedAnswer,
  type SealedSession,
  toUtf8,
} from "@countersign/protocol";
import { sealCredential } from "@countersign/protocol/server";
import {
  androidInstance,
  configurationText,
  draw,
  draw16,
  iosInstance,
  keyListOf,
  keys,
  manifestOf,
  nowMs,
  project,
  projectSeed,
  statementOf,
  subject,
} from "../../../packages/protocol/vectors/world.ts";

const json = (value: unknown): Uint8Array => toUtf8(JSON.stringify(value));
const b64u = encodeBase64url;
const seconds = nowMs / 1000;
const challenge = b64u(new Uint8Array(60).fill(7).with(0, 1).with(1, 0));
const id16 = b64u(draw16(20));

const credentialOf = (platform: "ios" | "android"): Credential => ({
  instance: b64u(platform === "ios" ? iosInstance : androidInstance),
  platform,
  app: "astropiks",
  attestedKey: b64u(keys.attested.point),
  instanceKey: b64u(keys.iosInstance.point),
  counter: platform === "ios" ? 8 : 0,
  subject: b64u(subject),
  evidenceAt: seconds - 3600,
  factsVersion: 1,
  facts:
    platform === "ios"
      ? {
          platform,
          appId: "A1B2C3D4E5.com.example.astropiks",
          environment: "production",
          osVersion: "27.0",
          bundleVersion: "140",
          validationCategory: 4,
        }
      : {
          platform,
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
  iat: seconds,
  exp: seconds + 2_592_000,
});

const pass: Pass = {
  instance: b64u(iosInstance),
  subject: b64u(subject),
  app: "astropiks",
  verdict: "trusted",
  session: id16,
  issuedAtMs: nowMs,
  exp: seconds + 600,
  secrets: ["bot-token"],
};

const session: SealedSession = {
  session: id16,
  verdict: "trusted",
  arc: "ABCDEFGHIJKLMNOP",
  expiresInSeconds: 300,
  refreshInSeconds: 200,
  credential: "AQEBAQ",
  tokens: [{ api: "nasa", header: "countersign-token", prefix: "", token: "a.b.c" }],
  clientAttestations: [{ clientId: "astropiks-app", jwt: "a.b.c" }],
  secrets: [
    { name: "nasa-key", version: 1, mode: "delivered", value: "DEMO é KEY" },
    { name: "bot-token", version: 2, mode: "brokered" },
  ],
  pass: "AQEBAQ",
  proofKey: b64u(draw(21)),
  watch: { generation: 3, spreadSeconds: 60 },
};

function sealed(platform: "ios" | "android"): Uint8Array {
  const text = sealCredential(credentialOf(platform), { projectSeed, generation: 1, project, salt: draw16(22) });
  if (text === null) throw new Error("a credential too long to seal");
  return toUtf8(text);
}

/** Seeds of the wire protocol's parsers, from the world of its vectors; everything but the signatures is genuine. */
export function wireSeeds(evidence: {
  readonly attestation: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly assertion: Uint8Array;
}): Readonly<Record<string, readonly Uint8Array[]>> {
  const statement = statementOf({ use: "session", platform: "ios", challenge });
  const androidStatement = statementOf({
    use: "enrol",
    platform: "android",
    challenge,
    work: b64u(draw(23).slice(0, 8)),
  });
  const signature = new Uint8Array(64).fill(9);
  const common = {
    v: 1,
    project: b64u(project),
    environment: "production",
    serverTimeMs: nowMs,
    keys: 2,
    manifest: { epoch: 1, version: 7 },
    challenge,
  };
  const answers = [
    { ...common, outcome: "session", enc: b64u(draw(24)), sealed: b64u(new Uint8Array(48)) },
    { ...common, outcome: "refused", arc: "ABCDEFGHIJKLMNOP", reasons: ["debugger"], retryAfterSeconds: 30 },
    { ...common, outcome: "enrol", reason: "unknown_instance" },
  ].map(json);
  const keyList = json(keyListOf());
  const manifest = json(manifestOf());
  const keyListEnvelope = { signed: b64u(keyList), point: b64u(keys.root.point), signature: b64u(signature) };
  const manifestEnvelope = { kid: keys.manifest.kid, signed: b64u(manifest), signature: b64u(signature) };
  const signedAnswers = answers.map((answer) =>
    json({
      v: 1,
      kid: keys.response.kid,
      signed: b64u(answer),
      signature: b64u(signature),
      keys: keyListEnvelope,
      manifest: manifestEnvelope,
    }),
  );
  if (!signedAnswers.every((answer) => parseSignedAnswer(answer).ok)) throw new Error("an answer that cannot be read");
  const enrol: EnrolRequest = {
    statement: androidStatement,
    proof: { signature },
    evidence: [{ type: "android", challenge, chain: evidence.chain }],
    previous: { credential: "AQEBAQ", signature },
  };
  return {
    statement: [statement, androidStatement],
    "challenge-request": [toUtf8(encodeChallengeRequest({ project: b64u(project) }))],
    "session-request": [
      toUtf8(encodeSessionRequest({ statement, proof: { assertion: evidence.assertion }, credential: "AQEBAQ" })),
      toUtf8(encodeSessionRequest({ statement, proof: { signature } })),
    ],
    "enrol-request": [
      toUtf8(encodeEnrolRequest(enrol)),
      toUtf8(
        encodeEnrolRequest({
          statement,
          proof: { assertion: evidence.assertion, signature },
          evidence: [
            { type: "apple", challenge, attestation: evidence.attestation.slice(0, 300) },
            { type: "play", token: "a.b.c.d.e" },
          ],
        }),
      ),
    ],
    "signed-answer": signedAnswers.slice(0, 2),
    "answer-body": answers,
    "key-list-envelope": [json(keyListEnvelope)],
    "key-list": [keyList],
    "manifest-envelope": [json(manifestEnvelope)],
    manifest: [manifest],
    "sealed-session": [encodeSession(session)],
    pass: [json(pass)],
    "strict-json": [
      statement,
      ...['{"a":[1,-2.5e3,"\\u00e9\\ud83d\\udd0d",null,true],"b":{"c":{}}}', '"x"', "[]"].map(toUtf8),
    ],
    "strict-url": [
      "https://api.nasa.gov/planetary/apod?api_key=cs-nasa-key-0000000000&date=2026-01-01",
      "https://api.telegram.test:8443/bot/x%20y;z=1?q=a%2Fb#part",
      "https://example.com/",
      "https://[::1]:8443/a/b/",
    ].map(toUtf8),
    "configuration-string": [
      configurationText,
      configurationText.replace("cs1~attest.example.com:8443", "csd1~127.0.0.1:8787"),
    ].map(toUtf8),
    credential: [sealed("ios"), sealed("android")],
    challenge: [toUtf8(challenge)],
  };
}
