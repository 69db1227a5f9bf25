import {
  type AnswerBody,
  decodeBase64url,
  encodeBase64url,
  encodeSession,
  parseAnswerBody,
  parseSealedSession,
  parseSignedAnswer,
  responseInput,
  type SealedSession,
  sealInfo,
  statementHash,
  tag,
  toArc,
  toUtf8,
} from "@countersign/protocol";
import { mintChallenge, openSealed, sealTo, sha256, signAnswer, verifyEs256 } from "@countersign/protocol/server";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import {
  androidInstance,
  draw,
  draw16,
  ephemeral,
  keys,
  nowMs,
  project,
  serviceSeed,
  sessionPrivate,
  sessionPublic,
  statementOf,
} from "../world.ts";

const challenge = mintChallenge({
  kind: "continuing",
  scope: androidInstance,
  project,
  generation: 3,
  seed: serviceSeed,
  nowMs: nowMs + 40,
  random: draw16(70),
});
const statement = statementOf({ use: "session", platform: "android", challenge: encodeBase64url(challenge) });
const hash = statementHash(sha256, statement);

const common = {
  v: 1,
  project: encodeBase64url(project),
  environment: "production",
  serverTimeMs: nowMs + 40,
  keys: 2,
  manifest: { epoch: 1, version: 7 },
  challenge: encodeBase64url(challenge),
} as const;

/** The agent's order of section 14, for a held key list with one response key. Every failure has one code. */
function judgeAnswer(text: Uint8Array): string {
  const no = "service_untrusted";
  const answer = parseSignedAnswer(text);
  if (!answer.ok || answer.value.kid !== keys.response.kid) return no;
  const { signed, signature } = answer.value;
  if (!verifyEs256(keys.response.point, responseInput(hash, signed), signature)) return no;
  const body = parseAnswerBody(signed);
  if (!body.ok || body.value.project !== common.project || body.value.environment !== "production") return no;
  if (body.value.outcome !== "session") return "ok";
  const enc = decodeBase64url(body.value.enc, 32);
  const sealed = decodeBase64url(body.value.sealed);
  if (enc === null || sealed === null) return no;
  const plaintext = openSealed({ privateKey: sessionPrivate, enc, info: sealInfo(hash), sealed });
  return plaintext !== null && parseSealedSession(plaintext).ok ? "ok" : no;
}

function answerVector(
  name: string,
  body: AnswerBody,
  steps: Record<string, unknown> = {},
  options: { key?: keyof typeof keys; hash?: Uint8Array } = {},
): Vector {
  const signer = keys[options.key ?? "response"];
  const bound = options.hash ?? hash;
  const answer = signAnswer({ responseKey: signer.sign, kid: keys.response.kid, hash: bound, body });
  const signed = decodeBase64url(answer.signed) ?? hash;
  return vectorOf({
    name,
    expected: options.key === undefined && options.hash === undefined ? "ok" : "service_untrusted",
    inputs: { project, statement, responsePoint: keys.response.point, kid: keys.response.kid, sessionPrivate },
    steps: {
      prefix: tag("response"),
      hash,
      signedText: JSON.stringify(body),
      signatureInput: responseInput(bound, signed),
      ...steps,
    },
    travels: { answer: toUtf8(JSON.stringify(answer)) },
    judge: (travels) => judgeAnswer(travels.answer ?? hash),
  });
}

const session: SealedSession = {
  session: encodeBase64url(draw16(71)),
  verdict: "trusted",
  arc: toArc(draw(72).slice(0, 10)),
  expiresInSeconds: 300,
  refreshInSeconds: 150,
  reenrolInSeconds: 1_209_600,
  credential: encodeBase64url(draw(73)),
  tokens: [{ api: "nasa", header: "countersign-token", prefix: "", token: `${encodeBase64url(draw(74))}.e30.c2ln` }],
  clientAttestations: [{ clientId: "astropiks-app", jwt: "e30.e30.c2ln" }],
  secrets: [
    { name: "nasa-key", version: 3, mode: "delivered", value: 'k"ey\\ with ü and \u{1f511}' },
    { name: "bot-token", version: 1, mode: "brokered" },
  ],
  pass: encodeBase64url(draw(75)),
  proofKey: encodeBase64url(draw(76)),
  watch: { generation: 12, spreadSeconds: 0 },
};

function sealedBody(session: SealedSession): { body: AnswerBody; steps: Record<string, unknown> } {
  const plaintext = encodeSession(session);
  const info = sealInfo(hash);
  const seal = sealTo({ recipient: sessionPublic, info, plaintext, ephemeral });
  if (seal === null) throw new Error("the session key is unusable");
  const body: AnswerBody = {
    ...common,
    outcome: "session",
    enc: encodeBase64url(seal.enc),
    sealed: encodeBase64url(seal.sealed),
  };
  const steps = {
    skE: ephemeral,
    info,
    plaintext: JSON.stringify(session),
    padded: plaintext,
    enc: seal.enc,
    sealed: seal.sealed,
  };
  return { body, steps };
}

export function answerSession(): VectorSet {
  const { body, steps } = sealedBody(session);
  const wider = sealedBody({
    ...session,
    customTokens: [{ api: "pictures", header: "x-token", prefix: "", token: `${encodeBase64url(draw(80))}.e30.c2ln` }],
    valuesKeys: [
      { generation: 3, key: encodeBase64url(draw(81)) },
      { generation: 2, key: encodeBase64url(draw(82)) },
    ],
  });
  return {
    set: "answer-session",
    about:
      "Section 6: a session, sealed to the statement's session key and signed under H. The agent has one code for every failure.",
    vectors: [
      answerVector("session", body, steps),
      answerVector("signed by a key that is no response key", body, steps, { key: "manifest" }),
      answerVector("answer to another statement", body, steps, { hash: draw(77) }),
      answerVector("session with a custom token and values keys", wider.body, wider.steps),
    ],
  };
}

export function answerRefused(): VectorSet {
  const refused = { ...common, outcome: "refused", arc: toArc(draw(78).slice(0, 10)), retryAfterSeconds: 300 } as const;
  const later: object = { action: "wait" };
  return {
    set: "answer-refused",
    about: "Section 6: the outcomes without a session.",
    vectors: [
      answerVector("refused", refused),
      answerVector("refused with reasons", { ...refused, reasons: ["bootloader_unlocked", "signal_hook"] }),
      answerVector("refused, with an action", { ...refused, action: "update" }),
      answerVector("refused, with an action of a later version", { ...refused, ...later }),
      answerVector("enrol", { ...common, outcome: "enrol", reason: "facts_missing" }),
    ],
  };
}
