import type { SecretTerms, UseBudget } from "@countersign/broker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { type DeviceLab, openDeviceLab } from "../../http/device/device-lab.suite.ts";
import { brokerPorts } from "../../start/broker-ports.ts";

let lab: DeviceLab;
beforeAll(async () => {
  lab = await openDeviceLab();
});
afterAll(() => lab.close());

const actor = { id: "lab", name: "lab" };
const hmac = {
  kind: "hmac",
  algorithm: "sha256",
  key: "hex",
  encoding: "hex",
  message: "{timestamp}{body}",
  headers: { "X-Time": "{timestamp}" },
} as const;
const budget: UseBudget = { of: "instance", limit: 100, perCall: 1, windowSeconds: 60 };
const terms: SecretTerms = { processor: hmac, budgets: [budget, { ...budget, of: "secret" }] };
const admin = () => lab.service().domain.admin;
const set = (name: string, change: { terms: SecretTerms | null }) => admin().setTerms(actor, lab.project, name, change);
const places = async () => (await admin().listSecrets(lab.project))[0]?.places ?? [];

describe("the terms of a secret", () => {
  it("are set with it or by themselves, stay through rotation, and are what the broker is told", async () => {
    const input = { value: "a0b1", mode: "brokered", places: await places() } as const;
    expect((await admin().setSecret(actor, lab.project, "signing", { ...input, terms })).terms).toEqual(terms);
    expect((await admin().rotateSecret(actor, lab.project, "signing", { value: "c2d3" })).terms).toEqual(terms);
    expect((await admin().setSecret(actor, lab.project, "signing", input)).terms).toEqual(terms);
    const { device } = lab.service().domain;
    const ledger = createMemoryLedger({ nowMs: lab.nowMs });
    const ports = brokerPorts({
      ...device,
      ledger,
      spotter: { look: () => {} },
      origins: () => [],
      upstreamCas: [],
      log: () => {},
    });
    expect(await ports.termsOf(lab.project, "signing")).toEqual(terms);
    expect((await set("signing", { terms: null })).terms).toBeNull();
    const none = { processor: null, budgets: [] };
    expect(await ports.termsOf(lab.project, "signing")).toEqual(none);
    expect(await ports.termsOf(lab.project, "nothing")).toEqual(none);
    expect(await ports.draw("p:k", 2, 3, 60)).toBe(true);
    expect(await ports.draw("p:k", 2, 3, 60)).toBe(false);
  });

  it("keep a processor's secret from devices, whichever of the two comes last", async () => {
    const input = { value: "a0b1", places: await places() };
    const both = admin().setSecret(actor, lab.project, "kept", { ...input, mode: "delivered", terms });
    await expect(both).rejects.toMatchObject({ code: "invalid_input" });
    await admin().setSecret(actor, lab.project, "kept", { ...input, mode: "brokered", terms });
    const delivering = admin().changeSecretMode(actor, lab.project, "kept", { mode: "delivered" });
    await expect(delivering).rejects.toMatchObject({ code: "invalid_input" });
    const deciding = admin().changeSecretMode(actor, lab.project, "kept", { mode: "by-verdict" });
    await expect(deciding).rejects.toMatchObject({ code: "invalid_input" });
    const inPart = admin().setSecret(actor, lab.project, "kept-in-part", { ...input, mode: "by-verdict", terms });
    await expect(inPart).rejects.toMatchObject({ code: "invalid_input" });
    await expect(set("nasa-key", { terms })).rejects.toMatchObject({ code: "invalid_input" });
    expect((await set("nasa-key", { terms: { ...terms, processor: null } })).mode).toBe("delivered");
  });

  it("are refused with a value that is no key of the declared form", async () => {
    await admin().setSecret(actor, lab.project, "formed", {
      value: "not hex",
      mode: "brokered",
      places: await places(),
    });
    await expect(set("formed", { terms })).rejects.toMatchObject({ code: "invalid_input" });
    await admin().rotateSecret(actor, lab.project, "formed", { value: "00ff" });
    await set("formed", { terms });
    const rotating = admin().rotateSecret(actor, lab.project, "formed", { value: "not hex" });
    await expect(rotating).rejects.toMatchObject({ code: "invalid_input" });
  });

  const wrong: readonly (readonly [string, SecretTerms])[] = [
    ["a field that there is none of", { processor: { ...hmac, message: "{secret}" }, budgets: [] }],
    ["a template that is too long", { processor: { ...hmac, message: "x".repeat(1025) }, budgets: [] }],
    ["a header's template of that kind", { processor: { ...hmac, headers: { "x-a": "{" } }, budgets: [] }],
    ["a header of HTTP itself", { processor: { ...hmac, headers: { Host: "a" } }, budgets: [] }],
    ["a header twice", { processor: { ...hmac, headers: { "X-A": "a", "x-a": "b" } }, budgets: [] }],
    ["nothing to draw", { processor: null, budgets: [{ ...budget, perCall: 0 }] }],
    ["more to draw than there is", { processor: null, budgets: [{ ...budget, perCall: 101 }] }],
    ["a part of a unit", { processor: null, budgets: [{ ...budget, limit: 1.5 }] }],
    ["no window", { processor: null, budgets: [{ ...budget, windowSeconds: 0 }] }],
    ["a window of years", { processor: null, budgets: [{ ...budget, windowSeconds: 40_000_000 }] }],
    ["one window twice", { processor: null, budgets: [budget, { ...budget, limit: 5 }] }],
    [
      "too many budgets",
      { processor: null, budgets: Array.from({ length: 9 }, (_, at) => ({ ...budget, windowSeconds: at + 1 })) },
    ],
  ];
  it.each(wrong)("are refused with %s", async (_, change) => {
    await admin().setSecret(actor, lab.project, "wrong", { value: "a0b1", mode: "brokered", places: await places() });
    await expect(set("wrong", { terms: change })).rejects.toMatchObject({ code: "invalid_input" });
    expect((await admin().listSecrets(lab.project)).find(({ name }) => name === "wrong")?.terms).toBeNull();
  });
});
