import {
  type CoveredRequest,
  contentDigest,
  dpopSigningInput,
  encodeBase64url,
  equalBytes,
  formatSignature,
  fromUtf8,
  isSignatureInTime,
  type Pass,
  parseSignature,
  signatureBase,
  thumbprintOf,
  toJws,
  tokenHashOf,
  toUtf8,
} from "@countersign/protocol";
import {
  deriveKey,
  hmacSha256,
  openPass,
  proofKeyOf,
  sealPass,
  sha256,
  verifyEs256,
} from "@countersign/protocol/server";
import { type Travels, type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { androidInstance, draw16, keys, nowMs, project, projectSeed, subject } from "../world.ts";

const created = nowMs / 1000;

interface HeaderNames {
  readonly digest: boolean;
  readonly carrier: string;
}

/** The request as its verifier sees it, from the headers that travelled and the body it read. */
function coveredOf(
  travels: Travels,
  request: { method: string; targetUri: string; body: Uint8Array | null },
  names: HeaderNames,
): CoveredRequest | null {
  const text = (name: string): string => fromUtf8(travels[name] ?? toUtf8("")) ?? "";
  const digest = request.body === null ? null : contentDigest(sha256, request.body);
  if (digest !== null && text("content-digest") !== digest) return null;
  return {
    method: request.method,
    targetUri: request.targetUri,
    contentDigest: digest,
    header: { name: names.carrier, value: text(names.carrier) },
  };
}

function signedVector(options: {
  name: string;
  request: { method: string; targetUri: string; body: Uint8Array | null };
  carrier: string;
  value: string;
  keyid: string;
  nonce: string;
  make: (base: Uint8Array) => Uint8Array;
  verify: (travels: Travels, base: Uint8Array, signature: Uint8Array) => boolean;
  inputs: Record<string, unknown>;
  steps?: Record<string, unknown>;
  atSeconds?: number;
  expected?: string;
}): Vector {
  const { request, carrier } = options;
  const digest = request.body === null ? null : contentDigest(sha256, request.body);
  const covered = {
    method: request.method,
    targetUri: request.targetUri,
    contentDigest: digest,
    header: { name: carrier, value: options.value },
  };
  const base = signatureBase(covered, { created, expires: created + 60, nonce: options.nonce, keyid: options.keyid });
  if (!base.ok) throw new Error(base.detail);
  const atSeconds = options.atSeconds ?? created;
  return vectorOf({
    name: options.name,
    expected: options.expected ?? "ok",
    inputs: { ...options.inputs, ...request, carrier, keyid: options.keyid, nonce: options.nonce, created, atSeconds },
    steps: { ...options.steps, base: base.value.base },
    travels: {
      [carrier]: toUtf8(options.value),
      ...(digest === null ? {} : { "content-digest": toUtf8(digest) }),
      "signature-input": toUtf8(base.value.signatureInput),
      signature: toUtf8(formatSignature(options.make(base.value.base))),
    },
    judge: (travels) => {
      const seen = coveredOf(travels, request, { digest: digest !== null, carrier });
      const signatureInput = fromUtf8(travels["signature-input"] ?? toUtf8("")) ?? "";
      const signature = fromUtf8(travels.signature ?? toUtf8("")) ?? "";
      const read = seen === null ? null : parseSignature({ signatureInput, signature }, seen);
      if (read?.ok !== true || read.value.keyid !== options.keyid) return "proof_invalid";
      if (!isSignatureInTime(read.value, atSeconds)) return "proof_invalid";
      return options.verify(travels, read.value.base, read.value.signature) ? "ok" : "proof_invalid";
    },
  });
}

const pass: Pass = {
  instance: encodeBase64url(androidInstance),
  subject: encodeBase64url(subject),
  app: "astropiks",
  verdict: "trusted",
  session: encodeBase64url(draw16(90)),
  issuedAtMs: created * 1000,
  exp: created + 300,
  secrets: ["bot-token"],
};

export function brokerMac(): VectorSet {
  const salt = draw16(91);
  const text = sealPass(pass, { projectSeed, generation: 2, project, salt });
  if (text === null) throw new Error("the pass is too long");
  const proofKey = proofKeyOf(projectSeed, project, text);
  const shared = {
    carrier: "countersign-pass",
    value: text,
    keyid: pass.session,
    nonce: encodeBase64url(draw16(92)),
    inputs: { projectSeed, generation: 2, project, salt, acceptedGenerations: [2] },
    steps: {
      passPlaintext: JSON.stringify(pass),
      passKey: deriveKey(projectSeed, "pass", project),
      proofSecret: deriveKey(projectSeed, "proof", project),
      proofKey,
    },
    make: (base: Uint8Array) => hmacSha256(proofKey, base),
    verify: (travels: Travels, base: Uint8Array, mac: Uint8Array) => {
      const sent = fromUtf8(travels["countersign-pass"] ?? salt) ?? "";
      const seedOf = (generation: number) => (generation === 2 ? projectSeed : null);
      return (
        openPass(sent, { seedOf, project }).ok &&
        equalBytes(hmacSha256(proofKeyOf(projectSeed, project, sent), base), mac)
      );
    },
  };
  const body = toUtf8('{"chat":"7"}');
  const target = "https://broker.example.com/b/p/bot/sendMessage?x=1";
  return {
    set: "broker-mac",
    about: "Section 12: the pass, the proof key and the MAC of a brokered request.",
    vectors: [
      signedVector({ ...shared, name: "with a body", request: { method: "POST", targetUri: target, body } }),
      signedVector({ ...shared, name: "without a body", request: { method: "GET", targetUri: target, body: null } }),
      signedVector({
        ...shared,
        name: "61 seconds late",
        request: { method: "GET", targetUri: target, body: null },
        atSeconds: created + 61,
        expected: "proof_invalid",
      }),
    ],
  };
}

export function httpsig(): VectorSet {
  const key = keys.androidInstance;
  const shared = {
    carrier: "authorization",
    value: "Bearer e30.e30.c2ln",
    keyid: thumbprintOf(sha256, key.point),
    nonce: encodeBase64url(draw16(93)),
    inputs: { instanceKey: key.point },
    make: key.sign,
    verify: (_: Travels, base: Uint8Array, signature: Uint8Array) => verifyEs256(key.point, base, signature),
  };
  const target = "https://api.nasa.gov/planetary/apod?date=2026-11-22";
  return {
    set: "httpsig",
    about: "Section 11: HTTP message signatures by the instance key.",
    vectors: [
      signedVector({ ...shared, name: "without a body", request: { method: "GET", targetUri: target, body: null } }),
      signedVector({
        ...shared,
        name: "with a body",
        request: { method: "POST", targetUri: target, body: toUtf8("date=2026-11-22") },
      }),
    ],
  };
}

export function dpop(): VectorSet {
  const key = keys.androidInstance;
  const token = "e30.e30.c2ln";
  const vector = (name: string, nonce?: string): Vector => {
    const proof = {
      point: key.point,
      method: "GET",
      url: "https://api.nasa.gov/planetary/apod?date=2026-11-22#top",
      token,
      iat: created,
      jti: encodeBase64url(draw16(94)),
      ...(nonce === undefined ? {} : { nonce }),
    };
    const signingInput = dpopSigningInput(sha256, proof);
    const jws = toJws(signingInput, key.sign(toUtf8(signingInput)));
    return vectorOf({
      name,
      expected: "ok",
      inputs: { ...proof, nonce: nonce ?? null },
      steps: { jkt: thumbprintOf(sha256, key.point), ath: tokenHashOf(sha256, token), signingInput },
      travels: { jws: toUtf8(jws) },
      // A proof is judged by what it must say: the signing input is known to its verifier, the signature is not.
      judge: (travels) => {
        const sent = fromUtf8(travels.jws ?? key.point) ?? "";
        const at = sent.lastIndexOf(".");
        const signature = sent.slice(at + 1);
        const bytes = /^[A-Za-z0-9_-]{86}$/.test(signature) ? Buffer.from(signature, "base64url") : Buffer.alloc(0);
        const isCanonical = encodeBase64url(bytes) === signature;
        return sent.slice(0, at) === signingInput && isCanonical && verifyEs256(key.point, toUtf8(signingInput), bytes)
          ? "ok"
          : "proof_invalid";
      },
    });
  };
  return {
    set: "dpop",
    about: "Section 11: DPoP proofs, RFC 9449.",
    vectors: [vector("without nonce"), vector("with the server's nonce", "n-0S6_WzA2Mj")],
  };
}
