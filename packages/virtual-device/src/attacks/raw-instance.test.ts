import { randomBytes } from "node:crypto";
import {
  type AnswerBody,
  decodeBase64url,
  encodeBase64url,
  encodeSession,
  hasDemandedProof,
  instanceId,
  parseChallenge,
  parseEnrolRequest,
  parseSessionRequest,
  parseStatement,
  type SealedSession,
  type Statement,
  sealInfo,
  statementHash,
  statementMessage,
} from "@countersign/protocol";
import {
  generateSigningKey,
  mintChallenge,
  sealTo,
  sha256,
  signAnswer,
  verifyEs256,
} from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { utf8 } from "../encoding/bytes.ts";
import { createTestAuthority, createVirtualIphone, createVirtualPixel, type VirtualDevice } from "../index.ts";
import { createExchange } from "./exchange.ts";
import type { AttackLab, RawResponse } from "./lab.ts";
import { createRawInstance } from "./raw-instance.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const authority = createTestAuthority({ seed: "raw instance", nowMs });
const projectBytes = new Uint8Array(16).fill(1);
const project = encodeBase64url(projectBytes);
const configuration = `csd1~localhost:1~${project}~${encodeBase64url(new Uint8Array(32).fill(2))}~${encodeBase64url(new Uint8Array(32).fill(3))}`;
const app = { id: "gallery", version: "1.0", build: "42" };
const seed = new Uint8Array(32).fill(4);
const canary = "canary-of-a-secret";

const challenge = (kind: "open" | "continuing"): Uint8Array =>
  mintChallenge({
    kind,
    project: projectBytes,
    ...(kind === "open" ? {} : { scope: new Uint8Array(16) }),
    generation: 1,
    seed,
    nowMs,
    random: new Uint8Array(randomBytes(16)),
  });

interface Received {
  readonly path: string;
  readonly statement: Statement;
  readonly bytes: Uint8Array;
  readonly proof: { readonly assertion?: Uint8Array; readonly signature?: Uint8Array };
  readonly evidence: number;
  readonly credential: string | undefined;
}

/** The service's own parsers and seal behind `send`; every strict parser must accept what the script wrote. */
function createWire(): { readonly received: Received[]; readonly send: AttackLab["send"] } {
  const received: Received[] = [];
  const key = generateSigningKey();
  const respond = (body: unknown): RawResponse => ({ status: 200, body: utf8(JSON.stringify(body)), json: body });
  return {
    received,
    send: async (_method, path, body) => {
      if (path === "/v1/challenges") return respond({ challenge: encodeBase64url(challenge("open")) });
      const bytes = utf8(JSON.stringify(body));
      const request = path === "/v1/instances" ? parseEnrolRequest(bytes) : parseSessionRequest(bytes);
      if (!request.ok) throw new Error(`${path}: ${request.code} ${request.detail}`);
      const statement = parseStatement(request.value.statement);
      if (!statement.ok) throw new Error(`statement: ${statement.code} ${statement.detail}`);
      received.push({
        path,
        statement: statement.value,
        bytes: request.value.statement,
        proof: request.value.proof,
        evidence: "evidence" in request.value ? request.value.evidence.length : 0,
        credential: "credential" in request.value ? request.value.credential : undefined,
      });
      const hash = statementHash(sha256, request.value.statement);
      const seal = sealTo({
        recipient: decodeBase64url(statement.value.sessionKey) ?? new Uint8Array(0),
        info: sealInfo(hash),
        plaintext: encodeSession(sealedSession),
      });
      if (seal === null) throw new Error("the session key is not one");
      const signed: AnswerBody = {
        v: 1,
        project,
        environment: "development",
        outcome: "session",
        serverTimeMs: nowMs,
        keys: 1,
        manifest: { epoch: 1, version: 1 },
        challenge: encodeBase64url(challenge("continuing")),
        enc: encodeBase64url(seal.enc),
        sealed: encodeBase64url(seal.sealed),
      };
      return respond(signAnswer({ responseKey: key.privateKey, kid: "AAAAAAAAAAA", hash, body: signed }));
    },
  };
}

const sealedSession: SealedSession = {
  session: encodeBase64url(new Uint8Array(16)),
  verdict: "trusted",
  arc: "AAAABBBBCCCCDDDD",
  expiresInSeconds: 300,
  refreshInSeconds: 150,
  credential: "credential-of-the-service",
  tokens: [],
  clientAttestations: [],
  secrets: [{ name: "nasa", version: 1, mode: "delivered", value: canary }],
  pass: "pass",
  proofKey: encodeBase64url(new Uint8Array(32)),
};

async function drive(device: VirtualDevice) {
  const wire = createWire();
  // Only `send` is used by an exchange.
  const exchange = createExchange({ send: wire.send } as AttackLab);
  const instance = createRawInstance({ configuration, device, exchange });
  const enrolled = await instance.enrol();
  const asks = { tokens: [], secrets: ["nasa"], clientAttestations: [] };
  const answer = await instance.session({ asks });
  return { wire, exchange, instance, enrolled, answer };
}

const devices = [
  ["ios", createVirtualIphone({ authority, appId: "T.b", ios: "27", app, project, nowMs: () => nowMs })],
  [
    "android",
    createVirtualPixel({
      authority,
      security: "strongbox",
      provisioning: "remote",
      packageName: "com.example.gallery",
      versionCode: 42,
      signingDigest: "ab".repeat(32),
      app,
      project,
      nowMs: () => nowMs,
    }),
  ],
] as const;

describe.each(devices)("a hand-driven instance on %s", (platform, device) => {
  it("writes what the protocol's strict parsers read, with exactly the demanded proofs", async () => {
    const { wire, instance } = await drive(device);
    expect(wire.received.map(({ path, evidence, credential }) => [path, evidence, credential])).toEqual([
      ["/v1/instances", 1, undefined],
      ["/v1/sessions", 0, "credential-of-the-service"],
    ]);
    for (const [index, use] of (["enrol", "session"] as const).entries()) {
      const received = wire.received[index];
      if (received === undefined) throw new Error("nothing was sent");
      expect(received.statement).toMatchObject({ use, platform, project, environment: "development", app });
      expect(received.statement.instance).toBe(
        encodeBase64url(instanceId(sha256, projectBytes, instance.key().attestedKey)),
      );
      expect(hasDemandedProof(received.proof, platform, use)).toBe(true);
      const verifies = (signature: Uint8Array): boolean =>
        verifyEs256(instance.key().instanceKey, statementMessage(received.bytes), signature);
      const { signature } = received.proof;
      expect(signature === undefined ? "none" : verifies(signature)).toBe(
        platform === "ios" && use === "session" ? "none" : true,
      );
    }
  });

  it("begins with an open challenge and goes on with the answer's continuing one", async () => {
    const { wire } = await drive(device);
    const kinds = wire.received.map(({ statement }) => {
      const parsed = parseChallenge(statement.challenge);
      return parsed.ok ? parsed.value.kind : parsed.code;
    });
    expect(kinds).toEqual(["open", "continuing"]);
  });

  it("opens what was sealed to its session key, and owns up to the secret it saw", async () => {
    const { exchange, answer } = await drive(device);
    const outcome = exchange.outcome(answer);
    expect(outcome).toMatchObject({ verdict: "trusted", arc: sealedSession.arc, code: null, secretDelivered: true });
    const everything = Buffer.concat([...outcome.seen]).toString();
    expect(everything).toContain(canary);
  });

  it("sees no secret on the wire before it opens the seal", async () => {
    const { exchange, enrolled } = await drive(device);
    const outcome = exchange.outcome({ ...enrolled, session: null });
    expect(Buffer.concat([...outcome.seen]).toString()).not.toContain(canary);
  });
});
