import {
  type AnswerBody,
  encodeBase64url,
  encodeSession,
  parseConfigurationString,
  parseKeyListEnvelope,
  parseManifestEnvelope,
  type SealedSession,
  sealInfo,
  toArc,
  toUtf8,
} from "@countersign/protocol";
import { sealTo, signAnswer } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { createX25519KeyPair } from "../crypto/x25519.ts";
import { createNasaProject } from "../testing/test-agent.ts";
import { noTrust, takeKeyList, takeManifest } from "./trust.ts";
import { verifyAnswer } from "./verify-answer.ts";

const project = createNasaProject();
const configuration = parseConfigurationString(project.configuration());
if (!configuration.ok) throw new TypeError(configuration.detail);
const scope = { configuration: configuration.value, app: project.app };
const hash = new Uint8Array(32).fill(3);
const sessionKey = createX25519KeyPair(new Uint8Array(32).fill(5));
const text = (length: number): string => encodeBase64url(new Uint8Array(length).fill(1));

const session: SealedSession = {
  session: text(16),
  verdict: "trusted",
  arc: toArc(new Uint8Array(10)),
  expiresInSeconds: 300,
  refreshInSeconds: 150,
  credential: "AQ",
  tokens: [],
  clientAttestations: [],
  secrets: [],
  pass: "AQ",
  proofKey: text(32),
};

const common = {
  v: 1,
  project: project.project,
  environment: project.environment,
  serverTimeMs: 1,
  keys: project.keysVersion,
  manifest: { epoch: project.epoch, version: project.manifestVersion },
  challenge: text(60),
} as const;

function sealedBody(plaintext: Uint8Array, recipient: Uint8Array): AnswerBody {
  const sealed = sealTo({ recipient, info: sealInfo(hash), plaintext });
  if (sealed === null) throw new TypeError("the session key can be sealed to");
  return { ...common, outcome: "session", enc: encodeBase64url(sealed.enc), sealed: encodeBase64url(sealed.sealed) };
}

const goodBody = sealedBody(encodeSession(session), sessionKey.publicKey);

/** What the agent makes of this body, signed by the project's own response key. */
async function faultOf(body: AnswerBody, change: Record<string, unknown> = {}): Promise<string | null> {
  const answer = signAnswer({
    responseKey: project.response.privateKey,
    kid: project.kid(project.response),
    hash,
    body,
    keys: project.keyList(),
    manifest: project.manifest(),
  });
  const verified = await verifyAnswer({
    bytes: toUtf8(JSON.stringify({ ...answer, ...change })),
    hash: hash.slice(),
    sessionKey,
    trust: noTrust,
    scope,
    loadManifest: async () => null,
  });
  return verified.ok ? null : verified.fault;
}

/** The same signature with one bit changed. */
function otherSignature<T extends { readonly signature: string }>(signed: T): T {
  const bytes = Buffer.from(signed.signature, "base64url");
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  return { ...signed, signature: bytes.toString("base64url") };
}

describe("an answer, one check at a time", () => {
  it("is believed as the service makes it", async () => {
    expect(await faultOf(goodBody)).toBeNull();
  });

  it("is refused where it lacks a member", async () => {
    expect(await faultOf(goodBody, { kid: undefined })).toBe("shape");
  });

  it("is refused where the right key signed what is no body, another project's or another environment's", async () => {
    const other = project.environment === "development" ? "production" : "development";
    expect(await faultOf({ ...goodBody, challenge: "" })).toBe("body");
    expect(await faultOf({ ...goodBody, project: text(16) })).toBe("project");
    expect(await faultOf({ ...goodBody, environment: other })).toBe("environment");
  });

  it("is refused where the session was sealed to another key, or is none", async () => {
    const stranger = createX25519KeyPair(new Uint8Array(32).fill(6));
    expect(await faultOf(sealedBody(encodeSession(session), stranger.publicKey))).toBe("seal");
    expect(await faultOf(sealedBody(toUtf8("{}"), sessionKey.publicKey))).toBe("session");
  });

  it("is refused where its key list names a pinned root that did not sign it", async () => {
    expect(await faultOf(goodBody, { keys: otherSignature(project.keyList()) })).toBe("keys");
  });

  it("is refused where its manifest names a held key that did not sign it", async () => {
    expect(await faultOf(goodBody, { manifest: otherSignature(project.manifest()) })).toBe("manifest");
  });
});

it("a manifest of another epoch than the key list names is not taken, before and after the held one", () => {
  const keys = parseKeyListEnvelope(JSON.stringify(project.keyList()));
  const trust = keys.ok ? takeKeyList(noTrust, keys.value, scope) : null;
  if (trust === null) throw new TypeError("the project's own key list is taken");
  for (const [epoch, taken] of [
    [project.epoch, true],
    [project.epoch + 1, false],
  ] as const) {
    const manifest = parseManifestEnvelope(JSON.stringify(project.manifest({ epoch })));
    expect(manifest.ok && takeManifest(trust, manifest.value, scope) !== null).toBe(taken);
  }
});
