import { parseSealedSession } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlarmView } from "../../domain/admin/alarms.ts";
import { type DeviceLab, openDeviceLab, secretValue } from "../device/device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
let lab: DeviceLab;
const admin = () => lab.service().domain.admin;

/** Decoys need HS256, and that no published key is left. */
beforeAll(async () => {
  lab = await openDeviceLab();
  const { id: _id, createdAtMs: _at, ...api } = await admin().showApi(lab.project, "nasa");
  const token = { header: "authorization", prefix: "Bearer ", alg: "HS256" as const };
  await admin().putApi(actor, lab.project, "nasa", { ...api, token, decoyAnswer: undefined }, "replace");
  const keys = await admin().listTokenKeys(lab.project);
  await admin().activateTokenKey(actor, lab.project, keys.find(({ alg }) => alg === "HS256")?.kid ?? "", {});
  lab.advance(15 * 60_000);
});
afterAll(() => lab.close());

async function open(): Promise<readonly AlarmView[]> {
  const alarms = await admin().listAlarms(lab.project, { open: true, limit: 100 });
  for (const { id } of alarms) await admin().acknowledgeAlarm(actor, lab.project, id);
  return alarms;
}

/** As somebody would who read a value out of a device. */
const use = (value: string) =>
  fetch(`${lab.service().origin}/b/${lab.project}/nasa/planetary?api_key=${encodeURIComponent(value)}`);

/** What a banned instance is given in place of the secret. */
async function givenToRefused(): Promise<string> {
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  const prepared = await instance.prepareSession({});
  await lab.ban((JSON.parse(Buffer.from(prepared.statement).toString()) as { instance: string }).instance);
  const { session } = await instance.session({ asks: { tokens: [], secrets: ["nasa-key"], clientAttestations: [] } });
  const parsed = session === null ? null : parseSealedSession(session.plaintext);
  const given = parsed?.ok === true ? parsed.value.secrets[0] : undefined;
  if (given?.mode !== "delivered") throw new Error("nothing was given");
  return given.value;
}

describe("the use of a canary", () => {
  it("raises no alarm where refused instances get none", async () => {
    await admin().setCanary(actor, lab.project, "nasa-key", { canary: "canary-for-refused-instances" });
    await use("canary-for-refused-instances");
    expect(await open()).toEqual([]);
  });

  it("raises an alarm of its own kind that names the secret, of one that was set and of one that is derived", async () => {
    await lab.change({ decoy: true });
    await use("canary-for-refused-instances");
    const [alarm] = await open();
    expect(alarm).toMatchObject({ kind: "canary_used", decoy: "nasa-key", where: "broker", who: { api: "nasa" } });
    await admin().setCanary(actor, lab.project, "nasa-key", { canary: null });
    await use("canary-for-refused-instances");
    expect(await open()).toEqual([]);
    const given = await givenToRefused();
    expect(given).not.toBe(secretValue);
    expect(given).toHaveLength(secretValue.length);
    await use(given);
    expect(await open()).toMatchObject([{ kind: "canary_used", decoy: "nasa-key" }]);
    await use(secretValue);
    expect(await open()).toEqual([]);
  });

  it("is known by the present value alone, and not where that is so short that it would come by chance", async () => {
    const before = await givenToRefused();
    await admin().rotateSecret(actor, lab.project, "nasa-key", { value: "another-value-of-the-api" });
    await use(before);
    expect(await open()).toEqual([]);
    await use(await givenToRefused());
    expect(await open()).toHaveLength(1);
    await admin().rotateSecret(actor, lab.project, "nasa-key", { value: "short-value" });
    await use(await givenToRefused());
    expect(await open()).toEqual([]);
  });

  it("that was set is looked for where the secret is brokered too", async () => {
    await admin().changeSecretMode(actor, lab.project, "nasa-key", {
      mode: "brokered",
      value: "never-on-a-device-1234",
    });
    await admin().setCanary(actor, lab.project, "nasa-key", { canary: "canary-of-the-operator-1" });
    await use("canary-of-the-operator-1");
    expect(await open()).toHaveLength(1);
  });

  it("that is a planted decoy too is the decoy's", async () => {
    const { value } = await admin().addDecoy(actor, lab.project, { name: "tampered", like: "{alnum*24}" });
    await admin().setCanary(actor, lab.project, "nasa-key", { canary: value });
    await use(value);
    expect(await open()).toMatchObject([{ kind: "decoy_secret_used", decoy: "tampered" }]);
  });
});
