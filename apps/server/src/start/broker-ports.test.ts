import { afterAll, beforeAll, expect, it } from "vitest";
import { createMemoryLedger } from "../ephemeral/memory-ledger.ts";
import { type DeviceLab, openDeviceLab } from "../http/device/device-lab.suite.ts";
import { brokerPorts } from "./broker-ports.ts";

let lab: DeviceLab;
beforeAll(async () => {
  lab = await openDeviceLab();
});
afterAll(() => lab.close());

it("uses no secret that was taken from the app, or is delivered again, though a pass still names it", async () => {
  const { admin, device } = lab.service().domain;
  const actor = { id: "lab", name: "lab" };
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  await admin.changeSecretMode(actor, lab.project, "nasa-key", { mode: "brokered", value: "another" });
  const prepared = await instance.prepareSession({
    asks: { tokens: [], secrets: ["nasa-key"], clientAttestations: [] },
  });
  const session = await lab.sessionIn(prepared, (await lab.send("POST", prepared.path, prepared.body)).body);
  const ports = brokerPorts({
    ...device,
    ledger: createMemoryLedger({ nowMs: lab.nowMs }),
    origins: () => [],
    upstreamCas: [],
    log: () => {},
  });
  const named = async () => {
    await device.contexts.get(lab.project);
    const opened = ports.openPass(lab.project, session?.pass ?? "");
    return opened.ok ? opened.pass.secrets : opened.code;
  };
  const bearer = { instance: "one", subject: "one", app: "astropiks", verdict: "trusted" } as const;
  const revealed = async () => (await ports.revealSecret(lab.project, "nasa-key", bearer)) !== null;
  expect([await named(), await revealed()]).toEqual([["nasa-key"], true]);
  const { places } = (await admin.listSecrets(lab.project))[0] ?? { places: [] };
  await admin.putApp(actor, lab.project, "second", { web: { origins: ["https://b.example"] } }, "create");
  await admin.setSecret(actor, lab.project, "nasa-key", { value: "third", mode: "brokered", places, apps: ["second"] });
  expect([await named(), await revealed()]).toEqual([[], false]);
  await admin.setSecret(actor, lab.project, "nasa-key", {
    value: "fourth",
    mode: "brokered",
    places,
    apps: ["astropiks"],
  });
  expect(await named()).toEqual(["nasa-key"]);
  await admin.changeSecretMode(actor, lab.project, "nasa-key", { mode: "delivered" });
  expect([await named(), await revealed()]).toEqual([[], false]);
});
