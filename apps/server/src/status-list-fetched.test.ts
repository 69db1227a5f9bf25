import { statusListRevoking } from "@countersign/virtual-device";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./http/device/device-lab.suite.ts";
import { type ListServer, openListServer } from "./vendors/google/list-server.suite.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const headers = { "cache-control": "max-age=3600" };

let server: ListServer;
beforeEach(async () => {
  server = await openListServer();
});
afterEach(() => server.close());

async function inLab(kind: "production" | "development", run: (lab: DeviceLab) => Promise<void>): Promise<void> {
  const lab = await openDeviceLab({ kind, statusListFetch: { url: server.url } });
  try {
    await run(lab);
  } finally {
    await lab.close();
  }
}

const follow = (lab: DeviceLab): Promise<void> => lab.service().domain.followStatusList();

/** What the enrolment's trace says of a check. */
async function resultOf(lab: DeviceLab, name: string): Promise<string | undefined> {
  const { arc } = await lab.instanceOf(lab.pixel()).enrol();
  return (await lab.trace(arc)).checks.find((check) => check.name === name)?.result;
}

it("bans an instance when the fetched list comes to name a certificate that its evidence rests on", async () => {
  server.answer({ body: statusListRevoking(["a1b"]), headers });
  await inLab("development", async (lab) => {
    await follow(lab);
    const instance = lab.instanceOf(lab.pixel());
    const enrolled = await lab.trace((await instance.enrol()).arc);
    expect(enrolled.verdict).toBe("trusted");
    expect(enrolled.checks.find(({ name }) => name === "revocation_known")?.result).toBe("pass");
    const row = await lab.service().domain.device.store.instances.get(lab.project, enrolled.instance);
    server.answer({ body: statusListRevoking([row?.serials[2] ?? ""]), headers });
    lab.advance(hourMs);
    await follow(lab);
    const refused = await instance.session({ challenge: await lab.exchange.challenge(lab.project) });
    expect((await lab.trace(refused.arc)).reasons).toEqual(["banned"]);
    expect(await resultOf(lab, "revocation")).toBe("fail");
  });
});

it("starts without the vendor, tolerates its absence for the grace, and then refuses in production alone", async () => {
  for (const [kind, after] of [
    ["production", "fail"],
    ["development", "not_evaluated"],
  ] as const) {
    await inLab(kind, async (lab) => {
      await follow(lab);
      expect(await resultOf(lab, "revocation_known")).toBe("not_evaluated");
      lab.advance(7 * dayMs);
      expect(await resultOf(lab, "revocation_known")).toBe(after);
      await lab.restart();
      expect(await resultOf(lab, "revocation_known")).toBe(after);
      server.answer({ body: statusListRevoking(["a1b"]), headers });
      lab.advance(hourMs);
      await follow(lab);
      expect(await resultOf(lab, "revocation_known")).toBe("pass");
    });
    server.answer({ status: 503 });
  }
});

it("has its list after a restart while the vendor is out of reach", async () => {
  server.answer({ body: statusListRevoking(["a1b"]), headers });
  await inLab("production", async (lab) => {
    await follow(lab);
    server.answer({ status: 503 });
    await lab.restart();
    expect(await resultOf(lab, "revocation_known")).toBe("pass");
    lab.advance(hourMs);
    expect(await resultOf(lab, "revocation_known")).toBe("not_evaluated");
    expect(await resultOf(lab, "revocation")).toBe("pass");
  });
});
