import {
  concatBytes,
  encodeBase64url,
  formatConfigurationString,
  instanceId,
  type KeyList,
  kidOf,
  type Manifest,
  placeholderOf,
  type Statement,
  toUtf8,
  u32,
} from "@countersign/protocol";
import { sessionPublicKey, sha256 } from "@countersign/protocol/server";
import { p256 } from "@noble/curves/nist.js";

/** Every random draw of the vectors: `SHA-256("countersign-vectors" ∥ u32(i))`. */
export function draw(index: number): Uint8Array {
  return sha256(concatBytes(toUtf8("countersign-vectors"), u32(index)));
}

export function draw16(index: number): Uint8Array {
  return draw(index).slice(0, 16);
}

/** A P-256 key whose scalar is a draw. Signatures are by RFC 6979, made with another library than the service uses. */
export interface VectorKey {
  readonly scalar: Uint8Array;
  readonly point: Uint8Array;
  readonly kid: string;
  sign(message: Uint8Array): Uint8Array;
  signDer(message: Uint8Array): Uint8Array;
}

function keyOf(index: number): VectorKey {
  const scalar = draw(index);
  const point = p256.getPublicKey(scalar, false);
  return {
    scalar,
    point,
    kid: kidOf(sha256, point),
    sign: (message) => p256.sign(message, scalar, { prehash: true, lowS: false, format: "compact" }),
    signDer: (message) => p256.sign(message, scalar, { prehash: true, lowS: false, format: "der" }),
  };
}

export const nowMs = 1_795_000_000_000;
export const project = draw16(0);
export const otherProject = draw16(1);
export const keys = {
  root: keyOf(2),
  recovery: keyOf(3),
  response: keyOf(4),
  manifest: keyOf(5),
  attested: keyOf(6),
  iosInstance: keyOf(7),
  androidInstance: keyOf(8),
  previousInstance: keyOf(9),
  stranger: keyOf(10),
};
export const serviceSeed = draw(11);
export const projectSeed = draw(12);
export const sessionPrivate = draw(13);
export const sessionPublic = sessionPublicKey(sessionPrivate);
export const ephemeral = draw(14);
export const subject = draw16(15);
export const iosInstance = instanceId(sha256, project, keys.attested.point);
export const androidInstance = instanceId(sha256, project, keys.androidInstance.point);

export const configurationText = formatConfigurationString({
  kind: "production",
  host: "attest.example.com",
  port: 8443,
  projectId: project,
  root: sha256(keys.root.point),
  recovery: sha256(keys.recovery.point),
});

/** A statement with the members that differ given. */
export function statementOf(
  members: Pick<Statement, "use" | "platform" | "challenge"> & Partial<Statement>,
): Uint8Array {
  const ios = members.platform === "ios";
  const statement: Statement = {
    v: 1,
    project: encodeBase64url(project),
    environment: "production",
    app: { id: "astropiks", version: "1.4.0", build: "140", bundle: encodeBase64url(draw(16)) },
    sdk: "client/0.1.0",
    instance: encodeBase64url(ios ? iosInstance : androidInstance),
    instanceKey: encodeBase64url((ios ? keys.iosInstance : keys.androidInstance).point),
    sessionKey: encodeBase64url(sessionPublic),
    signals: {
      detectors: { debugger: 2, hook: 3 },
      seen: [{ name: "debugger", count: 1, ageSeconds: 12, detail: "ptrace „an“ \u{1f50d}" }],
    },
    asks: {
      tokens: [{ api: "nasa", bind: encodeBase64url(draw(17)) }, { api: "pictures" }],
      secrets: ["nasa-key"],
      clientAttestations: [{ clientId: "astropiks-app" }],
    },
    holds: { keys: 1, manifestEpoch: 0, manifest: 7 },
    ...members,
  };
  return toUtf8(JSON.stringify(statement));
}

export function keyListOf(members: Partial<KeyList> = {}): KeyList {
  return {
    v: 1,
    project: encodeBase64url(project),
    environment: "production",
    version: 2,
    manifestEpoch: 1,
    keys: [
      { kid: keys.response.kid, use: "response", point: encodeBase64url(keys.response.point) },
      { kid: keys.manifest.kid, use: "manifest", point: encodeBase64url(keys.manifest.point) },
    ],
    ...members,
  };
}

/** Where the vectors' secrets may be filled: one place of each kind. */
export function manifestOf(members: Partial<Manifest> = {}): Manifest {
  const placeholder = (name: string): string => placeholderOf(sha256, project, name);
  const nasa = { api: "nasa", path: "/planetary", when: "placeholder" } as const;
  return {
    v: 1,
    project: encodeBase64url(project),
    environment: "production",
    app: "astropiks",
    epoch: 1,
    version: 7,
    issuedAtMs: nowMs,
    staleAfterSeconds: 604800,
    apis: [
      {
        api: "nasa",
        host: "api.nasa.gov",
        port: 443,
        channel: "pins",
        pins: [encodeBase64url(draw(18)), encodeBase64url(draw(19))],
        token: { header: "countersign-token", prefix: "", bind: ["authorization"] },
        whenUnavailable: "fail",
      },
      {
        api: "bot",
        host: "api.telegram.test",
        port: 8443,
        channel: "system",
        pins: [],
        proof: "dpop",
        whenUnavailable: "proceed",
      },
    ],
    secrets: [
      {
        name: "nasa-key",
        placeholder: placeholder("nasa-key"),
        places: [
          { ...nasa, methods: ["GET"], in: "query", name: "api_key" },
          { ...nasa, methods: ["GET", "POST"], in: "header", name: "Authorization", prefix: "Bearer " },
          { ...nasa, methods: ["POST"], in: "form", name: "api_key" },
          { ...nasa, methods: ["POST"], in: "json", name: "/auth/key" },
        ],
      },
      {
        name: "bot-token",
        placeholder: placeholder("bot-token"),
        places: [
          { api: "bot", methods: ["GET"], path: "/", in: "segment", name: "1", prefix: "bot", when: "placeholder" },
          { api: "bot", methods: ["POST"], path: "/basic", in: "basic", name: "password", when: "placeholder" },
          { api: "bot", methods: ["PUT"], path: "/always", in: "header", name: "x-bot", when: "always" },
          { api: "bot", methods: ["PUT"], path: "/always", in: "json", name: "/token", when: "always" },
          { api: "bot", methods: ["PUT"], path: "/always", in: "query", name: "t", when: "always" },
        ],
      },
    ],
    roots: [],
    signals: { required: ["hook"] },
    ...members,
  };
}
