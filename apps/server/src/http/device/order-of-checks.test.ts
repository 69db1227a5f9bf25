import type { Prepared, RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

/** What can be wrong with a session request, in the order in which it must be found. */
const sessionSteps = [
  "unsupported_version",
  "unknown_project",
  "challenge_invalid",
  "credential_invalid",
  "proof_invalid",
  "challenge_spent",
] as const;
type SessionFault = (typeof sessionSteps)[number];

describe("the order of checks", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab({ limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000 } });
  });
  afterAll(() => lab.close());

  async function codeOf({ path, body }: Pick<Prepared, "path" | "body">): Promise<string | null> {
    const { json } = await lab.send("POST", path, body);
    return (json as { code?: string }).code ?? null;
  }

  async function enrolled(): Promise<{ device: VirtualDevice; instance: RawInstance }> {
    const device = lab.pixel();
    const instance = lab.instanceOf(device);
    expect((await instance.enrol()).outcome).toBe("session");
    return { device, instance };
  }

  async function faulty(faults: readonly SessionFault[]): Promise<Prepared> {
    const { device, instance } = await enrolled();
    const whole = await instance.prepareSession();
    if (faults.includes("challenge_spent")) expect(await codeOf(whole)).toBeNull();
    const altered = lab.altered(device, instance, whole, (statement) => {
      if (faults.includes("unsupported_version")) statement.v = 2;
      if (faults.includes("unknown_project")) statement.project = "A".repeat(22);
      if (faults.includes("challenge_invalid")) statement.challenge = "A".repeat(80);
    });
    const body = {
      ...altered.body,
      ...(faults.includes("credential_invalid") ? { credential: "AQEB" } : {}),
      ...(faults.includes("proof_invalid") ? { proof: { signature: "A".repeat(86) } } : {}),
    };
    return { ...altered, body };
  }

  it.each(sessionSteps.slice(0, -2).map((fault, at) => [fault, sessionSteps.slice(at, -1)] as const))(
    "a session request with %s and every later fault is told the first",
    async (fault, faults) => {
      expect(await codeOf(await faulty(faults))).toBe(fault);
    },
  );

  it("a spent challenge is told before credential and proof are looked at, and after the challenge's own faults", async () => {
    expect(await codeOf(await faulty(["challenge_spent", "credential_invalid", "proof_invalid"]))).toBe(
      "challenge_spent",
    );
    expect(await codeOf(await faulty(["challenge_spent", "challenge_invalid"]))).toBe("challenge_invalid");
  });

  it("nothing is spent by a request that fails before its proof verified", async () => {
    const { instance } = await enrolled();
    const good = await instance.prepareSession();
    for (const bad of [{ credential: "AQEB" }, { proof: { signature: "A".repeat(86) } }, { proof: {} }]) {
      expect(await codeOf({ ...good, body: { ...good.body, ...bad } })).not.toBeNull();
    }
    expect(await codeOf(good)).toBeNull();
  });

  it("whether a device is banned is told to nobody without its proof", async () => {
    const { instance } = await enrolled();
    const prepared = await instance.prepareSession();
    await lab.ban((JSON.parse(Buffer.from(prepared.statement).toString()) as { instance: string }).instance);
    expect(await codeOf({ ...prepared, body: { ...prepared.body, proof: { signature: "A".repeat(86) } } })).toBe(
      "proof_invalid",
    );
    expect(await codeOf(prepared)).toBeNull();
  });

  it("an enrolment is told malformed for a foreign instance, then its evidence challenge, then its proof", async () => {
    const device = lab.pixel();
    const instance = lab.instanceOf(device);
    const good = await instance.prepareEnrolment();
    const evidence = (good.body.evidence as readonly Record<string, unknown>[]).map((item) => ({
      ...item,
      challenge: "A".repeat(80),
    }));
    const unproved = { proof: { signature: "A".repeat(86) } };
    const foreign = lab.altered(device, instance, good, (statement) => {
      statement.instance = "A".repeat(22);
    });
    const open = Buffer.from(await lab.exchange.challenge(lab.project)).toString("base64url");
    const foreignOpen = lab.altered(device, instance, foreign, (statement) => {
      statement.challenge = open;
      statement.instance = "A".repeat(22);
    });
    expect(await codeOf({ ...foreignOpen, body: { ...foreignOpen.body, evidence, ...unproved } })).toBe("malformed");
    expect(await codeOf({ ...good, body: { ...good.body, evidence, ...unproved } })).toBe("challenge_invalid");
    expect(await codeOf({ ...good, body: { ...good.body, ...unproved } })).toBe("proof_invalid");
    expect(await codeOf(good)).toBeNull();
  });

  it("evidence of a banned instance is not verified", async () => {
    const device = lab.pixel();
    const instance = lab.steadyInstanceOf(device);
    const enrolment = await instance.enrol();
    await lab.ban((await lab.trace(enrolment.arc)).instance);
    const again = await instance.enrol();
    const { reasons, checks } = await lab.trace(again.arc);
    expect(reasons).toEqual(["banned"]);
    expect(checks.find((check) => check.name === "evidence_verified")?.result).toBe("not_evaluated");
  });
});
