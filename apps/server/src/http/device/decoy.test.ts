import { createHmac } from "node:crypto";
import { decodeBase64url, parseSealedSession, type SealedSession } from "@countersign/protocol";
import { decoySecretOf, openCredential, openDecoyCredential, openDecoyPass } from "@countersign/protocol/server";
import {
  type AttackLab,
  createExchange,
  createRawInstance,
  type Prepared,
  type RawAnswer,
  type RawInstance,
  type VirtualDevice,
} from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../examples/astropiks/src/leaks/find-leaks.ts";
import { type DeviceLab, openDeviceLab, secretValue } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const brokeredValue = "brokered-9Zr4-real-value";
const asks = { tokens: [{ api: "nasa" }], secrets: ["nasa-key", "photo-key"], clientAttestations: [] };
const hook = { name: "hook", count: 1, ageSeconds: 0 };
let lab: DeviceLab;

beforeEach(async () => {
  lab = await openDeviceLab({
    limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000, recordLookupsPerMinute: 10_000 },
  });
  await signWithSecrets();
  await lab.service().domain.admin.setSecret(actor, lab.project, "photo-key", {
    value: brokeredValue,
    mode: "brokered",
    places: [{ api: "nasa", methods: ["GET"], path: "/photos", in: "query", name: "key", when: "placeholder" }],
  });
  await lab.change({ decoy: true });
});
afterEach(() => lab.close());

/** Decoys need HS256, and that no published key is left. */
async function signWithSecrets(): Promise<void> {
  const { admin } = lab.service().domain;
  const { id: _id, createdAtMs: _at, ...api } = await admin.showApi(lab.project, "nasa");
  const token = { header: "authorization", prefix: "Bearer ", alg: "HS256" as const };
  await admin.putApi(actor, lab.project, "nasa", { ...api, token, decoyAnswer: undefined }, "replace");
  lab.advance(15 * 60_000);
}

interface Answered {
  readonly answer: RawAnswer;
  readonly path: string;
  readonly session: SealedSession;
  /** The signed body. */
  readonly body: Record<string, unknown>;
  readonly json: Record<string, unknown>;
}

/** An exchange that keeps the whole of the last answer. */
function recordingExchange() {
  let last: unknown = null;
  const send = async (method: "GET" | "POST", path: string, body: unknown) => {
    const response = await lab.send(method, path, body);
    last = response.json;
    return response;
  };
  const exchange = createExchange({ send } as unknown as AttackLab);
  return { exchange, last: () => last as Record<string, unknown> };
}

function instanceOf(device: VirtualDevice) {
  const { exchange, last } = recordingExchange();
  const instance = createRawInstance({ configuration: lab.configuration, device, exchange });
  const toAnswered = (path: string, answer: RawAnswer): Answered => {
    const parsed = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
    if (parsed?.ok !== true) throw new TypeError(`no session: ${answer.problem ?? answer.reason ?? answer.outcome}`);
    const body = JSON.parse(Buffer.from(String(last()["signed"]), "base64url").toString()) as Record<string, unknown>;
    return { answer, path, session: parsed.value, body, json: last() };
  };
  return {
    device,
    instance,
    exchange,
    enrol: async (choice: Choice = {}) => toAnswered("enrol", await instance.enrol({ asks, ...choice })),
    session: async (choice: Choice = {}) => toAnswered("session", await instance.session({ asks, ...choice })),
    prepare: (choice: Choice = {}) => instance.prepareSession({ asks, ...choice }),
    send: async (prepared: Prepared) => toAnswered("session", await exchange.send(prepared)),
  };
}
type Choice = Parameters<RawInstance["enrol"]>[0];
type Subject = ReturnType<typeof instanceOf>;

/** A request with another credential, or none. */
function withCredential(prepared: Prepared, credential: string | undefined): Prepared {
  const { credential: _, ...body } = prepared.body;
  return { ...prepared, body: credential === undefined ? body : { ...body, credential } };
}

const instanceIn = (prepared: Prepared): string =>
  (JSON.parse(Buffer.from(prepared.statement).toString()) as { instance: string }).instance;

function opener(): Parameters<typeof openCredential>[1] {
  const project = decodeBase64url(lab.project, 16) ?? new Uint8Array();
  return { project, seedOf: () => seed() };
}
let held: Uint8Array;
const seed = (): Uint8Array => held;
async function readSeed(): Promise<void> {
  const context = await lab.service().domain.device.contexts.get(lab.project);
  if (context === null) throw new TypeError("no project");
  held = context.seeds[0].seed.reveal();
}

async function expectDecoy(session: SealedSession): Promise<void> {
  await readSeed();
  expect(openDecoyCredential(session.credential, opener()).ok).toBe(true);
  expect(openCredential(session.credential, opener()).ok).toBe(false);
  expect(openDecoyPass(session.pass, opener()).ok).toBe(true);
  const { project } = opener();
  for (const { api, token } of session.tokens) {
    const [header = "", payload = "", signature] = token.split(".");
    const mac = createHmac("sha256", decoySecretOf(seed(), project, api)).update(`${header}.${payload}`);
    expect(signature).toBe(mac.digest("base64url"));
  }
  for (const secret of session.secrets) if (secret.mode === "delivered") expect(secret.value).not.toBe(secretValue);
  expect(findLeaks([Buffer.from(JSON.stringify(session))], { secretValue, brokeredValue })).toEqual([]);
}

async function expectGenuine(session: SealedSession): Promise<void> {
  await readSeed();
  expect(openCredential(session.credential, opener()).ok).toBe(true);
  expect(session.secrets).toContainEqual({ name: "nasa-key", version: 1, mode: "delivered", value: secretValue });
}

const textShape = (text: string): string => text.replace(/[a-z]/g, "a").replace(/[A-Z]/g, "A").replace(/[0-9]/g, "0");

/** Everything of an answer that an agent can see, without what differs between any two. */
function observables({ session, body, json, path }: Answered): unknown {
  const plaintextLength = Buffer.from(String(body["sealed"]), "base64url").length;
  return {
    outer: Object.keys(json),
    signed: Object.keys(body),
    challenge: String(body["challenge"]).length,
    plaintextLength,
    path,
    session: Object.entries(session).map(([name, value]) => [
      name,
      typeof value === "string" && !["verdict"].includes(name)
        ? value.length
        : typeof value === "object"
          ? null
          : value,
    ]),
    watch: session.watch,
    tokens: session.tokens.map(({ token, ...rest }) => {
      const [header = "", payload = "", signature = ""] = token.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
      return {
        ...rest,
        header: Buffer.from(header, "base64url").toString(),
        lengths: [header.length, payload.length, signature.length],
        claims: Object.entries(claims).map(([name, value]) =>
          name === "iss" || name === "aud" ? [name, value] : [name, String(value).length],
        ),
        seconds: Number(claims["exp"]) - Number(claims["iat"]),
      };
    }),
    attestations: session.clientAttestations,
    secrets: session.secrets.map((secret) => ({
      members: Object.keys(secret),
      ...(secret.mode === "delivered" ? { shape: textShape(secret.value) } : {}),
      name: secret.name,
      mode: secret.mode,
    })),
  };
}

type Refusal = readonly [name: string, reason: string, genuine: () => VirtualDevice, refused: () => VirtualDevice];

const hooked = (device: VirtualDevice): VirtualDevice => {
  device.see(hook);
  return device;
};

const refusals: readonly Refusal[] = [
  ["evidence: revoked", "certificate_revoked", () => lab.pixel(), () => lab.pixel({ revokedBatch: true })],
  [
    "evidence: signed by somebody else",
    "signing_digest_mismatch",
    () => lab.pixel(),
    () => lab.pixel({ signingDigest: "cd".repeat(32) }),
  ],
  [
    "evidence: another App ID",
    "app_id_mismatch",
    () => lab.iphone(),
    () => lab.iphone({ appId: "ZZZZZ99999.com.example.astropiks" }),
  ],
  ["policy: an unlocked bootloader", "bootloader_unlocked", () => lab.pixel(), () => lab.pixel({ locked: false })],
  ["a severe signal on a Pixel", "signal_hook", () => lab.pixel(), () => hooked(lab.pixel())],
  ["a severe signal on an iPhone", "signal_hook", () => lab.iphone(), () => hooked(lab.iphone())],
];

describe("a refused enrolment of a project with decoys", () => {
  it.each(refusals)(
    "%s: looks like a genuine one in every observable, and is worth nothing",
    async (_, reason, genuine, refused) => {
      const real = await instanceOf(genuine()).enrol();
      await expectGenuine(real.session);
      const decoy = await instanceOf(refused()).enrol();
      await expectDecoy(decoy.session);
      expect(observables(decoy)).toEqual(observables(real));
      expect(decoy.session.secrets.map((secret) => [secret.name, secret.version])).toEqual([
        ["nasa-key", 2],
        ["photo-key", 1],
      ]);
      const trace = await lab.trace(decoy.session.arc);
      expect([trace.verdict, trace.decoy, trace.reasons]).toEqual(["refused", true, expect.arrayContaining([reason])]);
    },
  );

  it.each(refusals)("%s: refreshes by its credential into another decoy, alike", async (_, __, genuine, refused) => {
    const [honest, other] = [instanceOf(genuine()), instanceOf(refused())];
    await honest.enrol();
    const first = await other.enrol();
    other.device.evil.clearSignals();
    const [real, decoy] = [await honest.session(), await other.session()];
    await expectGenuine(real.session);
    await expectDecoy(decoy.session);
    expect(observables(decoy)).toEqual(observables(real));
    expect(subjectOf(decoy.session)).toBe(subjectOf(first.session));
    expect((await lab.trace(decoy.session.arc)).reasons).toContain("decoy_credential");
  });

  it.each(refusals)("%s: is found without a credential, as a genuine one is", async (_, __, genuine, refused) => {
    const [honest, other] = [instanceOf(genuine()), instanceOf(refused())];
    const first = await other.enrol();
    await honest.enrol();
    const withoutCredential = async (each: Subject) => each.send(withCredential(await each.prepare(), undefined));
    const [real, decoy] = [await withoutCredential(honest), await withoutCredential(other)];
    await expectDecoy(decoy.session);
    expect(observables(decoy)).toEqual(observables(real));
    expect(subjectOf(decoy.session)).toBe(subjectOf(first.session));
  });
});

function subjectOf({ tokens }: SealedSession): unknown {
  const payload = tokens[0]?.token.split(".")[1] ?? "";
  return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub: unknown }).sub;
}
