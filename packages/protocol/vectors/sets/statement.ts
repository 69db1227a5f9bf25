import {
  androidKeyHashInput,
  appleKeyHashInput,
  encodeBase64url,
  type Proof,
  previousInput,
  type Statement,
  statementHash,
  statementMessage,
  tag,
  toUtf8,
} from "@countersign/protocol";
import { mintChallenge, sha256, verifyEs256 } from "@countersign/protocol/server";
import { assertionOf, judgeProvenStatement, type KnownInstance } from "../judges.ts";
import { type Travels, type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { androidInstance, draw16, iosInstance, keys, nowMs, project, serviceSeed, statementOf } from "../world.ts";

const rpIdHash = sha256(toUtf8("A1B2C3D4E5.com.example.astropiks"));
const ios: KnownInstance = {
  platform: "ios",
  attestedKey: keys.attested.point,
  instanceKey: keys.iosInstance.point,
  rpIdHash,
  counter: 7,
};
const android: KnownInstance = {
  platform: "android",
  attestedKey: keys.androidInstance.point,
  instanceKey: keys.androidInstance.point,
  rpIdHash: new Uint8Array(0),
  counter: 0,
};
const context = { project, nowMs, serviceSeed, generation: 3 };

function challengeFor(use: "enrol" | "session", known: KnownInstance, index: number): Uint8Array {
  const scope = known.platform === "ios" ? iosInstance : androidInstance;
  const kind = use === "enrol" ? "open" : "continuing";
  return mintChallenge({ kind, scope, project, generation: 3, seed: serviceSeed, nowMs, random: draw16(index) });
}

/** The proof members among what travelled. */
function proofOf(travels: Travels): Proof {
  const { assertion, signature } = travels;
  return { ...(assertion === undefined ? {} : { assertion }), ...(signature === undefined ? {} : { signature }) };
}

function statementVector(
  name: string,
  expected: string,
  known: KnownInstance,
  use: "enrol" | "session",
  options: {
    index: number;
    counter?: number;
    proof?: readonly ("assertion" | "signature")[];
    signWith?: keyof typeof keys;
    asks?: Statement["asks"];
  },
): Vector {
  const challenge = challengeFor(use, known, options.index);
  const statement = statementOf({
    use,
    platform: known.platform,
    challenge: encodeBase64url(challenge),
    ...(options.asks === undefined ? {} : { asks: options.asks }),
  });
  const message = statementMessage(statement);
  const hash = statementHash(sha256, statement);
  const isIos = known.platform === "ios";
  const members =
    options.proof ?? (isIos ? (use === "enrol" ? ["assertion", "signature"] : ["assertion"]) : ["signature"]);
  const signer = keys[options.signWith ?? (isIos ? "iosInstance" : "androidInstance")];
  const assertion = members.includes("assertion")
    ? assertionOf(keys.attested.signDer, rpIdHash, options.counter ?? 8, hash)
    : null;
  const signature = members.includes("signature") ? signer.sign(message) : null;
  return vectorOf({
    name,
    expected,
    inputs: {
      use,
      project,
      platform: known.platform,
      attestedKey: known.attestedKey,
      instanceKey: known.instanceKey,
      rpIdHash: known.rpIdHash,
      greatestCounter: known.counter,
      serviceSeed,
      generation: 3,
      nowMs,
    },
    steps: { prefix: tag("statement"), statementText: new TextDecoder().decode(statement), message, hash },
    travels: { statement, ...(assertion === null ? {} : { assertion }), ...(signature === null ? {} : { signature }) },
    judge: (travels) => judgeProvenStatement(travels.statement ?? statement, proofOf(travels), use, known, context),
  });
}

export function statementIos(): VectorSet {
  return {
    set: "statement-ios",
    about: "Section 5 on iOS: an App Attest assertion over H; at enrolment also ES256 by the instance key over M.",
    vectors: [
      statementVector("enrol", "ok", ios, "enrol", { index: 50 }),
      statementVector("session", "ok", ios, "session", { index: 51 }),
      statementVector("session with a superfluous signature", "proof_invalid", ios, "session", {
        index: 51,
        proof: ["assertion", "signature"],
      }),
      statementVector("enrol without signature", "proof_invalid", ios, "enrol", { index: 50, proof: ["assertion"] }),
      statementVector("counter not above the last", "counter_stale", ios, "session", { index: 51, counter: 7 }),
    ],
  };
}

function asksFor(claims: string): Statement["asks"] {
  return {
    tokens: [{ api: "nasa" }],
    secrets: [],
    clientAttestations: [],
    customTokens: [{ api: "pictures", claims }],
    valuesKeys: true,
  };
}

export function statementAndroid(): VectorSet {
  return {
    set: "statement-android",
    about: "Section 5 on Android and the web: ES256 by the instance key over M.",
    vectors: [
      statementVector("enrol", "ok", android, "enrol", { index: 52 }),
      statementVector("session", "ok", android, "session", { index: 53 }),
      statementVector("signed by another key", "proof_invalid", android, "session", {
        index: 53,
        signWith: "stranger",
      }),
      statementVector("session without a proof", "proof_invalid", android, "session", { index: 53, proof: [] }),
      statementVector("session that asks for custom tokens and values keys", "ok", android, "session", {
        index: 53,
        asks: asksFor(`{"order":"4711","items":[{"sku":"ü-1","count":2}]}`),
      }),
      statementVector("session with custom claims that are no object", "malformed", android, "session", {
        index: 53,
        asks: asksFor("[1]"),
      }),
      statementVector("session with custom claims five levels deep", "malformed", android, "session", {
        index: 53,
        asks: asksFor(`{"a":{"b":{"c":{"d":{}}}}}`),
      }),
    ],
  };
}

/** What evidence is made over, the instance id, and the proof of a previous key. */
export function evidenceBinding(): VectorSet {
  const challenge = challengeFor("enrol", ios, 54);
  const statement = statementOf({ use: "enrol", platform: "android", challenge: encodeBase64url(challenge) });
  const hash = statementHash(sha256, statement);
  const apple = appleKeyHashInput(challenge, keys.iosInstance.point);
  const androidInput = androidKeyHashInput(challenge);
  const bound = (input: (travels: Travels) => Uint8Array, expected: Uint8Array, code: string) => (travels: Travels) =>
    encodeBase64url(sha256(input(travels))) === encodeBase64url(expected) ? "ok" : code;
  const signature = keys.previousInstance.sign(previousInput(hash));
  return {
    set: "evidence-binding",
    about:
      "Section 5: what App Attest's clientDataHash and Android's attestation challenge are, and what an old instance key signs.",
    vectors: [
      vectorOf({
        name: "apple",
        expected: "ok",
        inputs: { project, attestedKey: keys.attested.point, clientDataHash: sha256(apple) },
        steps: { prefix: tag("key"), input: apple, instance: iosInstance },
        travels: { challenge, instanceKey: keys.iosInstance.point },
        judge: bound(
          ({ challenge: sent = challenge, instanceKey = challenge }) => appleKeyHashInput(sent, instanceKey),
          sha256(apple),
          "nonce_mismatch",
        ),
      }),
      vectorOf({
        name: "android",
        expected: "ok",
        inputs: { project, attestedKey: keys.androidInstance.point, attestationChallenge: sha256(androidInput) },
        steps: { prefix: tag("key"), input: androidInput, instance: androidInstance },
        travels: { challenge },
        judge: bound(
          ({ challenge: sent = challenge }) => androidKeyHashInput(sent),
          sha256(androidInput),
          "challenge_mismatch",
        ),
      }),
      vectorOf({
        name: "previous",
        expected: "ok",
        inputs: { statement, previousKey: keys.previousInstance.point },
        steps: { prefix: tag("previous"), hash, input: previousInput(hash), requestHash: encodeBase64url(hash) },
        travels: { signature },
        judge: (travels) =>
          verifyEs256(keys.previousInstance.point, previousInput(hash), travels.signature ?? signature)
            ? "ok"
            : "proof_invalid",
      }),
    ],
  };
}
