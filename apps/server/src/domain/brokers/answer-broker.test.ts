import { encodeBase64url, toUtf8 } from "@countersign/protocol";
import { generateSessionKey } from "@countersign/protocol/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { type DeviceLab, openDeviceLab } from "../../http/device/device-lab.suite.ts";
import { createSecretValue } from "../../vault/secret-value.ts";
import type { Sighting } from "../alarms/alarm-book.ts";
import type { BrokerCredential, Recipe, Secret } from "../ports/index.ts";
import { type BrokerAnswers, createBrokerAnswers } from "./answer-broker.ts";
import { parseState } from "./broker-state.ts";
import { type LinkCall, linkRequestHash, openLinkAnswer } from "./link-exchange.ts";

const actor = { id: "lab", name: "lab" };
const root = "the-root-credential-of-a-recipe";
const id = "AAAAAAAAAAAAAAAAAAAAAA";
const bearer = { instance: id, subject: id, app: "astropiks", verdict: "trusted" } as const;
const budget = { of: "secret", limit: 3, perCall: 2, windowSeconds: 60 } as const;
let lab: DeviceLab;
let answers: BrokerAnswers;
let broker: BrokerCredential;
let runs = 0;
const raised: Sighting[] = [];

const device = () => lab.service().domain.device;
const admin = () => lab.service().domain.admin;

beforeAll(async () => {
  lab = await openDeviceLab();
  const { places } = (await admin().listSecrets(lab.project))[0] ?? { places: [] };
  await admin().setSecret(actor, lab.project, "minted", { value: root, mode: "brokered", places });
  const terms = { processor: null, budgets: [budget] };
  await admin().setSecret(actor, lab.project, "plain", { value: "plain-value", mode: "brokered", places, terms });
  broker = {
    project: lab.project,
    name: "edge",
    origin: "https://edge.example",
    inUse: false,
    kid: "",
    point: "",
    createdAtMs: 0,
  };
  answers = createBrokerAnswers({
    ...device(),
    ledger: createMemoryLedger({ nowMs: lab.nowMs }),
    book: { raise: (sighting) => void raised.push(sighting) },
    // What a vendor would be asked for is made up here; that the service asks it is the recipes' own test.
    contexts: {
      get: async (project) => {
        const context = await device().contexts.get(project);
        const minted = context?.secrets.get("minted");
        if (context === null || minted === undefined) return context;
        const secret: Secret = { ...minted, recipe: {} as Recipe };
        return { ...context, secrets: new Map([...context.secrets, ["minted", secret]]) };
      },
    },
    recipes: {
      valueOf: async (_context, { name }, bearer) => ({
        ok: true,
        value: createSecretValue(toUtf8(`${name} for ${bearer?.instance}`)),
      }),
    },
  });
});
afterAll(() => lab.close());

const runOf = (number: number): string => Buffer.alloc(16, number).toString("base64url");

async function ask(call: LinkCall, members: object): Promise<Uint8Array | string> {
  const { privateKey, publicKey } = generateSessionKey();
  const asked = { v: 1, nonce: id, run: runOf(runs), key: encodeBase64url(publicKey), ...members };
  const body = toUtf8(JSON.stringify(asked));
  const answered = await answers.answer(call, broker, body);
  if (!answered.ok) return answered.code;
  const context = await device().contexts.get(lab.project);
  const opened = openLinkAnswer(toUtf8(JSON.stringify(answered.answer)), {
    project: lab.project,
    environment: "development",
    hash: linkRequestHash(call, body),
    privateKey,
    pointOf: () => context?.responseKey.point ?? null,
  });
  return opened ?? "unreadable";
}
const textOf = (answered: Uint8Array | string): string =>
  typeof answered === "string" ? answered : Buffer.from(answered).toString();

function askState(holds: { readonly project: string | null; readonly bans: string | null }, run?: string) {
  runs += 1;
  return ask("state", { run: run ?? runOf(runs), holds });
}

describe("what a broker that stands alone is answered", () => {
  it("is the whole state, then only what changed, and never a recipe's own credential", async () => {
    const whole = await askState({ project: null, bans: null });
    if (typeof whole === "string") throw new TypeError(whole);
    const state = parseState(whole);
    expect(state?.origin).toBe("https://edge.example");
    expect(state?.project.content?.secrets.map(({ name, value }) => [name, value === null])).toEqual([
      ["minted", true],
      ["plain", false],
    ]);
    expect(findLeaks(whole, Buffer.from(root))).toEqual([]);
    const holds = { project: state?.project.revision ?? null, bans: state?.bans.revision ?? null };
    const same = await askState(holds);
    const unchanged = typeof same === "string" ? null : parseState(same);
    expect([unchanged?.project.content, unchanged?.bans.content]).toEqual([null, null]);
    await admin().rotateSecret(actor, lab.project, "plain", { value: "plain-value-2" });
    const next = await askState(holds);
    const changed = typeof next === "string" ? null : parseState(next);
    expect([changed?.project.content === null, changed?.bans.content]).toEqual([false, null]);
    await admin().banInstance(actor, lab.project, id, { reason: "test" });
    const banned = await askState({ project: changed?.project.revision ?? null, bans: holds.bans });
    const parts = typeof banned === "string" ? null : parseState(banned);
    expect(parts?.bans.content).toEqual([{ kind: "ban", by: "instance", target: id, untilMs: null }]);
    expect(parts?.bans.sequence).toBeGreaterThan(state?.bans.sequence ?? Number.POSITIVE_INFINITY);
    await admin().unbanInstance(actor, lab.project, id, "instance");
  });

  it("is for the process that asked last", async () => {
    const [first, second, third] = [201, 202, 203].map(runOf);
    const none = { project: null, bans: null };
    const answered: string[] = [];
    for (const run of [first, first, second, first]) {
      const given = await askState(none, run);
      answered.push(typeof given === "string" ? given : "state");
    }
    expect(answered).toEqual(["state", "state", "state", "conflict"]);
    const budget = `${lab.project}:broker-budget:nothing:all:60`;
    const others = async (run?: string) => [
      textOf(await ask("draw", { budget, run })),
      textOf(await ask("mint", { name: "plain", bearer, run })),
    ];
    expect([await others(first), await others(second)]).toEqual([
      ["conflict", "conflict"],
      ['{"v":1,"drawn":false}', "\0"],
    ]);
    // Whoever has a copy of the credential, and asks for no state, takes the place all the same.
    expect(await others(third)).toEqual(['{"v":1,"drawn":false}', "\0"]);
    expect(await askState(none, second)).toBe("conflict");
  });

  it("is a minted value for a bearer who may have it now, and nothing for anybody else", async () => {
    const minted = async (name: string, of: object = bearer) => textOf(await ask("mint", { name, bearer: of }));
    expect(await minted("minted")).toBe(`\u0001minted for ${id}`);
    for (const name of ["plain", "nasa-key", "nothing"]) expect([name, await minted(name)]).toEqual([name, "\0"]);
    expect(await minted("minted", { ...bearer, verdict: "restricted" })).toBe("\0");
    await admin().banInstance(actor, lab.project, id, { reason: "test" });
    expect(await minted("minted")).toBe("\0");
    await admin().unbanInstance(actor, lab.project, id, "instance");
    expect(await minted("minted", { ...bearer, instance: "short" })).toBe("malformed");
  });

  it("is a draw by the record's own numbers, whatever the asker says", async () => {
    const drawn = async (budget: string) => textOf(await ask("draw", { budget, units: 0, limit: 1_000 }));
    const key = `${lab.project}:broker-budget:plain:all:60`;
    expect([await drawn(key), await drawn(key)]).toEqual(['{"v":1,"drawn":true}', '{"v":1,"drawn":false}']);
    for (const other of [key.replace("60", "61"), key.replace("plain", "nasa-key"), key.replace("all", `of:${id}`)])
      expect([other, await drawn(other)]).toEqual([other, '{"v":1,"drawn":false}']);
    for (const bad of [key.replace(lab.project, id), "x", ""])
      expect([bad, await drawn(bad)]).toEqual([bad, "malformed"]);
  });

  it("raises alarms of decoys that there are, and of nothing that a broker makes up", async () => {
    const { value } = await admin().addDecoy(actor, lab.project, { name: "bait" });
    expect(value.length).toBeGreaterThan(15);
    const seen = { kind: "decoy_secret_used", decoy: "bait", api: "nasa", instance: null, count: 2 };
    const made = [
      { ...seen, decoy: "nothing" },
      { ...seen, kind: "canary_used" },
      { ...seen, api: "nowhere", instance: id },
    ];
    expect(textOf(await ask("alarms", { spotted: [seen, ...made] }))).toBe('{"v":1}');
    const alarm = { project: lab.project, kind: "decoy_secret_used", decoy: "bait", where: "broker", count: 2 };
    expect(raised).toEqual([
      { ...alarm, who: { api: "nasa" } },
      { ...alarm, who: { instance: id } },
    ]);
    for (const bad of [
      { ...seen, count: 0 },
      { ...seen, kind: "reported" },
      { ...seen, instance: "x" },
    ])
      expect(textOf(await ask("alarms", { spotted: [bad] }))).toBe("malformed");
    expect(textOf(await ask("alarms", { spotted: Array.from({ length: 65 }, () => seen) }))).toBe("malformed");
  });

  it("is sealed to a usable key alone", async () => {
    const request = { v: 1, nonce: id, run: id, holds: { project: null, bans: null } };
    for (const key of ["A".repeat(43), "=".repeat(43), `${"A".repeat(42)}B`]) {
      const answered = await answers.answer("state", broker, toUtf8(JSON.stringify({ ...request, key })));
      expect(answered).toMatchObject({ ok: false, code: "malformed" });
    }
  });
});
