import type { Prepared, RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

describe("a re-enrolment that names what it was before", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab({ limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000 } });
  });
  afterAll(() => lab.close());

  async function enrolled(device: VirtualDevice): Promise<RawInstance> {
    const instance = lab.instanceOf(device);
    expect((await instance.enrol()).outcome).toBe("session");
    return instance;
  }

  /** An enrolment with a new key, vouched for by the old instance's. */
  async function successor(device: VirtualDevice, old: RawInstance): Promise<Prepared> {
    const prepared = await lab.instanceOf(device).prepareEnrolment();
    const signature = await device.keys.provePrevious(old.key().alias, prepared.statement);
    const previous = { credential: old.credential(), signature: Buffer.from(signature).toString("base64url") };
    return { ...prepared, body: { ...prepared.body, previous } };
  }

  async function subjectOf(statement: Uint8Array): Promise<string | undefined> {
    const { instance } = JSON.parse(Buffer.from(statement).toString()) as { instance: string };
    return (await lab.service().domain.device.store.instances.get(lab.project, instance))?.subject;
  }

  it.each([
    ["iPhone", () => lab.iphone()],
    ["Pixel", () => lab.pixel()],
  ] as const)("%s: keeps the subject; without it, gets another", async (_name, make) => {
    const device = make();
    const old = await enrolled(device);
    const before = await subjectOf((await old.prepareSession()).statement);
    const next = await successor(device, old);
    expect((await lab.exchange.send(next)).session?.verdict).toBe("trusted");
    expect(await subjectOf(next.statement)).toBe(before);
    const stranger = await lab.instanceOf(device).prepareEnrolment();
    await lab.exchange.send(stranger);
    expect(await subjectOf(stranger.statement)).not.toBe(before);
  });

  it("keeps a quarantine of the old instance", async () => {
    const device = lab.pixel();
    const old = await enrolled(device);
    await old.session({ seen: [{ name: "hook", count: 1, ageSeconds: 0 }] });
    const answer = await lab.exchange.send(await successor(device, old));
    expect((await lab.trace(answer.arc)).reasons).toEqual(["quarantined"]);
  });

  it("keeps a ban of the old instance", async () => {
    const device = lab.pixel();
    const old = await enrolled(device);
    await lab.ban(
      (JSON.parse(Buffer.from((await old.prepareSession()).statement).toString()) as { instance: string }).instance,
    );
    const answer = await lab.exchange.send(await successor(device, old));
    expect((await lab.trace(answer.arc)).reasons).toEqual(["banned"]);
  });

  it("is refused where another key vouches, or the credential is not ours", async () => {
    const device = lab.pixel();
    const [old, other] = [await enrolled(device), await enrolled(device)];
    const good = await successor(device, old);
    const { previous } = good.body as { previous: { credential: string; signature: string } };
    const send = async (change: Partial<typeof previous>) => {
      const { json } = await lab.send("POST", good.path, { ...good.body, previous: { ...previous, ...change } });
      return (json as { code?: string }).code;
    };
    expect(await send({ credential: other.credential() })).toBe("proof_invalid");
    expect(await send({ credential: "AQEB" })).toBe("credential_invalid");
    expect(await send({})).toBeUndefined();
  });
});
