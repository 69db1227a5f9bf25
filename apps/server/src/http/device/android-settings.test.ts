import { attestedFacts } from "@countersign/protocol";
import type { VirtualPixelOptions } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProjectSettings, Trace } from "../../domain/ports/index.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const grapheneKey = "c4".repeat(32);
const graphene = { bootState: "self_signed", verifiedBootKey: grapheneKey } as const;

let lab: DeviceLab;
beforeEach(async () => {
  lab = await openDeviceLab();
});
afterEach(() => lab.close());

/** As an administrator sets them. */
async function set(change: Partial<ProjectSettings>): Promise<void> {
  await lab.service().domain.admin.changeSettings({ id: "a", name: "a" }, lab.project, change);
}

async function enrolled(options: Partial<VirtualPixelOptions>): Promise<Trace> {
  return lab.trace((await lab.instanceOf(lab.pixel(options)).enrol()).arc);
}

const verdictOf = async (options: Partial<VirtualPixelOptions>): Promise<readonly string[]> => {
  const { verdict, reasons } = await enrolled(options);
  return [verdict, ...reasons];
};

describe("a custom operating system", () => {
  it("under a listed boot key and a locked bootloader is trusted, with the finding", async () => {
    await set({ bootKeys: [grapheneKey.toUpperCase()] });
    const trace = await enrolled(graphene);
    expect([trace.verdict, ...trace.reasons]).toEqual(["trusted"]);
    expect(trace.checks.find(({ name }) => name === "android_custom_system")).toMatchObject({
      result: "fail",
      found: `a custom system under ${grapheneKey}`,
    });
  });

  it("under a key that is not listed is refused", async () => {
    expect(await verdictOf(graphene)).toEqual(["refused", "boot_key_unknown"]);
    await set({ bootKeys: ["c5".repeat(32)] });
    expect(await verdictOf(graphene)).toEqual(["refused", "boot_key_unknown"]);
  });

  it("with an unlocked bootloader is refused, though its key is listed", async () => {
    await set({ bootKeys: [grapheneKey] });
    expect(await verdictOf({ ...graphene, locked: false })).toEqual(["refused", "bootloader_unlocked"]);
    expect(await verdictOf({ verifiedBootKey: grapheneKey, locked: false })).toEqual([
      "refused",
      "bootloader_unlocked",
    ]);
  });

  it("whose key is taken off the list is refused at its next statement", async () => {
    await set({ bootKeys: [grapheneKey] });
    const instance = lab.instanceOf(lab.pixel(graphene));
    await instance.enrol();
    await set({ bootKeys: [] });
    const { arc } = await instance.session({ challenge: await lab.exchange.challenge(lab.project) });
    expect((await lab.trace(arc)).reasons).toEqual(["boot_key_unknown"]);
  });
});

describe("what a project may demand of Android devices", () => {
  it("is a key in a StrongBox", async () => {
    expect(await verdictOf({ security: "tee" })).toEqual(["trusted"]);
    await set({ requireStrongBox: true });
    expect(await verdictOf({ security: "tee" })).toEqual(["refused", "strongbox_missing"]);
    expect(await verdictOf({ security: "strongbox" })).toEqual(["trusted"]);
  });

  it("is a patch level, judged anew at each statement as it grows old", async () => {
    await set({ maxPatchAgeMonths: 120 });
    expect(await verdictOf({})).toEqual(["trusted"]);
    const { checks } = await enrolled({});
    const found = checks.find(({ name }) => name === "android_patch_level")?.found ?? "";
    const months = Number(/, (\d+) months old$/.exec(found)?.[1]);
    await set({ maxPatchAgeMonths: months });
    expect(await verdictOf({})).toEqual(["trusted"]);
    await set({ maxPatchAgeMonths: months - 1 });
    expect(await verdictOf({})).toEqual(["refused", "patch_level_too_old"]);
  });

  it("is a number of certificates, for which instances enrolled by an older release enrol again", async () => {
    const instance = lab.instanceOf(lab.pixel());
    const { instance: id } = await lab.trace((await instance.enrol()).arc);
    const { store } = lab.service().domain.device;
    const row = await store.instances.get(lab.project, id);
    const facts = attestedFacts(row?.facts ?? null);
    if (row === null || facts?.platform !== "android") throw new TypeError("a Pixel leaves facts of Android");
    const { certificatesIssued, ...older } = facts;
    expect(certificatesIssued).toBe(32);
    await store.instances.put({ ...row, facts: older });
    const answer = async (): Promise<readonly unknown[]> => {
      const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
      const { credential: _, ...body } = prepared.body;
      const { outcome, reason } = await lab.exchange.send({ ...prepared, body });
      return [outcome, reason];
    };
    expect((await answer())[0]).toBe("session");
    await set({ maxCertificatesIssued: 32 });
    expect(await answer()).toEqual(["enrol", "facts_missing"]);
    expect((await lab.trace((await instance.enrol()).arc)).verdict).toBe("trusted");
    expect((await answer())[0]).toBe("session");
    await set({ maxCertificatesIssued: 31 });
    expect((await answer())[0]).toBe("refused");
    expect(await verdictOf({})).toEqual(["refused", "certificates_issued_too_many"]);
  });
});
