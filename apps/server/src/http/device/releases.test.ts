import type { RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ReleaseInput } from "../../domain/admin/releases.ts";
import { appId, type DeviceLab, openDeviceLab, packageName, signingDigest } from "./device-lab.suite.ts";

let lab: DeviceLab;
beforeEach(async () => {
  lab = await openDeviceLab();
});
afterEach(() => lab.close());

const actor = { id: "a", name: "a" };
const app = "astropiks";

async function put(platform: "ios" | "android", version: string, input: ReleaseInput): Promise<void> {
  await lab.service().domain.admin.putRelease(actor, lab.project, { app, platform, version }, input);
}
async function listedOnly(): Promise<void> {
  const identities = { ios: { appIds: [appId] }, android: { packageName, signingDigests: [signingDigest] } };
  await lab.service().domain.admin.putApp(actor, lab.project, app, { ...identities, releases: "listed" }, "replace");
}

type Answer = Readonly<Record<string, unknown>>;

/** The signed body of a session's answer, as it travels. */
async function session(instance: RawInstance): Promise<Answer> {
  const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
  const { json } = await lab.send("POST", prepared.path, prepared.body);
  return JSON.parse(Buffer.from((json as { signed: string }).signed, "base64url").toString()) as Answer;
}
async function enrolled(device: VirtualDevice): Promise<RawInstance> {
  const instance = lab.instanceOf(device);
  expect(await instance.enrol()).toMatchObject({ outcome: "session" });
  return instance;
}

const update = { outcome: "refused", action: "update" };
const withdrawn = { status: "withdrawn" } as const;
const active = { status: "active" } as const;
const devices = [
  ["ios", () => lab.iphone()],
  ["android", () => lab.pixel()],
] as const;

describe.each(devices)("a release on %s", (platform, device) => {
  it("that is withdrawn is refused at its next statement with an action and no reasons, and works again once active", async () => {
    const instance = await enrolled(device());
    await put(platform, "7", withdrawn);
    const refused = await session(instance);
    expect(refused).toMatchObject(update);
    expect(refused.reasons).toBeUndefined();
    expect((await lab.trace(String(refused.arc))).reasons).toEqual(["version_withdrawn"]);
    await put(platform, "7", active);
    expect((await session(instance)).outcome).toBe("session");
  });

  it("is refused from its end on, without anybody doing anything", async () => {
    await put(platform, "7", { ...active, expiresAtMs: lab.nowMs() + 60_000 });
    const instance = await enrolled(device());
    expect((await session(instance)).outcome).toBe("session");
    lab.advance(60_000);
    const refused = await session(instance);
    expect(refused).toMatchObject(update);
    expect((await lab.trace(String(refused.arc))).reasons).toEqual(["version_expired"]);
  });

  it("that is not listed is refused at enrolment and later, where listed ones alone count", async () => {
    const instance = await enrolled(device());
    await listedOnly();
    const refused = await session(instance);
    expect(refused).toMatchObject(update);
    expect((await lab.trace(String(refused.arc))).reasons).toEqual(["version_unregistered"]);
    expect((await lab.instanceOf(device()).enrol()).outcome).toBe("refused");
    await put(platform, "7", active);
    expect((await session(instance)).outcome).toBe("session");
  });
});

it("an action is not given where something else stands against the app too", async () => {
  const instance = await enrolled(lab.pixel());
  await put("android", "7", withdrawn);
  await lab.change({ requireStrongBox: true });
  const refused = await session(instance);
  expect([refused.outcome, refused.action]).toEqual(["refused", undefined]);
});

describe("an Android app that was updated from a withdrawn release", () => {
  it("works with evidence of the running build", async () => {
    const key = await enrolled(lab.pixel());
    await put("android", "7", withdrawn);
    expect(await session(key)).toMatchObject(update);
    const updated = lab.instanceOf(lab.pixel({ versionCode: 8, app: { id: app, version: "1.1", build: "8" } }));
    expect(await updated.enrol()).toMatchObject({ outcome: "session" });
    expect((await session(updated)).outcome).toBe("session");
  });

  it("in its claim alone enrols again and is refused there: no second round", async () => {
    const claims = { id: app, version: "1.1", build: "8" };
    const liar = lab.instanceOf(lab.pixel({ versionCode: 7, app: claims }));
    expect(await liar.enrol()).toMatchObject({ outcome: "session" });
    await put("android", "7", withdrawn);
    expect(await session(liar)).toMatchObject({ outcome: "enrol", reason: "version_changed" });
    const refused = await liar.enrol();
    expect(refused.outcome).toBe("refused");
    expect((await lab.trace(refused.arc)).reasons).toEqual(["version_withdrawn"]);
  });
});

describe("before iOS 27", () => {
  it("a withdrawn claimed build is refused, and a listed claim buys nothing", async () => {
    const instance = await enrolled(lab.iphone({ ios: "18" }));
    await put("ios", "7", withdrawn);
    expect(await session(instance)).toMatchObject(update);
    await put("ios", "7", active);
    expect((await session(instance)).outcome).toBe("session");
    await listedOnly();
    expect(await session(instance)).toMatchObject(update);
  });
});
