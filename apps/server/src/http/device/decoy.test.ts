import { createHmac } from "node:crypto";
import type { EnrolledKey } from "@countersign/client";
import { decodeBase64url, parseSealedSession, type SealedSession } from "@countersign/protocol";
import { decoySecretOf, openCredential, openDecoyCredential, openDecoyPass } from "@countersign/protocol/server";
import {
  type AttackLab,
  createExchange,
  createRawInstance,
  type Exchange,
  type Prepared,
  type RawAnswer,
  type RawInstance,
  type VirtualDevice,
} from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../examples/astropiks/src/leaks/find-leaks.ts";
import { enrolInstance } from "../../domain/device/enrol-instance.ts";
import { openSession } from "../../domain/device/open-session.ts";
import { type DeviceLab, openDeviceLab, secretValue } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const brokeredValue = "brokered-9Zr4-real-value";
const asks = {
  tokens: [{ api: "nasa" }],
  secrets: ["nasa-key", "photo-key"],
  clientAttestations: [],
  customTokens: [{ api: "nasa", claims: `{"order":"4711"}` }],
  valuesKeys: true,
};
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
  const token = { header: "authorization", prefix: "Bearer ", alg: "HS256" as const, customClaims: true };
  await admin.putApi(actor, lab.project, "nasa", { ...api, token, decoyAnswer: undefined }, "replace");
  const keys = await admin.listTokenKeys(lab.project);
  await admin.activateTokenKey(actor, lab.project, keys.find(({ alg }) => alg === "HS256")?.kid ?? "", {});
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

/** An instance; one that was `before` has its enrolment vouched for by that. */
function instanceOf(device: VirtualDevice, before?: Subject): Subject {
  const { exchange, last } = recordingExchange();
  const vouched: Exchange = {
    ...exchange,
    send: async (prepared) => {
      if (before === undefined || prepared.path !== "/v1/instances") return exchange.send(prepared);
      const signed = await before.device.keys.provePrevious(before.instance.key().alias, prepared.statement);
      const signature = Buffer.from(signed).toString("base64url");
      const previous = { credential: before.instance.credential(), signature };
      return exchange.send({ ...prepared, body: { ...prepared.body, previous } });
    },
  };
  const instance = createRawInstance({ configuration: lab.configuration, device, exchange: vouched });
  const toAnswered = (path: string, answer: RawAnswer): Answered => {
    const parsed = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
    if (parsed?.ok !== true) throw new TypeError(`no session: ${answer.problem ?? answer.reason ?? answer.outcome}`);
    const body = JSON.parse(Buffer.from(String(last().signed), "base64url").toString()) as Record<string, unknown>;
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
interface Subject {
  readonly device: VirtualDevice;
  readonly instance: RawInstance;
  readonly exchange: Exchange;
  enrol(choice?: Choice): Promise<Answered>;
  session(choice?: Choice): Promise<Answered>;
  prepare(choice?: Choice): Promise<Prepared>;
  send(prepared: Prepared): Promise<Answered>;
}

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

/** `credential`: an instance whose evidence counted has a genuine one all the same. */
async function expectDecoy(session: SealedSession, credential: "decoy" | "genuine" = "decoy"): Promise<void> {
  await readSeed();
  expect(openDecoyCredential(session.credential, opener()).ok).toBe(credential === "decoy");
  expect(openCredential(session.credential, opener()).ok).toBe(credential === "genuine");
  expect(openDecoyPass(session.pass, opener()).ok).toBe(true);
  const { project } = opener();
  const { valuesKeys = [], customTokens = [] } = session;
  expect([valuesKeys.length, customTokens.length]).toEqual(session.verdict === "trusted" ? [1, 1] : [0, 0]);
  for (const { api, token } of [...session.tokens, ...customTokens]) {
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

const textShape = (text: string): string => text.replace(/[a-zA-Z0-9]/g, "a");

/** A time to the second depends on when the test ran. */
function toObservable(name: string, value: unknown): unknown {
  if (name === "reenrolInSeconds" || typeof value === "object") return null;
  return typeof value === "string" && name !== "verdict" ? value.length : value;
}

/** Everything of an answer that an agent can see, without what differs between any two. */
function observables({ session, body, json, path }: Answered): unknown {
  const plaintextLength = Buffer.from(String(body.sealed), "base64url").length;
  return {
    outer: Object.keys(json),
    signed: Object.keys(body),
    challenge: String(body.challenge).length,
    plaintextLength,
    path,
    session: Object.entries(session).map(([name, value]) => [name, toObservable(name, value)]),
    watch: session.watch,
    valuesKeys: session.valuesKeys?.map(({ generation, key }) => [generation, key.length]),
    tokens: [...session.tokens, ...(session.customTokens ?? [])].map(({ token, ...rest }) => {
      const [header = "", payload = "", signature = ""] = token.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
      return {
        ...rest,
        header: Buffer.from(header, "base64url").toString(),
        lengths: [header.length, payload.length, signature.length],
        claims: Object.entries(claims).map(([name, value]) =>
          name === "iss" || name === "aud" ? [name, value] : [name, String(value).length],
        ),
        seconds: Number(claims.exp) - Number(claims.iat),
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

/** A signal speaks against a device whose evidence counts. */
const credentialAfter = (reason: string): "decoy" | "genuine" => (reason === "signal_hook" ? "genuine" : "decoy");

describe("a refused enrolment of a project with decoys", () => {
  it.each(refusals)(
    "%s: looks like a genuine one in every observable, and is worth nothing",
    async (_, reason, genuine, refused) => {
      const real = await instanceOf(genuine()).enrol();
      await expectGenuine(real.session);
      const decoy = await instanceOf(refused()).enrol();
      await expectDecoy(decoy.session, credentialAfter(reason));
      expect(observables(decoy)).toEqual(observables(real));
      expect(decoy.session.secrets.map((secret) => [secret.name, secret.version])).toEqual([
        ["nasa-key", 2],
        ["photo-key", 1],
      ]);
      const trace = await lab.trace(decoy.session.arc);
      expect([trace.verdict, trace.decoy, trace.reasons]).toEqual(["refused", true, expect.arrayContaining([reason])]);
    },
  );

  it.each(refusals)(
    "%s: refreshes by its credential into another decoy, alike",
    async (_, reason, genuine, refused) => {
      const [honest, other] = [instanceOf(genuine()), instanceOf(refused())];
      await honest.enrol();
      const first = await other.enrol();
      other.device.evil.clearSignals();
      const [real, decoy] = [await honest.session(), await other.session()];
      await expectGenuine(real.session);
      await expectDecoy(decoy.session, credentialAfter(reason));
      expect(observables(decoy)).toEqual(observables(real));
      expect(subjectOf(decoy.session)).toBe(subjectOf(first.session));
      const why = reason === "signal_hook" ? "quarantined" : "decoy_credential";
      expect((await lab.trace(decoy.session.arc)).reasons).toContain(why);
    },
  );

  it.each(refusals)("%s: is found without a credential, as a genuine one is", async (_, reason, genuine, refused) => {
    const [honest, other] = [instanceOf(genuine()), instanceOf(refused())];
    const first = await other.enrol();
    await honest.enrol();
    const withoutCredential = async (each: Subject) => each.send(withCredential(await each.prepare(), undefined));
    const [real, decoy] = [await withoutCredential(honest), await withoutCredential(other)];
    await expectDecoy(decoy.session, credentialAfter(reason));
    expect(observables(decoy)).toEqual(observables(real));
    expect(subjectOf(decoy.session)).toBe(subjectOf(first.session));
  });
});

describe("a recorded instance that is refused later", () => {
  const withdrawn: readonly (readonly [string, string, (each: Subject, instance: string) => Promise<unknown>])[] = [
    ["banned", "banned", (_, instance) => lab.ban(instance)],
    ["quarantined", "quarantined", (each) => each.session({ seen: [hook] })],
  ];

  it.each(withdrawn)(
    "%s: sees a secret change as by a rotation, keeps its subject, and learns nothing",
    async (_, reason, refuse) => {
      const [honest, other] = [instanceOf(lab.pixel()), instanceOf(lab.pixel())];
      await honest.enrol();
      const before = await other.enrol();
      await refuse(other, instanceIn(await other.prepare()));
      const decoy = await other.session();
      await expectDecoy(decoy.session, "genuine");
      expect(observables(decoy)).toEqual(observables(await honest.session()));
      expect(subjectOf(decoy.session)).toBe(subjectOf(before.session));
      expect(decoy.session.valuesKeys?.[0]?.key).not.toBe(before.session.valuesKeys?.[0]?.key);
      expect((await lab.trace(decoy.session.arc)).reasons).toContain(reason);
      await expectDecoy((await instanceOf(other.device, other).enrol()).session);
    },
  );

  it("is genuine again once the ban is lifted, by whatever credential it holds", async () => {
    const other = instanceOf(lab.pixel());
    const genuine = await other.enrol();
    const instance = instanceIn(await other.prepare());
    await lab.ban(instance);
    await expectDecoy((await other.session()).session, "genuine");
    await expectDecoy((await other.session()).session, "genuine");
    await lab.service().domain.admin.unbanInstance(actor, lab.project, instance, "instance");
    await expectGenuine((await other.session()).session);
    await expectGenuine((await sessionOf(other, undefined)).session);
    await expectGenuine((await sessionOf(other, genuine.session.credential)).session);
  });
});

describe("the credential of a decoy", () => {
  it("leads to a decoy whatever the record says, though credentials as old as it are not looked at", async () => {
    const [honest, other] = [instanceOf(lab.pixel()), instanceOf(lab.pixel({ locked: false }))];
    await honest.enrol();
    await other.enrol();
    const { store } = lab.service().domain.device;
    const row = await store.instances.get(lab.project, instanceIn(await honest.prepare()));
    if (row === null) return expect.unreachable();
    await store.instances.put({ ...row, instance: instanceIn(await other.prepare()) });
    lab.advance(1000);
    await lab.change({ credentialsNotBeforeMs: lab.nowMs() });
    await expectDecoy((await other.session()).session);
  });

  it("leads to a decoy as `previous` of a clean enrolment, which leaves no record", async () => {
    const other = instanceOf(lab.pixel({ locked: false }));
    await other.enrol();
    const clean = instanceOf(lab.pixel(), other);
    const next = await clean.enrol();
    await expectDecoy(next.session);
    expect(subjectOf(next.session)).toBe(subjectOf((await other.session()).session));
    expect((await lab.trace(next.session.arc)).reasons).toEqual(["decoy_credential"]);
    const { store } = lab.service().domain.device;
    expect(await store.instances.get(lab.project, instanceIn(await clean.prepare()))).toBeNull();
    await expectDecoy((await clean.session()).session);
    await expectDecoy((await sessionOf(clean, undefined)).session);
  });

  it("is none of ours once decoys are off: record and evidence decide again", async () => {
    const [recorded, unrecorded] = [instanceOf(hooked(lab.pixel())), instanceOf(lab.pixel({ locked: false }))];
    await recorded.enrol();
    await unrecorded.enrol();
    recorded.device.evil.clearSignals();
    await lab.service().domain.admin.unbanInstance(actor, lab.project, instanceIn(await recorded.prepare()), null);
    await lab.change({ decoy: false });
    await expectGenuine((await recorded.session()).session);
    expect((await unrecorded.exchange.send(await unrecorded.prepare())).problem).toBe("credential_invalid");
    const stranger = await unrecorded.exchange.send(withCredential(await unrecorded.prepare(), undefined));
    expect([stranger.outcome, stranger.reason]).toEqual(["enrol", "unknown_instance"]);
    const next = await instanceOf(lab.pixel(), unrecorded).instance.enrol();
    expect(next.problem).toBe("credential_invalid");
  });

  it("is worth nothing to another key, another instance, or after its end", async () => {
    const [one, other] = [instanceOf(lab.pixel({ locked: false })), instanceOf(lab.pixel({ locked: false }))];
    await one.enrol();
    await other.enrol();
    const stolen = withCredential(await one.prepare(), other.instance.credential());
    expect((await one.exchange.send(stolen)).problem).toBe("credential_invalid");
    const forged = await one.prepare();
    const proof = (await other.prepare()).body.proof;
    expect((await one.exchange.send({ ...forged, body: { ...forged.body, proof } })).problem).toBe("proof_invalid");
    lab.advance(31 * 86_400_000);
    const late = await one.instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    expect((await one.exchange.send(late)).problem).toBe("credential_invalid");
  });
});

async function sessionOf(each: Subject, credential: string | undefined): Promise<Answered> {
  const challenge = await lab.exchange.challenge(lab.project);
  return each.send(withCredential(await each.instance.prepareSession({ asks, challenge }), credential));
}

/** What a call asks of the service's parts, in order; the time it takes is theirs. */
async function workOf(each: Subject, use: "enrol" | "session"): Promise<readonly string[]> {
  const work: string[] = [];
  const noting = <T extends object>(part: T, name: string): T =>
    new Proxy(part, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member === "object" && member !== null) return noting(member, `${name}.${String(key)}`);
        if (typeof member !== "function") return member;
        return (...given: unknown[]): unknown => {
          // What counts strangers is not waited for, or this call would never end.
          if (use === "session" && String(given[0]).includes(":strangers")) return new Promise(() => {});
          work.push(`${name}.${String(key)}`);
          return Reflect.apply(member, target, given);
        };
      },
    });
  const { device } = lab.service().domain;
  const random = (length: number): Uint8Array => {
    work.push(`random ${length}`);
    return device.random(length);
  };
  const { vault, ledger, store, evidence, outbox } = device;
  const deps = {
    ...device,
    random,
    vault: noting(vault, "vault"),
    ledger: noting(ledger, "ledger"),
    store: noting(store, "store"),
    evidence: noting(evidence, "evidence"),
    outbox: noting(outbox, "outbox"),
  };
  const challenge = await lab.exchange.challenge(lab.project);
  const choice = { asks, challenge };
  const { body } = await (use === "enrol" ? each.instance.prepareEnrolment(choice) : each.prepare(choice));
  const call = { body: Buffer.from(JSON.stringify(body)), network: "n", address: null, origin: null };
  const outcome = await (use === "enrol" ? enrolInstance(deps, call) : openSession(deps, call));
  expect(outcome.ok).toBe(true);
  return work;
}

describe("the work for a decoy", () => {
  it.each([
    ["Pixel", () => lab.pixel(), () => lab.pixel({ locked: false })],
    ["iPhone", () => lab.iphone(), () => lab.iphone({ appId: "ZZZZZ99999.com.example.astropiks" })],
  ] as const)("is that for a genuine session of a %s, step by step", async (_, genuine, refused) => {
    const [honest, other] = [instanceOf(genuine()), instanceOf(refused())];
    await honest.enrol();
    await other.enrol();
    const told = (steps: readonly string[]) => steps.filter((step) => !/^outbox\.(event|trace)$/.test(step));
    const [real, decoy] = [await workOf(honest, "session"), await workOf(other, "session")];
    expect(told(decoy)).toEqual(told(real));
    expect(real).toContain("vault.open");
  });

  it("of a banned device that enrols holds the verification of its evidence, and one write to the record", async () => {
    const device = lab.pixel();
    const before = instanceOf(device);
    await before.enrol();
    await lab.ban(instanceIn(await before.prepare()));
    const key = before.instance.key();
    const steady = { ...device, keys: { ...device.keys, enrol: async () => key } };
    const held = async (each: Subject) =>
      (await workOf(each, "enrol")).filter((step) =>
        /^(evidence|vault|outbox.traceNow|store\..*\.(put|add))/.test(step),
      );
    const decoy = await held(instanceOf(steady as VirtualDevice));
    const real = await held(instanceOf(lab.pixel()));
    expect(real).toEqual(["evidence.verify", "store.instances.put", "vault.open"]);
    expect(decoy).toEqual(["evidence.verify", "outbox.traceNow", "vault.open"]);
  });
});

describe("what a genuine instance is asked for", () => {
  it("is asked of a decoy: to enrol again ahead of its evidence's end, and at it", async () => {
    const [honest, other] = [instanceOf(lab.pixel()), instanceOf(lab.pixel({ locked: false }))];
    await honest.enrol();
    await other.enrol();
    for (let days = 0; days < 80; days += 20) {
      lab.advance(20 * 86_400_000);
      const challenge = async () => ({ challenge: await lab.exchange.challenge(lab.project) });
      const [real, decoy] = [await honest.session(await challenge()), await other.session(await challenge())];
      expect(observables(decoy)).toEqual(observables(real));
      expect(decoy.session.reenrolInSeconds === undefined).toBe(days < 60);
      const apart = (decoy.session.reenrolInSeconds ?? 0) - (real.session.reenrolInSeconds ?? 0);
      expect(Math.abs(apart)).toBeLessThan(60);
    }
    lab.advance(11 * 86_400_000);
    const ended = await Promise.all(
      [honest, other].map(async (each) => {
        const challenge = await lab.exchange.challenge(lab.project);
        const prepared = withCredential(await each.instance.prepareSession({ asks, challenge }), undefined);
        const { outcome, reason } = await each.exchange.send(prepared);
        return [outcome, reason];
      }),
    );
    expect(ended).toEqual(Array(2).fill(["enrol", "evidence_too_old"]));
  });
});

describe("a decoy of a project that demands Play Integrity", () => {
  it.each([
    ["evidence that does not count", () => lab.pixel({ locked: false })],
    ["evidence of another app", () => lab.pixel({ signingDigest: "cd".repeat(32) })],
  ] as const)("by %s is not asked to enrol at each refresh, which no genuine instance is", async (_, refused) => {
    await lab.change({ play: "require", playLabels: ["strong"] });
    const other = instanceOf(refused());
    await expectDecoy((await other.enrol()).session);
    await expectDecoy((await other.session()).session);
    await expectDecoy((await sessionOf(other, undefined)).session);
  });
});

describe("evidence over a challenge that another key was made for", () => {
  it.each([
    ["a genuine Pixel", () => lab.pixel(), () => lab.pixel()],
    ["a decoy", () => lab.pixel({ revokedBatch: true }), () => lab.pixel({ revokedBatch: true })],
    ["a decoy after a genuine one", () => lab.pixel(), () => lab.pixel({ revokedBatch: true })],
  ] as const)("is the same problem for %s", async (_, first, second) => {
    const challenge = await lab.exchange.challenge(lab.project);
    const [one, other] = [first(), second()];
    const made = [await one.keys.enrol(challenge), await other.keys.enrol(challenge)] as const;
    const enrol = (device: VirtualDevice, key: EnrolledKey) => {
      const { configuration, exchange } = lab;
      return createRawInstance({ configuration, device, exchange, makeKey: async () => key }).enrol({ asks });
    };
    expect((await enrol(one, made[0])).outcome).toBe("session");
    expect((await enrol(one, made[0])).outcome).toBe("session");
    expect((await enrol(other, made[1])).problem).toBe("evidence_challenge_reused");
  });

  it("is nothing to a genuine device that somebody else's evidence came before", async () => {
    const challenge = await lab.exchange.challenge(lab.project);
    const [stranger, honest] = [lab.pixel({ revokedBatch: true }), lab.pixel()];
    const { configuration, exchange } = lab;
    const made = [await stranger.keys.enrol(challenge), await honest.keys.enrol(challenge)] as const;
    const instances = [stranger, honest].map((device, at) =>
      createRawInstance({ configuration, device, exchange, makeKey: async () => made[at] ?? made[0] }),
    );
    for (const instance of instances) expect((await instance.enrol({ asks })).outcome).toBe("session");
  });
});

describe("no decoy", () => {
  it("is given where an update ends the refusal: the user is told so", async () => {
    const name = { app: "astropiks", platform: "android" as const, version: "7" };
    await lab.service().domain.admin.putRelease(actor, lab.project, name, { status: "withdrawn" } as never);
    const instance = lab.instanceOf(lab.pixel());
    expect((await instance.enrol()).outcome).toBe("refused");
  });

  it("is given where the project has none, nor in place of a problem", async () => {
    const instance = lab.instanceOf(lab.pixel({ locked: false }));
    const prepared = await instance.prepareEnrolment();
    const wrong = await lab.instanceOf(lab.pixel()).prepareEnrolment();
    const { problem } = await lab.exchange.send({
      ...prepared,
      body: { ...prepared.body, proof: wrong.body.proof },
    });
    expect(problem).toBe("proof_invalid");
    await lab.change({ decoy: false });
    expect((await lab.exchange.send(prepared)).outcome).toBe("refused");
  });

  it("takes the place of a browser's restricted session, and a refused browser's looks like it", async () => {
    const { service } = lab;
    const enrol = async (origin: string) => {
      const browser = lab.browser();
      const prepared = await lab.instanceOf(browser).prepareEnrolment({ asks });
      const response = await fetch(`${service().origin}${prepared.path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON.stringify(prepared.body),
      });
      const session = await lab.sessionIn(prepared, new Uint8Array(await response.arrayBuffer()));
      if (session === null) throw new TypeError("no session");
      return session;
    };
    const [real, decoy] = [await enrol("https://astropiks.example"), await enrol("https://attacker.example")];
    expect([real.verdict, decoy.verdict]).toEqual(["restricted", "restricted"]);
    await readSeed();
    expect(openCredential(real.credential, opener()).ok).toBe(true);
    await expectDecoy(decoy, "genuine");
    expect([decoy.tokens, decoy.secrets]).toEqual([real.tokens, real.secrets]);
  });
});

describe("two decoys", () => {
  it("show the same canaries, and a canary that was set", async () => {
    const values = async () => {
      const { session } = await instanceOf(lab.pixel({ locked: false })).enrol();
      return session.secrets.map((secret) => (secret.mode === "delivered" ? secret.value : null));
    };
    const first = await values();
    expect(await values()).toEqual(first);
    await lab.service().domain.admin.setCanary(actor, lab.project, "nasa-key", { canary: "a-canary-of-my-own" });
    expect(await values()).toEqual(["a-canary-of-my-own", null]);
  });
});

function subjectOf({ tokens }: SealedSession): unknown {
  const payload = tokens[0]?.token.split(".")[1] ?? "";
  return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub: unknown }).sub;
}
