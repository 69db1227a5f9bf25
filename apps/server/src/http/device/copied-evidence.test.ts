import type { EnrolledKey } from "@countersign/client";
import { createRawInstance, type VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const asks = { tokens: [{ api: "nasa" }], secrets: ["nasa-key"], clientAttestations: [] };

describe("evidence that was copied from a genuine device", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab({ limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000 } });
  });
  afterAll(() => lab.close());

  async function enrolWith(
    thief: VirtualDevice,
    mix: (victim: EnrolledKey, own: EnrolledKey) => EnrolledKey,
    victim: VirtualDevice,
  ) {
    const makeKey = async (challenge: Uint8Array) =>
      mix(await victim.keys.enrol(challenge), await thief.keys.enrol(challenge));
    const instance = createRawInstance({
      configuration: lab.configuration,
      device: thief,
      exchange: lab.exchange,
      makeKey,
    });
    const answer = await instance.enrol({ asks });
    return { problem: answer.problem, outcome: answer.outcome, session: answer.session };
  }

  it.each(["attestedKey", "instanceKey"] as const)(
    "buys nothing for a Pixel whose own key proves the statement, named as %s",
    async (named) => {
      const answer = await enrolWith(
        lab.pixel(),
        (victim, own) => ({
          ...own,
          evidence: victim.evidence,
          attestedKey: named === "attestedKey" ? own.attestedKey : victim.attestedKey,
        }),
        lab.pixel(),
      );
      expect(answer).toEqual({ problem: "malformed", outcome: null, session: null });
    },
  );

  it("buys nothing for a script with a key of its own, the instance named after the copied one", async () => {
    const browser = lab.browser();
    const script = { ...browser, keys: { ...browser.keys, platform: "android" as const }, app: lab.pixel().app };
    const answer = await enrolWith(
      script,
      (victim, own) => ({ ...own, evidence: victim.evidence, attestedKey: victim.attestedKey }),
      lab.pixel(),
    );
    expect(answer).toEqual({ problem: "malformed", outcome: null, session: null });
  });

  it("buys nothing for an iPhone: its assertion is not by the attested key", async () => {
    const answer = await enrolWith(
      lab.iphone(),
      (victim, own) => ({ ...own, evidence: victim.evidence, attestedKey: victim.attestedKey }),
      lab.iphone(),
    );
    expect(answer).toEqual({ problem: "proof_invalid", outcome: null, session: null });
  });
});
